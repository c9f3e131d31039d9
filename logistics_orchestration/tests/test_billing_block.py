"""Posting invoices: blocked, waived, observed, and left alone where it is none of our business."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .shipment_common import ShipmentCase


@tagged("post_install", "-at_install")
class TestBillingBlock(ShipmentCase):
    def draft(self, order, quantity=2):
        """An invoice of the whole order as an accountant may write it, proof or no proof."""
        line = order.order_line[:1]
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": order.partner_id.id,
                "invoice_line_ids": [
                    (0, 0, dict(line._prepare_invoice_line(), quantity=quantity, sale_line_ids=[(6, 0, line.ids)]))
                ],
            }
        )

    def plain_invoice(self):
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [(0, 0, {"name": "Advice", "price_unit": 50.0, "tax_ids": False})],
            }
        )

    def test_a_blocked_invoice_is_refused_with_reasons_and_a_way_out(self):
        self.enforce("billing")
        shipment = self.ship()
        invoice = self.draft(shipment.order_id)
        with self.assertRaises(UserError) as caught:
            invoice.action_post()
        text = str(caught.exception)
        for words in (shipment.order_id.name, shipment.name, "no proof of delivery yet", "waive"):
            self.assertIn(words, text)
        self.assertEqual(invoice.state, "draft")

    def test_the_proof_unblocks_the_draft(self):
        self.enforce("billing")
        shipment = self.ship()
        invoice = self.draft(shipment.order_id)
        invoice.action_logistics_refresh_billing()
        self.assertEqual(invoice.logistics_billing_state, "blocked")
        self.deliver(shipment)
        self.assertEqual((invoice.logistics_billing_state, invoice.logistics_billing_reasons), ("eligible", False))
        self.assertEqual(shipment.order_id.invoice_ids, invoice, "no second one beside a person's draft")
        invoice.action_post()
        self.assertEqual(invoice.logistics_billing_state, "released")

    def test_less_than_the_proven_quantity_may_be_billed(self):
        self.enforce("billing")
        self.env.ref("logistics_orchestration.rule_pod_verified_release_invoice").active = False
        shipment = self.ship(qty=5)
        self.send_pod("TRK1", quantities=[{"sku": "DESK", "delivered": 3, "refused": 2}])
        self.draft(shipment.order_id, quantity=3).action_post()
        with self.assertRaisesRegex(UserError, "damaged or refused"):
            self.draft(shipment.order_id, quantity=1).action_post()

    def test_observing_it_is_posted_and_noted(self):
        shipment = self.ship()
        invoice = self.draft(shipment.order_id)
        invoice.action_post()
        self.assertEqual((invoice.state, invoice.logistics_billing_state), ("posted", "released"))
        note = self.env["logistics.observation"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", invoice.id)]
        )
        self.assertEqual((note.capability, note.amount), ("billing", 200.0))
        self.assertEqual(len(self.events("invoice.released", invoice)), 1)

    def test_a_manager_waives_with_a_reason_up_to_the_amount(self):
        self.enforce("billing")
        manager = self.make_user("manager2", "group_manager", "account.group_account_invoice")
        invoice = self.draft(self.ship().order_id)
        accountant = self.make_user("accountant1", "account.group_account_invoice")
        with self.assertRaisesRegex(AccessError, "Logistics Manager"):
            invoice.with_user(accountant).action_waive(reason="Please")
        with self.assertRaisesRegex(UserError, "Use Waive"):
            invoice.with_user(accountant).write({"logistics_billing_state": "eligible"})
        self.assertEqual(invoice.with_user(manager).action_waive()["res_model"], "logistics.reason.wizard")
        invoice.with_user(manager).action_waive(reason="Long-standing customer")
        self.assertEqual((invoice.logistics_billing_state, invoice.logistics_waived_by), ("waived", manager.name))
        invoice.invoice_line_ids.price_unit = 150.0
        with self.assertRaisesRegex(UserError, "is blocked"):
            invoice.action_post()
        invoice.invoice_line_ids.price_unit = 100.0
        invoice.with_user(accountant).action_post()
        self.assertEqual(invoice.logistics_billing_state, "released")
        self.assertEqual(self.events("invoice.released", invoice).data["waived_because"], "Long-standing customer")

    def test_what_is_not_blocked_cannot_be_waived(self):
        with self.assertRaisesRegex(UserError, "nothing to waive"):
            self.plain_invoice().action_waive(reason="Why not")

    def test_unrelated_invoices_and_entries_stay_untouched(self):
        self.enforce("billing")
        invoice = self.plain_invoice()
        invoice.action_post()
        self.assertEqual((invoice.state, invoice.logistics_billing_state), ("posted", "not_applicable"))
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-03-01",
                "invoice_line_ids": [(0, 0, {"name": "Paper", "price_unit": 5.0, "tax_ids": False})],
            }
        )
        bill.action_post()
        self.assertFalse(self.events(record=invoice | bill))

    def test_looking_at_an_unrelated_invoice_costs_next_to_nothing(self):
        invoice = self.plain_invoice()
        entry = self.env["account.move"].create({"move_type": "entry"})
        self.env.flush_all()
        self.env.invalidate_all()
        (entry | invoice).mapped("move_type")  # as _post has read them
        with self.assertQueryCount(0):
            self.assertFalse(entry._logistics_candidates())
        invoice.invoice_line_ids.mapped("name")
        with self.assertQueryCount(1):
            self.assertFalse(invoice._logistics_candidates())

    def test_an_accountant_without_logistics_role_posts(self):
        self.enforce("billing")
        accountant = self.make_user("accountant2", "account.group_account_invoice")
        shipment = self.ship()
        invoice = self.draft(shipment.order_id)
        with self.assertRaisesRegex(UserError, "is blocked"):
            invoice.with_user(accountant).action_post()
        self.deliver(shipment)
        invoice.with_user(accountant).action_post()
        self.assertEqual(self.events("invoice.released", invoice).user_name, accountant.name)

    def test_reset_to_draft_takes_back_what_was_told(self):
        self.enforce("billing")
        shipment = self.ship()
        self.deliver(shipment)
        invoice = shipment.order_id.invoice_ids
        invoice.button_draft()
        self.assertEqual(invoice.logistics_billing_state, "eligible")
        invoice.action_post()
        self.assertEqual(invoice.logistics_billing_state, "released")
        self.assertEqual(len(self.events("invoice.released", invoice)), 2)

    def test_an_invoice_for_several_orders_is_told_by_itself(self):
        first, second = self.ship(tracking="A"), self.ship(tracking="B")
        orders = first.order_id | second.order_id
        invoice = orders._create_invoices()
        self.assertEqual(len(invoice), 1)
        invoice.action_post()
        event = self.events("invoice.released", invoice)
        self.assertEqual(event.ordering_key, f"account.move/{invoice.id}")
        for order in orders:
            self.assertIn(order.name, event.data["order"])
