"""A planner compares offers, books one and prints its labels again, in a real browser."""

from io import BytesIO

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools.pdf import PdfFileReader

from odoo.addons.logistics_orchestration.tests.common import BrowserMixin

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestBookingTour(BrowserMixin, HttpCase, CarrierCase):
    def test_planner_books_an_offer_and_prints_again(self):
        new_test_user(self.env, "logistics-planner", groups="logistics_orchestration.group_planner")
        self.enforce("carrier")
        self.account.service_ids = [(0, 0, {"name": "Standard", "code": "standard"})]
        customer = self.customer.copy({"name": "Tour Consignee"})
        shipment = self.ship(partner_id=customer.id, packages=2).logistics_shipment_ids
        shipment.booking_id.action_void("compare first")
        shipment.promised_at = False
        shipment.action_get_rates()
        self.env["logistics.carrier.rating"]._work_run()
        self.assertEqual(len(shipment.offer_ids), 2)

        self.start_tour("/web", "logistics_book_an_offer", login="logistics-planner", timeout=120)
        shipment.invalidate_recordset()
        self.assertEqual((shipment.booking_id.state, shipment.booking_id.service), ("requested", "express"))
        taken = shipment.offer_ids.filtered("chosen")
        self.assertEqual((taken.service, taken.recommended), ("express", False))
        self.assertIn("logistics-planner", taken.why, "who chose it against the advice is kept")
        self.work()
        self.assertEqual(shipment.booking_id.label_count, 2)

        self.start_tour("/web", "logistics_reprint_labels", login="logistics-planner", timeout=120)
        joined = self.env["ir.attachment"].search(
            [("res_model", "=", shipment._name), ("res_id", "=", shipment.id), ("name", "like", "labels-%")]
        )
        self.assertEqual(len(joined), 1, "both labels in one document")
        self.assertEqual(PdfFileReader(BytesIO(joined.raw)).getNumPages(), 2, "a page for each label")
        self.assertEqual(len(self.server.living()), 1, "printing again books nothing")
