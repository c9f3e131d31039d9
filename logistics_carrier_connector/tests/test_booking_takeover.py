"""What Odoo does by itself stays as it is, unless an account is there AND carrier booking is enforced."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestBookingTakeover(CarrierCase):
    def _native_calls(self, carrier, enforce):
        """How often Odoo's own connector is asked while a transfer is done."""
        if enforce:
            self.enforce("carrier")
        answer = [{"exact_price": 7.0, "tracking_number": "NATIVE1"}]
        with patch.object(type(self.carrier), "send_shipping", return_value=answer) as native:
            picking = self.ship(carrier)
        self.run_tasks()
        return native.call_count, picking

    def test_no_account_stays_native(self):
        calls, picking = self._native_calls(self.carrier, enforce=True)
        self.assertEqual((calls, picking.carrier_tracking_ref), (1, "NATIVE1"))
        self.assertFalse(picking.logistics_shipment_ids.booking_ids)
        self.assertFalse(picking.activity_ids, "booked natively: nothing left to do by hand")

    def test_observing_changes_nothing(self):
        calls, picking = self._native_calls(self.standard, enforce=False)
        self.assertEqual((calls, picking.carrier_tracking_ref), (1, "NATIVE1"))
        self.assertFalse(picking.logistics_shipment_ids.booking_ids)
        self.assertFalse(self.server.seen)

    def test_observing_notes_what_it_would_have_done(self):
        picking = self.ship()
        picking._logistics_book_carrier()
        noted = self.env["logistics.observation"].search([("capability", "=", "carrier"), ("res_id", "=", picking.id)])
        self.assertIn("Road", noted[:1].summary)
        with self.assertRaisesRegex(UserError, "only observes"):
            picking.logistics_shipment_ids.action_book()

    def test_enforced_account_is_booked_by_intent(self):
        calls, picking = self._native_calls(self.standard, enforce=True)
        self.assertEqual(calls, 0)
        self.assertEqual(self.booking_of(picking).state, "requested")
        self.assertEqual(len(picking.logistics_shipment_ids.booking_ids), 1, "rule and validation ask for one booking")

    def test_switch_of_another_customer_does_not_count(self):
        other = self.env["res.partner"].create({"name": "Somebody Else"})
        self.env["logistics.switch"].create({"capability": "carrier", "mode": "enforce", "partner_id": other.id})
        self.assertFalse(self.booking_of(self.ship()))

    def test_account_of_another_company_does_not_count(self):
        self.enforce("carrier")
        company = self.env["res.company"].create({"name": "Other Company"})
        other = self.make_account("Elsewhere", company_id=company.id)
        self.carrier.logistics_account_id = other
        self.assertFalse(self.carrier._logistics_account(self.company))
        self.assertFalse(self.booking_of(self.ship(self.carrier)))

    def test_send_to_shipper_button_says_what_goes_on(self):
        self.enforce("carrier")
        picking = self.ship()
        with self.assertRaisesRegex(UserError, "is being booked"):
            picking.send_to_shipper()
        self.work()
        with self.assertRaisesRegex(UserError, "has the booking"):
            picking.send_to_shipper()

    def test_send_to_shipper_of_an_old_transfer_makes_its_shipment(self):
        picking = self.ship()
        self.enforce("carrier")
        self.assertFalse(self.booking_of(picking))
        picking.send_to_shipper()
        self.assertEqual(self.booking_of(picking).state, "requested")
        self.assertFalse(self.server.seen)

    def test_validation_survives_what_cannot_be_booked(self):
        self.enforce("carrier")
        quiet = mute_logger("odoo.addons.logistics_orchestration.models.automation.base_automation")
        with quiet, patch.object(type(self.account), "_service_code", side_effect=UserError("no such service")):
            picking = self.ship()
        self.assertEqual(picking.state, "done")
        self.assertIn("no such service", picking.activity_ids.mapped("note")[0])

    def test_cancel_shipment_voids_ours_by_intent(self):
        self.enforce("carrier")
        picking = self.ship()
        self.work()
        with patch.object(type(self.carrier), "cancel_shipment") as native:
            picking.cancel_shipment()
        native.assert_not_called()
        self.assertEqual(len(self.server.living()), 1, "nothing is called inside the business transaction")
        self.work()
        self.assertFalse(self.server.living())
        self.assertFalse(picking.carrier_tracking_ref)

    def test_cancel_shipment_of_others_is_odoos_one_by_one(self):
        pickings = self.ship(self.carrier) | self.ship(self.carrier)
        pickings.carrier_tracking_ref = "NATIVE"
        with patch.object(type(self.carrier), "cancel_shipment", autospec=True) as native:
            pickings.cancel_shipment()
        self.assertEqual([call.args[1] for call in native.call_args_list], list(pickings))

    def test_no_account_and_enforced_is_a_to_do(self):
        self.enforce("carrier")
        self.carrier.integration_level = "rate"
        picking = self.ship(self.carrier)
        picking._logistics_book_carrier()
        self.assertEqual(len(picking.activity_ids), 1)

    def test_shipping_can_be_added_to_an_order_as_ever(self):
        self.enforce("carrier")
        order = self.make_order(carrier=False, confirm=False)
        action = order.action_open_delivery_wizard()
        wizard = self.env["choose.delivery.carrier"].with_context(**action["context"])
        wizard = wizard.create({"order_id": order.id, "carrier_id": self.standard.id})
        wizard.update_price()
        wizard.button_confirm()
        self.assertEqual(order.carrier_id, self.standard)
        self.assertEqual(order.order_line.filtered("is_delivery").price_unit, 5.0)
        self.assertFalse(self.server.seen, "no carrier is called while people wait")
