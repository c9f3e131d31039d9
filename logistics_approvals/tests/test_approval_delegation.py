"""Deputies: one hop, never for what they asked themselves."""

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalDelegation(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.enforce("approvals")
        self.only_approvers(self.approver)
        self.order = self.make_order(carrier=self.carrier)

    def delegate(self, delegator, deputy, **vals):
        now = fields.Datetime.now()
        return (
            self.env["logistics.approval.delegation"]
            .with_user(vals.pop("user", delegator))
            .create(
                {
                    "delegator_id": delegator.id,
                    "delegate_id": deputy.id,
                    "date_from": fields.Datetime.subtract(now, hours=1),
                    "date_to": fields.Datetime.add(now, days=7),
                    **vals,
                }
            )
        )

    def test_a_deputy_decides_for_the_approver(self):
        self.delegate(self.approver, self.second)
        request = self.ask(self.order)
        self.assertEqual(request.approver_ids, self.approver | self.second)
        event = self.events("approval.delegated", request)
        self.assertEqual((event.data["delegator"], event.data["delegate"]), ("Approver", "Second"))
        self.decide(request, self.second)
        decision = request.decision_ids
        self.assertEqual((decision.approver_id, decision.principal_id), (self.second.id, self.approver.id))
        self.assertEqual(request.state, "approved")

    def test_approver_and_deputy_count_once(self):
        self.step.min_approvals = 2
        self.step.group_id.users = self.approver | self.manager
        self.delegate(self.approver, self.second)
        request = self.ask(self.order)
        self.decide(request, self.second)
        with self.assertRaises(UserError):
            self.decide(request, self.approver)
        self.assertEqual(request.state, "requested")
        self.decide(request, self.manager)
        self.assertEqual(request.state, "approved")

    def test_one_hop_only(self):
        third = self.make_user("third", "group_approver")
        self.delegate(self.approver, self.second)
        self.delegate(self.second, third)
        request = self.ask(self.order)
        self.assertNotIn(third, request.approver_ids)
        with self.refuses("waits for"):
            self.decide(request, third)

    def test_a_deputy_cannot_pass_one_request_on(self):
        third = self.make_user("third", "group_approver")
        self.delegate(self.approver, self.second)
        request = self.ask(self.order)
        self.assertFalse(request.with_user(self.second).can_delegate)
        with self.refuses("cannot pass it on"):
            request.with_user(self.second)._delegate(third)

    def test_the_requester_is_nobodys_deputy_on_their_own_request(self):
        self.delegate(self.approver, self.second)
        request = self.ask(self.order, user=self.second)
        self.assertNotIn(self.second, request.approver_ids)
        with self.refuses("You asked"):
            self.decide(request, self.second)

    def test_a_requesters_deputy_does_not_decide_for_them(self):
        self.step.group_id.users = self.approver | self.manager
        self.delegate(self.approver, self.second)
        request = self.ask(self.order, user=self.approver)
        self.assertEqual(request.approver_ids, self.manager)
        with self.refuses("waits for"):
            self.decide(request, self.second)

    def test_delegating_while_a_request_waits_asks_the_deputy_at_once(self):
        request = self.ask(self.order)
        self.delegate(self.approver, self.second)
        self.assertIn(self.second, request.approver_ids)
        self.assertIn(self.second, request.activity_ids.user_id)

    def test_only_in_its_time_and_for_its_kind(self):
        now = fields.Datetime.now()
        self.delegate(
            self.approver,
            self.second,
            date_from=fields.Datetime.subtract(now, days=9),
            date_to=fields.Datetime.subtract(now, days=2),
        )
        self.delegate(self.approver, self.second, kind="credit_release")
        self.assertNotIn(self.second, self.ask(self.order).approver_ids)

    def test_one_request_to_one_deputy(self):
        request = self.ask(self.order)
        request.with_user(self.approver)._delegate(self.second, "You know the customer")
        self.assertIn(self.second, request.approver_ids)
        self.assertNotIn(self.second, self.ask().approver_ids)
        self.decide(request, self.second)
        self.assertEqual(request.state, "approved")

    def test_not_to_the_requester_nor_to_a_plain_user(self):
        request = self.ask(self.order, user=self.second)
        with self.refuses("cannot decide"):
            request.with_user(self.approver)._delegate(self.second)
        with self.refuses("lacks the Approver role", ValidationError):
            self.delegate(self.approver, self.worker)

    def test_only_ones_own_decisions_are_given_away(self):
        with self.assertRaises(AccessError):
            self.delegate(self.approver, self.second, user=self.second)
        self.delegate(self.approver, self.second, user=self.manager)

    def test_nobody_stands_in_for_themselves(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.delegate(self.approver, self.approver)

    def test_the_dialog_delegates(self):
        request = self.ask(self.order)
        action = request.with_user(self.approver).action_delegate()
        wizard = self.env[action["res_model"]].with_user(self.approver).with_context(**action["context"]).create({})
        self.assertIn(self.second, wizard.available_deputy_ids)
        self.assertNotIn(self.worker, wizard.available_deputy_ids)
        with self.refuses("Deputy"):
            wizard.action_answer()
        wizard.deputy_id = self.second
        wizard.action_answer()
        self.assertIn(self.second, request.approver_ids)
