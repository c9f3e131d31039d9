"""What gates lead to: scope, splitting, refused settings, own code, and one that cannot be evaluated."""

from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError

from .release_common import GateCase


class TestScope(GateCase):
    def test_channel(self):
        team = self.env["crm.team"].create({"name": "Marketplace"})
        gate = self.gate("[('id', '=', 0)]", team_ids=[(6, 0, team.ids)])
        self.assertFalse(self.Gate._run(self.make_order(), gate).popitem()[1])
        self.assertEqual(self.ask(gate, self.make_order(team_id=team.id))["verdict"], "hold")

    def test_customer_category_on_the_contact_or_its_company(self):
        tag = self.env["res.partner.category"].create({"name": "Wholesale"})
        gate = self.gate("[('id', '=', 0)]", category_ids=[(6, 0, tag.ids)])
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.customer.id})
        self.customer.is_company = True
        order = self.make_order(partner_id=contact.id)
        self.assertFalse(self.Gate._run(order, gate)[order.id])
        self.customer.category_id = tag
        self.assertEqual(self.ask(gate, order)["verdict"], "hold")

    def test_a_changed_scope_is_another_version(self):
        gate = self.gate()
        gate.team_ids = self.env["crm.team"].create({"name": "Marketplace"})
        self.assertEqual(gate.version, 2)


class TestSplit(GateCase):
    def setUp(self):
        super().setUp()
        self.enforce("release")
        self.env.ref("logistics_orchestration.gate_stock").effect = "split"
        self.scarce = self.make_product("SCARCE", "Scarce", 0)

    def two_lines(self, **vals):
        lines = [{"product_id": product.id, "product_uom_qty": 2} for product in (self.product, self.scarce)]
        return self.make_order(order_line=[(0, 0, line) for line in lines], **vals)

    def states(self, order):
        return order.logistics_release_state, sorted(
            order.logistics_hold_ids.filtered(lambda hold: hold.state == "active").mapped("type_id.code")
        )

    def test_the_rest_goes_where_the_terms_allow_it(self):
        order = self.two_lines()
        self.assertEqual(self.states(order), ("partial", ["stock_short"]))
        self.assertEqual(order.logistics_hold_ids.line_ids.product_id, self.scarce)
        self.assertIn("split", order.logistics_result_ids.mapped("verdict"))
        self.assertEqual(order.logistics_verdict, "hold")

    def test_the_held_line_follows_when_it_is_there(self):
        order = self.two_lines()
        self.receive_goods(self.scarce, 2)
        self.recheck()
        self.assertEqual(self.states(order), ("released", []))

    def test_nothing_else_to_send_is_a_plain_hold(self):
        order = self.make_order(product=self.scarce)
        self.assertEqual(self.states(order), ("held", ["stock_short"]))
        self.assertFalse(order.logistics_hold_ids.line_ids)

    def check_asked(self, order, words):
        self.assertEqual(self.states(order), ("held", ["split", "stock_short"]))
        question = order.logistics_hold_ids.filtered("split")
        self.assertIn(words, question.reason)
        self.assertEqual(question.split_line_ids.product_id, self.scarce)
        return question

    def test_terms_against_it_are_asked_about(self):
        self.customer.logistics_ship_complete = True
        order = self.two_lines()
        self.check_asked(order, "complete or not at all")
        self.assertIn("Split delivery: [SCARCE] Scarce would follow later; ", order.logistics_hold_words)
        self.customer.write({"logistics_ship_complete": False, "logistics_max_shipments": 1})
        self.check_asked(self.two_lines(), "at most 1 deliveries")
        self.customer.logistics_max_shipments = 2
        self.assertEqual(self.states(self.two_lines()), ("partial", ["stock_short"]))
        self.check_asked(self.two_lines(picking_policy="one"), "all at once")

    def test_a_manager_says_yes(self):
        self.customer.logistics_ship_complete = True
        order = self.two_lines()
        question = self.check_asked(order, "Scarce")
        with self.assertRaises(AccessError):
            question.with_user(self.planner).action_release("I want to")
        question.with_user(self.manager).action_release("They called: send it")
        self.assertEqual(self.states(order), ("partial", ["stock_short"]))
        order.action_logistics_evaluate()
        self.assertEqual(self.states(order), ("partial", ["stock_short"]), "not asked again")

    def test_more_than_was_decided_about_is_asked_again(self):
        self.customer.logistics_ship_complete = True
        order = self.two_lines()
        self.check_asked(order, "Scarce").with_user(self.manager).action_release("Send it")
        order.write({"order_line": [(0, 0, {"product_id": self.scarce.id, "product_uom_qty": 50})]})
        self.assertEqual(self.states(order), ("held", ["split", "stock_short"]))

    def test_the_question_is_gone_when_everything_is_there(self):
        self.customer.logistics_ship_complete = True
        order = self.two_lines()
        self.receive_goods(self.scarce, 2)
        self.recheck()
        self.assertEqual(self.states(order), ("released", []))
        self.assertTrue(order.logistics_hold_ids.filtered("split").auto_released)

    def test_one_question_however_often_it_is_evaluated(self):
        self.customer.logistics_ship_complete = True
        order = self.two_lines()
        order.action_logistics_evaluate()
        self.assertEqual(len(order.logistics_hold_ids.filtered("split")), 1)

    def test_without_its_hold_type_another_one_asks(self):
        self.hold_type("split").active = False
        self.customer.logistics_ship_complete = True
        order = self.two_lines()
        self.assertEqual(self.states(order), ("held", ["approval", "stock_short"]))

    def test_in_observe_nothing_is_held(self):
        self.env["logistics.switch"].search([]).unlink()
        self.customer.logistics_ship_complete = True
        order = self.two_lines()
        self.run_tasks()
        self.assertEqual(self.states(order), ("none", []))
        self.assertEqual(order.logistics_verdict, "hold")


class TestSettings(GateCase):
    def test_a_gate_without_hold_type_is_refused_by_name(self):
        with self.assertRaisesRegex(ValidationError, "Hold Type"), self.cr.savepoint():
            self.Gate.create({"name": "Nobody holds", "kind": "stock"})
        with self.assertRaisesRegex(ValidationError, "Hold Type"):
            self.gate().hold_type_id = False

    def test_holding_lines_needs_a_kind_that_names_them(self):
        with self.assertRaisesRegex(ValidationError, "When It Fails|Effect"), self.cr.savepoint():
            self.make_gate("credit", effect="split")
        with self.assertRaisesRegex(ValidationError, "Holds"), self.cr.savepoint():
            self.make_gate("terms", hold_scope="lines")
        self.assertTrue(self.make_gate("stock", effect="split"))

    def test_every_kind_can_be_asked_and_is_described(self):
        self.warehouse.partner_id.country_id = self.customer.country_id
        order = self.make_order()
        action = self.env["ir.actions.server"].create(
            {
                "name": "Fine",
                "model_id": self.env.ref("sale.model_sale_order").id,
                "state": "code",
                "code": "passed=True",
            }
        )
        for kind, _label in self.Gate._fields["kind"]._description_selection(self.env):
            with self.subTest(kind):
                vals = {"pass_domain": "[('id', '>', 0)]", "server_action_id": action.id}
                result = self.ask(self.make_gate(kind, **vals), order)
                self.assertEqual(result["verdict"], "pass", result["words"])
                self.assertTrue(result["words"])
                self.assertEqual((result["gate_kind"], result["gate_version"]), (kind, 1))

    def test_ready_made_gates_are_switched_off_until_wanted(self):
        for kind in ("credit", "date", "terms", "carrier", "customs", "margin", "cutoff", "system"):
            gate = self.env.ref(f"logistics_orchestration.gate_{kind}")
            self.assertEqual((gate.kind, gate.active), (kind, False))
            gate.active = True

    def test_a_changed_gate_looks_again_at_what_it_holds(self):
        self.enforce("release")
        gate = self.make_gate("domain", pass_domain="[('amount_total', '<', 500)]")
        order = self.make_order(qty=9)
        self.assertEqual(order.logistics_release_state, "held")
        gate.pass_domain = "[('amount_total', '<', 5000)]"
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")


class TestManyHeld(GateCase):
    def test_a_note_about_many_orders_is_worked_in_chunks(self):
        self.enforce("release")
        gate = self.make_gate("domain", pass_domain="[('amount_total', '<', 500)]")
        orders = self.env["sale.order"].union(*(self.make_order(qty=9) for _index in range(3)))
        gate.pass_domain = "[('amount_total', '<', 5000)]"
        with patch("odoo.addons.logistics_orchestration.models.release.release_recheck.CHUNK", 2):
            self.assertEqual(self.recheck(), 3, "the note, and two about its orders")
        self.assertEqual(set(orders.mapped("logistics_release_state")), {"released"})
        self.assertEqual(set(orders.logistics_evaluation_ids.mapped("trigger")) & {"gate"}, {"gate"})


class TestActionGate(GateCase):
    def action(self, code, **vals):
        model = self.env.ref("sale.model_sale_order")
        values = {"name": "Code", "model_id": model.id, "state": "code", "code": code, **vals}
        return self.env["ir.actions.server"].create(values)

    def code_gate(self, code, **vals):
        return self.make_gate("action", server_action_id=self.action(code).id, **vals)

    def test_code_decides_and_words_are_its_own(self):
        gate = self.code_gate("passed = record.amount_total < 500\nwords = 'worth %s' % record.amount_total")
        self.assertEqual(self.ask(gate, self.make_order(qty=2))["verdict"], "pass")
        result = self.ask(gate, self.make_order(qty=6))
        self.assertEqual((result["verdict"], result["words"]), ("hold", "worth 600.0"))

    def test_code_may_name_lines(self):
        gate = self.code_gate("lines = record.order_line\npassed = False", effect="split")
        order = self.make_order()
        self.assertEqual(self.ask(gate, order)["line_ids"], order.order_line.ids)

    def test_code_that_says_nothing_or_raises_holds(self):
        self.enforce("release")
        for code, words in (("x = 1", "does not set passed"), ("passed = 1 / 0", "division by zero")):
            gate = self.code_gate(code)
            with self.assertLogs(level="WARNING"):
                order = self.make_order(qty=1)
            self.assertEqual(order.logistics_release_state, "held")
            self.assertIn(words, order.logistics_hold_ids.reason)
            gate.active = False

    def test_actions_of_another_kind_are_refused_by_name(self):
        partner = self.env.ref("base.model_res_partner")
        for action, words in (
            (self.env["ir.actions.server"], "choose one"),
            (self.action("passed = True", model_id=partner.id), "choose one for sales orders"),
            (self.action("", state="logistics_evaluate"), "runs no code"),
        ):
            with self.subTest(words), self.assertRaises(ValidationError) as caught, self.cr.savepoint():
                self.make_gate("action", server_action_id=action.id)
            self.assertIn("Server Action", str(caught.exception))
            self.assertIn(words, str(caught.exception))


class TestFailingGate(GateCase):
    def setUp(self):
        super().setUp()
        self.rule = self.env.ref("logistics_orchestration.alert_rule_gate_errors")
        self.broken = self.make_gate("margin")

    def break_it(self):
        return patch.object(type(self.broken), "_gate_margin", side_effect=RuntimeError("no cost at all"))

    def alerts(self):
        self.rule._run()
        return self.rule.alert_ids.filtered(lambda alert: alert.state != "closed")

    def test_orders_are_held_and_an_administrator_is_told_once(self):
        self.enforce("release")
        with self.break_it(), self.assertLogs(level="WARNING"):
            orders = self.make_order() | self.make_order()
        self.assertEqual(set(orders.mapped("logistics_release_state")), {"held"})
        self.assertEqual(orders.logistics_hold_ids.mapped("gate_error"), [True, True])
        self.assertEqual((self.broken.held_count, self.broken.error_count), (2, 2))
        alert = self.alerts()
        self.assertEqual(len(alert), 1)
        self.assertIn("Test margin", alert.summary)
        self.assertIn("no cost at all", alert.text)
        self.assertIn("2 orders are held", alert.text)
        self.assertTrue(alert.activity_ids)
        self.assertEqual((self.alerts(), alert.told_count), (alert, 1))

    def test_a_gate_that_is_mended_frees_its_orders_and_closes_the_alarm(self):
        self.enforce("release")
        with self.break_it(), self.assertLogs(level="WARNING"):
            order = self.make_order()
        self.assertTrue(self.alerts())
        self.broken.margin_percent = 5
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")
        self.assertFalse(self.alerts())

    def test_where_release_is_observed_the_failure_is_told_too(self):
        order = self.make_order()
        with self.break_it(), self.assertLogs(level="WARNING"):
            order.action_logistics_evaluate()
        self.assertEqual(order.logistics_release_state, "none")
        self.assertIn("no cost at all", self.alerts().text)
