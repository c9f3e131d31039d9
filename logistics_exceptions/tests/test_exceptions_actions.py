"""Playbook steps: laid out once, run once, with result, cost and who did it."""

from unittest.mock import patch

import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import ExceptionsCase


@tagged("-at_install", "post_install")
class TestActions(ExceptionsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = new_test_user(cls.env, "exc_worker", groups="base.group_user,logistics_orchestration.group_user")

    def setUp(self):
        super().setUp()
        self.case = self.open_case().with_user(self.worker)
        self.photo, self.quarantine, self.clock, self.tell = self.case.action_ids

    def add_step(self, code, model="logistics.exception", **vals):
        """A further step on the case that runs ``code``."""
        action = self.env["ir.actions.server"].create(
            {
                "name": "Step",
                "model_id": self.env["ir.model"]._get_id(model),
                "state": "code",
                "code": code,
                "groups_id": [(6, 0, [self.env.ref("logistics_orchestration.group_user").id])],
            }
        )
        return (
            self.env["logistics.exception.action"]
            .create(
                {
                    "case_id": self.case.id,
                    "name": "Step",
                    "kind": "server_action",
                    "server_action_id": action.id,
                    **vals,
                }
            )
            .with_user(self.worker)
        )

    def test_a_step_by_hand(self):
        self.case.owner_id = False
        self.photo.write({"result": "Seven photos from the driver", "cost": 12.5})
        self.photo.action_run()
        self.assertEqual(self.photo.state, "done")
        self.assertEqual((self.photo.done_by_id, bool(self.photo.done_at)), (self.worker, True))
        self.assertEqual(self.photo.result, "Seven photos from the driver")
        self.assertEqual(self.case.cost, 12.5)
        self.assertEqual(self.case.action_todo_count, 3)
        self.assertIn("Seven photos", self.case.message_ids[0].body)
        self.assertEqual(self.case.state, "in_progress", "the first step starts the work")
        self.assertEqual(self.case.owner_id, self.worker)

    def test_a_step_is_done_once(self):
        self.photo.action_run()
        for again in (
            self.photo.action_run,
            lambda: self.photo.action_skip(reason="x"),
            lambda: self.photo.action_done(reason="x"),
        ):
            with self.assertRaisesRegex(UserError, "was finished by"):
                again()

    def test_a_step_somebody_is_running_is_left_alone(self):
        execute = type(self.env.cr).execute

        def locked(cr, query, *args, **kwargs):
            if "NOWAIT" in str(query):
                raise psycopg2.errors.LockNotAvailable()
            return execute(cr, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", locked), self.assertRaisesRegex(UserError, "at this moment"):
            self.photo.action_run()

    def test_the_claim_clock_runs_on_the_owners_list(self):
        self.clock.action_run()
        self.assertEqual(self.clock.state, "done")
        todo = self.case.activity_ids.filtered(lambda a: "claim" in a.summary)
        self.assertEqual(todo.date_deadline, self.case.claim_before)
        self.assertEqual((self.case.claim_before - self.case.create_date.date()).days, self.damaged.claim_days)

    def test_the_customer_is_told(self):
        mails = self.env["mail.mail"].sudo().search([])
        self.tell.action_run()
        self.assertEqual(self.tell.state, "done", self.tell.result)
        message = self.case.sudo().message_ids.filtered(lambda m: self.customer in m.partner_ids)
        self.assertEqual(len(message), 1)
        self.assertIn(self.case.order_id.name, message.subject)
        self.assertIn(self.case.name, message.body)
        self.assertTrue((self.env["mail.mail"].sudo().search([]) - mails) or message.notification_ids)

    def test_a_failure_is_kept_and_the_step_can_be_run_again_when_mended(self):
        self.customer.email = False
        self.tell.action_run()
        self.assertEqual(self.tell.state, "failed")
        self.assertIn("no e-mail address", self.tell.result)
        self.customer.email = "goods-in@northwind.example"
        self.tell.action_run()
        self.assertEqual(self.tell.state, "done")

    def test_what_a_failed_step_did_is_undone(self):
        step = self.add_step("record.write({'cause': 'half done'})\nraise UserError('no')")
        step.action_run()
        self.assertEqual((step.state, step.result), ("failed", "no"))
        self.assertFalse(self.case.cause)

    def test_a_failed_step_that_is_not_repeatable_wants_a_person(self):
        step = self.add_step("raise UserError('the carrier hung up')", idempotent=False)
        step.action_run()
        with self.assertRaisesRegex(UserError, "may have had its effect"):
            step.action_run()
        step.action_done(reason="Asked the carrier: it is booked")
        self.assertEqual((step.state, step.result), ("done", "Asked the carrier: it is booked"))

    def test_a_step_on_the_order_runs_on_the_order(self):
        step = self.add_step("record.write({'client_order_ref': env.context['logistics_case_id']})", "sale.order")
        step.sudo().action_run()
        self.assertEqual(self.case.sudo().order_id.client_order_ref, str(self.case.id))
        with self.assertRaisesRegex(UserError, "has none"):
            self.add_step("pass", "logistics.shipment").action_run()

    def test_skipping_asks_why(self):
        self.assertEqual(self.quarantine.action_skip()["res_model"], "logistics.reason.wizard")
        self.quarantine.action_skip(reason="The customer keeps it")
        self.assertEqual((self.quarantine.state, self.quarantine.result), ("skipped", "The customer keeps it"))
        self.assertEqual(self.case.state, "new", "skipping is no work yet")

    def test_nothing_is_run_on_a_case_that_is_over(self):
        self.case.action_dismiss(reason="Test scan")
        with self.assertRaisesRegex(UserError, "is over"):
            self.photo.action_run()

    def test_the_outcome_is_not_written_by_hand(self):
        with self.assertRaisesRegex(UserError, "state"):
            self.photo.state = "done"

    def test_a_later_change_of_the_playbook_rewrites_nothing(self):
        self.damaged.playbook_id.step_ids[0].name = "Film it"
        self.assertEqual(self.photo.name, "Get photos")
        self.damaged.playbook_id.step_ids[0].unlink()
        self.assertTrue(self.photo.exists())
        self.assertEqual(self.open_case().action_ids[0].name, "Quarantine and replace")

    def test_a_step_says_how_it_is_done(self):
        playbook = self.damaged.playbook_id
        for vals in ({"kind": "server_action"}, {"server_action_id": self.tell.sudo().server_action_id.id}):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                self.env["logistics.exception.playbook.step"].create(
                    {"playbook_id": playbook.id, "name": "Step", **vals}
                )
