"""Orders that come in: made once, matched, held for their price, changed and cancelled."""

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .intake_common import IntakeCase


@tagged("post_install", "-at_install")
class TestIntakeOrders(IntakeCase):
    def test_a_change_may_name_only_what_is_different(self):
        chair = self.make_product("CHAIR", "Chair", 50)
        _message, order = self.order(
            lines=[
                {"line": "1", "sku": "DESK", "quantity": 2, "price_unit": 100.0},
                {"line": "2", "sku": "CHAIR", "quantity": 3},
            ]
        )
        # line 1 changes in its quantity alone, line 2 goes, line 3 comes
        said = [
            {"line": "1", "quantity": 4},
            {"line": "2", "action": "delete"},
            {"line": "3", "action": "add", "sku": "CHAIR", "quantity": 1},
        ]
        message, _same = self.order(lines=said, purpose="change", partial=True, buyer={})
        self.assertEqual((message.state, message.reason), ("processed", False))
        quantities = {line.logistics_buyer_line: line.product_uom_qty for line in order.order_line}
        self.assertEqual(quantities, {"1": 4, "2": 0, "3": 1})
        self.assertEqual(order.order_line.filtered(lambda line: line.logistics_buyer_line == "3").product_id, chair)
        self.assertEqual(self.order(lines=said, purpose="change", partial=True, buyer={})[0].state, "duplicate")
        wrong = [{"line": "8", "quantity": 1}]
        self.assertEqual(self.order(lines=wrong, purpose="change", partial=True, buyer={})[0].state, "quarantined")
        message, none = self.order(lines=said, purpose="change", partial=True, reference="PO-unknown")
        self.assertEqual((message.state, bool(none)), ("quarantined", False))

    def test_an_order_is_made_and_confirmed_once(self):
        message, order = self.order()
        self.assertEqual((message.state, message.reason), ("processed", False))
        self.assertEqual((message.res_model, message.res_id), ("sale.order", order.id))
        self.assertEqual(order.state, "sale")
        self.assertEqual((order.partner_id, order.client_order_ref), (self.customer, "PO-4711"))
        self.assertEqual(order.logistics_channel_id, self.channel)
        self.assertEqual((order.order_line.product_id, order.order_line.product_uom_qty), (self.product, 2))
        self.assertIn("PO-4711", order.logistics_received_text)
        self.assertEqual(self.events("order.received", order).source, self.system.code)
        again, orders = self.order()
        self.assertEqual((again.state, orders), ("duplicate", order))

    def test_the_database_keeps_a_number_once_per_channel(self):
        _message, order = self.order()
        vals = {"logistics_channel_id": self.channel.id, "logistics_channel_ref": order.logistics_channel_ref}
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.make_order(confirm=False, **vals)

    def test_a_channel_may_leave_it_as_a_draft(self):
        self.channel.auto_confirm = False
        _message, order = self.order()
        self.assertEqual(order.state, "draft")
        self.assertFalse(self.events("order.acknowledged", order))

    def test_what_is_not_known_is_named_all_at_once_and_leaves_nothing(self):
        before = self.env["res.partner"].search_count([])
        self.channel.write({"customer_policy": "create", "address_policy": "create"})
        message, order = self.order(
            buyer={"name": "Unheard Of", "street": "A 1", "city": "Ghent", "country": "BE"},
            lines=[{"sku": "NOPE", "quantity": 1}, {"sku": "DESK", "quantity": 1, "uom": "XYZ"}],
        )
        self.assertEqual(message.state, "quarantined")
        self.assertFalse(order)
        self.assertIn("NOPE", message.reason)
        self.assertIn("XYZ", message.reason)
        self.assertEqual(self.env["res.partner"].search_count([]), before)

    def test_new_customers_and_addresses_where_the_channel_may(self):
        self.channel.write({"customer_policy": "create", "address_policy": "create"})
        place = {"name": "Jan", "street": "Kaai 24", "zip": "8400", "city": "Ostend", "country": "BE"}
        _message, order = self.order(buyer={"name": "Jan", "email": "jan@example.com"}, ship_to=place)
        self.assertEqual(order.partner_id.email, "jan@example.com")
        self.assertEqual(
            (order.partner_shipping_id.parent_id, order.partner_shipping_id.city), (order.partner_id, "Ostend")
        )
        _message, second = self.order(reference="PO-2", buyer={"email": "JAN@example.com"}, ship_to=place)
        self.assertEqual(second.partner_id, order.partner_id)
        self.assertEqual(second.partner_shipping_id, order.partner_shipping_id, "the address is known now")

    def test_an_unknown_address_waits_where_only_known_ones_count(self):
        message, order = self.order(ship_to={"name": "Depot", "street": "Far 1", "city": "Lille", "country": "FR"})
        self.assertEqual((message.state, len(order)), ("quarantined", 0))
        self.assertIn("Far 1", message.reason)

    def test_two_contacts_that_fit_are_never_guessed_between(self):
        self.customer.copy({"name": self.customer.name})
        message, _order = self.order()
        self.assertEqual(message.state, "quarantined")
        self.assertIn("2 contacts fit", message.reason)

    def test_barcodes_cases_and_units(self):
        self.product.barcode = "5400000000017"
        chair = self.make_product("CHAIR", "Chair", 100)
        self.env["product.packaging"].create(
            {"name": "Case", "product_id": chair.id, "qty": 6, "barcode": "15400000000024"}
        )
        _message, order = self.order(
            lines=[
                {"gtin": "05400000000017", "quantity": 1, "uom": "EA"},
                {"gtin": "15400000000024", "quantity": 2, "uom": "EA", "price_unit": 600.0},
            ]
        )
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [1, 12])
        self.assertEqual(order.order_line[1].logistics_buyer_price, 100.0)
        answer = self.events("order.acknowledged", order).data["lines"][1]
        self.assertEqual((answer["quantity"], answer["answers"][0]["quantity"], answer["price_unit"]), (2, 2, 600.0))

    def test_codes_that_contradict_each_other_wait(self):
        self.make_product("CHAIR", "Chair", barcode="5400000000017")
        message, _order = self.order(lines=[{"gtin": "5400000000017", "sku": "DESK", "quantity": 1}])
        self.assertEqual(message.state, "quarantined")
        self.assertIn("several products", message.reason)

    def test_a_price_beyond_the_tolerance_holds(self):
        _message, order = self.order(lines=[{"line": "1", "sku": "DESK", "quantity": 1, "price_unit": 90.0}])
        self.assertEqual(order.state, "draft")
        hold = order.logistics_hold_ids
        self.assertEqual((hold.type_id.code, hold.state), ("price", "active"))
        self.assertIn("90.00", hold.reason)
        self.order(lines=[{"line": "1", "sku": "DESK", "quantity": 1, "price_unit": 100.5}])
        self.assertEqual((hold.state, order.state), ("released", "sale"), "the buyer corrected it")
        self.assertEqual(order.order_line.price_unit, 100.0, "our price list counts")

    def test_the_buyer_s_price_where_it_counts(self):
        self.channel.write({"price_policy": "buyer", "price_tolerance": 5})
        _message, order = self.order(lines=[{"line": "1", "sku": "DESK", "quantity": 1, "price_unit": 98.0}])
        self.assertEqual((order.order_line.price_unit, order.state), (98.0, "sale"))

    def test_a_change_before_release_takes_effect(self):
        self.channel.auto_confirm = False
        _message, order = self.order()
        self.make_product("CHAIR", "Chair")
        message, _order = self.order(
            lines=[{"line": "1", "sku": "DESK", "quantity": 5}, {"line": "2", "sku": "CHAIR", "quantity": 1}]
        )
        self.assertEqual(message.state, "processed")
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [5, 1])
        order.action_confirm()
        self.order(lines=[{"line": "2", "sku": "CHAIR", "quantity": 3}])
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [0, 3])
        self.assertEqual(len(self.events("order.changed", order)), 1)

    def test_a_change_after_release_is_the_planner_s(self):
        self.enforce("release")
        _message, order = self.order()
        order.action_logistics_release(reason="now") if order.logistics_release_state != "released" else None
        self.assertEqual(order.logistics_release_state, "released")
        self.order(lines=[{"line": "1", "sku": "DESK", "quantity": 5, "price_unit": 100.0}])
        self.assertEqual(order.order_line.product_uom_qty, 2)
        todo = order.activity_ids.filtered(lambda activity: "changed" in activity.summary)
        self.assertIn("2 @ 100, now 5 @ 100", todo.note)
        answer = self.events("order.acknowledged", order)[-1].data
        self.assertEqual(answer["lines"][0]["answers"][0]["status"], "quantity_changed")

    def test_a_cancellation(self):
        _message, order = self.order()
        message, _order = self.order(purpose="cancellation")
        self.assertEqual((message.state, order.state), ("processed", "cancel"))
        self.assertEqual(self.events("order.acknowledged", order)[-1].data["status"], "rejected")
        again, _order = self.order(purpose="cancellation")
        self.assertEqual(again.state, "duplicate")
        unknown, _order = self.order(reference="PO-9", purpose="cancellation")
        self.assertEqual(unknown.state, "quarantined")

    def test_what_is_older_than_what_is_known_changes_nothing(self):
        _message, order = self.order()
        data = {
            "reference": "PO-4711",
            "buyer": {"name": "Northwind Retail"},
            "lines": [{"sku": "DESK", "quantity": 9}],
        }
        early = fields.Datetime.subtract(fields.Datetime.now(), days=1).isoformat() + "Z"
        message = self.receive(self.system, "order.received", data, time=early)
        self.assertEqual((message.state, order.order_line.product_uom_qty), ("late", 2))

    def test_who_may_not_order_is_told_so(self):
        carrier = self.make_system("carrier")
        self.channel.system_id = carrier
        message, order = self.order(system=carrier)
        self.assertEqual((message.state, len(order)), ("quarantined", 0))
        self.assertIn("may not place orders", message.reason)

    def test_a_channel_is_needed_and_may_be_named(self):
        other = self.make_system("channel")
        message, _order = self.order(system=other)
        self.assertEqual(message.state, "quarantined")
        self.assertIn("0 sales channels", message.reason)
        second = self.channel.copy({"code": "second"})
        message, _order = self.order()
        self.assertIn("2 sales channels", message.reason)
        _message, order = self.order(reference="PO-5", channel="second")
        self.assertEqual(order.logistics_channel_id, second)

    def test_another_currency_needs_its_price_list(self):
        message, _order = self.order(currency="JPY")
        self.assertIn("price list in JPY", message.reason)

    def test_bad_settings_are_refused_by_name(self):
        for vals, words in (
            ({"code": "a b"}, "Code a b"),
            ({"price_tolerance": 101}, "Price tolerance"),
            ({"document_format": "x12"}, "Our EDI ID"),
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(ValidationError, words), self.cr.savepoint():
                self.channel.write(vals)
