"""What each role may do with every model of this addon; see RolesCase for how to read the table."""

from lxml import etree

from odoo.tests import TransactionCase, new_test_user, tagged

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


@tagged("post_install", "-at_install")
class TestNoButtonEndsInARefusal(TransactionCase):
    """Who only looks sees no button of those who work."""

    looks = ("action_open", "action_logistics_events", "action_logistics_approvals", "action_logistics_cases")
    looks += ("action_show_versions", "action_download")
    setting_up = ("action_pause", "action_resume", "action_test_connection", "action_propose_services")

    def buttons(self, login, role):
        """{(model, button)} in the forms, lists and cards of the carriers' models that the role may read."""
        user = new_test_user(self.env, login, groups=f"base.group_user,logistics_orchestration.{role}")
        models = {"logistics.shipment", "logistics.parcel", *(name for name in RIGHTS if "wizard" not in name)}
        found = set()
        for view in self.env["ir.ui.view"].search(
            [("model", "in", list(models)), ("mode", "=", "primary"), ("type", "in", ("form", "tree", "kanban"))]
        ):
            model = self.env[view.model].with_user(user)
            if model.check_access_rights("read", raise_exception=False):
                arch = etree.fromstring(model.get_view(view.id, view.type)["arch"])
                found |= {(view.model, button.get("name")) for button in arch.iter("button")}
        return {(model, name) for model, name in found if name and not name.startswith(self.looks)}

    def test_the_auditor(self):
        self.assertEqual(self.buttons("k-auditor", "group_auditor"), {("logistics.carrier.manifest", "action_print")})

    def test_the_integration_administrator(self):
        admin = {("logistics.carrier.account", name) for name in self.setting_up}
        admin.add(("logistics.tracker", "action_register_again"))
        self.assertEqual(self.buttons("k-admin", "group_integration_admin"), admin)

    def test_a_user_dispatches_and_prints(self):
        names = {name for _model, name in self.buttons("k-user", "group_user")}
        self.assertLessEqual({"action_dispatch", "action_print_labels"}, names)
        self.assertFalse(names & {"action_book", "action_get_rates", "action_void_booking", "action_choose"})
