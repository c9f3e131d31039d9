"""Who may see, work and set up: each role tried; and never across companies."""

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import ExceptionsCase

SETUP = (
    "logistics.exception.type",
    "logistics.exception.code",
    "logistics.exception.playbook",
    "logistics.exception.playbook.step",
)
WORK = ("logistics.exception", "logistics.exception.action")


@tagged("-at_install", "post_install")
class TestExceptionsSecurity(ExceptionsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {
            role: new_test_user(cls.env, f"exc_{role}", groups=f"base.group_user,logistics_orchestration.group_{role}")
            for role in ("user", "planner", "approver", "manager", "integration_admin", "auditor")
        }
        cls.roles["employee"] = new_test_user(cls.env, "exc_employee", groups="base.group_user")
        cls.workers = {"user", "planner", "approver", "manager"}

    def may(self, role, operation, model):
        return self.env[model].with_user(self.roles[role]).check_access_rights(operation, raise_exception=False)

    def test_each_role_on_each_model(self):
        for role in self.roles:
            for model in (*WORK, *SETUP):
                with self.subTest(role=role, model=model):
                    self.assertEqual(self.may(role, "read", model), role in self.workers | {"auditor"})
                    changes = role in self.workers if model in WORK else role == "manager"
                    self.assertEqual(self.may(role, "write", model), changes)
                    self.assertEqual(self.may(role, "create", model), changes)
                    self.assertEqual(self.may(role, "unlink", model), role == "manager" and model in SETUP)

    def test_a_user_works_a_case_from_end_to_end(self):
        order = self.make_order(2)
        case = self.open_case(order).with_user(self.roles["user"])
        case.action_take()
        case.action_start()
        case.action_ids[0].action_run()
        case.write({"resolution_code": "replaced", "resolution": "Sent anew"})
        case.action_resolve()
        case.action_close()
        self.assertEqual(case.state, "closed")
        vals = {"type_id": self.other.id, "subject_ref": f"sale.order,{order.id}", "title": "Odd"}
        self.assertTrue(self.Case.with_user(self.roles["user"]).create(vals))

    def test_the_auditor_reads_the_whole_form_and_changes_nothing(self):
        case = self.open_case().with_user(self.roles["auditor"])
        self.env.invalidate_all()
        view = case.get_view(self.env.ref("logistics_exceptions.view_exception_form").id, "form")
        shown = etree.fromstring(view["arch"]).xpath("//field[not(ancestor::field)]/@name")
        self.assertTrue(case.read(sorted(set(shown))))
        self.assertTrue(case.action_ids.read(["name", "state", "result"]))
        for attempt in (
            case.action_take,
            case.action_start,
            lambda: case.action_dismiss(reason="no"),
            lambda: case.action_ids[0].action_run(),
            lambda: case.action_ids[0].action_skip(reason="no"),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertEqual(case.state, "new")
        self.assertEqual(set(case.action_ids.mapped("state")), {"todo"})

    def test_a_case_cannot_be_opened_about_what_one_may_not_read(self):
        order = self.make_order(1)
        self.env["ir.rule"].create(
            {
                "name": "not this one",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "domain_force": f"[('id', '!=', {order.id})]",
            }
        )
        with self.assertRaises(AccessError):
            self.Case.with_user(self.roles["user"]).create(
                {"type_id": self.other.id, "subject_ref": f"sale.order,{order.id}", "title": "Odd"}
            )

    def test_another_company_sees_nothing(self):
        other = self.env["res.company"].create({"name": "Far Away"})
        stranger = new_test_user(
            self.env,
            "exc_stranger",
            groups="base.group_user,logistics_orchestration.group_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        case = self.open_case()
        own = self.damaged.copy({"company_id": self.company.id, "name": "Ours"})
        self.assertFalse(self.Case.with_user(stranger).search([]))
        self.assertFalse(self.env["logistics.exception.action"].with_user(stranger).search([]))
        types = self.env["logistics.exception.type"].with_user(stranger).search([])
        self.assertIn(self.damaged, types)
        self.assertNotIn(own, types)
        with self.assertRaises(AccessError):
            case.with_user(stranger).read(["name"])
