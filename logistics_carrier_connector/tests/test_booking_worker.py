"""The worker: one label, whatever happens between asking, hearing and writing down."""

import base64
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .common import CarrierCase, Killed


@tagged("post_install", "-at_install")
class TestBookingWorker(CarrierCase):
    def setUp(self):
        super().setUp()
        self.enforce("carrier")

    def test_done_transfer_is_booked_labelled_and_told(self):
        picking = self.ship(packages=2)
        booking = self.booking_of(picking)
        self.assertEqual((booking.state, booking.todo), ("requested", "book"))
        self.assertFalse(self.server.seen, "nothing is called inside the business transaction")
        self.work()
        self.assertEqual(booking.state, "booked")
        self.assertFalse(booking.todo)
        self.assertEqual(booking.carrier_booking_ref, "BK1")
        self.assertEqual((booking.amount, booking.currency_id.name), (13.0, "EUR"))
        self.assertEqual(self.server.bookings[0]["reference"], booking.reference)
        self.assertEqual(self.server.bookings[0]["to"]["zip"], "2000")
        self.assertEqual(self.server.bookings[0]["weights"], [1.5, 1.5])
        shipment = picking.logistics_shipment_ids
        self.assertEqual(shipment.parcel_ids.mapped("tracking_number"), ["TRK00001", "TRK00002"])
        self.assertEqual(shipment.tracking_number, "TRK00001")
        self.assertEqual(picking.carrier_tracking_ref, "TRK00001,TRK00002")
        self.assertEqual(set(shipment.parcel_ids.mapped("label_state")), {"ok"})
        self.assertTrue(all(label.raw.startswith(b"%PDF") for label in shipment.label_attachment_ids))
        self.assertEqual(len(shipment.label_attachment_ids), 2)
        labels = self.env["ir.attachment"].search([("res_model", "=", "stock.picking"), ("res_id", "=", picking.id)])
        self.assertEqual(len(labels), 2)
        told = self.events(record=shipment).mapped("type_name")
        self.assertEqual(told[:2], ["logistics.shipment.booked", "logistics.shipment.label_created"])
        data = self.events("shipment.booked", shipment).data
        self.assertEqual((data["amount"], data["currency"], data["reference"]), (13.0, "EUR", booking.reference))
        self.assertEqual(data["parcels"][1]["tracking_number"], "TRK00002")
        self.assertEqual(self.account.health, "good")

    def test_weightless_parcel_gets_the_accounts_default(self):
        self.product.weight = 0
        self.ship()
        self.work()
        self.assertEqual(self.server.bookings[0]["weights"], [1.0])

    def test_our_service_name_is_told_as_the_carriers_code(self):
        self.ship(self.express)
        self.work()
        self.assertEqual(self.server.bookings[0]["service"], "express")

    def test_dropped_reply_buys_one_label(self):
        self.server.fault("drop", path="/bookings", method="POST")
        booking = self.booking_of(self.ship())
        self.work()
        self.assertEqual((booking.state, booking.attempt_count, booking.in_doubt), ("requested", 1, True))
        self.assertIn("connection lost", booking.last_error)
        self.work()
        self.assertEqual(booking.state, "booked")
        self.assertEqual(len(self.server.bookings), 1)
        self.assertEqual(booking.carrier_booking_ref, "BK1")
        self.assertEqual(self.booking_of(self.ship()).call_count, 0)

    def test_garbage_reply_buys_one_label(self):
        self.server.fault("garbage", path="/bookings", method="POST")
        booking = self.booking_of(self.ship())
        self.work()
        self.work()
        self.assertEqual((booking.state, len(self.server.bookings)), ("booked", 1))

    def test_worker_killed_after_the_call_buys_one_label(self):
        booking = self.booking_of(self.ship())
        with patch.object(type(booking), "_call_result", side_effect=Killed), self.killed():
            self.work()
        self.assertEqual(len(self.server.bookings), 1)
        self.assertTrue(booking.lease_until)
        self.assertEqual(booking.state, "requested")
        self.work()
        self.assertEqual(self.server.calls("GET", "/bookings"), 0, "the lease keeps others away")
        self.work(expire=True)
        self.assertEqual((booking.state, len(self.server.bookings)), ("booked", 1))
        self.assertEqual(self.server.calls("POST", "/bookings"), 1)

    def test_worker_killed_before_the_call_buys_one_label(self):
        booking = self.booking_of(self.ship())
        with patch.object(type(booking), "_call_perform", side_effect=Killed), self.killed():
            self.work()
        self.assertFalse(self.server.bookings)
        self.work(expire=True)
        self.assertEqual((booking.state, len(self.server.bookings)), ("booked", 1))
        self.assertEqual(self.server.calls("GET", "/bookings"), 1, "looked up before it bought")

    def test_worker_killed_between_booking_and_labels_fetches_labels_only(self):
        booking = self.booking_of(self.ship())
        real, steps = type(booking)._call_once, []

        def once(record):
            steps.append(record.todo)
            if len(steps) > 1:
                raise Killed
            return real(record)

        with patch.object(type(booking), "_call_once", once), self.killed():
            self.work()
        self.assertEqual((booking.state, booking.todo), ("booked", "labels"))
        self.work()
        self.assertEqual(booking.label_count, 1)
        self.assertEqual(len(self.server.bookings), 1)

    def test_result_that_cannot_be_written_is_found_again(self):
        booking = self.booking_of(self.ship())
        with (
            patch.object(type(booking), "_write_numbers", side_effect=ValueError("disk full")),
            self.assertLogs("odoo.addons.logistics_carrier_connector.models.booking.carrier_call", "ERROR"),
        ):
            self.work()
        self.assertEqual((booking.state, booking.in_doubt), ("requested", True))
        self.work()
        self.assertEqual((booking.state, len(self.server.bookings)), ("booked", 1))

    def test_late_result_of_a_lost_claim_is_not_written(self):
        booking = self.booking_of(self.ship())
        call_result = type(booking)._call_result

        def lose_claim(record, token, outcome, memo):
            record.claim_token = "somebody else's"
            return call_result(record, token, outcome, memo)

        with patch.object(type(booking), "_call_result", lose_claim):
            self.work()
        self.assertEqual((booking.state, booking.carrier_booking_ref), ("requested", False))

    def test_refusal_is_final_told_and_put_right(self):
        self.standard.logistics_service = "pigeon"
        picking = self.ship()
        booking, shipment = self.booking_of(picking), picking.logistics_shipment_ids
        self.work()
        self.assertEqual(booking.state, "failed")
        self.assertIn("Unknown service pigeon", booking.error)
        self.assertFalse(booking.in_doubt)
        self.assertIn("Unknown service", self.events("shipment.booking_failed", shipment).data["error"])
        todo = shipment.activity_ids.filtered(lambda a: booking.name in (a.summary or ""))
        self.assertEqual(len(todo), 1)
        self.standard.logistics_service = "standard"
        shipment.action_book()
        self.assertEqual(len(shipment.booking_ids), 2)
        self.work()
        self.assertEqual(shipment.booking_id.state, "booked")
        self.assertEqual(len(self.server.living()), 1)

    def test_retry_of_a_failed_booking_keeps_its_reference(self):
        self.server.fault(422, path="/bookings", method="POST")
        shipment = self.ship().logistics_shipment_ids
        booking = shipment.booking_id
        self.work()
        self.assertEqual(booking.state, "failed")
        shipment.action_book()
        self.assertEqual(shipment.booking_ids, booking)
        self.work()
        self.assertEqual((booking.state, self.server.bookings[0]["reference"]), ("booked", booking.reference))
        self.assertFalse(shipment.activity_ids.filtered(lambda a: booking.name in (a.summary or "")))

    def test_given_up_in_doubt_is_never_bought_twice(self):
        self.server.fault("drop", path="/bookings", method="POST")
        self.server.fault(500, times=20, method="GET")
        shipment = self.ship().logistics_shipment_ids
        booking = shipment.booking_id
        for _try in range(8):
            self.work()
        self.assertEqual((booking.state, booking.in_doubt), ("failed", True))
        self.assertIn(booking.reference, shipment.activity_ids.filtered(lambda a: booking.name in a.summary).note)
        self.server.clear_faults()
        booking.action_retry()
        self.work()
        self.assertEqual((booking.state, len(self.server.bookings)), ("booked", 1))

    def test_carrier_that_cannot_be_asked_leaves_it_to_a_person(self):
        self.account.vocabulary = '{"paths": {"find": null}}'
        self.server.fault("drop", path="/bookings", method="POST")
        booking = self.booking_of(self.ship())
        self.work()
        self.work()
        self.assertEqual((booking.state, booking.in_doubt), ("failed", True))
        self.assertEqual(len(self.server.bookings), 1)

    def test_busy_carrier_costs_no_try_and_holds_the_account(self):
        self.server.fault(429, path="/bookings", method="POST")
        booking = self.booking_of(self.ship())
        self.work()
        self.assertEqual((booking.attempt_count, booking.in_doubt), (0, False))
        self.assertEqual(self.account.health, "waiting")
        other = self.booking_of(self.ship())
        self.env["logistics.carrier.booking"]._work_run()
        self.assertEqual(other.call_count, 0, "others wait with it")
        self.work()
        self.assertEqual(booking.state, "booked")

    def test_dead_carrier_does_not_hold_up_the_others(self):
        other = self.make_account("Another carrier")
        ground = self.make_carrier("Another road", 5.0, logistics_account_id=other.id, logistics_service="standard")
        self.server.fault(500)
        dead = [self.booking_of(self.ship()) for _each in range(3)]
        alive = self.booking_of(self.ship(ground))
        self.work()
        self.assertEqual([booking.call_count for booking in dead], [1, 0, 0], "one is enough to know")
        self.assertEqual(alive.state, "booked")
        self.assertEqual((self.account.health, other.health), ("waiting", "good"))
        pauses = []
        for _each in range(10):
            self.account._failed("down")
            pauses.append((self.account.hold_until - fields.Datetime.now()).total_seconds())
        self.assertEqual(pauses, sorted(pauses))
        self.assertLessEqual(pauses[-1], 900)

    def test_what_a_run_leaves_over_wakes_the_next_one(self):
        for _each in range(2):
            self.ship()
        cron = self.env.ref("logistics_carrier_connector.cron_carrier_booking")
        self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
        self.env["logistics.carrier.booking"]._work_run(seconds=0.001)
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))

    def test_labels_are_printed_in_one_document(self):
        shipment = self.ship(packages=2).logistics_shipment_ids
        self.work()
        action = shipment.booking_id.action_print_labels()
        attachment = int(action["url"].split("/")[3].split("?")[0])
        self.assertTrue(self.env["ir.attachment"].browse(attachment).raw.startswith(b"%PDF"))
        self.assertIn(
            str(shipment.label_attachment_ids[:1].id), shipment.booking_id.line_ids[0].action_download()["url"]
        )

    def test_wrong_token_tells_the_administrator(self):
        self.account.token = "wrong-one-entirely"
        booking = self.booking_of(self.ship())
        self.work()
        self.work()
        self.assertEqual(booking.state, "requested")
        self.assertEqual(len(self.account.activity_ids), 1)
        self.assertNotIn("wrong-one", booking.last_error)
        self.assertNotIn("wrong-one", self.account.last_failure)

    def test_missing_labels_are_fetched_later_without_booking_again(self):
        self.server.fault(500, path="/labels")
        picking = self.ship(packages=2)
        booking = self.booking_of(picking)
        self.work()
        self.assertEqual((booking.state, booking.label_count, booking.todo), ("booked", 1, "labels"))
        self.assertFalse(self.events("shipment.label_created", picking.logistics_shipment_ids))
        self.work()
        self.assertEqual(booking.label_count, 2)
        self.assertEqual(len(self.events("shipment.label_created", picking.logistics_shipment_ids)), 1)
        self.assertEqual(len(self.server.bookings), 1)

    def test_label_that_never_comes_is_a_persons_job(self):
        self.server.fault(404, path="/labels")
        booking = self.booking_of(self.ship())
        self.work()
        self.assertEqual((booking.state, booking.line_ids.label_state), ("booked", "failed"))
        self.assertEqual(booking.shipment_id.label_state, "failed")
        booking.action_retry()
        self.work()
        self.assertEqual(booking.line_ids.label_state, "ok")

    def test_parcel_the_carrier_forgot_is_a_persons_job(self):
        self.server.fault("drop", path="/bookings", method="POST")
        picking = self.ship(packages=2)
        booking, shipment = self.booking_of(picking), picking.logistics_shipment_ids
        self.work()
        self.server.bookings[0]["parcels"].pop()
        self.work()
        self.assertEqual((booking.state, booking.line_ids.mapped("label_state")), ("booked", ["ok", "failed"]))
        self.assertFalse(self.events("shipment.label_created", shipment))
        todo = shipment.activity_ids.filtered(lambda a: "Label missing" in (a.summary or ""))
        self.assertEqual(len(todo), 1)
        self.assertIn(booking.line_ids[1].reference, todo.note)
        booking.action_retry()
        self.work()
        self.assertEqual(booking.line_ids[1].label_state, "failed", "there is no number to ask for")
        self.assertEqual(len(self.server.bookings), 1)

    def test_paper_with_an_error_on_it_is_no_label(self):
        junk = base64.b64encode(b"<html>Out of paper</html>").decode()
        self.server.fault(lambda: self.server.bookings[-1]["parcels"][0].update(label=junk), path="/bookings")
        picking = self.ship()
        booking, shipment = self.booking_of(picking), picking.logistics_shipment_ids
        self.work()
        self.assertEqual((booking.state, booking.line_ids.label_state), ("booked", "failed"))
        self.assertFalse(shipment.label_attachment_ids)
        self.assertFalse(self.events("shipment.label_created", shipment))
        self.assertTrue(shipment.activity_ids.filtered(lambda a: "Label missing" in (a.summary or "")))
        booking.action_retry()
        self.work()
        self.assertEqual(booking.line_ids.label_state, "ok", "asked for once more, the carrier has one")

    def test_void_whose_reply_was_lost_is_voided(self):
        booking = self.booking_of(self.ship())
        self.work()
        self.server.fault("drop", path="/bookings/", method="POST")
        booking.action_void("changed our mind")
        self.work()
        self.assertEqual((booking.state, self.server.bookings[0]["state"]), ("booked", "voided"))
        self.server.fault(409, path="/bookings/", method="POST")  # as carriers say of what is cancelled already
        self.work()
        self.assertEqual((booking.state, booking.void_failed), ("voided", False))

    def test_late_second_booking_is_found_and_voided(self):
        self.server.fault("drop", path="/bookings", method="POST")
        booking = self.booking_of(self.ship())
        self.work()
        self.work()
        self.assertEqual(booking.todo, "settle", "after doubt the carrier is asked once more")
        body = {"reference": booking.reference, "parcels": [{"reference": "P", "weight_kg": 1}], "to": {}}
        self.server.book(body)
        self.work()
        self.assertEqual([found["id"] for found in self.server.living()], ["BK1"])
        self.assertEqual((booking.todo, booking.in_doubt), (False, False))

    def test_paused_account_waits(self):
        self.account.action_pause()
        booking = self.booking_of(self.ship())
        self.work()
        self.assertEqual(booking.call_count, 0)
        self.account.action_resume()
        self.work()
        self.assertEqual(booking.state, "booked")

    def test_real_cost_goes_to_the_order(self):
        self.standard.invoice_policy = "real"
        picking = self.ship()
        self.work()
        self.assertEqual(picking.carrier_price, 6.5)
        line = picking.sale_id.order_line.filtered("is_delivery")
        self.assertEqual(line.price_unit, 6.5)
        self.booking_of(picking).action_void("changed our mind")
        self.work()
        self.assertEqual(line.price_unit, 0.0)
