"""Changes after dispatch: the carrier is told once, only what it accepts changes the shipment, people do the rest."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import CarrierCase, Killed


@tagged("post_install", "-at_install")
class TestInstruction(CarrierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.partner"].create(
            {
                "name": "Northwind Depot",
                "street": "Quay 9",
                "city": "Ghent",
                "zip": "9000",
                "country_id": cls.env.ref("base.be").id,
            }
        )

    def under_way(self, carrier=None):
        """A shipment that was booked and has left."""
        self.enforce("carrier") if not self.env["logistics.switch"].search([("capability", "=", "carrier")]) else None
        shipment = self.ship(carrier).logistics_shipment_ids
        self.work()
        shipment.action_dispatch()
        return shipment

    def tell(self, expire=False):
        """Run the worker with every wait over."""
        self.env.flush_all()
        waiting = self.env["logistics.carrier.instruction"].sudo().search([("state", "=", "requested")])
        vals = {"next_attempt_at": fields.Datetime.now()}
        if expire:
            vals["lease_until"] = fields.Datetime.now() - timedelta(seconds=1)
        waiting.write(vals)
        self.account.hold_until = False
        return self.env["logistics.carrier.instruction"]._work_run()

    def test_a_redirection_is_told_once_and_changes_the_shipment(self):
        shipment = self.under_way()
        wizard = self.env["logistics.carrier.instruction.wizard"].create(
            {"shipment_id": shipment.id, "reason": "They moved"}
        )
        self.assertIn("by its interface", wizard.way)
        wizard.partner_id = self.elsewhere
        wizard.action_apply()
        one = shipment.instruction_ids
        self.assertEqual((one.state, shipment.partner_id), ("requested", self.customer), "nothing changed yet")
        self.assertFalse(self.server.instructions, "no call in the transaction")
        self.assertFalse(shipment.can_instruct)
        with self.assertRaisesRegex(UserError, "a change under way already"), mute_logger("odoo.sql_db"):
            shipment._instruct("intercept", "Wrong goods")
        self.tell()
        self.assertEqual(one.state, "accepted")
        self.assertEqual(shipment.partner_id, self.elsewhere)
        self.assertEqual(shipment.picking_ids.partner_id, self.customer, "posted documents stay as they were")
        told = self.server.instructions[0]
        self.assertEqual((told["kind"], told["reference"]), ("redirect", one.reference))
        self.assertEqual(told["address"]["city"], "Ghent")
        self.assertEqual(told["tracking_numbers"], shipment.parcel_ids.mapped("tracking_number"))
        event = self.events("shipment.redirected", shipment)
        self.assertEqual((event.data["kind"], event.data["address"]["zip"]), ("redirect", "9000"))
        self.assertEqual(event.data["instruction"], one.name)
        self.assertTrue(shipment.eta_due_at <= fields.Datetime.now(), "its arrival is reckoned anew")
        self.tell()
        self.assertEqual(len(self.server.instructions), 1)

    def test_a_lost_reply_is_looked_up_before_it_is_told_again(self):
        shipment = self.under_way()
        one = shipment._instruct("hold_at_point", "Nobody at home", point="PUDO-7")
        self.server.fault("drop", path="/bookings", method="POST")
        self.tell()
        self.assertEqual((one.state, one.in_doubt, len(self.server.instructions)), ("requested", True, 1))
        self.tell()
        self.assertEqual((one.state, one.in_doubt, one.carrier_ref), ("accepted", False, "IN1"))
        self.assertEqual(len(self.server.instructions), 1)
        self.assertEqual(self.events("shipment.redirected", shipment).data["point"], "PUDO-7")

    def test_a_worker_killed_while_telling_leaves_one_instruction(self):
        shipment = self.under_way()
        one = shipment._instruct("intercept", "Fraud")

        def killed(_record, call):
            call()
            raise Killed

        with self.killed(), patch.object(type(one), "_call_perform", killed):
            self.tell()
        self.env.invalidate_all()
        self.assertEqual((one.state, one.in_doubt), ("requested", True))
        self.tell(expire=True)
        self.assertEqual((one.state, len(self.server.instructions)), ("accepted", 1))

    def test_a_refusal_is_told_in_the_carrier_s_words(self):
        shipment = self.under_way()
        self.server.refuse_instructions = "Already on the van"
        one = shipment._instruct("redirect", "They moved", partner=self.elsewhere)
        self.tell()
        self.assertEqual(one.state, "refused")
        self.assertIn("Already on the van", one.answer)
        self.assertEqual(shipment.partner_id, self.customer)
        self.assertIn("refused", shipment.activity_ids.filtered(lambda a: "refused" in a.summary).summary)
        self.assertFalse(self.events("shipment.redirected", shipment))
        self.assertTrue(shipment.can_instruct, "something else may be tried")

    def test_what_the_interface_cannot_do_is_a_person_s_task(self):
        self.account.vocabulary = '{"instructions": {"hold_at_point": null}}'
        shipment = self.under_way()
        one = shipment._instruct("hold_at_point", "Nobody at home", point="Kiosk 4")
        self.assertEqual(one.state, "by_hand")
        self.assertIn("Kiosk 4", one.activity_ids.note)
        planner = new_test_user(self.env, "chg_planner", groups="logistics_orchestration.group_planner")
        asked = one.with_user(planner).action_carrier_accepted()
        self.assertEqual(asked["res_model"], "logistics.reason.wizard")
        one.with_user(planner).action_carrier_accepted(reason="Ms Smith will see to it")
        self.assertEqual((one.state, one.answered_by_hand), ("accepted", True))
        self.assertIn("Ms Smith", one.answer)
        self.assertFalse(one.activity_ids)
        self.assertTrue(self.events("shipment.redirected", shipment))
        again = shipment._instruct("hold_at_point", "Another one", point="Kiosk 5")
        again.with_user(planner).action_carrier_refused(reason="The kiosk is full")
        self.assertEqual((again.state, again.answered_by_hand), ("refused", True))
        self.assertFalse(self.server.instructions)

    def test_a_carrier_that_cannot_say_whether_it_was_told_is_asked_by_a_person(self):
        self.account.vocabulary = '{"paths": {"find_instruction": null}}'
        shipment = self.under_way()
        one = shipment._instruct("redirect", "They moved", partner=self.elsewhere)
        self.server.fault("drop", path="/bookings", method="POST")
        self.tell()
        self.tell()
        self.assertEqual((one.state, one.in_doubt), ("by_hand", True))
        self.assertIn(one.reference, one.activity_ids.note)
        self.assertEqual(len(self.server.instructions), 1, "not told twice")

    def test_another_day_and_a_call_back_change_the_expected_arrival(self):
        shipment = self.under_way()
        shipment._eta_update()
        day = fields.Date.context_today(shipment) + timedelta(days=20)
        day += timedelta(days=(7 - day.weekday()) % 7)  # a Monday
        shipment._instruct("change_date", "On holiday", day=day)
        self.tell()
        shipment._eta_update()
        self.assertEqual(shipment.eta_own_at.date(), day)
        self.assertIn("asked for", shipment.eta_own_why)
        self.assertFalse(self.events("shipment.redirected", shipment))
        shipment._instruct("intercept", "Paid by a stolen card")
        self.tell()
        shipment._eta_update()
        self.assertFalse(shipment.eta_own_at)
        self.assertEqual(shipment.eta_own_why, "called back")

    def test_where_the_company_wants_it_somebody_else_agrees_first(self):
        self.company.logistics_instruction_approval = "address"
        shipment = self.under_way()
        both = "logistics_orchestration.group_planner,logistics_orchestration.group_approver"
        asker = new_test_user(self.env, "chg_asker", groups=both)
        other = new_test_user(self.env, "chg_other", groups="logistics_orchestration.group_approver")
        one = shipment.with_user(asker)._instruct("redirect", "They moved", partner=self.elsewhere)
        self.assertEqual(one.state, "to_approve")
        self.assertNotEqual(one.activity_ids.user_id, asker)
        self.tell()
        self.assertFalse(self.server.instructions)
        with self.assertRaisesRegex(UserError, "somebody else has to agree"):
            one.with_user(asker).action_approve()
        with self.assertRaises(AccessError):
            one.with_user(
                new_test_user(self.env, "chg_user", groups="logistics_orchestration.group_user")
            ).action_approve()
        one.with_user(other).action_approve()
        self.assertEqual((one.state, one.approved_by), ("requested", other.name))
        self.tell()
        self.assertEqual(one.state, "accepted")
        second = shipment.with_user(asker)._instruct("intercept", "Fraud")
        second.with_user(other).action_reject(reason="It is not")
        self.assertEqual((second.state, second.answer), ("rejected", "It is not"))
        day = fields.Date.context_today(shipment) + timedelta(days=3)
        third = shipment.with_user(asker)._instruct("change_date", "On holiday", day=day)
        self.assertEqual(third.state, "requested", "another day needs nobody's agreement here")

    def test_another_address_is_chosen_and_the_known_one_corrected(self):
        shipment = self.under_way()
        wizard = self.env["logistics.carrier.instruction.wizard"].create({"shipment_id": shipment.id})
        self.assertFalse(wizard.partner_id, "it goes to the known one already")
        wizard.kind = "correct_address"
        self.assertEqual(wizard.partner_id, self.customer)
        wizard.kind = "redirect"
        self.assertFalse(wizard.partner_id)
        with self.assertRaisesRegex(UserError, "goes there already"):
            shipment._instruct("redirect", "They moved", partner=self.customer)

    def test_who_may_and_when(self):
        self.enforce("carrier")
        shipment = self.ship().logistics_shipment_ids
        with self.assertRaisesRegex(UserError, "has not left"):
            shipment.action_instruct()
        self.work()
        shipment.action_dispatch()
        user = new_test_user(self.env, "chg_dock", groups="logistics_orchestration.group_user")
        with self.assertRaises(AccessError):
            shipment.with_user(user).action_instruct()
        for kind, words in (
            ("redirect", "New Address"),
            ("hold_at_point", "Pick-up Point"),
            ("change_date", "Delivery Day"),
        ):
            with self.assertRaisesRegex(UserError, words):
                shipment._instruct(kind, "Why not")
        planner = new_test_user(self.env, "chg_p2", groups="logistics_orchestration.group_planner")
        one = shipment.with_user(planner)._instruct("intercept", "Fraud")
        with self.assertRaisesRegex(UserError, "by its buttons only"):
            one.state = "accepted"
        with self.assertRaisesRegex(UserError, "asked already"):
            one.action_cancel()
        with self.assertRaisesRegex(UserError, "cannot become"):
            one.sudo().state = "rejected"

    def test_while_carrier_booking_only_observes_a_person_tells_the_carrier(self):
        shipment = self.under_way()
        self.env["logistics.switch"].search([("capability", "=", "carrier")]).mode = "observe"
        one = shipment._instruct("intercept", "Fraud")
        self.assertEqual(one.state, "by_hand")
        one.action_cancel()
        self.assertEqual(one.state, "cancelled")
        self.assertTrue(shipment.can_instruct)
