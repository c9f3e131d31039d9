"""What a carrier would charge for a shipment; all are kept, with which one was chosen and why."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import adapters


class CarrierOffer(models.Model):
    _name = "logistics.carrier.offer"
    _description = "Carrier Offer"
    _order = "shipment_id desc, rating_id desc, amount_company, id"

    rating_id = fields.Many2one("logistics.carrier.rating", readonly=True, ondelete="cascade", index=True)
    shipment_id = fields.Many2one("logistics.shipment", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="shipment_id.company_id", store=True)
    account_id = fields.Many2one("logistics.carrier.account", readonly=True, ondelete="cascade")
    carrier_id = fields.Many2one(
        "delivery.carrier",
        string="Shipping Method",
        readonly=True,
        help="The one that books this service; empty: none does.",
    )
    service = fields.Char(readonly=True, required=True)
    name = fields.Char(readonly=True, required=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True, required=True)
    amount_company = fields.Monetary(
        string="In Company Currency",
        compute="_compute_amount_company",
        store=True,
        currency_field="company_currency_id",
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    transit_days = fields.Integer(readonly=True)
    days_known = fields.Boolean(readonly=True)
    recommended = fields.Boolean(readonly=True, help="The cheapest that arrives in time, when it was offered.")
    chosen = fields.Boolean(readonly=True, help="What the shipment goes with.")
    why = fields.Char(readonly=True, help="Why it is recommended or was chosen.")

    @api.depends("amount", "currency_id")
    def _compute_amount_company(self):
        for offer in self:
            company = offer.company_id
            today = offer.create_date or fields.Datetime.now()
            offer.amount_company = offer.currency_id._convert(offer.amount, company.currency_id, company, today)

    def _recommend(self):
        """Mark the best of these offers (of one request) and the one that is booked already, and say why."""
        if not self:
            return
        booked = self.shipment_id._live_booking()
        if booked:
            self._mark_booked(booked)
        promised = self.shipment_id.promised_at
        days = (promised.date() - fields.Date.context_today(self)).days if promised else None
        candidates = [
            adapters.Candidate(offer.id, offer.amount_company, offer.transit_days if offer.days_known else None)
            for offer in self
        ]
        key, reason = adapters.choose(candidates, days)
        words = {
            "only": _("The only offer"),
            "cheapest": _("The cheapest"),
            "cheapest_in_time": _("The cheapest that arrives by the promised date"),
            "fastest_late": _("None arrives by the promised date; this is the fastest"),
        }
        best = self.browse(key)
        best.write({"recommended": True, "why": ", ".join(filter(None, [best.why, words[reason]]))})

    def _choose(self, why):
        """Of a shipment's offers this one is the chosen one; empty: none is."""
        others = self.shipment_id.offer_ids - self
        others.filtered("chosen").write({"chosen": False})
        self.write({"chosen": True, "why": why})

    def _mark_booked(self, booking):
        """The latest offer for what a booking buys, where there is one, is the chosen one."""
        offers = self.filtered(lambda o: o.account_id == booking.account_id and o.service == booking.service)
        latest = offers.sorted("id")[-1:]
        if latest and not latest.chosen:
            latest._choose(_("Booked as %(booking)s", booking=booking.name))

    def action_choose(self):
        """Ship with this offer: the transfer's shipping method changes, what was booked is voided and booked anew."""
        self.ensure_one()
        self.shipment_id._require_group("group_planner", _("Choose offer"))
        if not self.carrier_id:
            raise UserError(
                _(
                    "No shipping method books %(service)s with account %(account)s: create one with this account and "
                    "service.",
                    service=self.name,
                    account=self.account_id.sudo().name,  # sudo: the name of the account, nothing of it
                )
            )
        offer = self.sudo()  # sudo: the right to choose was checked; offers are written by the code alone
        offer._choose(_("Chosen by %(user)s", user=self.env.user.name))
        shipment = offer.shipment_id.with_context(logistics_reason=_("Offer %(offer)s chosen", offer=self.name))
        if shipment.carrier_id != offer.carrier_id:
            shipment.write({"carrier_id": offer.carrier_id.id})
        return True

    def _plain(self):
        """The offer as partners are told of it."""
        self.ensure_one()
        return {
            "service": self.service,
            "name": self.name,
            "amount": self.amount,
            "currency": self.currency_id.name,
            "transit_days": self.transit_days if self.days_known else None,
            "recommended": self.recommended,
            "chosen": self.chosen,
            "why": self.why or "",
        }
