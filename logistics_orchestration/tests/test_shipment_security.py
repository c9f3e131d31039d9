"""Each role on each model of shipments, proofs and billing; and the walls between companies."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .shipment_common import ShipmentCase

# model -> role -> what it may (read, write, create, unlink)
RIGHTS = {
    "logistics.shipment": {"group_user": "rw", "group_planner": "rw", "group_manager": "rw", "group_auditor": "r"},
    "logistics.parcel": {"group_user": "rw", "group_planner": "rwc", "group_manager": "rwc", "group_auditor": "r"},
    "logistics.milestone": {"group_user": "r", "group_planner": "r", "group_manager": "r", "group_auditor": "r"},
    "logistics.pod": {"group_user": "rwc", "group_planner": "rwc", "group_manager": "rwcu", "group_auditor": "r"},
    "logistics.pod.line": {"group_user": "rwcu", "group_manager": "rwcu", "group_auditor": "r"},
    "logistics.pod.evidence": {"group_user": "rwcu", "group_manager": "rwcu", "group_auditor": "r"},
    "logistics.status.map": {
        "group_user": "r",
        "group_planner": "rwc",
        "group_manager": "rwcu",
        "group_integration_admin": "rwcu",
        "group_auditor": "r",
    },
    "logistics.dispute": {
        "group_user": "r",
        "group_planner": "rwc",
        "group_auditor": "r",
        "account.group_account_invoice": "rwc",
    },
    "logistics.dispute.line": {"group_user": "r", "group_planner": "rwcu", "group_auditor": "r"},
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestShipmentSecurity(ShipmentCase):
    def test_each_role_on_each_model(self):
        users = {}
        for model, roles in RIGHTS.items():
            for role, letters in roles.items():
                if role not in users:
                    users[role] = self.make_user(f"role_{role}", role)
                records = self.env[model].with_user(users[role])
                for letter, operation in OPERATIONS.items():
                    allowed = records.check_access_rights(operation, raise_exception=False)
                    self.assertEqual(allowed, letter in letters, f"{role} {operation} {model}")

    def test_outsiders_see_nothing(self):
        user = self.make_user("nobody")
        for model in RIGHTS:
            self.assertFalse(self.env[model].with_user(user).check_access_rights("read", raise_exception=False), model)

    def test_companies_do_not_see_each_other(self):
        shipment = self.ship()
        self.deliver(shipment)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        user = self.make_user("stranger", "group_manager")
        user.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        mine = self.make_user("insider", "group_manager")
        for records in (
            shipment, shipment.parcel_ids, shipment.milestone_ids, shipment.pod_ids,
            shipment.pod_ids.line_ids, shipment.pod_ids.evidence_ids,
        ):  # fmt: skip
            records.with_user(mine).check_access_rule("read")
            with self.assertRaises(AccessError):
                records.with_user(user).check_access_rule("read")
            self.assertFalse(self.env[records._name].with_user(user).search([]))

    def test_evidence_follows_the_rights_of_its_proof(self):
        shipment = self.ship()
        self.send_pod("TRK1")
        attachment = shipment.pod_ids.evidence_ids.attachment_id
        attachment.with_user(self.make_user("auditor1", "group_auditor")).check("read")
        with self.assertRaises(AccessError):
            attachment.with_user(self.make_user("nobody2")).check("read")

    def test_an_auditor_reads_the_whole_shipment_and_changes_nothing(self):
        auditor = self.make_user("auditor2", "group_auditor")
        shipment = self.ship()
        self.deliver(shipment)
        seen = shipment.with_user(auditor)
        self.assertTrue(seen.read(["name", "milestone", "pod_state", "label_state"]))
        self.assertTrue(seen.pod_ids.read(["missing", "state"]))
        for deed in (seen.action_dispatch, lambda: seen.action_cancel(reason="x"), seen.action_set_milestone):
            with self.assertRaises(AccessError):
                deed()
        with self.assertRaises(AccessError):
            seen.write({"service": "express"})
