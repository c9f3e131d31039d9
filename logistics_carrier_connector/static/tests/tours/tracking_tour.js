/** @odoo-module **/

// A planner finds a code nobody has mapped, says what it means, and sees the parcel move.

import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_service/tour_utils";

registry.category("web_tour.tours").add("logistics_map_and_replay", {
    test: true,
    url: "/web",
    steps: () => [
        ...stepUtils.goToAppSteps("logistics_orchestration.menu_logistics_root", "Open Logistics"),
        { content: "Shipments", trigger: 'button[data-menu-xmlid="logistics_orchestration.menu_shipments"]' },
        { content: "Unmapped codes", trigger: '.dropdown-item[data-menu-xmlid="logistics_orchestration.menu_unmapped_code"]' },
        { content: "Grouped by code", trigger: ".o_group_header:contains(BELT)", isCheck: true },
        { content: "Map and replay", trigger: ".o_data_row:contains(BELT) button[name=action_map_and_replay]" },
        { content: "Two wait for it", trigger: ".o_field_widget[name=waiting_count]:contains(2)", isCheck: true },
        { content: "It is in transit", trigger: ".o_field_widget[name=milestone] select", run: 'text "in_transit"' },
        { content: "Why", trigger: ".o_field_widget[name=note] input", run: "text The courier's manual" },
        { content: "Apply", trigger: "button[name=action_apply]" },
        { content: "Nothing waits for it", trigger: "body:not(:has(.modal)) .o_list_view:not(:has(.o_data_row:contains(BELT)))", isCheck: true },
    ],
});
