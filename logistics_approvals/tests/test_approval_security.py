"""Each role tries each operation; companies do not see each other."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import Form, tagged

from .common import ApprovalCase

READ, WRITE, CREATE, UNLINK = "read", "write", "create", "unlink"
RIGHTS = {
    "logistics.approval.policy": {"user": "r", "approver": "r", "manager": "rwcu", "auditor": "r"},
    "logistics.approval.policy.step": {"user": "r", "approver": "r", "manager": "rwcu", "auditor": "r"},
    "logistics.approval.request": {"user": "rwc", "approver": "rwc", "manager": "rwcu", "auditor": "r"},
    "logistics.approval.decision": {"user": "r", "approver": "r", "manager": "r", "auditor": "r"},
    "logistics.approval.delegation": {"user": "r", "approver": "rwc", "manager": "rwcu", "auditor": "r"},
    "logistics.approval.ask": {"user": "rwc", "approver": "rwc", "manager": "rwc", "auditor": ""},
    "logistics.approval.answer": {"user": "", "approver": "rwc", "manager": "rwc", "auditor": ""},
}


@tagged("post_install", "-at_install")
class TestApprovalSecurity(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.enforce("approvals")
        self.order = self.make_order(carrier=self.carrier)

    def test_rights_per_role(self):
        people = {
            "user": self.worker,
            "approver": self.approver,
            "manager": self.manager,
            "auditor": self.auditor,
            "nobody": self.make_user("integrator", "group_integration_admin"),
        }
        for model, roles in RIGHTS.items():
            for role, user in people.items():
                for letter, operation in zip("rwcu", (READ, WRITE, CREATE, UNLINK), strict=True):
                    allowed = self.env[model].with_user(user).check_access_rights(operation, raise_exception=False)
                    self.assertEqual(allowed, letter in roles.get(role, ""), f"{role} {operation} {model}")

    def test_everybody_of_the_company_reads_requests(self):
        request = self.ask(self.order)
        for user in (self.worker, self.approver, self.manager, self.auditor):
            self.assertEqual(request.with_user(user).summary, request.summary)
        outsider = self.make_user("outsider", "group_integration_admin")
        with self.assertRaises(AccessError):
            request.with_user(outsider).read(["summary"])

    def test_the_auditor_changes_nothing(self):
        request = self.ask(self.order)
        mine = request.with_user(self.auditor)
        for method in ("action_approve", "action_cancel", "action_delegate"):
            with self.assertRaises(UserError):
                getattr(mine, method)()
        with self.assertRaises(AccessError):
            mine.write({"reason": "x"})
        with self.assertRaises(AccessError):
            self.policy.with_user(self.auditor).write({"threshold": 1})

    def test_policies_are_the_managers(self):
        for user in (self.worker, self.approver):
            with self.assertRaises(AccessError):
                self.policy.with_user(user).write({"threshold": 1000})
            with self.assertRaises(AccessError):
                self.step.with_user(user).write({"min_approvals": 3})
        version = self.policy.version
        self.policy.with_user(self.manager).write({"threshold": 1000})
        self.assertEqual(self.policy.version, version + 1)

    def test_a_request_is_written_by_its_requester_while_a_draft(self):
        draft = self.order.with_user(self.worker).sudo()._logistics_request_approval("expedite", "Late")
        self.assertEqual(draft.state, "draft")
        with self.assertRaises(AccessError):
            draft.with_user(self.approver).write({"reason": "Mine now"})
        draft.with_user(self.worker).write({"reason": "Better said"})
        for field, value in (("summary", "x"), ("approver_ids", [Command.set(self.worker.ids)]), ("policy_id", False)):
            with self.assertRaises(AccessError):
                draft.with_user(self.worker).write({field: value})

    def test_companies_are_apart(self):
        request = self.ask(self.order)
        other = self.env["res.company"].create({"name": "Other Company"})
        stranger = self.make_user("stranger", "group_manager")
        stranger.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError):
            request.with_user(stranger).read(["summary"])
        self.assertNotIn(stranger, request.approver_ids)
        self.assertFalse(request.with_user(stranger).sudo().can_decide)
        foreign = self.policy.copy({"company_id": other.id, "threshold": 0.0, "condition": "always"})
        self.assertNotEqual(self.ask().policy_id, foreign)

    def test_a_step_names_people_who_may_decide(self):
        with self.refuses("lacks the Approver role", ValidationError):
            self.step.write({"approver_type": "user", "user_id": self.worker.id})
        with self.refuses("includes the Approver role", ValidationError):
            self.step.group_id = self.env.ref("base.group_user")
        with self.refuses("at least one step", ValidationError):
            self.policy.step_ids.unlink()
        with self.refuses("filter", ValidationError):
            self.policy.write({"subject_model": "sale.order", "domain": "[('nonsense_field', '=', 1)]"})
        with self.refuses("choose what it applies to", ValidationError):
            self.policy.write({"domain": "[('id', '=', 1)]"})
        with self.refuses("never about", ValidationError):
            self.policy.write({"subject_model": "purchase.order"})

    def test_steps_are_exchanged_in_one_go(self):
        request = self.ask(self.order)
        step = {"name": "New", "group_id": self.env.ref("logistics_orchestration.group_manager").id}
        self.policy.write({"step_ids": [Command.delete(self.step.id), Command.create(step)]})
        self.assertEqual(request.step_id, self.policy.step_ids)
        self.assertEqual(request.policy_version, self.policy.version)
        self.assertNotIn(self.approver, request.approver_ids)

    def test_the_dialog_as_a_plain_user(self):
        env = self.env(user=self.worker)
        order = self.order.with_env(env)
        action = order.action_logistics_request_expedite()
        form = Form(env[action["res_model"]].with_context(**action["context"]))
        self.assertEqual(form.current_carriers, "Ground")
        form.carrier_id = self.swift
        self.assertEqual(form.extra_cost, 20.0)
        self.assertFalse(form.waits)
        self.assertIn("at once", form.outcome)
        form.carrier_id = self.express
        self.assertEqual(form.extra_cost, 90.0)
        self.assertTrue(form.waits)
        form.reason = "The line stands still"
        wizard = form.save()
        opened = wizard.action_ask()
        request = self.Request.browse(opened["res_id"])
        self.assertEqual((request.state, request.requested_by_id), ("requested", self.worker))
        self.assertTrue(Form(request.with_user(self.worker)))
        self.assertTrue(Form(request.with_user(self.approver)))
        self.assertTrue(Form(request.with_user(self.auditor)))

    def test_the_dialog_on_a_transfer_carries_out_what_is_within_policy(self):
        env = self.env(user=self.worker)
        action = self.order.picking_ids.with_env(env).action_logistics_request_expedite()
        form = Form(env[action["res_model"]].with_context(**action["context"]))
        form.carrier_id = self.swift
        form.reason = "Sooner is better"
        notice = form.save().action_ask()
        self.assertEqual(notice["tag"], "display_notification")
        self.assertEqual(self.order.picking_ids.carrier_id, self.swift)

    def test_the_dialog_says_when_nothing_is_left_to_ship(self):
        self.order.picking_ids.move_ids.write({"quantity": 2, "picked": True})
        self.order.picking_ids._action_done()
        self.order.picking_ids.logistics_shipment_ids.sudo().write({"dispatched_at": fields.Datetime.now()})
        with self.refuses("nothing is left to ship"):
            self.order.with_user(self.worker).action_logistics_request_expedite()

    def test_rejecting_asks_for_the_reason(self):
        request = self.ask(self.order)
        env = self.env(user=self.approver)
        action = request.with_env(env).action_reject()
        wizard = env[action["res_model"]].with_context(**action["context"]).create({})
        with self.refuses("Reason"):
            wizard.action_answer()
        wizard.reason = "Too dear"
        wizard.action_answer()
        self.assertEqual(request.state, "rejected")
        with self.assertRaises(UserError):
            request.with_user(self.worker).action_reject()

    def test_views_open_for_every_role(self):
        self.ask(self.order)
        for user in (self.worker, self.approver, self.manager, self.auditor):
            env = self.env(user=user)
            for xmlid in ("action_approval_request", "action_approval_policy", "action_approval_delegation"):
                action = env["ir.actions.act_window"]._for_xml_id(f"logistics_approvals.{xmlid}")
                model = env[action["res_model"]]
                for view_type in action["view_mode"].split(","):
                    model.get_views([(False, view_type), (False, "search")])
                model.search_read([], limit=5)
