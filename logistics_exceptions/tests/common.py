"""What the tests of exceptions share: an order on its way, and a case about it."""

from odoo.addons.logistics_orchestration.tests.common import LogisticsCase


class ExceptionsCase(LogisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Case = cls.env["logistics.exception"]
        cls.damaged = cls.env.ref("logistics_exceptions.type_damaged")
        cls.other = cls.env.ref("logistics_exceptions.type_other")

    def ship(self, qty=2):
        """Sell and hand over the goods; returns the shipment."""
        order = self.make_order(qty, carrier=self.carrier)
        picking = order.picking_ids
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty
            move.picked = True
        picking._action_done()
        return order.logistics_shipment_ids

    def open_case(self, subject=None, case_type=None, **vals):
        """A case about ``subject`` (a fresh order when not given)."""
        subject = subject or self.make_order(2)
        return self.Case.create(
            {
                "subject_model": subject._name,
                "subject_id": subject.id,
                "type_id": (case_type or self.damaged).id,
                **vals,
            }
        )

    def cases(self, subject):
        """Cases about a document, oldest first."""
        return self.Case.search([("subject_model", "=", subject._name), ("subject_id", "in", subject.ids)], order="id")

    def observations(self):
        """What exceptions would have done."""
        return self.env["logistics.observation"].search([("capability", "=", "exceptions")])
