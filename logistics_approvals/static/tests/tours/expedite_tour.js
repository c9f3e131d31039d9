/** @odoo-module **/

// A manager finds an expedite that waits for a decision, reads what would change, and approves it.

import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_service/tour_utils";

registry.category("web_tour.tours").add("logistics_approve_expedite", {
    test: true,
    url: "/web",
    steps: () => [
        ...stepUtils.goToAppSteps("logistics_orchestration.menu_logistics_root", "Open Logistics"),
        { content: "Approvals", trigger: 'button[data-menu-xmlid="logistics_orchestration.menu_approvals"]' },
        { content: "Waiting for me", trigger: '.dropdown-item[data-menu-xmlid="logistics_approvals.menu_approval_for_me"]' },
        { content: "Open the request", trigger: ".o_data_row:contains(Tour Express) .o_data_cell, .o_kanban_record:contains(Tour Express)" },
        { content: "It says what changes", trigger: ".o_form_view:contains(Tour Express)", isCheck: true },
        { content: "Approve", trigger: "button[name=action_approve]" },
        { content: "Sure", trigger: ".modal-footer .btn-primary" },
        { content: "Approved", trigger: ".o_arrow_button_current:contains(Approved)", isCheck: true },
        { content: "The document", trigger: "button[name=action_open_subject]" },
        { content: "The delivery goes express", trigger: ".o_form_view:contains(Tour Express)", isCheck: true },
    ],
});
