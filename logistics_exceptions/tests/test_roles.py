"""What each role may do with every model of this addon; see RolesCase for how to read the table."""

from odoo.tests import tagged

from odoo.addons.logistics_orchestration.tests.roles import RolesCase

RIGHTS = {
    "logistics.exception": {"user": "rwc", "planner": "rwc", "approver": "rwc", "manager": "rwc", "auditor": "r"},
    "logistics.exception.action": {
        "user": "rwc",
        "planner": "rwc",
        "approver": "rwc",
        "manager": "rwc",
        "auditor": "r",
    },
    "logistics.exception.code": {"user": "r", "planner": "r", "approver": "r", "manager": "rwcd", "auditor": "r"},
    "logistics.exception.playbook": {"user": "r", "planner": "r", "approver": "r", "manager": "rwcd", "auditor": "r"},
    "logistics.exception.playbook.step": {
        "user": "r",
        "planner": "r",
        "approver": "r",
        "manager": "rwcd",
        "auditor": "r",
    },
    "logistics.exception.type": {"user": "r", "planner": "r", "approver": "r", "manager": "rwcd", "auditor": "r"},
}


@tagged("post_install", "-at_install")
class TestRoles(RolesCase):
    module = "logistics_exceptions"
    rights = RIGHTS

    def test_each_role_may_do_what_the_table_says(self):
        self.check_table()

    def test_the_auditor_reads_all_and_changes_nothing(self):
        self.check_auditor_changes_nothing()

    def test_no_company_sees_another(self):
        self.check_company_rules()
