/** @odoo-module **/

// A planner lifts what holds an order, sees which warehouse ships it, and decides what is done about a shortage.

import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_service/tour_utils";

registry.category("web_tour.tours").add("logistics_plan_orders", {
    test: true,
    url: "/web",
    steps: () => [
        ...stepUtils.goToAppSteps("logistics_orchestration.menu_logistics_root", "Open Logistics"),
        { content: "Orders", trigger: 'button[data-menu-xmlid="logistics_orchestration.menu_orders"]' },
        { content: "On Hold", trigger: '.dropdown-item[data-menu-xmlid="logistics_orchestration.menu_on_hold"]' },
        { content: "By reason", trigger: ".o_group_header:contains(Stopped by hand)", isCheck: true },
        {
            content: "Not the planner's to lift",
            trigger: ".o_data_row:contains(Credit Customer):not(:has(button[name=action_ask_release]))",
            isCheck: true,
        },
        { content: "Open the hold", trigger: ".o_data_row:contains(Tour Customer) td[name=reason]" },
        { content: "Open its order", trigger: "button[name=action_open_document]" },
        {
            content: "What the gates said",
            trigger: ".o_field_widget[name=logistics_gate_strip] .badge",
            isCheck: true,
        },
        { content: "Release", trigger: "button[name=action_logistics_ask_release]:visible" },
        { content: "Say why", trigger: ".o_field_widget[name=reason] textarea", run: "text The address is right" },
        { content: "Confirm", trigger: ".modal-footer button[name=action_apply]" },
        {
            content: "No longer held",
            trigger: "body:not(:has(.modal)) .o_form_view:not(:has(button[name=action_logistics_ask_release]:visible))",
            isCheck: true,
        },
        { content: "Who ships it", trigger: ".nav-link:contains(Warehouses)" },
        { content: "The near one, chosen", trigger: ".o_data_row.text-success:contains(WH)", isCheck: true },
        {
            content: "The far one, instead",
            trigger: ".o_data_row:contains(LIE):not(:contains(WH)) button[name=action_choose]",
        },
        { content: "Is chosen", trigger: ".o_data_row.text-success:contains(LIE)", isCheck: true },
        { content: "Inbound", trigger: 'button[data-menu-xmlid="logistics_orchestration.menu_inbound"]' },
        {
            content: "Inbound at Risk",
            trigger: '.dropdown-item[data-menu-xmlid="logistics_orchestration.menu_inbound_risk"]',
        },
        { content: "Compare", trigger: ".o_data_row:contains(Timber Works) button[name=action_open_shortage]" },
        {
            content: "Buy elsewhere",
            trigger: ".o_data_row:contains(Board & Beam) button[name=action_choose]",
        },
        { content: "Say why", trigger: ".o_field_widget[name=reason] textarea", run: "text Cannot wait that long" },
        { content: "Confirm", trigger: ".modal-footer button[name=action_apply]" },
        {
            content: "It is done",
            trigger: "body:not(:has(.modal)) .o_data_row:contains(Board & Beam) .badge:contains(Carried out)",
            isCheck: true,
        },
    ],
});
