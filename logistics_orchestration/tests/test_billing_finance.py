"""What finance systems say: payments and disputes."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .shipment_common import ShipmentCase


@tagged("post_install", "-at_install")
class TestBillingFinance(ShipmentCase):
    def setUp(self):
        super().setUp()
        self.enforce("billing")

    def invoice_of(self, qty=2, **options):
        shipment = self.ship(qty=qty, **options)
        self.deliver(shipment)
        return shipment.order_id.invoice_ids

    def pay(self, told, amount=None, reference="BANK-1", **data):
        body = {
            "invoice": told.name,
            "amount": told.amount_residual if amount is None else amount,
            "currency": told.currency_id.name,
            "paid_at": "2026-03-05T10:00:00Z",
            "reference": reference,
        }
        return self.receive(self.finance_system, "invoice.paid", dict(body, **data))

    def payments(self, invoice):
        return self.env["account.payment"].search([("logistics_invoice_id", "=", invoice.id)])

    # -- payments ------------------------------------------------------------------------------------------------

    def test_a_payment_is_registered(self):
        invoice = self.invoice_of()
        message = self.pay(invoice)
        self.assertEqual((message.state, message.res_id), ("processed", invoice.id))
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        payment = self.payments(invoice)
        self.assertEqual((payment.amount, payment.ref, str(payment.date)), (200.0, "BANK-1", "2026-03-05"))
        event = self.events("invoice.paid", invoice)
        self.assertEqual((len(event), event.source), (1, self.finance_system.code))
        self.assertFalse(event.type_id._schema_error(event.data))

    def test_the_same_reference_is_the_same_payment(self):
        invoice = self.invoice_of()
        self.pay(invoice, 80.0)
        again = self.pay(invoice, 80.0)
        self.assertEqual(again.state, "duplicate")
        self.assertEqual(len(self.payments(invoice)), 1)
        other = self.pay(invoice, 90.0)
        self.assertEqual(other.state, "quarantined")
        self.assertIn("80.0", other.reason)

    def test_partial_payments_add_up(self):
        invoice = self.invoice_of()
        self.pay(invoice, 150.0, "BANK-1")
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("partial", 50.0))
        self.assertFalse(self.events("invoice.paid", invoice))
        self.pay(invoice, 50.0, "BANK-2")
        self.assertEqual(invoice.amount_residual, 0.0)
        self.assertEqual(len(self.events("invoice.paid", invoice)), 1)

    def test_one_transfer_can_pay_two_invoices(self):
        first, second = self.invoice_of(tracking="A"), self.invoice_of(tracking="B")
        self.assertEqual([self.pay(first).state, self.pay(second).state], ["processed", "processed"])

    def test_what_cannot_be_booked_waits_for_a_person(self):
        invoice = self.invoice_of()
        cases = [
            (self.pay(invoice, 250.0, "X1"), "only 200.0 is open"),
            (self.pay(invoice, -5, "X2"), "above 0"),
            (self.pay(invoice, "many", "X3"), "above 0"),
            (self.pay(invoice, 10, "X4", invoice="INV/NONE"), "INV/NONE"),
            (self.pay(invoice, 10, "X5", currency="XXQ"), "XXQ"),
            (self.pay(invoice, 10, ""), "reference"),
        ]
        for message, words in cases:
            self.assertEqual(message.state, "quarantined", words)
            self.assertIn(words, message.reason)
        self.assertFalse(self.payments(invoice))
        self.pay(invoice)
        late = self.pay(invoice, 10, "X6")
        self.assertEqual(late.state, "quarantined")

    def test_a_carrier_does_not_own_payments(self):
        invoice = self.invoice_of()
        data = {"invoice": invoice.name, "amount": 200, "currency": "USD", "reference": "C"}
        message = self.receive(self.carrier_system, "invoice.paid", data)
        self.assertEqual(message.state, "processed")
        self.assertFalse(self.payments(invoice))
        self.assertTrue(self.env["logistics.statement"].search([("fact", "=", "invoice.paid")]))

    def test_paid_by_hand_is_told_too(self):
        invoice = self.invoice_of()
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        self.env["account.payment.register"].with_context(**context).create({})._create_payments()
        self.assertEqual(len(self.events("invoice.paid", invoice)), 1)

    # -- disputes ------------------------------------------------------------------------------------------------

    def dispute(self, invoice, **data):
        return self.receive(
            self.finance_system, "invoice.disputed", {"invoice": invoice.name, "reason": "Scratched", **data}
        )

    def two_line_order(self):
        chair = self.make_product("CHAIR", "Chair", 50)
        order = self.make_order(
            order_line=[
                (0, 0, {"product_id": self.product.id, "product_uom_qty": 4}),
                (0, 0, {"product_id": chair.id, "product_uom_qty": 4}),
            ]
        )
        shipment = self.validate(self.outgoing(order), quantity=2).logistics_shipment_ids
        shipment.parcel_ids.tracking_number = "A"
        self.deliver(shipment)
        return order

    def test_a_dispute_blocks_only_its_lines(self):
        order = self.two_line_order()
        invoice = order.invoice_ids
        desk, chair = invoice.invoice_line_ids
        message = self.dispute(invoice, lines=[{"line": desk.id, "reason": "Leg broken"}])
        dispute = invoice.logistics_dispute_ids
        self.assertEqual((message.state, message.res_id), ("processed", dispute.id))
        self.assertRegex(dispute.name, r"^DSP/\d{5}$")
        self.assertEqual(
            (dispute.state, dispute.line_ids.move_line_id, dispute.line_ids.reason), ("open", desk, "Leg broken")
        )
        self.assertFalse(dispute.manual)
        event = self.events("invoice.disputed", dispute)
        self.assertEqual(event.data["lines"][0]["line"], desk.id)
        self.assertFalse(event.type_id._schema_error(event.data))
        self.assertTrue(dispute.activity_ids)
        rest = self.validate(self.outgoing(order)).logistics_shipment_ids
        rest.parcel_ids.tracking_number = "B"
        self.deliver(rest)
        second = order.invoice_ids - invoice
        self.assertEqual(second.invoice_line_ids.product_id, chair.product_id, "the chairs are billed, the desks wait")
        self.assertEqual(order.order_line[0].qty_to_invoice, 0.0)

        dispute.action_resolve(reason="Replacement leg sent")
        self.assertEqual((dispute.state, dispute.resolution), ("resolved", "Replacement leg sent"))
        third = order.invoice_ids - invoice - second
        self.assertEqual((third.invoice_line_ids.product_id, third.state), (self.product, "posted"))
        self.assertFalse(dispute.activity_ids)
        with self.assertRaisesRegex(UserError, "resolved already"):
            dispute.action_resolve(reason="Again")

    def test_a_draft_with_a_disputed_line_is_blocked(self):
        order = self.two_line_order()
        invoice = order.invoice_ids
        self.dispute(invoice, lines=[{"line": invoice.invoice_line_ids[0].id}])
        line = order.order_line[0]
        draft = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": order.partner_id.id,
                "invoice_line_ids": [(0, 0, dict(line._prepare_invoice_line(), quantity=1))],
            }
        )
        with self.assertRaisesRegex(UserError, "disputes its invoice"):
            draft.action_post()

    def test_disputed_twice_is_disputed_once(self):
        invoice = self.invoice_of()
        self.dispute(invoice)
        self.assertEqual(self.dispute(invoice).state, "duplicate")
        self.assertEqual(len(invoice.logistics_dispute_ids), 1)

    def test_a_further_line_opens_a_further_dispute(self):
        invoice = self.two_line_order().invoice_ids
        desk, chair = invoice.invoice_line_ids
        self.dispute(invoice, lines=[{"line": desk.id}])
        self.dispute(invoice, lines=[{"line": desk.id}, {"line": chair.id}])
        self.assertEqual(len(invoice.logistics_dispute_ids), 2)
        self.assertEqual(invoice.logistics_dispute_ids[0].line_ids.move_line_id, chair)

    def test_what_cannot_be_understood_is_named(self):
        invoice = self.invoice_of()
        wrong = self.dispute(invoice, lines=[{"line": 999999999}])
        self.assertEqual(wrong.state, "quarantined")
        self.assertIn(str(invoice.invoice_line_ids.id), wrong.reason)
        self.assertEqual(self.dispute(invoice, reason="").state, "quarantined")

    def test_entered_by_hand_and_resolved_by_an_accountant(self):
        accountant = self.make_user("accountant3", "account.group_account_invoice")
        invoice = self.invoice_of()
        dispute = (
            self.env["logistics.dispute"]
            .with_user(accountant)
            .create({"invoice_id": invoice.id, "reason": "Wrong price"})
        )
        self.assertTrue(dispute.manual)
        self.assertEqual(dispute.line_ids.move_line_id, invoice.invoice_line_ids)
        self.assertEqual((dispute.amount, dispute.user_id), (200.0, accountant))
        self.assertTrue(
            self.env["sale.order.line"].browse(invoice.invoice_line_ids.sale_line_ids.id).logistics_disputed
        )
        with self.assertRaisesRegex(UserError, "Resolve"):
            dispute.write({"state": "resolved"})
        self.assertEqual(dispute.action_resolve()["res_model"], "logistics.reason.wizard")
        user = self.make_user("dock7", "group_user")
        with self.assertRaises(AccessError):
            dispute.with_user(user).action_resolve(reason="No")
        dispute.action_resolve(reason="Credited")
        self.assertEqual((dispute.state, dispute.resolved_by_id), ("resolved", accountant))
        with self.assertRaisesRegex(UserError, "kept"):
            dispute.sudo().unlink()

    def test_observing_a_dispute_changes_no_quantity(self):
        order = self.two_line_order()
        self.env["logistics.switch"].search([]).unlink()
        self.validate(self.outgoing(order))
        self.dispute(order.invoice_ids)
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [2.0, 2.0])
