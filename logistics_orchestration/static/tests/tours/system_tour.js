/** @odoo-module **/

// An administrator connects a partner system, and later sees its first delivery.

import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_service/tour_utils";

const openSystems = [
    ...stepUtils.goToAppSteps("logistics_orchestration.menu_logistics_root", "Open Logistics"),
    { content: "Integrations", trigger: 'button[data-menu-xmlid="logistics_orchestration.menu_integrations"]' },
    { content: "Systems", trigger: '.dropdown-item[data-menu-xmlid="logistics_orchestration.menu_system"]' },
    { content: "The systems are there", trigger: ".o_breadcrumb:contains(Systems)", isCheck: true },
];

registry.category("web_tour.tours").add("logistics_connect_system", {
    test: true,
    url: "/web",
    steps: () => [
        ...openSystems,
        { content: "New", trigger: ".o-kanban-button-new, .o_list_button_add" },
        { content: "Name", trigger: ".o_field_widget[name=name] input", run: "text Night Shift Middleware" },
        { content: "Code", trigger: ".o_field_widget[name=code] input", run: "text n8n-night" },
        { content: "Kind", trigger: ".o_field_widget[name=kind] select", run: 'text "middleware"' },
        {
            content: "URL: the address the partner gave us",
            trigger: ".o_field_widget[name=outbound_url] input",
            run(actions) {
                actions.text(window.localStorage.getItem("logistics_tour_url") || "https://partner.example/webhook");
            },
        },
        { content: "It lives in our own network", trigger: ".o_field_widget[name=allow_http] input" },
        { content: "Network", trigger: ".o_field_widget[name=allowed_networks] input", run: "text 127.0.0.0/8" },
        { content: "A subscription", trigger: ".o_field_widget[name=subscription_ids] .o_field_x2many_list_row_add a" },
        { content: "Its name", trigger: ".o_selected_row .o_field_widget[name=name] input", run: "text Orders" },
        { content: "Its events", trigger: ".o_selected_row .o_field_widget[name=event_type_ids] input", run: "text logistics.order.confirmed" },
        { content: "Choose", trigger: ".o-autocomplete--dropdown-item:contains(logistics.order.confirmed)" },
        { content: "Chosen", trigger: ".o_selected_row .o_tag:contains(logistics.order.confirmed)", isCheck: true },
        { content: "Save", trigger: ".o_form_button_save" },
        { content: "Generate secrets", trigger: "button[name=action_generate_secrets]" },
        { content: "Sure", trigger: ".modal-footer .btn-primary" },
        {
            content: "The secrets are shown once: hand them to the partner",
            trigger: ".o_field_widget[name=secret_out]:contains(whsec_)",
            run() {
                const text = (name) => document.querySelector(`.modal .o_field_widget[name=${name}]`).innerText.match(/whsec_[^\s]+/)[0];
                window.localStorage.setItem("logistics_tour_secret_out", text("secret_out"));
                window.localStorage.setItem("logistics_tour_secret_in", text("secret_in"));
            },
        },
        { content: "Done", trigger: ".modal-footer button:contains(Done)" },
        { content: "They are set and shown nowhere", trigger: ".o_field_widget[name=secret_state]:contains(Set)", isCheck: true },
    ],
});

registry.category("web_tour.tours").add("logistics_first_delivery", {
    test: true,
    url: "/web",
    steps: () => [
        ...openSystems,
        { content: "Open the system", trigger: ".o_kanban_record:contains(Night Shift Middleware)" },
        { content: "One message was delivered", trigger: "button[name=action_open_calls]:contains(Delivered):contains(1)", isCheck: true },
        { content: "All deliveries", trigger: "button[name=action_open_outbox]" },
        { content: "The list is complete", trigger: ".o_search_panel_field:contains(Night Shift Middleware)", isCheck: true },
        { content: "Open it", trigger: ".o_data_row:contains(logistics.order.confirmed) td[name=subject]" },
        { content: "It is delivered", trigger: ".o_statusbar_status .o_arrow_button_current:contains(Delivered)", isCheck: true },
    ],
});

const openNightShift = [
    ...openSystems,
    { content: "Open the system", trigger: ".o_kanban_record:contains(Night Shift Middleware)" },
    { content: "It is open", trigger: ".o_form_view .o_field_widget[name=outbound_url] input", isCheck: true },
];

const enterUrl = (key) => ({
    content: "URL",
    trigger: ".o_field_widget[name=outbound_url] input",
    run(actions) {
        actions.text(window.localStorage.getItem(key));
    },
});

const saved = [
    { content: "Save", trigger: ".o_form_button_save" },
    { content: "Saved", trigger: ".o_form_saved, .o_form_status_indicator:not(:has(.o_form_button_save:visible))", isCheck: true },
];

registry.category("web_tour.tours").add("logistics_break_system", {
    test: true,
    url: "/web",
    steps: () => [
        ...openNightShift,
        { content: "The line works: a test arrives", trigger: "button[name=action_send_test]:contains(Send Test Event)" },
        { content: "It says so by itself", trigger: ".alert-success:contains(Delivered)", timeout: 30000, isCheck: true },
        { content: "Close", trigger: ".modal-footer button:contains(Close)" },
        { content: "Closed", trigger: "body:not(:has(.modal))", isCheck: true },
        // closing the window reads the system again, which would take back what is typed before it is read
        { content: "The test is counted", trigger: "button[name=action_open_calls]:contains(Delivered):contains(2)", isCheck: true },
        enterUrl("logistics_tour_wrong_url"),
        ...saved,
        { content: "Another test", trigger: "button[name=action_send_test]:contains(Send Test Event)" },
        { content: "It fails, in words", trigger: ".alert-danger:contains(Failed)", timeout: 30000, isCheck: true },
        { content: "Close", trigger: ".modal-footer button:contains(Close)" },
        { content: "Closed", trigger: "body:not(:has(.modal))", isCheck: true },
    ],
});

registry.category("web_tour.tours").add("logistics_repair_and_replay", {
    test: true,
    url: "/web",
    steps: () => [
        ...openSystems,
        { content: "The card says what is wrong", trigger: ".o_kanban_record:contains(Night Shift Middleware) .text-danger:contains(given up)", isCheck: true },
        { content: "Open the system", trigger: ".o_kanban_record:contains(Night Shift Middleware)" },
        { content: "What was given up", trigger: "button[name=action_open_dead]" },
        { content: "Open the order's message", trigger: ".o_data_row:contains(logistics.order.confirmed) td[name=subject]" },
        { content: "It says why", trigger: ".alert-danger:contains(Given up after):contains(refused)", isCheck: true },
        { content: "Every attempt is there", trigger: ".o_field_widget[name=attempt_ids] .o_data_row:contains(given up)", isCheck: true },
        { content: "Back to the system", trigger: ".breadcrumb a:contains(Night Shift Middleware), .o_breadcrumb a:contains(Night Shift Middleware)" },
        { content: "It is open", trigger: ".o_form_view .o_field_widget[name=outbound_url] input", isCheck: true },
        enterUrl("logistics_tour_url"),
        ...saved,
        { content: "Is it repaired?", trigger: "button[name=action_send_test]:contains(Send Test Event)" },
        { content: "It is", trigger: ".alert-success:contains(Delivered)", timeout: 30000, isCheck: true },
        { content: "Close", trigger: ".modal-footer button:contains(Close)" },
        { content: "Closed", trigger: "body:not(:has(.modal))", isCheck: true },
        { content: "Replay what failed", trigger: "button[name=action_make_replay]" },
        { content: "Why", trigger: ".o_field_widget[name=reason] textarea", run: "text The address was wrong" },
        { content: "Count first", trigger: "button[name=action_preview]:contains(Dry Run)" },
        { content: "One order", trigger: ".o_field_widget[name=preview_html]:contains(1 messages would be sent again):contains(logistics.order.confirmed)", isCheck: true },
        { content: "Start", trigger: "button[name=action_start]" },
        { content: "Done, by itself", trigger: ".o_statusbar_status .o_arrow_button_current:contains(Done)", timeout: 60000, isCheck: true },
        ...openSystems,
        { content: "All green", trigger: ".o_kanban_record:contains(Night Shift Middleware) .text-success:contains(Well)", isCheck: true },
    ],
});
