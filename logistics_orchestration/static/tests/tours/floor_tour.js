/** @odoo-module **/

// A warehouse user finds a held order, releases it with a reason, ships it by hand and dispatches the shipment.

import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_service/tour_utils";

registry.category("web_tour.tours").add("logistics_release_and_dispatch", {
    test: true,
    url: "/web",
    steps: () => [
        ...stepUtils.goToAppSteps("logistics_orchestration.menu_logistics_root", "Open Logistics"),
        { content: "The Control Tower counts it", trigger: ".o_kanban_record:contains(On hold)", isCheck: true },
        { content: "Orders", trigger: 'button[data-menu-xmlid="logistics_orchestration.menu_orders"]' },
        { content: "To Release", trigger: '.dropdown-item[data-menu-xmlid="logistics_orchestration.menu_to_release"]' },
        { content: "Open the held order", trigger: ".o_data_row:contains(Tour Customer) .o_data_cell" },
        { content: "It says why", trigger: ".alert-danger:contains(Stopped by hand)", isCheck: true },
        { content: "Release", trigger: "button[name=action_logistics_ask_release]" },
        { content: "Say why", trigger: ".o_field_widget[name=reason] textarea", run: "text Checked with the customer" },
        { content: "Confirm", trigger: ".modal-footer button[name=action_apply]" },
        { content: "No longer held", trigger: "body:not(:has(.modal)) .o_form_view:not(:has(.alert-danger:visible))", isCheck: true },
        { content: "Flow", trigger: "button[name=action_logistics_flow]" },
        { content: "Release is done", trigger: '.o_logistics_step[data-step="release"][data-state="done"]', isCheck: true },
        { content: "Back", trigger: ".o_back_button" },
        { content: "The transfer", trigger: "button[name=action_view_delivery]" },
        { content: "Validate", trigger: "button[name=button_validate]:visible" },
        { content: "Done", trigger: ".o_arrow_button_current:contains(Done)", isCheck: true },
        { content: "The shipment", trigger: "button[name=action_logistics_shipments]:visible" },
        { content: "Dispatch", trigger: "button[name=action_dispatch]:visible" },
        { content: "It is on its way", trigger: ".o_arrow_button_current:contains(Announced)", isCheck: true },
    ],
});
