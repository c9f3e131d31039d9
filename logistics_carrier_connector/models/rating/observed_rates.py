"""What booking would have cost while a carrier is only observed, beside what Odoo's own way cost."""

from odoo import _, models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _logistics_book_carrier(self):
        result = super()._logistics_book_carrier()
        for picking in self:
            if picking.carrier_id.logistics_observe_rates and not picking._logistics_enforced("carrier"):
                picking._logistics_compare_rates()
        return result

    def _logistics_compare_rates(self):
        """Ask what it would have cost; the answer becomes an observation."""
        for shipment in self._logistics_open_shipments():
            if not shipment.carrier_id._logistics_account(shipment.company_id):
                continue
            try:
                # sudo: a rule causes it; planners do not open accounts
                shipment.sudo().rating_ids._request_for(shipment.sudo())
            except UserError:
                continue  # nobody can be asked: there is nothing to compare


class CarrierRating(models.Model):
    _inherit = "logistics.carrier.rating"

    def _all_answered(self):
        result = super()._all_answered()
        shipment = self.shipment_id
        latest = self.search([("batch", "=", self.batch)])
        if "requested" in latest.mapped("state") or not latest.offer_ids:
            return result
        if shipment.carrier_id.logistics_observe_rates and not shipment._logistics_enforced("carrier"):
            latest.offer_ids._observe(shipment)
        return result


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
