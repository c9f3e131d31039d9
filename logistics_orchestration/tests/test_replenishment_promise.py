"""What suppliers promise: every date kept, slips counted, receipts planned only by whom owns the fact."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .replenishment_common import ReplenishmentCase


@tagged("-at_install", "post_install")
class TestPromise(ReplenishmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.env["purchase.order"].create(
            {
                "partner_id": cls.supplier.id,
                "order_line": [(0, 0, {"product_id": cls.product.id, "product_qty": 50, "price_unit": 30})],
            }
        )
        cls.order.button_confirm()
        cls.line = cls.order.order_line

    def setUp(self):
        super().setUp()
        self.system = self.make_system("supplier", supplier_ids=[(6, 0, self.supplier.ids)])

    def promise(self, days, fact="purchase.acknowledged", system=None, line=None, **envelope):
        item = {"line": self.line.id, "quantity": 50, "promised_at": self.in_days(days).isoformat() + "Z"}
        item.update(line or {})
        data = {"purchase": self.order.name, "lines": [item]}
        return self.receive(system or self.system, fact, data, **envelope)

    def at(self, minutes):
        return fields.Datetime.add(self.now, minutes=minutes).isoformat() + "Z"

    def test_an_acknowledgement_plans_the_receipt(self):
        self.enforce("replenishment")
        message = self.promise(10)
        self.assertEqual(message.state, "processed", message.reason)
        self.assertEqual((message.res_model, message.res_id), ("purchase.order", self.order.id))
        self.assertEqual(self.line.date_planned, self.in_days(10))
        promise = self.line.logistics_promise_ids
        self.assertEqual((promise.source, promise.source_name), ("supplier", self.system.code))
        self.assertEqual(promise.message_ref, message.external_id)
        event = self.events("purchase.acknowledged", self.order)
        self.assertEqual((len(event), event.source), (1, self.system.code))

    def test_every_date_is_kept_and_slips_are_counted(self):
        self.enforce("replenishment")
        self.line.date_planned = self.in_days(5)
        self.promise(10, time=self.at(-30))
        self.promise(13, "purchase.promise_changed", time=self.at(-20))
        self.promise(12, "purchase.promise_changed", time=self.at(-10))
        history = self.line.logistics_promise_ids.sorted("given_at")
        self.assertEqual(history.mapped("slip_days"), [5, 3, -1])
        self.assertEqual(history.mapped("total_slip_days"), [5, 8, 7])
        self.assertEqual(self.line.date_planned, self.in_days(12))
        self.assertEqual(self.order.logistics_promise_count, 3)

    def test_a_line_split_over_dates_is_planned_for_the_last(self):
        self.enforce("replenishment")
        data = {
            "purchase": self.order.name,
            "lines": [
                {"sku": "DESK", "quantity": 30, "promised_at": self.in_days(3).isoformat()},
                {"sku": "DESK", "quantity": 20, "promised_at": self.in_days(9).isoformat()},
            ],
        }
        self.receive(self.system, "purchase.acknowledged", data)
        self.assertEqual(len(self.line.logistics_promise_ids), 2)
        self.assertEqual(self.line.date_planned, self.in_days(9))

    def test_observing_keeps_the_promise_and_leaves_the_plan(self):
        planned = self.line.date_planned
        message = self.promise(30)
        self.assertEqual(message.state, "processed")
        self.assertEqual(self.line.date_planned, planned)
        self.assertEqual(len(self.line.logistics_promise_ids), 1)
        self.assertTrue(self.env["logistics.observation"].search([("res_model", "=", "purchase.order")]))

    def test_who_does_not_own_the_fact_only_states_it(self):
        self.enforce("replenishment")
        planned = self.line.date_planned
        message = self.promise(30, system=self.make_system("carrier"))
        self.assertEqual(message.state, "processed")
        self.assertIn("does not own", message.reason)
        self.assertEqual(self.line.date_planned, planned)
        self.assertFalse(self.line.logistics_promise_ids)
        self.assertTrue(self.env["logistics.statement"].search([("fact", "=", "purchase.acknowledged")]))

    def test_an_older_date_comes_too_late(self):
        self.enforce("replenishment")
        self.promise(10, time=self.at(-5))
        message = self.promise(20, time=self.at(-50))
        self.assertEqual(message.state, "late")
        self.assertEqual(self.line.date_planned, self.in_days(10))

    def test_what_is_not_known_waits_in_quarantine(self):
        for change, words in (
            ({"line": 0, "sku": "TABLE"}, "TABLE"),
            ({"line": 999999999}, "999999999"),
            ({"line": None}, "sku"),
            ({"quantity": "many"}, "many"),
            ({"quantity": -1}, "-1"),
            ({"quantity": 51}, "51"),
            ({"promised_at": "next week"}, "next week"),
            ({"promised_at": 20260714}, "20260714"),
        ):
            with self.subTest(change=change):
                message = self.promise(10, line=change)
                self.assertEqual(message.state, "quarantined")
                self.assertIn(words, message.reason)
        self.assertFalse(self.line.logistics_promise_ids)

    def test_an_order_that_is_not_known_or_not_theirs_waits_in_quarantine(self):
        message = self.receive(self.system, "purchase.acknowledged", {"purchase": "P99999", "lines": [{}]})
        self.assertEqual(message.state, "quarantined")
        self.assertIn("P99999", message.reason)
        stranger = self.env["res.partner"].create({"name": "Board & Beam"})
        message = self.promise(10, system=self.make_system("supplier", supplier_ids=[(6, 0, stranger.ids)]))
        self.assertEqual(message.state, "quarantined")
        self.assertIn("Timber Works", message.reason)
        self.order.button_cancel()
        self.assertEqual(self.promise(10).state, "quarantined")

    def test_the_suppliers_own_code_finds_the_line(self):
        message = self.promise(10, line={"line": None, "sku": "TW-DESK"})
        self.assertEqual(message.state, "processed", message.reason)
        self.assertEqual(self.line.logistics_promise_ids.product_id, self.product)

    def test_a_date_told_by_phone_is_entered_and_plans_the_receipt(self):
        promise = self.env["logistics.supplier.promise"].create(
            {"purchase_line_id": self.line.id, "promised_at": self.in_days(15), "quantity": 50}
        )
        self.assertEqual((promise.source, promise.source_name), ("person", self.env.user.name))
        self.assertEqual(promise.order_id, self.order)
        self.assertEqual(self.line.date_planned, self.in_days(15))

    def test_a_promise_is_never_changed(self):
        self.promise(10)
        promise = self.line.logistics_promise_ids
        with self.assertRaises(UserError):
            promise.promised_at = self.in_days(1)
        with self.assertRaises(UserError):
            promise.unlink()
        with self.assertRaises(ValidationError):
            self.env["logistics.supplier.promise"].create({"purchase_line_id": self.line.id})
        with self.assertRaises(ValidationError):
            self.env["logistics.supplier.promise"].create(
                {"purchase_line_id": self.line.id, "promised_at": self.in_days(1), "quantity": 0}
            )

    def test_supply_that_comes_after_the_stock_out_shows(self):
        self.enforce("replenishment")
        self.make_order(180)
        shortage = self.shortages()
        self.order = shortage.purchase_line_ids.order_id
        self.order.button_confirm()
        self.line = self.order.order_line
        message = self.promise(30, line={"quantity": self.line.product_qty})
        self.assertEqual(message.state, "processed", message.reason)
        self.assertEqual(shortage.expected_date, self.in_days(30).date())
        self.assertTrue(shortage.is_late)

    def test_a_cancelled_order_is_not_asked_for_any_more(self):
        self.enforce("replenishment")
        self.make_order(180)
        order = self.shortages().purchase_line_ids.order_id
        voided = []

        def void(record, type_names, reason):
            voided.append((record, type_names))
            return told

        for told in (False, True):
            with self.subTest(told=told), patch.object(type(order), "_logistics_void", void):
                order.button_cancel()
                self.assertEqual(voided.pop(), (order, ["logistics.purchase.requested"]))
                to_do = order.activity_ids.filtered(lambda a: "Tell the supplier" in (a.summary or ""))
                self.assertEqual(len(to_do), int(told))
                order.button_draft()
