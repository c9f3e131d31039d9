"""Inbound that comes too late, what can be done about it side by side, and that what is chosen is done once."""

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..models.replenishment.option_score import Parts, best, material, score
from ..models.replenishment.projection import runs_out_within, unmet
from .replenishment_common import ReplenishmentCase


@tagged("-at_install", "post_install")
class TestOptions(ReplenishmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.board = cls.env["res.partner"].create({"name": "Board & Beam"})
        cls.env["product.supplierinfo"].create(
            {
                "partner_id": cls.board.id,
                "product_tmpl_id": cls.product.product_tmpl_id.id,
                "price": 40.0,
                "min_qty": 20,
                "sequence": 5,
                "delay": 2,
            }
        )
        cls.product.standard_price = 30
        cls.north = cls.env["stock.warehouse"].create({"name": "North", "code": "NORTH"})
        cls.planner = new_test_user(
            cls.env,
            "opt_planner",
            groups="base.group_user,logistics_orchestration.group_planner,purchase.group_purchase_user",
        )
        cls.boss = new_test_user(cls.env, "opt_boss", groups="base.group_user,logistics_orchestration.group_manager")

    def late(self, days=20, quantity=130):
        """A shortage whose order the supplier promises too late."""
        self.make_order(quantity)
        shortage = self.shortages()
        line = shortage.purchase_line_ids
        line.order_id.button_confirm()
        self.promise(line, days)
        shortage.action_check()
        return shortage

    def promise(self, line, days, minute=0):
        self.env["logistics.supplier.promise"].create(
            {
                "purchase_line_id": line.id,
                "promised_at": self.in_days(days),
                "quantity": line.product_qty,
                "given_at": fields.Datetime.add(self.now, minutes=minute),
            }
        )

    def option(self, shortage, kind):
        return shortage.option_ids.filtered(lambda option: option.kind == kind and option.state != "superseded")

    def terms(self, kind="expedite", **vals):
        if kind == "expedite":
            vals.setdefault("supplier_id", self.supplier.id)
        return self.env["logistics.supply.lane"].create({"kind": kind, **vals})

    # -- at risk --------------------------------------------------------------------------------------------------

    def test_what_comes_too_late_is_told_once_per_worsening(self):
        shortage = self.late()
        risk = shortage.risk_ids
        today = fields.Date.context_today(shortage)
        self.assertEqual((len(risk), risk.state, risk.needed_on), (1, "open", today))
        self.assertEqual((risk.promised_on, risk.dock_days), (self.in_days(20).date(), 1))
        self.assertEqual(risk.late_days, 21)
        self.assertEqual(len(self.events("purchase.at_risk", risk.order_id)), 1)
        shortage.action_check()
        self.assertEqual(len(self.events("purchase.at_risk")), 1)
        self.promise(risk.purchase_line_id, 25, minute=1)
        shortage.action_check()
        self.promise(risk.purchase_line_id, 22, minute=2)
        shortage.action_check()
        told = self.events("purchase.at_risk")
        self.assertEqual([event.data["late_days"] for event in told], [21, 26])
        self.assertEqual(risk.late_days, 23)
        self.assertEqual((told[0].ordering_key, told[0].certainty), (f"purchase.order/{risk.order_id.id}", "estimated"))

    def test_transit_and_dock_to_stock_count(self):
        self.supplier.logistics_transit_days = 3
        self.warehouse.logistics_dock_days = 2
        risk = self.late().risk_ids
        self.assertEqual(risk.available_on, self.in_days(25).date())

    def test_in_time_is_no_risk(self):
        self.make_order(95)
        shortage = self.shortages()
        shortage.purchase_line_ids.order_id.button_confirm()
        shortage.action_check()
        self.assertFalse(shortage.risk_ids)
        self.assertFalse(self.events("purchase.at_risk"))

    def test_it_is_over_when_the_goods_are_there(self):
        shortage = self.late()
        risk = shortage.risk_ids
        self.receive_goods(risk.order_id)
        self.env["logistics.shortage"].browse(shortage.id)._weigh()
        self.assertEqual((shortage.state, risk.state), ("resolved", "over"))
        self.assertFalse(shortage.option_ids)

    # -- prices ---------------------------------------------------------------------------------------------------

    def test_options_side_by_side(self):
        self.terms(lead_days=4, cost_fixed=50, cost_unit=1, cost_percent=10)
        self.terms("transfer", from_warehouse_id=self.north.id, lead_days=1, cost_fixed=25, cost_unit=0.5)
        self.env["stock.quant"]._update_available_quantity(self.product, self.north.lot_stock_id, 12)
        other = self.make_product("TABLE", "Table", 50, standard_price=33)
        self.env["logistics.product.substitute"].create({"product_id": self.product.id, "substitute_id": other.id})
        shortage = self.late()
        self.assertEqual(shortage.value_at_risk, 3000)
        kinds = {option.kind: option for option in shortage.option_ids}
        self.assertEqual(set(kinds), {"expedite", "alternate", "transfer", "substitute", "replan"})
        expedite, alternate, transfer = kinds["expedite"], kinds["alternate"], kinds["transfer"]
        self.assertEqual((expedite.covers, expedite.cost), (30, 50 + 30 + 90))
        self.assertEqual(expedite.arrival_on, self.in_days(5).date())
        self.assertEqual((alternate.quantity, alternate.cost, alternate.extra_cost), (30, 1200, 300))
        self.assertEqual(alternate.arrival_on, self.in_days(3).date())
        self.assertEqual((transfer.covers, transfer.cost, transfer.late_days), (12, 31, 1))
        self.assertEqual((kinds["substitute"].covers, kinds["substitute"].cost), (30, 90))
        self.assertEqual((kinds["replan"].cost, kinds["replan"].late_days), (0, 21))
        self.assertEqual(transfer.score_uncovered, 3000 * 18 / 30 * 0.2)
        top = min(shortage.option_ids, key=lambda option: option.score)
        self.assertEqual((shortage.best_option_id, shortage.option_ids.filtered("is_best")), (top, top))
        self.assertAlmostEqual(
            top.score, top.extra_cost + top.score_delay + top.score_uncovered + top.score_risk, places=2
        )

    def test_the_least_a_vendor_sells_is_bought(self):
        alternate = self.option(self.late(quantity=105), "alternate")
        self.assertEqual((alternate.need, alternate.quantity, alternate.covers, alternate.cost), (5, 20, 5, 800))

    def test_what_another_warehouse_needs_itself_stays_there(self):
        self.env["stock.quant"]._update_available_quantity(self.product, self.north.lot_stock_id, 12)
        self.env["stock.warehouse.orderpoint"].create(
            {"product_id": self.product.id, "location_id": self.north.lot_stock_id.id, "product_min_qty": 10,
             "product_max_qty": 10, "trigger": "manual"}
        )  # fmt: skip
        self.assertEqual(self.option(self.late(), "transfer").covers, 2)

    def test_no_terms_no_expediting(self):
        self.assertFalse(self.option(self.late(), "expedite"))

    def test_terms_for_this_warehouse_come_first(self):
        self.terms(lead_days=4, cost_fixed=50)
        self.terms(lead_days=3, cost_fixed=70, warehouse_id=self.warehouse.id)
        self.assertEqual(self.option(self.late(), "expedite").cost, 70)
        with self.assertRaisesRegex(ValidationError, "Supplier"):
            self.env["logistics.supply.lane"].create({"kind": "expedite"})
        with self.assertRaisesRegex(ValidationError, "already"):
            self.terms("transfer", from_warehouse_id=self.north.id, warehouse_id=self.north.id)

    def test_prices_follow(self):
        shortage = self.late()
        alternate = self.option(shortage, "alternate")
        self.product.seller_ids.filtered(lambda seller: seller.partner_id == self.board).price = 50
        shortage.action_price()
        self.assertEqual((self.option(shortage, "alternate"), alternate.cost), (alternate, 1500))
        self.product.seller_ids.filtered(lambda seller: seller.partner_id == self.board).unlink()
        shortage.action_price()
        self.assertFalse(alternate.exists())

    # -- choosing -------------------------------------------------------------------------------------------------

    def choose(self, option, user=None, reason="The line stands still"):
        return option.with_user(user or self.planner).action_choose(reason=reason)

    def test_another_supplier_is_bought_from_once(self):
        shortage = self.late()
        late, option = shortage.risk_ids.order_id, self.option(shortage, "alternate")
        self.choose(option)
        order = self.env["purchase.order"].search([("partner_id", "=", self.board.id)])
        self.assertEqual((option.state, option.result_id, order.state), ("done", order.id, "purchase"))
        self.assertEqual((order.order_line.product_qty, order.order_line.price_unit), (30, 40))
        self.assertIn(order.order_line, shortage.purchase_line_ids)
        self.assertEqual(shortage.chosen_option_id, option)
        told = self.events("purchase.alternate_selected", order)
        self.assertEqual((told.data["supplier"], told.data["replaces"]), ("Board & Beam", late.name))
        self.assertTrue(late.activity_ids.filtered(lambda activity: "Reduce" in activity.summary))
        with self.assertRaises(UserError):
            self.choose(option)
        option._carry_out()
        self.assertEqual(self.env["purchase.order"].search_count([("partner_id", "=", self.board.id)]), 1)
        self.assertEqual(
            self.env["logistics.observation"].search([("capability", "=", "approvals")]).amount, option.cost
        )

    def test_a_buyer_without_logistics_role_chooses_too(self):
        buyer = new_test_user(self.env, "opt_buyer", groups="base.group_user,purchase.group_purchase_user")
        option = self.option(self.late(), "alternate").with_user(buyer)
        # where approvals are installed, who cannot ask for a decision cannot choose what may need one
        if option.can_choose:
            wizard = self.env["logistics.reason.wizard"].with_user(buyer).browse(option.action_choose()["res_id"])
            wizard.reason = "The line stands still"
            wizard.action_apply()
            self.assertEqual(option.state, "done")
        else:
            self.assertIn("logistics.approval.request", self.env)

    def test_a_new_date_is_held_against_the_need_at_once(self):
        shortage = self.late()
        self.promise(shortage.purchase_line_ids, 30, minute=1)
        self.assertEqual(shortage.risk_ids.late_days, 31)
        self.assertEqual(len(self.events("purchase.at_risk")), 2)

    def test_a_transfer_needs_nobody(self):
        self.enforce("approvals")
        self.env["stock.quant"]._update_available_quantity(self.product, self.north.lot_stock_id, 12)
        shortage = self.late()
        option = self.option(shortage, "transfer")
        self.choose(option)
        picking = self.env["stock.picking"].browse(option.result_id)
        self.assertEqual((option.state, picking.state, picking.move_ids.product_uom_qty), ("done", "assigned", 12))
        self.assertEqual(picking.location_dest_id, self.warehouse.lot_stock_id)

    def test_expediting_asks_the_supplier(self):
        self.terms(lead_days=4, cost_fixed=50)
        self.enforce("replenishment")
        shortage = self.late()
        self.choose(self.option(shortage, "expedite"))
        asked = self.events("purchase.expedite_requested", shortage.risk_ids.order_id)
        self.assertEqual((len(asked), asked.data["extra_cost"]), (1, 50))
        self.assertEqual(asked.certainty, "requested")

    def test_while_replenishment_only_observes_the_supplier_is_told_nothing(self):
        self.terms(lead_days=4, cost_fixed=50)
        shortage = self.late()
        self.choose(self.option(shortage, "expedite"))
        self.assertFalse(self.events("purchase.expedite_requested"))
        self.assertTrue(shortage.risk_ids.order_id.activity_ids)

    def test_replanning_moves_what_waits(self):
        shortage = self.late()
        order = shortage.demand_ids.sale_order_id
        self.choose(self.option(shortage, "replan"))
        self.assertEqual(order.commitment_date.date(), self.in_days(21).date())

    def test_a_substitute_is_offered_not_shipped(self):
        other = self.make_product("TABLE", "Table", 50)
        self.env["logistics.product.substitute"].create({"product_id": self.product.id, "substitute_id": other.id})
        shortage = self.late()
        order = shortage.demand_ids.sale_order_id
        self.choose(self.option(shortage, "substitute"))
        self.assertEqual(order.order_line.product_id, self.product)
        self.assertTrue(order.activity_ids.filtered(lambda activity: "Table" in activity.summary))

    def test_asks_why(self):
        option = self.option(self.late(), "replan").with_user(self.planner)
        self.assertEqual(option.action_choose()["res_model"], "logistics.reason.wizard")

    def test_only_who_may_sees_the_button(self):
        shortage = self.late()
        clerk = new_test_user(self.env, "opt_clerk", groups="base.group_user,logistics_orchestration.group_user")
        transport = new_test_user(
            self.env, "opt_transport", groups="base.group_user,logistics_orchestration.group_planner"
        )
        for kind, user, may in (
            ("alternate", self.planner, True),
            ("alternate", transport, False),
            ("replan", transport, True),
            ("replan", clerk, False),
        ):
            option = self.option(shortage, kind).with_user(user)
            self.assertEqual(option.can_choose, may, (kind, user.login))
            if not may:
                with self.assertRaises(UserError):
                    option.action_choose(reason="I want to")

    # -- decisions without the approvals app ------------------------------------------------------------------------

    def waiting(self):
        self.enforce("approvals")
        shortage = self.late()
        option = self.option(shortage, "alternate")
        # as without the approvals app, also where it is installed
        self.patch(
            type(option),
            "_logistics_decide_choice",
            lambda option, kind, reason: option._logistics_activity("Decide", reason, user=self.boss) and True,
        )
        self.patch(type(option), "_logistics_decided_elsewhere", lambda option: False)
        self.choose(option)
        return option

    def test_a_manager_decides(self):
        option = self.waiting()
        self.assertEqual((option.state, option.requested_by_id), ("requested", self.planner))
        self.assertFalse(self.env["purchase.order"].search([("partner_id", "=", self.board.id)]))
        self.assertFalse(self.option(option.shortage_id, "replan").with_user(self.planner).can_choose)
        with self.assertRaises(UserError):
            option.with_user(self.planner).action_approve()
        option.with_user(self.boss).action_approve()
        self.assertEqual((option.state, option.decided_by_id), ("done", self.boss))
        self.assertEqual(self.env["purchase.order"].search([("partner_id", "=", self.board.id)]).state, "purchase")

    def test_a_manager_refuses(self):
        option = self.waiting()
        option.with_user(self.boss).action_refuse(reason="Too dear")
        self.assertEqual((option.state, option.outcome), ("rejected", "Too dear"))
        self.assertFalse(self.env["purchase.order"].search([("partner_id", "=", self.board.id)]))

    def test_a_material_change_supersedes(self):
        option = self.waiting()
        self.product.seller_ids.filtered(lambda seller: seller.partner_id == self.board).price = 41
        option.shortage_id.action_price()
        self.assertEqual(option.state, "requested", "2.5 % more is no other decision")
        self.product.seller_ids.filtered(lambda seller: seller.partner_id == self.board).price = 60
        option.with_user(self.boss).action_approve()
        self.assertEqual(option.state, "superseded")
        self.assertIn("cost", option.outcome)
        self.assertFalse(self.env["purchase.order"].search([("partner_id", "=", self.board.id)]))

    def test_who_chose_takes_it_back(self):
        option = self.waiting()
        option.with_user(self.planner).action_withdraw()
        self.assertEqual(option.state, "superseded")

    # -- figures ----------------------------------------------------------------------------------------------------

    def test_scores(self):
        self.assertEqual(score(100, 5, 10, 10, 2000, "low", 1, 20), Parts(100, 100, 0, 0))
        self.assertEqual(score(0, 60, 10, 10, 2000, "low", 1, 20).delay, 400, "waiting never costs more than losing it")
        self.assertEqual(score(0, 0, 5, 10, 2000, "medium", 1, 20), Parts(0, 0, 200, 20))
        today = self.now.date()
        self.assertEqual(best([("a", Parts(1, 1, 0, 0), today, 1), ("b", Parts(1, 0, 0, 0), today, 1)]), "b")
        self.assertIsNone(best([]))

    def test_material_changes(self):
        facts = {"cost": 100.0, "covers": 10.0, "arrival": "2026-07-20", "supplier_id": 3}
        self.assertEqual(material(facts, dict(facts, cost=104.0, arrival="2026-07-21", covers=12.0)), [])
        self.assertEqual(
            material(facts, {"cost": 106.0, "covers": 9.0, "arrival": "2026-07-22", "supplier_id": 4}),
            ["arrival", "cost", "covers", "supplier_id"],
        )

    def test_unmet_demand(self):
        day = fields.Date.to_date
        one, two, three = day("2026-07-01"), day("2026-07-02"), day("2026-07-03")
        demands = [(one, 4, "a"), (two, 4, "b"), (three, 4, "c")]
        self.assertEqual(unmet(6, [], demands, one, three), {"b": 2, "c": 4})
        self.assertEqual(unmet(6, [(three, 10)], demands, one, three), {"b": 2})
        self.assertEqual(unmet(6, [], demands, one, two), {"b": 2})
        self.assertTrue(runs_out_within(two, three, one))
        self.assertFalse(runs_out_within(day("2026-07-04"), three, one))
        self.assertTrue(runs_out_within(day("2026-07-04"), three, one, margin=0.5))
        self.assertFalse(runs_out_within(None, three, one))
