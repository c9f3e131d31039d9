"""Who owns which fact; what everybody else says changes nothing, is kept, and is settled by a person."""

import inspect
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..models.authority.difference import Difference
from .fulfillment_common import FulfillmentCase
from .shipment_common import ShipmentCase

CORE = "odoo.addons.logistics_orchestration."
# Written by every read of a document, or about it and not in it.
_ASIDE = ("message_", "activity_", "website_", "write_", "rating_", "has_message", "__last")


class TestAuthorityRules(ShipmentCase):
    def setUp(self):
        super().setUp()
        self.rules = self.env["logistics.authority.rule"]
        self.wms = self.make_system("warehouse")

    def rule(self, fact="picking.*", owner="odoo", **vals):
        return self.rules.create({"fact": fact, "owner": owner, **vals})

    def owns(self, fact="picking.completed", system=None, warehouse=None):
        return self.rules._owns(fact, system or self.wms, warehouse)

    def test_what_a_kind_owns_by_nature_is_data(self):
        carrier = self.make_system("carrier")
        self.assertTrue(self.owns())
        self.assertFalse(self.owns(system=carrier))
        self.assertTrue(self.owns("pod.received", carrier))
        nature = self.rules.search([("fact", "=", "picking.*"), ("system_kind", "=", "warehouse")])
        self.assertIn("owns picking.*", nature.words)
        nature.active = False
        self.assertFalse(self.owns(), "without a rule the fact is Odoo's own")
        self.rules._create_defaults()
        self.assertFalse(self.owns(), "what an administrator took away stays away")

    def test_the_most_specific_rule_counts(self):
        """Each rule is more specific than all before it, and says the contrary."""
        ladder = [
            {},
            {"warehouse_id": self.warehouse.id},
            {"system_id": self.wms.id},
            {"system_id": self.wms.id, "warehouse_id": self.warehouse.id},
        ]
        expected = True
        for fact in ("picking.*", "picking.completed"):
            for scope in ladder:
                expected = not expected
                self.rule(fact, "system" if expected else "odoo", **scope)
                self.assertEqual(self.owns(warehouse=self.warehouse), expected, (fact, scope))

    def test_another_company_s_rule_does_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.rule(company_id=other.id)
        self.assertTrue(self.owns())

    def test_a_change_counts_at_once(self):
        self.assertTrue(self.owns())
        rule = self.rule(system_id=self.wms.id)
        self.assertFalse(self.owns())
        rule.owner = "system"
        self.assertTrue(self.owns())
        rule.unlink()
        self.wms.kind = "crm"
        self.assertFalse(self.owns())

    def test_a_fact_is_written_as_the_catalogue_writes_it(self):
        for fact in ("picking", "*", "*.completed", "picking.comp*", "picking."):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.rule(fact)
        with self.assertRaises(ValidationError):
            self.rule(tolerance=-1)

    def test_the_larger_tolerance_counts(self):
        rule = self.rule(tolerance=2, tolerance_percent=10)
        for amount, base, within in ((2, 1, True), (-2, 1, True), (3, 10, False), (-5, 50, True), (5.1, 50, False)):
            self.assertEqual(rule._within(Difference("k", "l", "a", "b", amount, base)), within, (amount, base))
        self.assertFalse(rule._within(Difference("k", "l", "a", "b")))

    def test_the_system_says_what_it_owns(self):
        self.assertEqual(self.wms.owned_facts, "fulfillment.*, picking.*, receipt.*, return.*, stock.*")
        self.rule(system_id=self.wms.id)
        self.wms.invalidate_recordset()
        self.assertNotIn("picking", self.wms.owned_facts)


@tagged("post_install", "-at_install")
class TestNothingOverwrites(ShipmentCase, FulfillmentCase):
    """Every handler of the suite, spoken to by a system that does not own the fact."""

    def setUp(self):
        super().setUp()
        self.supplier = self.env["res.partner"].create({"name": "Maker"})
        order = self.make_order(qty=3)
        self.fulfillment = self.request(order)
        shipped = self.make_order(qty=2)
        self.shipment = self.ship(order=shipped)
        self.invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [(0, 0, {"product_id": self.product.id, "quantity": 1, "price_unit": 100})],
            }
        )
        self.invoice.action_post()
        self.purchase = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [(0, 0, {"product_id": self.product.id, "product_qty": 5, "price_unit": 30})],
            }
        )
        self.purchase.button_confirm()
        self.systems = {
            "warehouse": self.wms,
            "carrier": self.carrier_system,
            "finance": self.finance_system,
            "supplier": self.make_system("supplier", supplier_ids=[(6, 0, self.supplier.ids)]),
            "channel": self.make_system("channel"),
        }
        channel = self.env["logistics.channel"].create(
            {"name": "Shop", "code": "shop", "system_id": self.systems["channel"].id}
        )
        self.received = self.make_order(
            confirm=False, logistics_channel_id=channel.id, logistics_channel_ref="PO-1", client_order_ref="PO-1"
        )
        self.env["logistics.authority.rule"].search([("fact", "=", "order.received")]).unlink()
        for family in ("fulfillment", "picking", "shipment", "pod", "invoice", "purchase", "stock", "order", "receipt"):
            self.env["logistics.authority.rule"].create({"fact": f"{family}.*", "owner": "odoo"})

    def words(self):
        """{handler: (kind of system, type, data, document)} of everything a partner can say."""
        asked = self.lines_of(self.fulfillment)
        request = {"fulfillment": self.fulfillment.name}
        parcel = {"tracking_number": self.shipment.parcel_ids[:1].tracking_number}
        later = (fields.Datetime.now() + timedelta(days=9)).isoformat() + "Z"
        line = {"line": self.purchase.order_line.id, "quantity": 5, "promised_at": later}
        lines = {"purchase": self.purchase.name, "lines": [line]}
        invoice = {"invoice": self.invoice.name}
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", self.warehouse.lot_stock_id.id)]
        )
        balance = {"warehouse": self.warehouse.code, "sku": "DESK", "quantity": 1}
        bought = {"reference": "PO-1", "lines": [{"line": "1", "sku": "DESK", "quantity": 9}]}
        shipped = {"purchase": self.purchase.name, "shipment": "ASN-1", "lines": [{"sku": "DESK", "quantity": 5}]}
        receipt = self.purchase.picking_ids
        return {
            "fulfillment.accepted": ("warehouse", request, self.fulfillment),
            "fulfillment.rejected": ("warehouse", {**request, "reason": "full"}, self.fulfillment),
            "fulfillment.cancelled": ("warehouse", request, self.fulfillment),
            "fulfillment.cancel_rejected": ("warehouse", request, self.fulfillment),
            "picking.completed": ("warehouse", {**request, "lines": asked}, self.fulfillment),
            "picking.short": ("warehouse", {**request, "lines": [dict(asked[0], picked=1)]}, self.fulfillment),
            "shipment.status_changed": ("carrier", {**parcel, "code": "DELIVERED", "event_id": "EV-1"}, self.shipment),
            "shipment.event_retracted": ("carrier", {"retracts": "EV-1"}, self.shipment),
            "shipment.eta_changed": ("carrier", {**parcel, "eta_at": later}, self.shipment),
            "pod.received": ("carrier", {**parcel, "signed_by": "Ann"}, self.shipment),
            "invoice.paid": ("finance", {**invoice, "amount": 40, "reference": "B1"}, self.invoice),
            "invoice.disputed": ("finance", {**invoice, "reason": "broken"}, self.invoice),
            "purchase.acknowledged": ("supplier", lines, self.purchase),
            "purchase.promise_changed": ("supplier", lines, self.purchase),
            "purchase.shipped": ("supplier", shipped, self.purchase),
            "receipt.arrived": ("warehouse", {"transfer": receipt.name}, receipt),
            "order.received": ("channel", bought, self.received),
            "stock.balance_reported": (
                "warehouse",
                {"warehouse": self.warehouse.code, "balances": [{"sku": "DESK", "quantity": 1}]},
                quant,
            ),
            "stock.discrepancy_detected": ("warehouse", balance, quant),
        }

    def picture(self, document):
        """All that is stored in a document and its lines."""
        document.env.flush_all()
        document.env.invalidate_all()
        records = [document]
        for name in ("move_ids", "order_line", "line_ids"):
            if name in document._fields:
                records.append(document[name])
        found = []
        for record in records:
            names = [
                n for n, f in record._fields.items() if f.store and f.type != "one2many" and not n.startswith(_ASIDE)
            ]
            found.append(record.read(names))
        return found

    def test_every_handler_leaves_the_document_alone_and_keeps_a_statement(self):
        handlers = {
            name.removeprefix("_handle_")
            for name, method in inspect.getmembers(type(self.env["logistics.inbox.message"]), inspect.isfunction)
            if name.startswith("_handle_") and method.__module__.startswith(CORE)
        }
        # a partner's receipt for an EDI document of ours says nothing about any document of Odoo
        handlers.remove("document_acknowledged")
        words = self.words()
        self.assertEqual(handlers, {name.replace(".", "_") for name in words}, "every handler is tried")
        for name, (kind, data, document) in words.items():
            with self.subTest(name=name):
                before = self.picture(document)
                message = self.receive(self.systems[kind], name, data)
                self.assertEqual(message.state, "processed", message.reason)
                self.assertEqual(self.picture(document), before)
                statement = self.env["logistics.statement"].search([("inbox_message_id", "=", message.id)])
                self.assertEqual(len(statement), 1)
                self.assertEqual(statement.system_id, self.systems[kind])

    def test_odd_values_are_kept_all_the_same(self):
        """Nothing a non-owner writes is checked by a handler: the comparison must bear it."""
        for name, (kind, data, document) in self.words().items():
            if name.startswith("stock."):
                continue  # these have lines of their own, tested with the balances
            for odd in (None, "x", 3, True, [], [1, "a"], {"a": 1}):
                bad = {key: value if value == document.display_name or key in ("tracking_number", "invoice", "purchase")
                       else odd for key, value in data.items()}  # fmt: skip
                message = self.receive(self.systems[kind], name, bad)
                self.assertIn(message.state, ("processed", "quarantined"), (name, odd, message.last_error))

    # -- discrepancies ----------------------------------------------------------------------------------------

    def open_rows(self, **domain):
        return self.env["logistics.discrepancy"].search(
            [("state", "=", "open"), *[(key, "=", value) for key, value in domain.items()]]
        )

    def eta(self, hours, **more):
        at = (fields.Datetime.now() + timedelta(hours=hours)).isoformat() + "Z"
        data = {"tracking_number": self.shipment.parcel_ids[:1].tracking_number, "eta_at": at}
        return self.receive(self.carrier_system, "shipment.eta_changed", data, **more)

    def test_the_same_difference_again_updates_the_one_that_is_open(self):
        self.shipment._set_eta(fields.Datetime.now(), fields.Datetime.now() - timedelta(hours=1))
        self.eta(5)
        row = self.open_rows(fact="shipment.eta_changed")
        self.assertEqual((len(row), row.seen_count, round(row.difference)), (1, 1, 5))
        self.assertTrue(row.activity_ids)
        self.eta(7)
        self.assertEqual(self.open_rows(fact="shipment.eta_changed"), row)
        self.assertEqual((row.seen_count, round(row.difference)), (2, 7))

    def test_within_tolerance_is_no_discrepancy_and_closes_one(self):
        self.shipment._set_eta(fields.Datetime.now(), fields.Datetime.now() - timedelta(hours=1))
        self.env["logistics.authority.rule"].create({"fact": "shipment.eta_changed", "owner": "odoo", "tolerance": 2})
        self.eta(5)
        row = self.open_rows(fact="shipment.eta_changed")
        self.eta(1)
        self.assertEqual(row.state, "settled")
        self.assertFalse(row.activity_ids)
        verdicts = self.env["logistics.statement"].search([("fact", "=", "shipment.eta_changed")]).mapped("verdict")
        self.assertEqual(verdicts, ["within", "differs"])

    def test_accepting_applies_what_was_said_once(self):
        self.eta(5)
        row = self.open_rows(fact="shipment.eta_changed")
        manager = self.make_user("boss", "group_manager")
        row.with_user(manager).action_accept()
        self.assertEqual((row.state, row.closed_by), ("accepted", manager.name))
        self.assertTrue(self.shipment.eta_at)
        with self.assertRaises(UserError):
            row.action_accept()
        self.eta(50)
        self.assertLess(self.shipment.eta_at, fields.Datetime.now() + timedelta(hours=6), "granted once, not for ever")

    def test_an_accepted_scan_moves_the_shipment(self):
        self.scan("TRK1", "DELIVERED", hours=-1)
        row = self.open_rows(fact="shipment.status_changed", key="milestone")
        self.assertNotEqual(self.shipment.milestone, "delivered")
        row.action_accept()
        self.assertEqual(self.shipment.milestone, "delivered")

    def test_a_scan_that_is_behind_is_no_difference(self):
        self.env["logistics.authority.rule"].search([("fact", "=", "shipment.*"), ("owner", "=", "odoo")]).unlink()
        self.scan("TRK1", "DELIVERED", hours=-1)
        self.scan("TRK1", "COLLECTED", hours=-5, system=self.wms)
        self.assertFalse(self.open_rows(fact="shipment.status_changed"))
        statement = self.env["logistics.statement"].search([("system_id", "=", self.wms.id)])
        self.assertEqual(statement.verdict, "same")

    def test_what_cannot_be_applied_says_so_and_is_settled_by_hand(self):
        other = self.make_system("warehouse", warehouse_ids=[(5,)])
        self.say("fulfillment.accepted", self.fulfillment, system=other)
        row = self.open_rows(fact="fulfillment.accepted")
        with self.assertRaisesRegex(UserError, "by Hand"):
            row.action_accept()
        action = row.action_settle()
        self.assertEqual(action["res_model"], "logistics.reason.wizard")
        row.action_settle(reason="Called them: they have it")
        self.assertEqual((row.state, row.resolution), ("accepted", "Called them: they have it"))

    def test_a_rejected_difference_does_not_come_back_unchanged(self):
        self.receive(
            self.finance_system, "invoice.paid", {"invoice": self.invoice.name, "amount": 40, "reference": "1"}
        )
        row = self.open_rows(fact="invoice.paid")
        self.assertEqual((row.difference, row.key), (40, "paid"))
        row.action_reject(reason="another customer's money")
        self.receive(
            self.finance_system, "invoice.paid", {"invoice": self.invoice.name, "amount": 40, "reference": "1"}
        )
        self.assertFalse(self.open_rows(fact="invoice.paid"))
        self.assertEqual(row.seen_count, 2)
        self.receive(
            self.finance_system, "invoice.paid", {"invoice": self.invoice.name, "amount": 60, "reference": "2"}
        )
        self.assertEqual(self.open_rows(fact="invoice.paid").difference, 60)

    def test_picks_are_compared_by_sku(self):
        other = self.make_system("carrier")
        self.say("picking.completed", self.fulfillment, system=other, lines=self.lines_of(self.fulfillment, DESK=2))
        row = self.open_rows(fact="picking.completed")
        self.assertEqual((row.key, row.own_value, row.stated_value, row.difference), ("DESK", "0", "2", 2))
