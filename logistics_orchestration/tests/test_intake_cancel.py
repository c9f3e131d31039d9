"""The buyer cancels an order that is released: the warehouse is asked, Odoo follows, the buyer is told the end."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .intake_common import IntakeCase


@tagged("post_install", "-at_install")
class TestBuyerCancels(IntakeCase):
    """The buyer's cancellation after release: the warehouse decides, the buyer is told."""

    def setUp(self):
        super().setUp()
        self.enforce("release", "fulfillment")
        self.wms = self.make_system("warehouse")
        _message, self.so = self.order()
        if self.so.logistics_release_state != "released":
            self.so.action_logistics_release(reason="now")
        self.request = self.so.logistics_fulfillment_ids

    def told(self):
        """The newest answer to the buyer."""
        return self.events("order.acknowledged", self.so)[-1].data

    def cancel(self):
        """The buyer cancels while the warehouse has the request already."""
        with patch.object(type(self.env["logistics.outbox.message"]), "_void_events", lambda *args: True):
            message, _order = self.order(purpose="cancellation")
        self.assertEqual(message.state, "processed")

    def test_a_warehouse_that_lets_go(self):
        self.cancel()
        self.assertEqual((self.request.state, self.so.state), ("cancel_requested", "sale"))
        self.assertTrue(self.so.logistics_cancel_pending)
        self.assertEqual(self.told()["cancellation"], "pending")
        with self.assertRaisesRegex(UserError, "What it answers decides"):
            self.so.action_logistics_refuse_cancellation()
        self.receive(self.wms, "fulfillment.cancelled", {"fulfillment": self.request.name})
        self.assertEqual((self.request.state, self.so.state), ("cancelled", "cancel"))
        self.assertEqual((self.told()["cancellation"], self.told()["status"]), ("accepted", "rejected"))
        self.assertEqual(self.so.logistics_buyer_cancel, "accepted")

    def test_a_warehouse_that_cannot_stop(self):
        self.cancel()
        refusal = {"fulfillment": self.request.name, "reason": "Packed already"}
        self.receive(self.wms, "fulfillment.cancel_rejected", refusal)
        self.assertEqual((self.so.state, self.so.logistics_buyer_cancel), ("sale", "refused"))
        self.assertFalse(self.so.logistics_cancel_pending)
        self.assertEqual(self.told()["cancellation"], "refused")
        self.assertNotEqual(self.told()["status"], "rejected")

    def test_a_warehouse_that_never_heard_of_it(self):
        self.order(purpose="cancellation")
        self.assertEqual((self.request.state, self.so.state), ("cancelled", "cancel"))
        self.assertEqual(self.told()["cancellation"], "accepted")

    def test_the_rest_is_cancelled_the_shipped_part_stays(self):
        self.receive(
            self.wms,
            "picking.completed",
            {
                "fulfillment": self.request.name,
                "final": False,
                "lines": [{"line": self.request.asked[0]["line"], "sku": "DESK", "quantity": 1}],
            },
        )
        self.assertEqual(self.request.state, "partially_done")
        self.cancel()
        self.assertEqual(self.told()["cancellation"], "pending")
        self.receive(self.wms, "fulfillment.cancelled", {"fulfillment": self.request.name})
        self.assertEqual((self.so.state, self.so.logistics_buyer_cancel), ("sale", "refused"))
        answers = self.told()["lines"][0]["answers"]
        self.assertEqual([(a["status"], a["quantity"]) for a in answers], [("accepted", 1.0), ("rejected", 1.0)])

    def test_what_people_are_picking_a_planner_decides(self):
        self.wms.action_disable()
        _message, order = self.order(reference="PO-2")
        if order.logistics_release_state != "released":
            order.action_logistics_release(reason="now")
        order.picking_ids.move_ids.picked = True
        self.order(reference="PO-2", purpose="cancellation")
        self.assertEqual((order.state, order.logistics_buyer_cancel), ("sale", "pending"))
        self.assertTrue(order.activity_ids.filtered(lambda activity: "buyer cancels" in activity.summary))
        order.action_logistics_refuse_cancellation()
        answer = self.events("order.acknowledged", order)[-1].data
        self.assertEqual((answer["cancellation"], answer["status"]), ("refused", "accepted"))
        with self.assertRaisesRegex(UserError, "no cancellation to refuse"):
            order.action_logistics_refuse_cancellation()

    def test_what_nobody_has_begun_is_cancelled(self):
        self.wms.action_disable()
        _message, order = self.order(reference="PO-3")
        if order.logistics_release_state != "released":
            order.action_logistics_release(reason="now")
        self.order(reference="PO-3", purpose="cancellation")
        self.assertEqual((order.state, order.logistics_buyer_cancel), ("cancel", "accepted"))
