"""Every role against every model of an addon: a table says who may do what, the test tries it.

An addon's test names its module and its table; a model that is missing in the table fails, so a new model cannot be
forgotten. Rights are letters: r read, w write, c create, d delete; a role that is not named may do nothing.
"""

from odoo.tests import TransactionCase, new_test_user

ROLES = ("user", "planner", "approver", "manager", "integration_admin", "auditor")
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}


class RolesCase(TransactionCase):
    """Base for the role test of one addon; set ``module`` and ``rights`` ({model: {role: letters}})."""

    module = None
    rights = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            role: new_test_user(cls.env, f"role_{role}", groups=f"base.group_user,logistics_orchestration.group_{role}")
            for role in ROLES
        }
        cls.people["employee"] = new_test_user(cls.env, "role_employee", groups="base.group_user")

    def own_models(self):
        """Concrete models the addon brings (not those it only extends)."""
        own = set()
        for model in self.env["ir.model"].search([("model", "=like", "logistics.%")]):
            record = self.env.get(model.model)
            if record is not None and not record._abstract and record._original_module == self.module:
                own.add(model.model)
        return own

    def found(self, model, role):
        """What ``role`` may really do with ``model``, as letters."""
        records = self.env[model].with_user(self.people[role])
        return "".join(
            letter
            for letter, operation in OPERATIONS.items()
            if records.check_access_rights(operation, raise_exception=False)
        )

    def check_table(self):
        """Compare what the table says with what the server allows."""
        self.assertEqual(self.own_models(), set(self.rights), "every model of the addon stands in the table")
        for model, expected in self.rights.items():
            for role in (*ROLES, "employee"):
                with self.subTest(model=model, role=role):
                    self.assertEqual(self.found(model, role), expected.get(role, ""))

    def check_auditor_changes_nothing(self):
        """The auditor reads every stored record of the addon and changes none."""
        for model in self.own_models():
            if self.env[model]._transient:
                continue
            with self.subTest(model=model):
                self.assertEqual(self.found(model, "auditor"), "r")
                self.env[model].with_user(self.people["auditor"]).search([], limit=1).read()

    def check_company_rules(self):
        """A record of another company is not seen: every model with a company has a rule for it."""
        ruled = set(self.env["ir.rule"].search([("global", "=", True)]).mapped("model_id.model"))
        for model in self.own_models():
            if "company_id" in self.env[model]._fields and not self.env[model]._transient:
                with self.subTest(model=model):
                    self.assertIn(model, ruled)
