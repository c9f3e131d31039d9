"""What each role may do with every model of this addon; see RolesCase for how to read the table."""

from odoo.tests import tagged

from odoo.addons.logistics_orchestration.tests.roles import RolesCase

RIGHTS = {
    "logistics.carrier.account": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "rwcd",
        "auditor": "r",
    },
    "logistics.carrier.booking": {
        "user": "r",
        "planner": "rwcd",
        "approver": "r",
        "manager": "rwcd",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.carrier.booking.parcel": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.carrier.credential": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "rwcd",
        "auditor": "r",
    },
    "logistics.carrier.hand.wizard": {"planner": "rwcd", "manager": "rwcd"},
    "logistics.carrier.hand.wizard.line": {"planner": "rwcd", "manager": "rwcd"},
    "logistics.carrier.manifest": {
        "user": "r",
        "planner": "rwcd",
        "approver": "r",
        "manager": "rwcd",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.carrier.instruction": {
        "user": "r",
        "planner": "rw",
        "approver": "rw",
        "manager": "rw",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.carrier.instruction.wizard": {"planner": "rwcd", "manager": "rwcd"},
    "logistics.carrier.offer": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.carrier.pickup": {
        "user": "r",
        "planner": "rwcd",
        "approver": "r",
        "manager": "rwcd",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.carrier.rating": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.carrier.service": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "rwcd",
        "auditor": "r",
    },
    "logistics.rate.policy": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "rwcd",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.rate.policy.line": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "rwcd",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.tracker": {
        "user": "r",
        "planner": "rw",
        "approver": "r",
        "manager": "rw",
        "integration_admin": "rw",
        "auditor": "r",
    },
    "logistics.order.offer": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "r",
        "auditor": "r",
    },
    "logistics.order.rating": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "r",
        "integration_admin": "r",
        "auditor": "r",
    },
}


@tagged("post_install", "-at_install")
class TestRoles(RolesCase):
    module = "logistics_carrier_connector"
    rights = RIGHTS

    def test_each_role_may_do_what_the_table_says(self):
        self.check_table()

    def test_the_auditor_reads_all_and_changes_nothing(self):
        self.check_auditor_changes_nothing()

    def test_no_company_sees_another(self):
        self.check_company_rules()
