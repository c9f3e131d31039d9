"""People, delivery methods and shortcuts of the approvals tests."""

from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.tests.common import new_test_user

from odoo.addons.logistics_orchestration.tests.common import LogisticsCase


class ApprovalCase(LogisticsCase):
    """A worker who asks, two approvers, a manager to escalate to, and an express delivery over the threshold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = cls.make_user("worker", "group_user")
        cls.approver = cls.make_user("approver", "group_approver")
        cls.second = cls.make_user("second", "group_approver")
        cls.manager = cls.make_user("manager", "group_manager")
        cls.auditor = cls.make_user("auditor", "group_auditor")
        cls.express = cls.make_carrier("Express", 100.0)  # 90 more than Ground: over the threshold of 50
        cls.swift = cls.make_carrier("Swift", 30.0)  # 20 more: within policy
        cls.policy = cls.env.ref("logistics_approvals.policy_expedite")
        cls.step = cls.policy.step_ids
        cls.Request = cls.env["logistics.approval.request"]

    @classmethod
    def make_user(cls, login, *groups):
        """A user whose only logistics roles are ``groups``."""
        names = ",".join(f"logistics_orchestration.{group}" for group in groups)
        return new_test_user(cls.env, login=f"apr_{login}", name=login.capitalize(), groups=f"base.group_user,{names}")

    def ask(
        self, subject=None, kind="expedite", carrier=None, user=None, reason="The customer's line stands still", **vals
    ):
        """A request of the worker; for the express delivery of a new order unless told otherwise."""
        subject = subject if subject is not None else self.make_order(carrier=self.carrier)
        if kind in ("expedite", "carrier_change"):
            vals["carrier_id"] = (carrier or self.express).id
        env = self.env(user=user or self.worker)
        return env["logistics.approval.request"]._ask(subject.with_env(env), kind, reason, vals).with_env(self.env)

    def decide(self, request, user=None, decision="approved", reason=""):
        """The decision of ``user`` (the approver), with that user's own rights; returns the notification."""
        notice = request.with_user(user or self.approver)._decide(decision, reason)
        request.invalidate_recordset()
        return notice

    @contextmanager
    def refuses(self, words, error=UserError):
        """The block fails with ``words`` and leaves nothing behind, as a request to the server would."""
        with self.assertRaises(error) as caught:
            yield caught
        self.assertRegex(str(caught.exception), words)

    def only_approvers(self, *users):
        """The policy's step asks exactly these people (a group of its own)."""
        group = self.env["res.groups"].create(
            {
                "name": "Test approvers",
                "implied_ids": [(4, self.env.ref("logistics_orchestration.group_approver").id)],
                "users": [(4, user.id) for user in users],
            }
        )
        self.step.group_id = group
        return group
