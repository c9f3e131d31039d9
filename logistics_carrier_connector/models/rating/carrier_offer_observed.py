"""What booking would have cost while a carrier is only observed, beside what Odoo's own way cost."""

from odoo import _, models
from odoo.tools import format_amount


class CarrierOffer(models.Model):
    _inherit = "logistics.carrier.offer"

    def _observe(self, shipment):
        """Note which of these offers would have been booked, and what Odoo's own way cost."""
        best = self.filtered("recommended")[:1] or self[:1]
        currency = shipment.company_id.currency_id
        own = sum(shipment.picking_ids.mapped("carrier_price"))
        difference = best.amount_company - own
        price, ours = format_amount(self.env, best.amount_company, currency), format_amount(self.env, own, currency)
        more = format_amount(self.env, abs(difference), currency)
        words = {"offer": best.name, "price": price, "own": ours, "more": more, "name": shipment.name}
        if difference > 0:
            summary = _(
                "Book %(name)s as %(offer)s for %(price)s: %(more)s more than the %(own)s of Odoo's way", **words
            )
        elif difference < 0:
            summary = _(
                "Book %(name)s as %(offer)s for %(price)s: %(more)s less than the %(own)s of Odoo's way", **words
            )
        else:
            summary = _("Book %(name)s as %(offer)s for %(price)s, as Odoo's way", **words)
        shipment._logistics_observe("carrier", summary, best.amount_company)
