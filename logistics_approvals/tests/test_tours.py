"""A manager approves an expedite in a real browser, and the delivery goes express."""

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.logistics_orchestration.tests.common import BrowserMixin

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestExpediteTour(BrowserMixin, HttpCase, ApprovalCase):
    def test_manager_approves_an_expedite(self):
        boss = new_test_user(self.env, "logistics-boss", groups="logistics_orchestration.group_manager")
        self.enforce("approvals")
        self.express.name = "Tour Express"
        order = self.make_order(carrier=self.carrier)
        request = self.ask(order)
        self.assertEqual((request.state, order.picking_ids.carrier_id), ("requested", self.carrier))
        self.start_tour("/web", "logistics_approve_expedite", login="logistics-boss", timeout=120)
        request.invalidate_recordset()
        self.assertEqual(request.state, "approved")
        self.assertEqual(request.decision_ids.approver_name, boss.name)
        self.assertEqual(order.picking_ids.carrier_id, self.express)
