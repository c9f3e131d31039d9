"""Map and replay of orders: a planner says what each unknown word means, once."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .intake_common import IntakeCase


@tagged("post_install", "-at_install")
class TestIntakeMap(IntakeCase):
    def test_one_window_for_all_that_is_unknown(self):
        planner = self.make_user("maps_orders", "group_planner")
        lines = [{"buyer_sku": "NW-77", "quantity": 1, "uom": "BOX", "description": "Oak desk"}]
        first, _order = self.order(lines=lines, ship_to={"code": "541234"})
        second, _order = self.order(reference="PO-2", lines=lines)
        self.assertEqual((first.state, second.state), ("quarantined", "quarantined"))
        action = first.with_user(planner).action_map_and_replay()
        wizard = self.env[action["res_model"]].with_user(planner).browse(action["res_id"])
        self.assertEqual(wizard.line_ids.mapped("kind"), ["address", "product"])
        self.assertEqual((wizard.waiting_count, wizard.partner_id), (2, self.customer))
        with self.assertRaises(UserError):
            wizard.action_apply()
        place = self.env["res.partner"].create({"name": "Depot", "parent_id": self.customer.id, "type": "delivery"})
        with Form(wizard) as form:
            with form.line_ids.edit(0) as line:
                line.partner_id = place
            with form.line_ids.edit(1) as line:
                self.assertEqual((line.code, line.label), ("NW-77", "Oak desk"))
                line.product_id = self.product
        wizard.action_apply()
        self.env["logistics.inbox.message"]._work_run()
        self.assertIn("BOX", first.reason, "with the product known, its unit is the next question")
        action = first.with_user(planner).action_map_and_replay()
        wizard = self.env[action["res_model"]].with_user(planner).browse(action["res_id"])
        wizard.line_ids.uom_id = self.env.ref("uom.product_uom_dozen")
        wizard.action_apply()
        self.env["logistics.inbox.message"]._work_run()
        self.assertEqual((first.state, second.state), ("processed", "processed"))
        order = self.made()
        self.assertEqual((order.partner_shipping_id, order.order_line.product_id), (place, self.product))
        self.assertEqual(order.order_line.product_uom, self.env.ref("uom.product_uom_dozen"))
        code = self.env["logistics.product.code"].search([("code", "=", "NW-77")])
        self.assertEqual((code.partner_id, code.product_id), (self.customer, self.product))

    def test_an_unknown_customer_is_mapped(self):
        message, _order = self.order(buyer={"code": "5412345000013", "name": "NWR"})
        action = message.action_map_and_replay()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((wizard.line_ids.kind, wizard.line_ids.code), ("customer", "5412345000013"))
        wizard.line_ids.partner_id = self.customer
        wizard.action_apply()
        message._work_attempt()
        self.assertEqual((message.state, self.made().partner_id), ("processed", self.customer))

    def test_only_what_waits_and_only_who_may(self):
        done, _order = self.order()
        with self.assertRaises(UserError):
            done.action_map_and_replay()
        waiting, _order = self.order(reference="PO-2", buyer={"name": "Nobody"})
        user = self.make_user("reads_orders", "group_user")
        with self.assertRaises(AccessError):
            waiting.with_user(user).action_map_and_replay()
        self.customer.name = "Nobody"
        with self.assertRaises(UserError):
            waiting.action_map_and_replay()

    def test_a_wait_holds_the_words_that_follow(self):
        first, _order = self.order(buyer={"name": "Nobody"})
        self.assertTrue(first.holds)
