"""Release gates: what they ask, how they are configured, and that a broken one never releases."""

from unittest.mock import patch

from odoo.exceptions import ValidationError

from .release_common import ReleaseCase


class TestReleaseGates(ReleaseCase):
    def results(self, order):
        return {result["gate_name"]: result for result in self.Gate._run(order)[order.id]}

    def test_default_gates_pass_an_ordinary_order(self):
        results = self.results(self.make_order(qty=2))
        self.assertEqual({r["verdict"] for r in results.values()}, {"pass"})
        self.assertEqual(set(results), {"Stock", "Delivery address"})

    def test_stock_gate_names_the_shortage_and_the_next_receipt(self):
        product = self.make_product("LAMP", "Lamp", 6)
        receipt = self.env["stock.move"].create(
            {
                "name": "lamps",
                "product_id": product.id,
                "product_uom_qty": 50,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "date": "2030-12-12 10:00:00",
            }
        )
        receipt._action_confirm()
        result = self.results(self.make_order(qty=10, product=product))["Stock"]
        self.assertEqual(result["verdict"], "hold")
        self.assertIn("short 4 of 10", result["words"])
        self.assertIn("Lamp", result["words"])
        self.assertIn("next receipt 12 Dec", result["words"])
        [looked_at] = result["inputs"]["products"]
        self.assertEqual((looked_at["ordered"], looked_at["short"]), (10, 4))
        self.assertEqual(looked_at["next_receipt"], "2030-12-12")

    def test_stock_gate_says_when_no_receipt_is_expected(self):
        product = self.make_product("VASE", "Vase")
        self.assertIn("no receipt expected", self.results(self.make_order(product=product))["Stock"]["words"])

    def test_stock_gate_counts_units_of_measure(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        product = self.make_product("CUP", "Cup", 20)
        line = {"product_id": product.id, "product_uom_qty": 2, "product_uom": dozen.id}
        order = self.make_order(order_line=[(0, 0, line)])
        self.assertIn("short 4 of 24", self.results(order)["Stock"]["words"])

    def test_two_orders_evaluated_together_do_not_share_the_last_piece(self):
        product = self.make_product("RARE", "Rare", 3)
        self.warehouse.out_type_id.reservation_method = "manual"
        first = self.make_order(qty=2, product=product)
        second = self.make_order(qty=2, product=product)
        found = self.Gate._run(first | second)
        verdicts = [found[order.id][0]["verdict"] for order in (first, second)]
        self.assertEqual(verdicts, ["pass", "hold"])

    def test_released_orders_keep_what_they_have_not_reserved_yet(self):
        self.enforce("release")
        product = self.make_product("RARE", "Rare", 3)
        self.warehouse.out_type_id.reservation_method = "manual"
        first = self.make_order(qty=2, product=product)
        second = self.make_order(qty=2, product=product)
        self.assertEqual(first.logistics_release_state, "released")
        self.assertEqual(second.logistics_release_state, "held")
        self.assertIn("short 1 of 2", second.logistics_verdict_words)

    def test_stock_gate_follows_the_goods_through_pick_pack_ship(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        product = self.make_product("SOFA", "Sofa", 2)
        order = self.make_order(qty=2, product=product)
        self.assertEqual(self.results(order)["Stock"]["verdict"], "pass", "reserved on the pick step")
        pick = order.picking_ids.filtered(lambda p: p.picking_type_id == self.warehouse.pick_type_id)
        pick.button_validate()
        self.assertEqual(self.results(order)["Stock"]["verdict"], "pass", "on its way to the packing table")
        self.assertEqual(self.results(self.make_order(qty=1, product=product))["Stock"]["verdict"], "hold")

    def test_services_need_no_stock_and_no_address(self):
        service = self.env["product.product"].create({"name": "Advice", "type": "service"})
        self.customer.street = False
        results = self.results(self.make_order(product=service))
        self.assertEqual([r["words"] for r in results.values()], ["Nothing to pick", "Nothing to ship"])

    def test_address_gate_names_what_is_missing(self):
        self.customer.write({"street": False, "zip": False})
        result = self.results(self.make_order())["Delivery address"]
        self.assertEqual(result["verdict"], "hold")
        self.assertIn("Street", result["words"])
        self.assertIn("Zip", result["words"])
        self.assertEqual(result["inputs"]["missing"], ["street", "zip"])

    def test_address_gate_asks_what_the_country_asks(self):
        ireland = self.env.ref("base.ie")
        ireland.zip_required = False
        self.customer.write({"zip": False, "country_id": ireland.id})
        self.assertEqual(self.results(self.make_order())["Delivery address"]["verdict"], "pass")

    def test_address_gate_wants_a_phone_unless_told_otherwise(self):
        self.customer.phone = False
        order = self.make_order()
        self.assertEqual(self.results(order)["Delivery address"]["inputs"]["missing"], ["phone"])
        self.env.ref("logistics_orchestration.gate_address").require_phone = False
        self.assertEqual(self.results(order)["Delivery address"]["verdict"], "pass")

    def test_domain_gate(self):
        gate = self.gate("[('amount_total', '<', 500)]")
        small, big = self.make_order(qty=2), self.make_order(qty=9)
        self.assertEqual(self.results(small)[gate.name]["verdict"], "pass")
        result = self.results(big)[gate.name]
        self.assertEqual((result["verdict"], result["words"]), ("hold", "Over the limit"))

    def test_gate_applies_to_its_warehouse_company_and_orders_only(self):
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        self.gate("[('id', '=', 0)]", name="There", warehouse_id=other.id)
        self.gate("[('id', '=', 0)]", name="Big ones", order_domain="[('amount_total', '>', 5000)]")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.gate("[('id', '=', 0)]", name="Their company", company_id=company.id)
        self.assertEqual(set(self.results(self.make_order())), {"Stock", "Delivery address"})

    def test_gate_that_warns_does_not_hold(self):
        self.enforce("release")
        self.gate("[('id', '=', 0)]", effect="warn")
        order = self.make_order()
        self.assertEqual(order.logistics_release_state, "released")
        self.assertEqual(order.logistics_verdict, "warn")
        self.assertIn("Over the limit", order.logistics_verdict_words)

    def test_broken_domain_is_refused_naming_the_field(self):
        for value in (
            "[('nope', '=', 1)]",
            "[(",
            "[('amount_total', 'equals', 1)]",
            "1 +",
            "[('amount_total', '>', 'x')]",
        ):
            with self.subTest(value), self.assertRaises(ValidationError) as caught, self.cr.savepoint():
                self.gate(value)
            self.assertIn("Condition", str(caught.exception))
            self.assertIn(value, str(caught.exception))
        with self.assertRaises(ValidationError) as caught:
            self.gate("[('id', '>', 0)]", order_domain="[('nope', '=', 1)]")
        self.assertIn("Applies To", str(caught.exception))

    def test_domain_gate_needs_a_condition(self):
        with self.assertRaisesRegex(ValidationError, "Condition"):
            self.gate("")

    def test_domain_may_speak_of_today_and_the_user(self):
        gate = self.gate("[('date_order', '>', (context_today() - relativedelta(days=1)).strftime('%Y-%m-%d'))]")
        self.assertEqual(self.results(self.make_order())[gate.name]["verdict"], "pass")

    def test_version_counts_changes_of_the_rule_only(self):
        gate = self.gate("[('amount_total', '<', 500)]")
        self.assertEqual(gate.version, 1)
        gate.sequence = 99
        gate.name = "Renamed"
        self.assertEqual(gate.version, 1)
        gate.pass_domain = "[('amount_total', '<', 900)]"
        gate.pass_domain = "[('amount_total', '<', 900)]"
        self.assertEqual(gate.version, 2)
        gate.version = 50
        self.assertEqual(gate.version, 2, "not set by hand")
        order = self.make_order()
        order.action_logistics_evaluate()
        result = order.logistics_result_ids.filtered(lambda r: r.gate_id == gate.id)
        self.assertEqual(result.gate_version, 2)

    def test_gate_that_raises_holds_only_its_order_with_the_error_as_reason(self):
        self.enforce("release")
        gate = self.env.ref("logistics_orchestration.gate_address")
        original = type(gate)._gate_address

        def failing(self, order, facts):
            if order.client_order_ref == "boom":
                self.env.cr.execute("SELECT 1 / 0")
            return original(self, order, facts)

        with patch.object(type(gate), "_gate_address", failing), self.assertLogs(level="WARNING"):
            bad = self.make_order(client_order_ref="boom")
            good = self.make_order()
        self.assertEqual(good.logistics_release_state, "released")
        self.assertEqual(bad.logistics_release_state, "held")
        self.assertIn("division by zero", bad.logistics_hold_ids.reason)
        self.assertEqual(bad.logistics_result_ids.mapped("verdict"), ["pass", "error"])

    def test_gate_that_only_warns_holds_when_it_cannot_be_evaluated(self):
        self.enforce("release")
        gate = self.env.ref("logistics_orchestration.gate_address")
        gate.effect = "warn"
        with (
            patch.object(type(gate), "_gate_address", side_effect=RuntimeError("no idea")),
            self.assertLogs(level="WARNING"),
        ):
            order = self.make_order()
        self.assertEqual(order.logistics_release_state, "held")
        self.assertIn("no idea", order.logistics_hold_ids.reason)

    def test_unwritten_changes_survive_a_gate_that_raises(self):
        order = self.make_order()
        order.note = "<p>typed a moment ago</p>"
        gate = self.env.ref("logistics_orchestration.gate_address")
        with (
            patch.object(type(gate), "_gate_address", side_effect=RuntimeError("no")),
            self.assertLogs(level="WARNING"),
        ):
            self.Gate._run(order)
        self.assertIn("typed a moment ago", order.note)

    def test_adding_a_kind_is_one_method(self):
        gate = self.gate("[('id', '>', 0)]")

        def gate_domain(self, order, facts):
            return {"passed": False, "words": "Not on Sundays", "inputs": {"day": 6}}

        with patch.object(type(gate), "_gate_domain", gate_domain):
            result = self.results(self.make_order())[gate.name]
        self.assertEqual((result["verdict"], result["words"], result["inputs"]), ("hold", "Not on Sundays", {"day": 6}))

    def test_many_orders_cost_few_queries(self):
        orders = self.env["sale.order"].union(*(self.make_order(qty=1) for _index in range(12)))
        few, many = orders[:2], orders[2:]
        counts = []
        for batch in (few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.Gate._run(batch)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3, f"queries for 2 and for 10 orders: {counts}")
