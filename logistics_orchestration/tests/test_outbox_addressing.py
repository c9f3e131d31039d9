"""Facts meant for one partner among its like: who is owed them, now and when they are replayed."""

from .relay_common import TYPE, RelayCase


class TestAddressing(RelayCase):
    def setUp(self):
        super().setUp()
        self.system.supplier_ids = self.purchase.partner_id
        self.stranger = self.env["res.partner"].create({"name": "Board & Beam"})
        self.other = self.make_system("supplier", supplier_ids=[(6, 0, self.stranger.ids)])
        self.portal = self.make_system("supplier")
        self.crm = self.make_system("crm")
        for system in (self.other, self.portal, self.crm):
            self.subscribe(system)

    def request(self, partner):
        """The fact that something is bought from ``partner``."""
        purchase = self.env["purchase.order"].create(
            {"partner_id": partner.id, "order_line": [(0, 0, {"product_id": self.product.id, "product_qty": 1})]}
        )
        purchase._logistics_emit(TYPE, purchase._logistics_purchase_data(purchase.order_line))
        return self.events("purchase.requested", purchase)

    def told(self, event):
        """Codes of the systems that may read the event."""
        systems = self.system | self.other | self.portal | self.crm
        return systems.filtered(lambda system: event._wanted_by(system))

    def test_a_purchase_is_told_to_who_speaks_for_the_supplier(self):
        event = self.request(self.purchase.partner_id)
        self.assertEqual(self.told(event), self.system | self.portal | self.crm)
        self.assertEqual(self.told(self.request(self.stranger)), self.other | self.portal | self.crm)
        nobodys = self.request(self.customer)
        self.assertEqual(self.told(nobodys), self.portal | self.crm)
        self.assertEqual(nobodys.data["systems"], [self.portal.code])

    def test_what_was_meant_for_another_was_not_missed(self):
        mine, theirs = self.request(self.purchase.partner_id), self.request(self.stranger)
        self.env["logistics.outbox.message"].search([("event_id", "in", (mine | theirs).ids)]).unlink()
        self.env.cr.execute("DELETE FROM logistics_outbox_pointer")
        subscription = self.env["logistics.subscription"].search([("system_id", "=", self.system.id)])
        job = self.env["logistics.replay"].create(
            {"mode": "missed", "subscription_id": subscription.id, "reason": "The line was down"}
        )
        self.assertEqual(job._missed_events(), mine.ids)
