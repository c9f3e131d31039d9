"""Who may see and do what with shortages and promises, tried as each role; and never across companies."""

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .replenishment_common import ReplenishmentCase


@tagged("-at_install", "post_install")
class TestReplenishmentSecurity(ReplenishmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {
            role: new_test_user(cls.env, f"repl_{role}", groups=f"base.group_user,logistics_orchestration.group_{role}")
            for role in ("user", "planner", "approver", "manager", "integration_admin", "auditor")
        }
        cls.roles["buyer"] = new_test_user(cls.env, "repl_buyer", groups="purchase.group_purchase_user")
        cls.roles["employee"] = new_test_user(cls.env, "repl_employee", groups="base.group_user")
        cls.make_order(cls, 95)
        cls.shortage = cls.env["logistics.shortage"].search([("product_id", "=", cls.product.id)])
        cls.line = cls.shortage.purchase_line_ids

    def may(self, role, operation, model):
        return self.env[model].with_user(self.roles[role]).check_access_rights(operation, raise_exception=False)

    def test_shortages(self):
        readers = {"user", "planner", "approver", "manager", "auditor", "buyer"}
        writers = {"user", "planner", "approver", "manager", "buyer"}
        for role in self.roles:
            with self.subTest(role=role):
                self.assertEqual(self.may(role, "read", "logistics.shortage"), role in readers)
                self.assertEqual(self.may(role, "write", "logistics.shortage"), role in writers)
                self.assertEqual(self.may(role, "create", "logistics.shortage"), role == "manager")
                self.assertFalse(self.may(role, "unlink", "logistics.shortage"))

    def test_promises(self):
        readers = {"user", "planner", "approver", "manager", "auditor", "buyer"}
        writers = {"planner", "manager", "buyer"}
        for role in self.roles:
            with self.subTest(role=role):
                self.assertEqual(self.may(role, "read", "logistics.supplier.promise"), role in readers)
                self.assertEqual(self.may(role, "create", "logistics.supplier.promise"), role in writers)
                self.assertFalse(self.may(role, "write", "logistics.supplier.promise"))
                self.assertFalse(self.may(role, "unlink", "logistics.supplier.promise"))

    def test_whoever_may_opens_the_form_and_closes(self):
        for role in ("user", "planner", "manager", "auditor", "buyer"):
            with self.subTest(role=role):
                shortage = self.shortage.with_user(self.roles[role])
                self.env.invalidate_all()
                view = shortage.get_view(self.env.ref("logistics_orchestration.view_shortage_form").id, "form")
                shown = etree.fromstring(view["arch"]).xpath("//field[not(ancestor::field)]/@name")
                self.assertTrue(shortage.read(sorted(set(shown))))
        with self.assertRaises(AccessError):
            self.shortage.with_user(self.roles["auditor"]).action_resolve(reason="no")
        self.shortage.with_user(self.roles["user"]).action_resolve(reason="Found in the annex")
        self.assertEqual(self.shortage.state, "resolved")

    def test_a_planner_records_what_the_supplier_said_by_phone(self):
        promised_at = self.in_days(12)
        self.env["logistics.supplier.promise"].with_user(self.roles["planner"]).create(
            {"purchase_line_id": self.line.id, "promised_at": promised_at, "quantity": 35}
        )
        self.assertEqual(self.line.date_planned, promised_at)

    def test_another_company_sees_nothing(self):
        other = self.env["res.company"].create({"name": "Far Away"})
        stranger = new_test_user(
            self.env,
            "repl_stranger",
            groups="base.group_user,logistics_orchestration.group_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.line._logistics_apply_promise(self.in_days(3))
        self.env["logistics.supplier.promise"].create(
            {"purchase_line_id": self.line.id, "promised_at": self.in_days(3), "quantity": 35}
        )
        for model in ("logistics.shortage", "logistics.supplier.promise"):
            self.assertFalse(self.env[model].with_user(stranger).search([("company_id", "=", self.company.id)]))
        with self.assertRaises(AccessError):
            self.shortage.with_user(stranger).read(["name"])
