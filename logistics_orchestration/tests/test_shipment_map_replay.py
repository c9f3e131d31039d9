"""Map and replay: from an unknown code in quarantine to messages that took effect."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .shipment_common import ShipmentCase


class TestMapAndReplay(ShipmentCase):
    def open_wizard(self, message, user=None):
        action = message.with_user(user or self.env.user).action_map_and_replay()
        return self.env[action["res_model"]].with_user(user or self.env.user).browse(action["res_id"])

    def test_one_answer_serves_all_that_wait_for_it(self):
        first, second = self.ship(tracking="A1"), self.ship(tracking="A2")
        waiting = self.scan("A1", "ZZ9", description="Parcel on belt") + self.scan("A2", "ZZ9")
        other = self.scan("A1", "ZZ8")
        planner = self.make_user("maps", "group_planner")
        wizard = self.open_wizard(waiting[0], planner)
        self.assertEqual((wizard.raw_code, wizard.label, wizard.waiting_count), ("ZZ9", "Parcel on belt", 2))
        with self.assertRaises(UserError):
            wizard.action_apply()
        with Form(wizard) as form:
            form.milestone = "in_transit"
        wizard.action_apply()
        self.assertEqual(set(waiting.mapped("state")), {"received"})
        self.env["logistics.inbox.message"]._work_run()
        self.assertEqual(set(waiting.mapped("state")), {"processed"})
        self.assertEqual((first.milestone, second.milestone), ("in_transit", "in_transit"))
        self.assertFalse(waiting[0].unmapped_code)
        self.assertEqual(other.state, "quarantined")
        row = self.env["logistics.status.map"].search([("system_id", "=", self.carrier_system.id)])
        self.assertEqual((row.raw_code, row.milestone, row.version), ("ZZ9", "in_transit", 1))
        self.assertIn("ZZ9", self.carrier_system.message_ids[0].body)

    def test_a_code_that_was_mapped_before_gets_a_new_version(self):
        self.ship(tracking="A1")
        row = self.env["logistics.status.map"].create(
            {"system_id": self.carrier_system.id, "raw_code": "ZZ9", "milestone": "picked_up"}
        )
        row.active = False
        message = self.scan("A1", "ZZ9")
        wizard = self.open_wizard(message)
        wizard.milestone = "in_transit"
        wizard.action_apply()
        new = self.env["logistics.status.map"].search([("system_id", "=", self.carrier_system.id)])
        self.assertEqual((new.version, new.milestone, row.milestone), (2, "in_transit", "picked_up"))

    def test_a_code_may_move_nothing(self):
        shipment = self.ship(tracking="A1")
        message = self.scan("A1", "ZZ9")
        wizard = self.open_wizard(message)
        wizard.nothing = True
        wizard.action_apply()
        before = shipment.milestone
        message._work_attempt()
        self.assertNotEqual(message.state, "quarantined")
        self.assertEqual(shipment.milestone, before)

    def test_only_what_waits_for_a_code_and_only_who_may_map(self):
        self.ship(tracking="A1")
        message = self.scan("A1", "COLLECTED")
        with self.assertRaises(UserError):
            message.action_map_and_replay()
        unknown = self.scan("A1", "ZZ9")
        with self.assertRaises(AccessError):
            self.open_wizard(unknown, self.make_user("floor", "group_user"))
