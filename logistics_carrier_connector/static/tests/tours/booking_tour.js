/** @odoo-module **/

// A planner compares carriers' offers side by side, books one with a click, and later prints the labels again.

import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_service/tour_utils";

registry.category("web_tour.tours").add("logistics_book_an_offer", {
    test: true,
    url: "/web",
    steps: () => [
        ...stepUtils.goToAppSteps("logistics_orchestration.menu_logistics_root", "Open Logistics"),
        { content: "Shipments", trigger: 'button[data-menu-xmlid="logistics_orchestration.menu_shipments"]' },
        { content: "To Book", trigger: '.dropdown-item[data-menu-xmlid="logistics_carrier_connector.menu_shipment_to_book"]' },
        { content: "What waits for a label", trigger: ".o_data_row:contains(Tour Consignee) .o_data_cell" },
        { content: "Its offers", trigger: "button[name=action_open_offers]" },
        { content: "The best one says why", trigger: ".o_kanban_record:contains(Recommended):contains(cheapest)", isCheck: true },
        { content: "The other one says what speaks against it", trigger: ".o_kanban_record:contains(Express):contains(more)", isCheck: true },
        { content: "Book the other one", trigger: ".o_kanban_record:contains(Express) button[name=action_book]" },
        { content: "It is chosen", trigger: ".o_kanban_record:contains(Express):contains(Chosen)", isCheck: true },
        { content: "Back", trigger: ".o_back_button, .breadcrumb-item:last a" },
        { content: "Being booked", trigger: ".o_field_widget[name=booking_state]:contains(Requested)", isCheck: true },
        { content: "With the method of the offer", trigger: ".o_field_widget[name=carrier_id]:has(input:propValue(Air)), .o_field_widget[name=carrier_id]:contains(Air)", isCheck: true },
        { content: "Not booked twice", trigger: ".o_form_statusbar:not(:has(button[name=action_book]))", isCheck: true },
    ],
});

registry.category("web_tour.tours").add("logistics_reprint_labels", {
    test: true,
    url: "/web",
    steps: () => [
        ...stepUtils.goToAppSteps("logistics_orchestration.menu_logistics_root", "Open Logistics"),
        { content: "Shipments", trigger: 'button[data-menu-xmlid="logistics_orchestration.menu_shipments"]' },
        { content: "Bookings", trigger: '.dropdown-item[data-menu-xmlid="logistics_carrier_connector.menu_carrier_booking"]' },
        { content: "The booking", trigger: ".o_data_row:contains(Air) .o_data_cell" },
        { content: "Every parcel has its label", trigger: ".o_field_widget[name=line_ids]:has(.o_data_row:contains(BOX1):contains(Ready)):has(.o_data_row:contains(BOX2):contains(Ready))", isCheck: true },
        { content: "Print them all", trigger: "button[name=action_print_labels]:visible" },
        { content: "The page stays", trigger: ".o_arrow_button_current:contains(Booked)", isCheck: true },
    ],
});
