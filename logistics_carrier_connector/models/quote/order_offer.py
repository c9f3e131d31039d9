"""What a carrier would charge for an order, and when it would arrive; a person may choose one for the customer."""

from datetime import datetime, timedelta
from types import SimpleNamespace

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

from odoo.addons.logistics_orchestration.models.shipment.eta_facts import EtaFacts

from ... import adapters

_ROLES = ("logistics_orchestration.group_planner", "sales_team.group_sale_salesman")


class OrderOffer(models.Model):
    _name = "logistics.order.offer"
    _description = "Carrier Offer for an Order"
    _inherit = ["logistics.offer"]
    _order = "order_id desc, rating_id desc, amount_company, id"

    rating_id = fields.Many2one("logistics.order.rating", required=True, readonly=True, ondelete="cascade", index=True)
    order_id = fields.Many2one("sale.order", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    arrives_on = fields.Date(string="Arrives", readonly=True, help="If it is released when the offer was made.")

    @api.model
    def _compared_in(self, rating, currency):
        """Also with what the customer is charged, in the currency of the order."""
        compared = super()._compared_in(rating, currency)
        return compared if rating.order_id.currency_id == currency else compared | rating.order_id.currency_id

    @api.model
    def _vals_of(self, rating, rate, currency):
        vals = super()._vals_of(rating, rate, currency)
        order = rating.order_id
        method = self.env["delivery.carrier"].browse(vals["carrier_id"])
        arrives = self._arrival(order, method, vals["transit_days"] if vals["days_known"] else None)
        promised = order.commitment_date
        kept = False
        if promised:
            kept = "unknown" if not arrives else "yes" if arrives <= promised.date() else "no"
        return vals | {"order_id": order.id, "arrives_on": arrives, "keeps_promise": kept}

    @api.model
    def _arrival(self, order, method, days):
        """The day of arrival of what is released now; False when nobody said how long it takes."""
        if days is None:
            return False
        lane = SimpleNamespace(
            partner_id=order.partner_shipping_id,
            carrier_id=method,
            warehouse_id=order.warehouse_id,
            dispatched_at=False,
        )
        facts = EtaFacts(order)
        return facts.days_of(lane).add(facts.ship_day(lane), days)

    def _recommend(self):
        """Mark the cheapest that keeps the promise, of those one can book, and say why."""
        if not self:
            return
        bookable = self.filtered("carrier_id") or self
        promised = self.order_id.commitment_date
        today = fields.Date.context_today(self)
        candidates = [
            adapters.Candidate(one.id, one.amount_company, (one.arrives_on - today).days if one.arrives_on else None)
            for one in bookable
        ]
        key, reason = adapters.choose(candidates, (promised.date() - today).days if promised else None)
        words = {
            "only": _("The only offer"),
            "cheapest": _("The cheapest"),
            "cheapest_in_time": _("The cheapest that arrives by the promised date"),
            "fastest_late": _("None arrives by the promised date; this is the fastest"),
        }
        self.browse(key).write({"recommended": True, "why": words[reason]})

    def action_choose(self):
        """Ship the order with this offer; on a quotation its price becomes the delivery line.

        :raises AccessError: neither planner nor salesperson
        :raises UserError: no shipping method books it, or the order is on its way already
        """
        self.ensure_one()
        if not self.env.su and not any(self.env.user.has_group(role) for role in _ROLES):
            raise AccessError(_("Choose offer: this needs the role Transport Planner, or a salesperson."))
        order, method = self.order_id, self.carrier_id
        if not method:
            raise UserError(
                _("No shipping method books %(service)s: create one with its account and service.", service=self.name)
            )
        moving = order.picking_ids.filtered(
            lambda p: p.picking_type_code == "outgoing" and p.state not in ("done", "cancel")
        )
        if order.state == "sale" and order.picking_ids and not moving:
            raise UserError(_("%(order)s is packed: choose among the offers of its shipment.", order=order.name))
        if order.state in ("draft", "sent"):
            order.set_delivery_line(method, self._price_of_order())
        else:
            self._tell_difference()
            order.carrier_id = method
            # sudo: the deliveries follow the order, whoever may change that
            moving.sudo().write({"carrier_id": method.id})
        offers = self.sudo()  # sudo: the right was checked; offers are written by the code alone
        (offers.order_id.logistics_order_offer_ids - offers).filtered("chosen").chosen = False
        offers.write({"chosen": True, "why": _("Chosen by %(user)s", user=self.env.user.name)})
        return True

    def _price_of_order(self):
        """The amount in the order's currency, of today."""
        order = self.order_id
        return self.currency_id._convert(
            self.amount, order.currency_id, order.company_id, fields.Date.context_today(self)
        )

    def _tell_difference(self):
        """What a customer has agreed to pay is never changed by a choice: the order says what it charges and costs."""
        order, currency = self.order_id, self.order_id.currency_id
        charged = sum(order.order_line.filtered("is_delivery").mapped("price_subtotal"))
        costs = self._price_of_order()
        words = {
            "offer": self.name,
            "costs": format_amount(self.env, costs, currency),
            "charged": format_amount(self.env, charged, currency),
            "apart": format_amount(self.env, abs(costs - charged), currency),
        }
        body = _(
            "Offer %(offer)s chosen: it costs %(costs)s. The order charges %(charged)s for delivery, and that was not "
            "changed.",
            **words,
        )
        if apart := currency.compare_amounts(costs, charged):
            more = _("The carrier costs %(apart)s more than is charged.", **words)
            body += " " + (more if apart > 0 else _("The carrier costs %(apart)s less than is charged.", **words))
        order.message_post(body=body)

    @api.autovacuum
    def _gc_old(self):
        """Offers of half a year ago say nothing any more."""
        old = fields.Datetime.now() - timedelta(days=180)
        self.env["logistics.order.rating"].search(
            [("create_date", "<", datetime.combine(old, datetime.min.time()))]
        ).unlink()
