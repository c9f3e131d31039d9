"""A driver is asked to come once per day, whatever happens on the way; without interface a person asks."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestHandoverPickup(CarrierCase):
    def setUp(self):
        super().setUp()
        self.enforce("carrier")
        self.picking = self.ship(packages=2)
        self.work()
        self.booking = self.booking_of(self.picking)
        self.warehouse = self.picking.logistics_shipment_ids.warehouse_id

    def pickup(self, **vals):
        """Tomorrow's, so that no hour of the day is too late."""
        day = fields.Date.today() + timedelta(days=1)
        values = {"account_id": self.account.id, "warehouse_id": self.warehouse.id, "day": day}
        return self.env["logistics.carrier.pickup"].create({**values, "company_id": self.company.id, **vals})

    def run_pickups(self):
        pickups = self.env["logistics.carrier.pickup"].search([("todo", "!=", False)])
        pickups.write({"next_attempt_at": fields.Datetime.now(), "lease_until": False})
        self.account.hold_until = False
        self.env["logistics.carrier.pickup"]._work_run()

    def test_driver_is_asked_after_the_commit(self):
        pickup = self.pickup()
        self.assertEqual((pickup.parcel_count, pickup.by_hand), (2, False))
        pickup.action_request()
        self.assertFalse(self.server.calls("POST", "/pickups"), "asked by the worker")
        self.run_pickups()
        (told,) = self.server.desk["pickups"]
        self.assertEqual((told["reference"], told["parcel_count"]), (pickup.reference, 2))
        self.assertEqual((pickup.state, pickup.carrier_ref), ("done", "PI1"))

    def test_lost_reply_sends_one_driver(self):
        self.server.fault("drop", path="/pickups", method="POST")
        pickup = self.pickup()
        pickup.action_request()
        self.run_pickups()
        self.assertEqual((pickup.state, pickup.in_doubt), ("requested", True))
        self.run_pickups()
        self.assertEqual((pickup.state, len(self.server.desk["pickups"])), ("done", 1))

    def test_one_driver_per_day(self):
        self.pickup()
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(UserError, "is asked already to come"):
            self.pickup()

    @freeze_time("2026-03-04 09:00:00")
    def test_window_follows_the_working_time(self):
        self.warehouse.logistics_calendar_id.tz = "Europe/Brussels"
        day = fields.Date.to_date("2026-03-05")
        begin, end = self.pickup(day=day)._window(day)
        self.assertEqual((begin.isoformat(), end.isoformat()), ("2026-03-05T14:00:00", "2026-03-05T16:00:00"))
        sunday = fields.Date.to_date("2026-03-08")
        begin, end = self.pickup(day=sunday)._window(sunday)
        self.assertEqual(end.isoformat(), "2026-03-08T17:00:00", "no working day: usual hours")

    def test_refusal_is_a_persons_matter_and_may_be_agreed_by_hand(self):
        self.server.fault(422, path="/pickups", method="POST")
        pickup = self.pickup()
        pickup.action_request()
        self.run_pickups()
        self.assertEqual(pickup.state, "failed")
        self.assertTrue(pickup.activity_ids)
        wizard = pickup.action_ask_by_hand()
        self.assertEqual(wizard["res_model"], "logistics.reason.wizard")
        pickup.action_by_hand("Mr. Lane, by telephone")
        self.assertEqual((pickup.state, pickup.done_by_hand), ("done", True))
        self.assertFalse(pickup.activity_ids)

    def test_called_off_at_the_carrier(self):
        pickup = self.pickup()
        pickup.action_request()
        self.run_pickups()
        pickup.action_cancel()
        self.assertEqual(pickup.state, "done", "called off by the worker")
        self.run_pickups()
        self.assertEqual((pickup.state, self.server.desk["pickups"][0]["state"]), ("cancelled", "cancelled"))
        self.pickup()

    def test_without_interface_it_is_a_task_and_a_mail(self):
        self.account.write({"vocabulary": '{"paths": {"pickup": null}}', "environment": "live"})
        self.account.task_email = "dispatch@carrier.example"
        pickup = self.pickup(instructions="Gate 3")
        self.assertTrue(pickup.by_hand)
        pickup.action_request()
        note = pickup.activity_ids.note
        for words in (pickup.reference, "Please send a driver", "2 parcels", "Gate 3", "dispatch@carrier.example"):
            self.assertIn(words, note)
        mail = self.env["mail.mail"].search([("email_to", "=", "dispatch@carrier.example")])
        self.assertEqual(len(mail), 1)
        self.assertIn("Gate 3", mail.body_html)
        pickup.action_by_hand("PU-77")
        self.assertEqual((pickup.state, pickup.carrier_ref), ("done", "PU-77"))
        self.assertFalse(self.server.calls("POST", "/pickups"))

    def test_a_test_account_writes_nobody(self):
        self.account.write({"vocabulary": '{"paths": {"pickup": null}}', "task_email": "dispatch@carrier.example"})
        self.pickup().action_request()
        self.assertFalse(self.env["mail.mail"].search([("email_to", "=", "dispatch@carrier.example")]))

    @freeze_time("2026-03-04 09:00:00")
    def test_from_the_bookings_for_today(self):
        action = self.booking.action_request_pickup()
        pickup = self.env["logistics.carrier.pickup"].browse(action["res_id"])
        self.assertEqual((pickup.state, pickup.booking_ids), ("requested", self.booking))
        self.assertEqual(self.booking.action_request_pickup()["res_id"], pickup.id, "the same one")
        user = new_test_user(self.env, "pickup_user", groups="base.group_user,logistics_orchestration.group_user")
        with self.assertRaises(AccessError):
            self.booking.with_user(user).action_request_pickup()

    @freeze_time("2026-03-04 22:30:00")
    def test_late_in_the_evening_a_person_chooses_the_day(self):
        pickup = self.env["logistics.carrier.pickup"].browse(self.booking.action_request_pickup()["res_id"])
        self.assertEqual(pickup.state, "draft", "the window is over: not refused, opened")
        self.assertIn("choose another day", pickup.message_ids[:1].body)
        pickup.day = "2026-03-05"
        pickup.action_request()
        self.assertEqual(pickup.state, "requested")

    @freeze_time("2026-03-04 09:00:00")
    def test_by_itself_where_the_account_wants_it(self):
        hand_over = self.env["logistics.carrier.booking"]._cron_hand_over
        hand_over()
        pickups = self.env["logistics.carrier.pickup"]
        self.assertFalse(pickups.search([("account_id", "=", self.account.id)]))
        self.account.pickup_auto = True
        hand_over()
        hand_over()
        self.assertEqual(pickups.search([("account_id", "=", self.account.id)]).state, "requested")

    def test_state_is_nobodys_to_write(self):
        planner = new_test_user(self.env, "pup_planner", groups="base.group_user,logistics_orchestration.group_planner")
        pickup = self.pickup().with_user(planner)
        for vals in ({"state": "done"}, {"carrier_ref": "X"}, {"in_doubt": False}):
            with self.assertRaisesRegex(UserError, "set by the buttons and by the worker only"):
                pickup.write(vals)
        pickup.action_request()
        pickup.action_by_hand("PU-1")
        self.assertEqual(pickup.state, "done")

    def test_observing_asks_nobody(self):
        self.env["logistics.switch"].search([("capability", "=", "carrier")]).action_observe()
        with self.assertRaisesRegex(UserError, "only observes"):
            self.pickup().action_request()
