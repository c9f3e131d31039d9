"""The day is closed once over what waits for a carrier; the list is there to be signed."""

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestHandoverManifest(CarrierCase):
    def setUp(self):
        super().setUp()
        self.enforce("carrier")
        pickings = self.ship(packages=2) | self.ship()
        self.work()
        self.shipments = pickings.logistics_shipment_ids
        self.bookings = self.shipments.booking_ids
        self.warehouse = self.shipments.warehouse_id

    def close(self):
        return self.env["logistics.carrier.manifest"].browse(self.bookings.action_close_day()["res_id"])

    def run_manifests(self):
        manifests = self.env["logistics.carrier.manifest"].search([("todo", "!=", False)])
        manifests.write({"next_attempt_at": fields.Datetime.now(), "lease_until": False})
        self.account.hold_until = False
        self.env["logistics.carrier.manifest"]._work_run()

    def test_day_is_closed_with_the_carriers_document(self):
        manifest = self.close()
        self.assertEqual((manifest.state, manifest.booking_count, manifest.parcel_count), ("requested", 2, 3))
        self.assertFalse(self.server.calls("POST", "/manifests"), "asked by the worker")
        self.run_manifests()
        (told,) = self.server.desk["manifests"]
        self.assertEqual(set(told["bookings"]), set(self.bookings.mapped("carrier_booking_ref")))
        self.assertEqual((manifest.state, manifest.carrier_ref), ("done", "MA1"))
        self.assertTrue(manifest.attachment_id.raw.startswith(b"%PDF"))
        self.assertIn(str(manifest.attachment_id.id), manifest.action_print()["url"])

    def test_each_booking_stands_on_one_list(self):
        self.close()
        with self.assertRaisesRegex(UserError, "Nothing booked with Parcel contract waits"):
            self.close()
        late = self.ship()
        self.work()
        self.bookings = self.booking_of(late)
        self.assertEqual(self.close().booking_ids, self.bookings, "a second list of the day for what came late")

    def test_lost_reply_closes_once(self):
        self.server.fault("drop", path="/manifests", method="POST")
        manifest = self.close()
        self.run_manifests()
        self.assertTrue(manifest.in_doubt)
        with self.assertRaisesRegex(UserError, "cannot be opened again"):
            manifest.action_cancel()
        self.run_manifests()
        self.assertEqual((manifest.state, len(self.server.desk["manifests"])), ("done", 1))
        self.assertTrue(manifest.attachment_id, "the document comes with the look-up")

    def test_what_was_voided_meanwhile_is_left_out(self):
        manifest = self.close()
        self.bookings[0].action_void("wrong box")
        self.run_manifests()
        self.assertEqual(manifest.booking_ids, self.bookings[1])
        self.assertFalse(manifest.activity_ids, "nothing is left to a person")
        self.assertEqual(self.server.desk["manifests"][0]["bookings"], [self.bookings[1].carrier_booking_ref])

    def test_what_is_voided_afterwards_is_a_persons_to_strike(self):
        manifest = self.close()
        self.run_manifests()
        self.assertEqual(manifest.parcel_count, 3)
        numbers = self.bookings[0].line_ids.mapped("tracking_number")
        self.bookings[0].action_void("wrong box")
        self.assertEqual(manifest.booking_ids, self.bookings, "the carrier was told of both")
        self.assertEqual(manifest.voided_ids, self.bookings[0])
        left = self.bookings[1].line_ids
        self.assertEqual((manifest.booking_count, manifest.parcel_count), (2, len(left)))
        todo = manifest.activity_ids
        self.assertEqual(len(todo), 1)
        for number in numbers:
            self.assertIn(number, todo.summary)
        self.assertIn("keep its parcels here", todo.note)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "logistics_carrier_connector.report_manifest", manifest.ids
        )
        self.assertEqual(html.count(b"line-through"), len(numbers))

    def test_a_list_by_hand_is_struck_by_hand(self):
        self.account.vocabulary = '{"paths": {"manifest": null}}'
        manifest = self.close()
        before = manifest.activity_ids
        self.bookings[1].action_void("wrong box")
        self.assertIn("Strike from list", (manifest.activity_ids - before).summary)

    def test_without_interface_our_own_list_is_printed(self):
        self.account.vocabulary = '{"paths": {"manifest": null}}'
        manifest = self.close()
        self.assertTrue(manifest.by_hand)
        self.assertIn(self.bookings[0].line_ids[0].tracking_number, manifest.activity_ids.note)
        self.assertEqual(manifest.action_print()["type"], "ir.actions.report")
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "logistics_carrier_connector.report_manifest", manifest.ids
        )
        for line in self.bookings.line_ids:
            self.assertIn(line.tracking_number.encode(), html)
        manifest.action_by_hand("signed by the driver")
        self.assertEqual((manifest.state, manifest.done_by_hand), ("done", True))

    def test_cancelled_list_frees_its_bookings(self):
        manifest = self.close()
        manifest.action_cancel()
        self.assertEqual(manifest.state, "cancelled")
        self.assertEqual(self.close().booking_ids, self.bookings)

    def test_refused_list_is_tried_again(self):
        self.server.fault(422, path="/manifests", method="POST")
        manifest = self.close()
        self.run_manifests()
        self.assertEqual(manifest.state, "failed")
        manifest.action_retry()
        self.run_manifests()
        self.assertEqual(manifest.state, "done")

    def test_by_itself_at_the_end_of_the_day(self):
        self.account.manifest_auto = True
        self.warehouse.logistics_calendar_id.tz = "UTC"
        hand_over = self.env["logistics.carrier.booking"]._cron_hand_over
        with freeze_time("2026-03-04 12:00:00"):
            hand_over()
        self.assertFalse(self.bookings.manifest_id)
        with freeze_time("2026-03-04 16:45:00"):
            hand_over()
        self.assertEqual(self.bookings.manifest_id.state, "requested")
