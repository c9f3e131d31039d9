"""Reported balances against Odoo's stock: what is a difference, what is not, and what is done about it."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .fulfillment_common import FulfillmentCase
from .shipment_common import ShipmentCase


@tagged("post_install", "-at_install")
class BalanceCase(ShipmentCase, FulfillmentCase):
    def setUp(self):
        super().setUp()
        self.env["logistics.switch"].search([("capability", "=", "approvals")]).unlink()
        # a populated database may have such codes
        others = [("default_code", "in", ("DESK", "LAMP", "WINE")), ("id", "!=", self.product.id)]
        self.env["product.product"].search(others).default_code = False
        self.before = self.env["logistics.discrepancy"].search([]).ids
        self.stock = self.warehouse.lot_stock_id
        self.now = fields.Datetime.now()

    def report(self, *balances, minutes=0, system=None, warehouse=None, reconcile=True, **data):
        """Balances told by the warehouse system, as of ``minutes`` from now; returns the report."""
        body = {
            "warehouse": (warehouse or self.warehouse).code,
            "balances": [dict(zip(("sku", "quantity", "lot", "location"), row, strict=False)) for row in balances],
            "as_of": (self.now + timedelta(minutes=minutes)).isoformat() + "Z",
            **data,
        }
        message = self.receive(system or self.wms, "stock.balance_reported", body)
        self.message = message
        report = self.env["logistics.balance.report"].search([("inbox_message_id", "=", message.id)])
        if report and reconcile:
            report._work_attempt()
            self.assertFalse(report.last_error)
        return report

    def rows(self, state="open", **domain):
        return self.env["logistics.discrepancy"].search(
            [
                ("id", "not in", self.before),
                ("balance_line_id", "!=", False),
                ("state", "=", state),
                *[(k, "=", v) for k, v in domain.items()],
            ]
        )

    def on_hand(self, product=None, location=None):
        return self.env["stock.quant"]._get_available_quantity(
            product or self.product, location or self.stock, allow_negative=True
        )

    def move(self, quantity, minutes, source=None, dest=None, product=None, **vals):
        """A move of goods done ``minutes`` from now."""
        product = product or self.product
        customers = self.env.ref("stock.stock_location_customers")
        move = self.env["stock.move"].create(
            {
                "name": "moved",
                "product_id": product.id,
                "product_uom_qty": quantity,
                "location_id": (source or self.stock).id,
                "location_dest_id": (dest or customers).id,
                **vals,
            }
        )
        move._action_confirm()
        move.quantity = quantity
        move.picked = True
        move._action_done()
        move.move_line_ids.write({"date": self.now + timedelta(minutes=minutes)})
        return move


class TestBalanceReconcile(BalanceCase):
    def test_what_is_the_same_opens_nothing(self):
        report = self.report(("DESK", 100))
        self.assertEqual((self.message.state, self.message.res_id), ("processed", report.id))
        self.assertEqual((report.state, report.line_ids.verdict), ("reconciled", "same"))
        self.assertFalse(self.rows())

    def test_a_difference_is_told_and_changes_nothing(self):
        report = self.report(("DESK", 98))
        row = self.rows()
        self.assertEqual((row.difference, row.own_value, row.stated_value), (-2, "100", "98"))
        self.assertEqual((row.product_id, row.warehouse_id, report.differing_count), (self.product, self.warehouse, 1))
        self.assertTrue(row.activity_ids)
        event = self.events("stock.discrepancy_detected")
        self.assertEqual((len(event), event.res_model, event.res_id), (1, "logistics.discrepancy", row.id))
        self.assertEqual((event.data["sku"], event.data["quantity"], event.data["expected"]), ("DESK", 98, 100))
        self.assertFalse(event.type_id._schema_error(event.data))
        self.assertEqual(self.on_hand(), 100)

    def test_what_was_moved_since_is_no_difference(self):
        supplier = self.env.ref("stock.stock_location_suppliers")
        self.move(7, minutes=-5)
        self.move(20, minutes=-4, source=supplier, dest=self.stock)
        self.move(3, minutes=-60)
        self.assertEqual(self.on_hand(), 110)
        report = self.report(("DESK", 97), minutes=-10)
        self.assertEqual(report.line_ids.own_quantity, 97, "100 - 3; the 7 and the 20 were moved later")
        self.assertEqual(report.line_ids.verdict, "same")
        self.assertEqual(self.report(("DESK", 110), minutes=-1).line_ids.verdict, "same")

    def test_moves_within_the_warehouse_are_none_but_count_per_location(self):
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id, "barcode": "SH-1"})
        self.move(30, minutes=-5, dest=shelf)
        before = self.report(("DESK", 100), ("DESK", 1, "", "SH-1"), minutes=-10)
        self.assertEqual(before.line_ids.mapped("verdict"), ["same", "differs"])
        self.assertEqual(before.line_ids.filtered("location_id").own_quantity, 0)
        report = self.report(("DESK", 100), ("DESK", 30, "", "SH-1"))
        self.assertEqual(report.line_ids.mapped("verdict"), ["same", "same"])

    def test_goods_in_input_and_packing_zones_belong_to_the_warehouse(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        self.move(10, minutes=-5, dest=self.warehouse.wh_pack_stock_loc_id)
        self.assertEqual(self.report(("DESK", 100)).line_ids.verdict, "same")

    def test_a_correction_since_then_is_true_for_then(self):
        """Someone counted in Odoo after the report was drawn: no second correction is wanted."""
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", self.stock.id)]
        )
        quant.with_context(inventory_mode=True).inventory_quantity = 98
        quant.action_apply_inventory()
        self.assertEqual(self.report(("DESK", 98), minutes=-30).line_ids.verdict, "same")

    def test_tolerance_of_the_authority_rule(self):
        self.env["logistics.authority.rule"].create(
            {"fact": "stock.balance_reported", "owner": "system", "tolerance": 1, "tolerance_percent": 2}
        )
        self.assertEqual(self.report(("DESK", 98), minutes=-3).line_ids.verdict, "within")
        self.assertEqual(self.report(("DESK", 97), minutes=-2).line_ids.verdict, "differs")
        row = self.rows()
        self.assertEqual(self.report(("DESK", 99), minutes=-1).line_ids.verdict, "within")
        self.assertEqual(row.state, "settled")

    def test_a_second_report_before_the_first_was_settled(self):
        first = self.report(("DESK", 98), minutes=-30)
        row = self.rows()
        self.report(("DESK", 98), minutes=-20)
        self.assertEqual((self.rows(), row.seen_count), (row, 2))
        self.assertEqual(len(self.events("stock.discrepancy_detected")), 1, "the same difference is told once")
        self.report(("DESK", 95), minutes=-10)
        self.assertEqual((self.rows(), row.difference), (row, -5))
        self.assertEqual(len(self.events("stock.discrepancy_detected")), 2)
        first.action_reconcile()
        first._work_attempt()
        self.assertEqual((first.state, first.line_ids.verdict), ("superseded", "overtaken"))
        self.assertEqual(row.difference, -5, "an old report does not undo a newer one")
        self.report(("DESK", 100))
        self.assertEqual(row.state, "settled")

    def test_an_older_report_that_comes_late_is_overtaken_line_by_line(self):
        self.make_product("LAMP", "Lamp", 5)
        self.report(("DESK", 100), minutes=-1)
        late = self.report(("DESK", 90), ("LAMP", 4), minutes=-60)
        self.assertEqual(sorted(late.line_ids.mapped("verdict")), ["differs", "overtaken"])
        self.assertEqual(self.rows().product_id.default_code, "LAMP")

    def test_an_older_report_behind_a_complete_one_is_late(self):
        self.report(("DESK", 100), minutes=-1, complete=True)
        self.report(("DESK", 90), minutes=-60)
        self.assertEqual(self.message.state, "late")

    def test_a_complete_report_has_none_of_what_it_does_not_name(self):
        lamp = self.make_product("LAMP", "Lamp", 5)
        self.report(("DESK", 100), minutes=-2)
        self.assertFalse(self.rows(product_id=lamp.id))
        self.report(("DESK", 100), complete=True)
        row = self.rows(product_id=lamp.id)
        self.assertEqual((row.difference, row.balance_line_id.implied), (-5, True))

    def test_lots_are_compared_one_by_one(self):
        wine = self.make_product("WINE", "Wine", tracking="lot")
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": wine.id, "company_id": self.company.id} for name in ("L1", "L2")]
        )
        for lot, quantity in zip(lots, (10, 20), strict=True):
            self.env["stock.quant"]._update_available_quantity(wine, self.stock, quantity, lot_id=lot)
        report = self.report(("WINE", 10, "L1"), ("WINE", 18, "L2"), ("WINE", 1, "L9"))
        self.assertEqual(report.line_ids.mapped("verdict"), ["same", "differs", "unknown"])
        row = self.rows()
        self.assertEqual((row.lot_id, row.difference), (lots[1], -2))
        row.action_adjust(reason="recounted")
        self.assertEqual(self.env["stock.quant"]._get_available_quantity(wine, self.stock, lot_id=lots[1]), 18)
        self.assertEqual(self.env["stock.quant"]._get_available_quantity(wine, self.stock, lot_id=lots[0]), 10)
        self.report(("WINE", 27), minutes=1)
        with self.assertRaisesRegex(UserError, "lot by lot"):
            self.rows(lot_id=False).action_adjust(reason="recounted")

    def test_unknown_lines_are_kept_told_and_found_later(self):
        report = self.report(("DESK", 100), ("LAMP", 4))
        line = report.line_ids.filtered(lambda line: line.sku == "LAMP")
        self.assertEqual((line.verdict, report.unknown_count), ("unknown", 1))
        self.assertIn("LAMP", report.activity_ids.note)
        self.make_product("LAMP", "Lamp", 5)
        report.action_reconcile()
        report._work_attempt()
        self.assertEqual((line.verdict, line.difference), ("differs", -1))
        self.assertFalse(report.activity_ids)

    def test_two_products_with_one_code_are_never_guessed(self):
        self.make_product("DESK", "Other desk", 7)
        report = self.report(("DESK", 100))
        self.assertEqual(report.line_ids.verdict, "unknown")
        self.assertIn("2", report.line_ids.explanation)

    def test_companies_do_not_meet(self):
        other = self.env["res.company"].create({"name": "Other"})
        there = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        there.code = self.warehouse.code
        self.env["stock.quant"].sudo()._update_available_quantity(self.product, there.lot_stock_id, 7)
        system = self.make_system("warehouse", company_id=other.id, warehouse_ids=[(6, 0, there.ids)])
        report = self.report(("DESK", 7), system=system, warehouse=there)
        self.assertEqual((report.warehouse_id, report.company_id), (there, other))
        self.assertEqual(report.line_ids.verdict, "same")
        self.assertEqual(self.report(("DESK", 100)).line_ids.verdict, "same")
        self.report(("DESK", 6), system=system, warehouse=there, minutes=1)
        self.assertEqual(self.rows().company_id, other)

    def test_what_a_waiting_message_explains_is_no_discrepancy_yet(self):
        order = self.make_order(qty=5)
        request = self.request(order)
        body = {
            "type": "logistics.picking.completed",
            "subject": request.name,
            "time": (self.now - timedelta(minutes=5)).isoformat() + "Z",
            "data": {"fulfillment": request.name, "lines": self.lines_of(request)},
        }
        inbox = self.env["logistics.inbox.message"]
        waiting = inbox.browse(inbox._receive(self.wms, "pick-1", json.dumps(body).encode(), {})[0])
        report = self.report(("DESK", 95))
        self.assertEqual((report.state, report.line_ids.verdict), ("waiting", "explained"))
        self.assertIn("pick-1", report.line_ids.explanation)
        self.assertFalse(self.rows())
        waiting._work_attempt()
        self.assertEqual(waiting.state, "processed", waiting.reason)
        self.env["stock.move.line"].search([("picking_id", "in", request.picking_ids.ids)]).write({"date": self.now})
        report.next_attempt_at = self.now
        report._work_attempt()
        self.assertEqual((report.state, report.line_ids.verdict), ("reconciled", "same"))

    def test_nobody_waits_longer_than_a_day(self):
        order = self.make_order(qty=5)
        request = self.request(order)
        body = {"type": "picking.completed", "time": "2026-01-01T00:00:00Z", "data": {"lines": self.lines_of(request)}}
        self.env["logistics.inbox.message"]._receive(self.wms, "pick-1", json.dumps(body).encode(), {})
        report = self.report(("DESK", 95))
        self.assertEqual(report.state, "waiting")
        self.env.cr.execute("UPDATE logistics_balance_report SET create_date = create_date - interval '25 hours'")
        report.invalidate_recordset()
        report.next_attempt_at = self.now
        report._work_attempt()
        self.assertEqual((report.state, report.line_ids.verdict), ("reconciled", "differs"))
        self.assertIn(request.name, report.line_ids.explanation)

    def test_one_count_that_differs_is_a_report_of_one_line(self):
        data = {"warehouse": self.warehouse.code, "sku": "DESK", "quantity": 97, "expected": 100}
        self.receive(self.wms, "stock.discrepancy_detected", data)
        report = self.env["logistics.balance.report"].search([], limit=1)
        report._work_attempt()
        self.assertEqual(self.rows().difference, -3)
        self.report(("DESK", 97), minutes=1)
        self.assertEqual((len(self.rows()), self.rows().seen_count), (1, 2))

    def test_what_cannot_be_read_waits_for_a_person(self):
        for balances in ("x", [1], [{"sku": "DESK"}], [{"quantity": 1}], [{"sku": "DESK", "quantity": "many"}]):
            self.receive(self.wms, "stock.balance_reported", {"warehouse": "WH", "balances": balances})
        messages = self.env["logistics.inbox.message"].search([("type", "=", "stock.balance_reported")])
        self.assertEqual(set(messages.mapped("state")), {"quarantined"})
        self.receive(self.wms, "stock.balance_reported", {"warehouse": "NOWHERE", "balances": [{}]})
        self.report(("DESK", 1), minutes=60 * 48)
        self.assertEqual(self.message.state, "quarantined", "the day after tomorrow has not come yet")
        self.assertFalse(self.env["logistics.balance.report"].search([]))

    def test_a_system_that_does_not_own_balances_only_states(self):
        carrier = self.make_system("carrier")
        report = self.report(("DESK", 90), system=carrier)
        self.assertEqual(report.statement_id.system_id, carrier)
        row = self.rows()
        self.assertEqual((row.statement_id, row.system_id), (report.statement_id, carrier))
        self.assertEqual(self.on_hand(), 100)


class TestBalanceAdjust(BalanceCase):
    def stock_manager(self):
        return self.make_user("boss", "group_manager", "stock.group_stock_manager")

    def test_a_manager_adjusts_by_odoos_own_way(self):
        self.report(("DESK", 98))
        row = self.rows()
        boss = self.stock_manager()
        asked = row.with_user(boss).action_adjust()
        self.assertEqual(asked["res_model"], "logistics.reason.wizard")
        row.with_user(boss).action_adjust(reason="recounted with them")
        self.assertEqual((self.on_hand(), row.state), (98, "accepted"))
        move = self.env["stock.move"].search([("product_id", "=", self.product.id), ("is_inventory", "=", True)])
        self.assertEqual((move.product_qty, move.location_id), (2, self.stock))
        self.assertIn("recounted with them", move.name)
        self.assertEqual(self.report(("DESK", 98), minutes=1).line_ids.verdict, "same")

    def test_moves_since_the_report_are_kept(self):
        self.report(("DESK", 98), minutes=-10)
        self.move(10, minutes=-5)
        self.rows().with_user(self.stock_manager()).action_adjust(reason="recounted")
        self.assertEqual(self.on_hand(), 88)

    def test_found_goods_are_put_where_they_belong(self):
        lamp = self.make_product("LAMP", "Lamp")
        self.report(("LAMP", 4))
        self.rows().with_user(self.stock_manager()).action_adjust(reason="found")
        self.assertEqual(self.on_hand(lamp), 4)

    def test_who_may_not_adjust_stock_may_not_adjust_here(self):
        self.report(("DESK", 98))
        row = self.rows()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            row.with_user(self.make_user("lead", "group_manager")).action_adjust(reason="recounted")
        self.assertEqual((self.on_hand(), row.state), (100, "open"))

    def test_what_lies_in_many_places_is_counted_by_people(self):
        lamp = self.make_product("LAMP", "Lamp", 3)
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        self.env["stock.quant"]._update_available_quantity(lamp, shelf, 3)
        self.report(("LAMP", 1))
        with self.assertRaisesRegex(UserError, "place by place"):
            self.rows().with_user(self.stock_manager()).action_adjust(reason="recounted")

    def test_by_itself_only_when_all_three_say_so(self):
        rule = self.env["logistics.authority.rule"].create({"fact": "stock.*", "owner": "system"})
        self.env["logistics.switch"].search([("capability", "=", "balance")]).unlink()
        minutes = iter(range(-30, 0))
        self.report(("DESK", 98), minutes=next(minutes))
        self.assertEqual(self.on_hand(), 100, "no limit: never")
        rule.auto_limit = 2
        self.report(("DESK", 98), minutes=next(minutes))
        self.assertEqual(self.on_hand(), 100, "observed only")
        note = self.env["logistics.observation"].search([("capability", "=", "balance")])
        self.assertIn("Would have adjusted", note[0].summary)
        self.enforce("balance")
        self.report(("DESK", 97), minutes=next(minutes))
        self.assertEqual(self.on_hand(), 100, "beyond the limit")
        rule.owner = "odoo"
        self.report(("DESK", 98), minutes=next(minutes))
        self.assertEqual(self.on_hand(), 100, "the system does not own it")
        rule.owner = "system"
        self.report(("DESK", 98), minutes=next(minutes))
        self.assertEqual((self.on_hand(), self.rows("accepted").closed_by), (98, "OdooBot"))

    def test_rejecting_leaves_the_stock_and_is_remembered(self):
        self.report(("DESK", 98), minutes=-5)
        row = self.rows()
        row.action_reject(reason="two are on loan")
        self.report(("DESK", 98), minutes=-4)
        self.assertFalse(self.rows())
        self.assertEqual((row.state, row.seen_count, self.on_hand()), ("rejected", 2, 100))
