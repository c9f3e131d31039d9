"""Requester, approver and beneficiary differ: for everybody, on every way in."""

from psycopg2.errors import RaiseException

from odoo.exceptions import UserError, ValidationError
from odoo.tests.common import tagged

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestDutiesEnforced(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.enforce("approvals")
        self.order = self.make_order(carrier=self.carrier)
        self.transfer = self.order.picking_ids

    def refused(self, request, user, words):
        self.assertFalse(request.with_user(user).can_decide)
        with self.refuses(words):
            request.with_user(user).action_approve()
        with self.refuses(words):
            request.with_user(user).action_reject(reason="No")
        with self.refuses(words):
            request.with_user(user).sudo().action_approve()
        self.assertEqual(request.state, "requested")
        self.assertEqual(self.transfer.carrier_id, self.carrier)

    def test_requester_who_is_an_approver(self):
        self.refused(self.ask(self.order, user=self.approver), self.approver, "You asked")

    def test_requester_who_is_administrator(self):
        admin = self.env.ref("base.user_admin")
        self.refused(self.ask(self.order, user=admin), admin, "You asked")

    def test_the_robot_never_decides(self):
        request = self.ask(self.order)
        self.refused(request, self.env.ref("base.user_root"), "person")

    def test_a_worker_is_no_approver(self):
        other = self.make_user("other", "group_planner")
        self.refused(self.ask(self.order), other, "waits for")

    def test_an_approver_outside_the_step(self):
        self.only_approvers(self.approver)
        self.refused(self.ask(self.order), self.second, "waits for Approver")

    def test_an_archived_approver(self):
        request = self.ask(self.order)
        self.second.active = False
        self.assertNotIn(self.second, request.approver_ids)
        with self.refuses("archived"):
            request.with_user(self.second)._decide("approved")

    def test_beneficiary(self):
        request = self.ask(self.order, beneficiary_id=self.approver.partner_id.id)
        self.assertNotIn(self.approver, request.approver_ids)
        self.refused(request, self.approver, "You gain")

    def test_colleagues_of_the_beneficiary(self):
        self.second.partner_id.parent_id = self.customer
        request = self.ask(self.order)
        self.assertEqual(request.beneficiary_id, self.customer)
        self.refused(request, self.second, "You gain")

    def test_a_beneficiary_among_our_own_people_bars_only_themselves(self):
        people = self.approver.partner_id | self.second.partner_id
        people.parent_id = self.company.partner_id
        request = self.ask(self.order, beneficiary_id=self.approver.partner_id.id)
        self.assertIn(self.second, request.approver_ids)

    def test_requester_who_gains_cannot_ask(self):
        with self.refuses("gains", ValidationError):
            self.ask(self.order, beneficiary_id=self.worker.partner_id.id)

    def test_the_documents_responsible_where_the_policy_says_so(self):
        self.policy.exclude_responsible = True
        self.order.user_id = self.approver
        self.refused(self.ask(self.order), self.approver, "responsible")

    def test_whoever_submits_a_colleagues_draft_has_asked(self):
        draft = self.order.with_user(self.worker).sudo()._logistics_request_approval("expedite", "Late")
        draft.with_user(self.manager).carrier_id = self.express
        draft.with_user(self.manager).action_submit()
        self.assertEqual(draft.requested_by_id, self.manager)
        self.refused(draft, self.manager, "You asked")
        self.assertIn(self.worker.id, draft._barred())

    def test_state_cannot_be_written(self):
        request = self.ask(self.order)
        for env_request in (request, request.sudo(), request.with_user(self.env.ref("base.user_admin")).sudo()):
            with self.refuses("lacks approvals"):
                env_request.write({"state": "approved"})
        with self.assertRaises(UserError):
            request.with_user(self.manager).write({"state": "approved"})
        with self.refuses("cannot become"):
            request.sudo().write({"state": "draft"})

    def test_a_request_cannot_be_born_approved(self):
        vals = {"kind": "expedite", "subject_model": "sale.order", "subject_id": self.order.id, "reason": "x"}
        with self.refuses("begins as a draft"):
            self.Request.sudo().create({**vals, "state": "approved"})
        with self.assertRaises(UserError):
            self.Request.with_user(self.worker).create({**vals, "requested_by_id": self.manager.id})

    def test_what_was_asked_is_frozen(self):
        request = self.ask(self.order)
        for vals in ({"amount": 1.0}, {"carrier_id": self.swift.id}, {"requested_by_id": self.manager.id}):
            with self.refuses("cannot change any more"):
                request.sudo().write(vals)

    def test_a_decision_row_cannot_be_forged(self):
        request = self.ask(self.order)
        vals = {
            "request_id": request.id,
            "decision": "approved",
            "approver_id": self.approver.id,
            "approver_name": "Approver",
            **request._decision_ground(),
        }
        decisions = self.env["logistics.approval.decision"]
        with self.refuses("another person's name"):
            decisions.sudo().create(vals)
        with self.refuses("You asked"):
            decisions.with_user(self.worker).sudo().create({**vals, "approver_id": self.worker.id})

    def test_a_decision_row_cannot_be_changed(self):
        request = self.ask(self.order)
        self.decide(request, decision="rejected", reason="No")
        with self.refuses("audit trail"):
            request.decision_ids.sudo().write({"decision": "approved"})
        with self.refuses("audit trail"):
            request.decision_ids.sudo().unlink()
        with self.assertRaises(RaiseException), self.env.cr.savepoint(), self.assertLogs("odoo.sql_db", "ERROR"):
            self.env.cr.execute(
                "UPDATE logistics_approval_decision SET decision = 'approved' WHERE id = %s", [request.decision_ids.id]
            )

    def test_a_decided_request_is_not_deleted(self):
        request = self.ask(self.order)
        with self.refuses("audit trail"):
            request.sudo().unlink()

    def test_buttons_offer_what_the_server_accepts(self):
        request = self.ask(self.order)
        expected = {
            self.worker: (False, False, True),
            self.approver: (True, True, False),
            self.manager: (True, True, True),
            self.auditor: (False, False, False),
        }
        for user, (decide, delegate, cancel) in expected.items():
            mine = request.with_user(user)
            self.assertEqual(
                (mine.can_decide, mine.can_delegate, mine.can_cancel), (decide, delegate, cancel), user.name
            )
            self.assertEqual(bool(mine.why_not), not decide)
