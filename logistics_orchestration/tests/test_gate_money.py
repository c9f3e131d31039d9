"""Gates about money and dates: credit, margin, the promised day, the customer's delivery terms."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError

from .release_common import GateCase


class TestCreditGate(GateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_accounts()
        cls.credit = cls.make_gate("credit", code="credit")
        cls.credit.hold_type_id.auto_release = True
        cls.customer.credit_limit = 1000

    def test_order_within_the_limit_passes(self):
        result = self.ask(self.credit, self.make_order(qty=10))
        self.assertEqual(result["verdict"], "pass")
        self.assertEqual((result["inputs"]["this_order"], result["inputs"]["limit"]), (1000, 1000))

    def test_receivables_and_open_orders_count(self):
        self.invoice(300)
        self.make_order(qty=4)
        result = self.ask(self.credit, self.make_order(qty=4))
        self.assertEqual(result["verdict"], "hold")
        inputs = result["inputs"]
        self.assertEqual((inputs["receivable"], inputs["open_orders"], inputs["this_order"]), (300, 400, 400))
        self.assertIn("100.00", result["words"])
        self.assertIn("over the limit", result["words"])

    def test_all_contacts_of_a_company_share_its_limit(self):
        shop = self.env["res.partner"].create({"name": "Shop", "parent_id": self.customer.id})
        self.customer.is_company = True
        self.make_order(qty=8, partner_id=shop.id)
        self.assertEqual(self.ask(self.credit, self.make_order(qty=4))["verdict"], "hold")

    def test_what_was_invoiced_is_owed_once(self):
        order = self.make_order(qty=4)
        order.picking_ids.move_ids.write({"quantity": 4, "picked": True})
        order.picking_ids.button_validate()
        order._create_invoices()._post()
        inputs = self.ask(self.credit, self.make_order(qty=4))["inputs"]
        self.assertEqual((inputs["receivable"], inputs["open_orders"]), (400, 0))

    def test_orders_asked_together_take_their_shares_in_turn(self):
        first, second = self.make_order(qty=6), self.make_order(qty=6)
        found = self.Gate._run(first | second, self.credit)
        self.assertEqual([found[order.id][0]["verdict"] for order in (first, second)], ["pass", "hold"])

    def test_orders_that_wait_for_credit_do_not_count_against_each_other(self):
        self.enforce("release")
        self.invoice(900)
        first, second = self.make_order(qty=6), self.make_order(qty=5)
        self.assertEqual({first.logistics_release_state, second.logistics_release_state}, {"held"})
        self.customer.credit_limit = 1500
        self.recheck()
        self.assertEqual((first.logistics_release_state, second.logistics_release_state), ("released", "held"))

    def test_no_limit_and_the_limit_for_those_without_one(self):
        self.customer.credit_limit = 0
        order = self.make_order(qty=50)
        self.assertEqual(self.ask(self.credit, order)["words"], "No credit limit")
        self.credit.credit_limit = 400
        self.assertEqual(self.ask(self.credit, order)["verdict"], "hold")

    def test_overdue_days(self):
        self.invoice(100, days_ago=45)
        order = self.make_order(qty=1)
        result = self.ask(self.credit, order)
        self.assertEqual((result["verdict"], result["inputs"]["overdue_days"]), ("hold", 45))
        self.assertIn("due for 45 days, 0 are allowed", result["words"])
        self.credit.credit_overdue_days = 45
        self.assertEqual(self.ask(self.credit, order)["verdict"], "pass")
        self.credit.write({"credit_overdue_days": 10, "credit_overdue": False})
        self.assertEqual(self.ask(self.credit, order)["verdict"], "pass")

    def test_a_payment_frees_the_order(self):
        self.enforce("release")
        invoice = self.invoice(800)
        order = self.make_order(qty=4)
        self.assertEqual(order.logistics_release_state, "held")
        self.assertFalse(order.picking_ids, "a credit hold keeps procurement from starting")
        self.pay(invoice)
        self.assertEqual(order.logistics_release_state, "held", "a worker looks, not whoever registers the payment")
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")
        self.assertTrue(order.picking_ids)
        self.assertEqual(order.logistics_evaluation_ids[0].trigger, "payment")

    def test_a_payment_nobody_waits_for_leaves_no_note(self):
        self.pay(self.invoice(100))
        self.assertFalse(self.rows("logistics.release.recheck"))

    def test_a_higher_limit_frees_the_order(self):
        self.enforce("release")
        order = self.make_order(qty=20)
        self.assertEqual(order.logistics_release_state, "held")
        self.customer.credit_limit = 5000
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")

    def test_wrong_figures_are_refused_by_name(self):
        for field, label in (("credit_limit", "Limit Without One"), ("credit_overdue_days", "Overdue Days Allowed")):
            with self.assertRaisesRegex(ValidationError, label), self.cr.savepoint():
                self.credit[field] = -1

    def test_many_orders_cost_few_queries(self):
        self.check_queries(self.credit)


class TestMarginGate(GateCase):
    def setUp(self):
        super().setUp()
        self.margin = self.make_gate("margin", margin_percent=20)

    def test_margin(self):
        self.product.standard_price = 80
        result = self.ask(self.margin, self.make_order(qty=3))
        self.assertEqual((result["verdict"], result["inputs"]["margin"]), ("pass", 20.0))
        self.product.standard_price = 81
        result = self.ask(self.margin, self.make_order(qty=3))
        self.assertEqual((result["verdict"], result["words"]), ("hold", "only 19.0 % margin, at least 20 %"))

    def test_what_is_given_away_earns_nothing(self):
        self.product.standard_price = 10
        line = {"product_id": self.product.id, "product_uom_qty": 1, "price_unit": 0}
        self.assertEqual(self.ask(self.margin, self.make_order(order_line=[(0, 0, line)]))["verdict"], "hold")

    def test_cost_counts_in_the_unit_of_the_product_and_the_currency_of_the_order(self):
        self.product.standard_price = 50
        dozen = self.env.ref("uom.product_uom_dozen")
        line = {"product_id": self.product.id, "product_uom_qty": 1, "product_uom": dozen.id, "price_unit": 1200}
        result = self.ask(self.margin, self.make_order(order_line=[(0, 0, line)]))
        self.assertEqual((result["inputs"]["cost"], result["inputs"]["margin"]), (600, 50.0))

    def test_a_changed_cost_frees_the_order(self):
        self.enforce("release")
        self.margin.hold_type_id.auto_release = True
        self.product.standard_price = 95
        order = self.make_order()
        self.assertEqual(order.logistics_release_state, "held")
        self.product.product_tmpl_id.standard_price = 10
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")

    def test_impossible_percentage_is_refused_by_name(self):
        with self.assertRaisesRegex(ValidationError, "Least Margin"):
            self.margin.margin_percent = 100


class TestDateGate(GateCase):
    def setUp(self):
        super().setUp()
        self.gate_date = self.make_gate("date")
        self.product = self.make_product("SHELF", "Shelf", 6)

    def promise(self, days, **vals):
        return self.make_order(
            product=self.product, commitment_date=fields.Datetime.now() + timedelta(days=days), **vals
        )

    def test_ready_now(self):
        result = self.ask(self.gate_date, self.promise(5, qty=6))
        self.assertEqual(result["verdict"], "pass")
        self.assertIn("ready now", result["words"])

    def test_the_receipts_that_cover_it_come_in_time_or_not(self):
        self.expect(self.product, 2, days=4)
        self.expect(self.product, 10, days=10)
        self.assertEqual(self.ask(self.gate_date, self.promise(6, qty=8))["verdict"], "pass", "two come after 4 days")
        late = self.ask(self.gate_date, self.promise(6, qty=12))
        self.assertEqual(late["verdict"], "hold")
        self.assertIn("Has to leave by", late["words"])
        self.assertIn("when Shelf comes in", late["words"])

    def test_transit_and_security_days_come_off_the_promised_day(self):
        self.carrier.logistics_transit_days = 3
        self.company.security_lead = 1
        self.expect(self.product, 10, days=4)
        self.assertEqual(self.ask(self.gate_date, self.promise(6, qty=8))["verdict"], "pass", "no shipping method")
        self.assertEqual(self.ask(self.gate_date, self.promise(6, qty=8, carrier=self.carrier))["verdict"], "hold")

    def test_nothing_is_expected(self):
        result = self.ask(self.gate_date, self.promise(6, qty=8))
        self.assertEqual(result["verdict"], "hold")
        self.assertIn("no receipt expected of Shelf", result["words"])

    def test_no_promise_no_failure(self):
        result = self.ask(self.gate_date, self.make_order(product=self.product, qty=8))
        self.assertEqual(result["verdict"], "pass")
        self.assertIn("No date was promised", result["words"])


class TestTermsGate(GateCase):
    def setUp(self):
        super().setUp()
        self.terms = self.make_gate("terms", code="stock_short")
        self.other = self.make_product("BOWL", "Bowl", 3)

    def two_lines(self, qty):
        lines = [{"product_id": self.product.id, "product_uom_qty": 1}]
        lines.append({"product_id": self.other.id, "product_uom_qty": qty})
        return self.make_order(order_line=[(0, 0, line) for line in lines])

    def test_ship_complete(self):
        self.customer.logistics_ship_complete = True
        self.assertEqual(self.ask(self.terms, self.two_lines(3))["verdict"], "pass")
        result = self.ask(self.terms, self.two_lines(4))
        self.assertEqual(result["verdict"], "hold")
        self.assertIn("complete or not at all; short: Bowl", result["words"])

    def test_customers_without_terms_take_any_number(self):
        self.assertEqual(self.ask(self.terms, self.two_lines(9))["words"], "Any number of deliveries")

    def test_the_last_delivery_has_to_be_complete(self):
        self.customer.logistics_max_shipments = 2
        order = self.two_lines(5)
        self.assertEqual(self.ask(self.terms, order)["verdict"], "pass", "one now, one for the rest")
        picking = order.picking_ids
        picking.move_ids.filtered(lambda m: m.product_id == self.other).write({"quantity": 3, "picked": True})
        picking.move_ids.filtered(lambda m: m.product_id == self.product).write({"quantity": 0})
        picking.with_context(skip_backorder=True).button_validate()
        result = self.ask(self.terms, order)
        self.assertEqual(result["verdict"], "hold")
        self.assertIn("this is the last of 2 deliveries", result["words"])

    def test_changed_terms_free_the_order(self):
        self.enforce("release")
        self.env.ref("logistics_orchestration.gate_stock").active = False
        self.customer.logistics_ship_complete = True
        order = self.two_lines(9)
        self.assertEqual(order.logistics_release_state, "held")
        self.customer.logistics_ship_complete = False
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")
