"""Shortcuts for the tests of release and fulfilment."""

from odoo import fields
from odoo.tests.common import new_test_user

from .common import LogisticsCase


class ReleaseCase(LogisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # a pick, pack and ship chain only where a test asks for it; gates and rules as they are installed
        cls.Gate = cls.env["logistics.release.gate"]
        cls.Hold = cls.env["logistics.hold"]
        cls.salesman = new_test_user(cls.env, "release_sales", groups="sales_team.group_sale_salesman_all_leads")
        cls.worker = new_test_user(cls.env, "release_stock", groups="stock.group_stock_user")
        cls.user = new_test_user(cls.env, "release_user", groups="logistics_orchestration.group_user")
        cls.planner = new_test_user(cls.env, "release_planner", groups="logistics_orchestration.group_planner")
        cls.approver = new_test_user(cls.env, "release_approver", groups="logistics_orchestration.group_approver")
        cls.manager = new_test_user(cls.env, "release_manager", groups="logistics_orchestration.group_manager")

    def hold_type(self, code):
        """The hold type installed as data with ``code``."""
        return self.env.ref(f"logistics_orchestration.hold_type_{code}")

    def place(self, order=None, code="manual", user=None, **vals):
        """A hold placed by hand."""
        values = {"type_id": self.hold_type(code).id, "reason": "Look at it first", **vals}
        if order:
            values["order_id"] = order.id
        return self.Hold.with_user(user or self.user).create(values).with_env(self.env)

    def gate(self, pass_domain="[('id', '>', 0)]", code="credit", **vals):
        """A gate that orders pass when they match ``pass_domain``."""
        return self.Gate.create(
            {
                "name": "Test gate",
                "kind": "domain",
                "pass_domain": pass_domain,
                "fail_words": "Over the limit",
                "hold_type_id": self.hold_type(code).id,
                "sequence": 5,
                **vals,
            }
        )

    def receive_goods(self, product, quantity):
        """A receipt of ``quantity``, validated."""
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "name": product.name,
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "location_id": self.env.ref("stock.stock_location_suppliers").id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        },
                    )
                ],
            }
        )
        picking.action_confirm()
        self.assertFalse(isinstance(picking.button_validate(), dict))
        return picking

    def recheck(self):
        """What the worker does with the notes left for it."""
        return self.env["logistics.release.recheck"]._work_run()

    def rows(self, model):
        """Ids of all records of a model, to see that nothing was added."""
        return self.env[model].search([]).ids


class GateCase(ReleaseCase):
    """For the tests of single kinds of gates."""

    @classmethod
    def make_gate(cls, kind, code="approval", **vals):
        """A gate of ``kind`` for all orders, whose hold lifts itself."""
        hold_type = cls.env.ref(f"logistics_orchestration.hold_type_{code}")
        hold_type.auto_release = True
        values = {"name": f"Test {kind}", "kind": kind, "hold_type_id": hold_type.id, "sequence": 5}
        return cls.env["logistics.release.gate"].create({**values, **vals})

    @classmethod
    def make_accounts(cls):
        """A chart of accounts, where the database has none yet."""
        if not cls.env["account.account"].search([("company_id", "=", cls.company.id)], limit=1):
            cls.env["account.chart.template"].try_loading("generic_coa", company=cls.company, install_demo=False)
            cls.product.taxes_id = False

    def ask(self, gate, order):
        """What ``gate`` says about one order."""
        [result] = self.Gate._run(order, gate)[order.id]
        return result

    def invoice(self, amount, days_ago=0, customer=None):
        """An open invoice, due some days ago."""
        day = fields.Date.subtract(fields.Date.context_today(self.company), days=days_ago)
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (customer or self.customer).id,
                "invoice_date": day,
                "invoice_date_due": day,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [(0, 0, {"name": "Goods", "quantity": 1, "price_unit": amount, "tax_ids": False})],
            }
        )
        move._post()
        return move

    def pay(self, invoice):
        """The invoice is paid in full."""
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        register.create({}).action_create_payments()

    def expect(self, product, quantity, days):
        """A receipt that is due in some days."""
        move = self.env["stock.move"].create(
            {
                "name": product.name,
                "product_id": product.id,
                "product_uom_qty": quantity,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "date": fields.Datetime.add(fields.Datetime.now(), days=days),
            }
        )
        move._action_confirm(merge=False)
        return move

    def check_queries(self, gate):
        """Ten orders cost hardly more statements than two."""
        orders = self.env["sale.order"].union(*(self.make_order(qty=1) for _index in range(12)))
        counts = []
        for batch in (orders[:2], orders[2:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.Gate._run(batch, gate)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3, f"queries for 2 and for 10 orders: {counts}")
