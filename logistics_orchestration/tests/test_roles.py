"""What each role may do with every model of this addon; see RolesCase for how to read the table."""

from odoo.tests import tagged

from .roles import RolesCase

RIGHTS = {
    "logistics.alert": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "rw",
        "integration_admin": "rw",
        "auditor": "r",
    },
    "logistics.balance.line": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.balance.report": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "rw",
        "integration_admin": "rw",
        "auditor": "r",
    },
    "logistics.alert.rule": {"manager": "r", "integration_admin": "rwcd", "auditor": "r"},
    "logistics.feed.entry": {"integration_admin": "r", "auditor": "r"},
    "logistics.meter": {"integration_admin": "r", "auditor": "r"},
    "logistics.meter.mark": {"integration_admin": "r", "auditor": "r"},
    "logistics.refusal": {"integration_admin": "r", "auditor": "r"},
    "logistics.retention": {"manager": "r", "integration_admin": "rw", "auditor": "r"},
    "logistics.authority.rule": {"manager": "r", "integration_admin": "rwcd", "auditor": "r"},
    "logistics.discrepancy": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "rw",
        "integration_admin": "rw",
        "auditor": "r",
    },
    "logistics.dispute": {"user": "r", "planner": "rwc", "approver": "r", "manager": "rwc", "auditor": "r"},
    "logistics.dispute.line": {"user": "r", "planner": "rwcd", "approver": "r", "manager": "rwcd", "auditor": "r"},
    "logistics.event": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.event.task": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "rw",
        "auditor": "r",
    },
    "logistics.event.type": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "rwcd",
        "auditor": "r",
    },
    "logistics.feed.watch": {"manager": "r", "integration_admin": "rwcd", "auditor": "r"},
    "logistics.fulfillment": {
        "user": "rw",
        "planner": "rw",
        "approver": "rw",
        "manager": "rw",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.hold": {"user": "rwc", "planner": "rwc", "approver": "rwc", "manager": "rwc", "auditor": "r"},
    "logistics.hold.type": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "rwcd",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.inbox.message": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "rw",
        "auditor": "r",
    },
    "logistics.milestone": {"user": "r", "planner": "r", "approver": "r", "manager": "r", "auditor": "r"},
    "logistics.observation": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.outbox.attempt": {"manager": "r", "integration_admin": "r", "auditor": "r"},
    "logistics.outbox.message": {"manager": "r", "integration_admin": "r", "auditor": "r"},
    "logistics.outbox.pointer": {"integration_admin": "r", "auditor": "r"},
    "logistics.relay.notice": {"integration_admin": "r", "auditor": "r"},
    "logistics.parcel": {"user": "rw", "planner": "rwc", "approver": "rw", "manager": "rwc", "auditor": "r"},
    "logistics.poll": {"manager": "r", "integration_admin": "rwcd", "auditor": "r"},
    "logistics.supplier.answer": {"user": "r", "planner": "r", "approver": "r", "manager": "r", "auditor": "r"},
    "logistics.supplier.link": {"user": "r", "planner": "r", "approver": "r", "manager": "r", "auditor": "r"},
    "logistics.pod": {"user": "rwc", "planner": "rwc", "approver": "rwc", "manager": "rwcd", "auditor": "r"},
    "logistics.pod.evidence": {
        "user": "rwcd",
        "planner": "rwcd",
        "approver": "rwcd",
        "manager": "rwcd",
        "auditor": "r",
    },
    "logistics.pod.line": {"user": "rwcd", "planner": "rwcd", "approver": "rwcd", "manager": "rwcd", "auditor": "r"},
    "logistics.reason.wizard": {
        "user": "rwc",
        "planner": "rwc",
        "approver": "rwc",
        "manager": "rwc",
        "integration_admin": "rwc",
    },
    "logistics.release.evaluation": {"user": "r", "planner": "r", "approver": "r", "manager": "r", "auditor": "r"},
    "logistics.release.evaluation.result": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "auditor": "r",
    },
    "logistics.release.gate": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "rwcd",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.release.recheck": {"manager": "r", "integration_admin": "r", "auditor": "r"},
    "logistics.replay": {"integration_admin": "rwc", "auditor": "r"},
    "logistics.replay.line": {"integration_admin": "r", "auditor": "r"},
    "logistics.secret.rotate": {"integration_admin": "rwc"},
    "logistics.secret.show": {"integration_admin": "rwc"},
    "logistics.system.pause": {"integration_admin": "rwc"},
    "logistics.system.test": {"integration_admin": "rwc"},
    "logistics.shipment": {"user": "rw", "planner": "rw", "approver": "rw", "manager": "rw", "auditor": "r"},
    "logistics.shipment.milestone.wizard": {"planner": "rwcd", "manager": "rwcd"},
    "logistics.shortage": {"user": "rw", "planner": "rw", "approver": "rw", "manager": "rwc", "auditor": "r"},
    "logistics.statement": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.status.map": {
        "user": "r",
        "planner": "rwc",
        "approver": "r",
        "manager": "rwcd",
        "integration_admin": "rwcd",
        "auditor": "r",
    },
    "logistics.status.map.replay": {"planner": "rwcd", "manager": "rwcd", "integration_admin": "rwcd"},
    "logistics.subscription": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "rwcd",
        "auditor": "r",
    },
    "logistics.supplier.promise": {"user": "r", "planner": "rc", "approver": "r", "manager": "rc", "auditor": "r"},
    "logistics.switch": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "rwcd",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.system": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "rwcd",
        "auditor": "r",
    },
    "logistics.tile": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "rwcd",
        "integration_admin": "r",
        "auditor": "r",
    },
}


@tagged("post_install", "-at_install")
class TestRoles(RolesCase):
    module = "logistics_orchestration"
    rights = RIGHTS

    def test_each_role_may_do_what_the_table_says(self):
        self.check_table()

    def test_the_auditor_reads_all_and_changes_nothing(self):
        self.check_auditor_changes_nothing()

    def test_no_company_sees_another(self):
        self.check_company_rules()
