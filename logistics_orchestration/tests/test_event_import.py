"""Imports, dry runs, rollbacks and retries tell exactly what is committed."""

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import LogisticsCase

TYPE = "logistics.purchase.requested"
DATA = {"purchase": "P1", "supplier": "Timber & Co", "lines": [{"line": 1, "sku": "DESK", "quantity": 2.0}]}


# a customer's rules on creation are in force only once all modules are loaded
@tagged("post_install", "-at_install")
class TestImport(LogisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # a customer's rule in Odoo's own way, so that an import tells something
        model = cls.env["ir.model"]._get("sale.order")
        cls.rule = cls.env["base.automation"].create(
            {"name": "Tell new orders", "model_id": model.id, "trigger": "on_create"}
        )
        cls.env["ir.actions.server"].create(
            {
                "name": "Tell",
                "model_id": model.id,
                "base_automation_id": cls.rule.id,
                "usage": "base_automation",
                "state": "logistics_emit",
                "logistics_event_type_id": cls.env["logistics.event.type"]
                .create({"name": "logistics.test.imported", "res_model": "sale.order"})
                .id,
            }
        )
        cls.env.cr.flush()
        # an import that fails sets up changed registries anew, without the hooks of rules: ours is as if restarted
        cls.registry.registry_invalidated = False
        cls.addClassCleanup(setattr, cls.registry, "registry_invalidated", True)

    def told(self):
        """Subjects told so far, without a flush of our own first: what is pending shows later."""
        self.env.cr.flush()
        return self.env["logistics.event"].search([("type_name", "=", "logistics.test.imported")]).mapped("subject")

    def rows(self, *references):
        return [[self.customer.name, reference] for reference in references]

    def run_import(self, text, dryrun):
        wizard = self.env["base_import.import"].create(
            {"res_model": "sale.order", "file": text.encode(), "file_type": "text/csv", "file_name": "orders.csv"}
        )
        options = {"quoting": '"', "separator": ",", "has_headers": True, "encoding": "utf-8"}
        return wizard.execute_import(["partner_id", "client_order_ref"], ["partner", "ref"], options, dryrun=dryrun)

    def test_load_tells_what_it_keeps(self):
        result = self.env["sale.order"].load(["partner_id", "client_order_ref"], self.rows("A", "B"))
        self.assertFalse(result["messages"])
        self.assertEqual(len(self.told()), 2)

    @mute_logger("odoo.sql_db")
    def test_load_with_an_error_keeps_nothing_and_tells_nothing(self):
        rows = [*self.rows("A"), ["Nobody Knows Them", "B"]]
        result = self.env["sale.order"].load(["partner_id", "client_order_ref"], rows)
        self.assertTrue(result["messages"])
        self.assertFalse(result["ids"])
        self.assertEqual(self.told(), [])

    def test_a_record_that_fails_alone_is_not_told(self):
        """A row that its model refuses makes the whole import fail, also those rows that went well."""
        self.env["ir.actions.server"].search([("base_automation_id", "=", self.rule.id)]).copy(
            {"state": "code", "code": "if record.client_order_ref == 'BAD': raise UserError('no')", "sequence": 1}
        )
        result = self.env["sale.order"].load(["partner_id", "client_order_ref"], self.rows("A", "BAD", "C"))
        self.assertTrue(result["messages"])
        self.assertEqual(self.told(), [])

    def test_a_test_run_of_an_import_tells_nothing(self):
        text = f'partner,ref\n"{self.customer.name}",A\n"{self.customer.name}",B\n'
        result = self.run_import(text, dryrun=True)
        self.assertFalse([message for message in result["messages"] if message["type"] == "error"], result)
        self.assertEqual(self.told(), [])
        self.assertFalse(self.env["sale.order"].search([("client_order_ref", "in", ("A", "B"))]))
        self.run_import(text, dryrun=False)
        self.assertEqual(len(self.told()), 2)

    def test_a_test_run_behind_odoos_back_tells_nothing_either(self):
        """The import's own savepoint is raw SQL: what was only collected would survive it."""
        order = self.make_order(confirm=False)
        before = self.told()
        self.env.cr.execute("SAVEPOINT import")
        order.with_context(import_file=True)._logistics_emit("logistics.test.imported", {})
        self.env.cr.execute("ROLLBACK TO SAVEPOINT import")
        self.env.invalidate_all(flush=False)
        self.assertEqual(self.told(), before)

    def test_a_failed_business_call_leaves_nothing_behind(self):
        """Also where the caller undoes it with a savepoint that Odoo does not know of, as accounting does."""
        order = self.make_order(confirm=False)
        self.told()
        order._logistics_emit("logistics.test.imported", {})
        call = self.env["logistics.event"]._business_call
        with self.assertRaises(UserError), self.env.cr.savepoint(flush=False), call():
            order._logistics_emit("logistics.test.imported", {})
            raise UserError("no")
        self.assertEqual(self.told().count(order.name), 2, "the one at creation and the one before the call")


class TestTransactions(LogisticsCase):
    """Whole transactions, on a cursor that can commit and roll back inside the test's own."""

    def setUp(self):
        super().setUp()
        supplier = self.env["res.partner"].create({"name": "Timber & Co"})
        self.purchase = self.env["purchase.order"].create({"partner_id": supplier.id})
        self.env.cr.flush()
        self.registry.enter_test_mode(self.env.cr)
        self.addCleanup(self.registry.leave_test_mode)

    def count(self):
        self.env.cr.execute("SELECT count(*) FROM logistics_event WHERE type_name = %s", [TYPE])
        return self.env.cr.fetchone()[0]

    def test_a_rollback_tells_nothing_and_what_comes_after_is_told(self):
        before = self.count()
        with self.registry.cursor() as cr:
            purchase = api.Environment(cr, SUPERUSER_ID, {})["purchase.order"].browse(self.purchase.id)
            purchase._logistics_emit(TYPE, DATA)
            cr.rollback()
            purchase._logistics_emit(TYPE, DATA)
        self.assertEqual(self.count(), before + 1)

    def test_a_retry_after_a_serialization_failure_tells_once(self):
        before = self.count()
        tries = []
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})

            def request():
                tries.append(1)
                with env["logistics.event"]._business_call():
                    env["purchase.order"].browse(self.purchase.id)._logistics_emit(TYPE, DATA)
                    if len(tries) < 3:
                        cr.execute("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$")

            with mute_logger("odoo.sql_db", "odoo.service.model"):
                retrying(request, env)
        self.assertEqual((len(tries), self.count()), (3, before + 1))
