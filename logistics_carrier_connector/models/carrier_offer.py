"""What a carrier would charge for a shipment; all are kept, with which one was chosen and why."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .. import adapters


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
    chosen = fields.Boolean(readonly=True)
    why = fields.Char(readonly=True, help="Why it was chosen.")

    @api.depends("amount", "currency_id")
    def _compute_amount_company(self):
        for offer in self:
            company = offer.company_id
            today = offer.create_date or fields.Datetime.now()
            offer.amount_company = offer.currency_id._convert(offer.amount, company.currency_id, company, today)

    def _choose_best(self):
        """Mark the cheapest offer that arrives in time; offers of one request."""
        if not self:
            return
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
        self._choose(self.browse(key), words[reason])

    def _choose(self, chosen, why):
        """One offer of a shipment is the chosen one."""
        others = chosen.shipment_id.offer_ids - chosen
        others.filtered("chosen").write({"chosen": False, "why": False})
        chosen.write({"chosen": True, "why": why})

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
        offer._choose(offer, _("Chosen by %(user)s", user=self.env.user.name))
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
            "chosen": self.chosen,
            "why": self.why or "",
        }
