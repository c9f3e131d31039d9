"""What every offer of a carrier says, be it for a shipment or for an order that is not packed yet."""

from odoo import api, fields, models


class Offer(models.AbstractModel):
    _name = "logistics.offer"
    _description = "Offer of a Carrier"

    company_id = fields.Many2one("res.company")
    account_id = fields.Many2one("logistics.carrier.account", readonly=True, ondelete="cascade")
    carrier_id = fields.Many2one(
        "delivery.carrier",
        string="Shipping Method",
        readonly=True,
        help="The one that books this service; empty: none does.",
    )
    service = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount_company = fields.Monetary(
        string="In Company Currency",
        compute="_compute_amount_company",
        store=True,
        currency_field="company_currency_id",
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    transit_days = fields.Integer(readonly=True)
    days_known = fields.Boolean(readonly=True)
    keeps_promise = fields.Selection(
        [("yes", "In time"), ("no", "Too late"), ("unknown", "Not known")], string="Promise", readonly=True
    )
    recommended = fields.Boolean(readonly=True)
    chosen = fields.Boolean(readonly=True)
    why = fields.Char(readonly=True, help="Why it is recommended or was chosen.")

    @api.depends("amount", "currency_id")
    def _compute_amount_company(self):
        for offer in self:
            company = offer.company_id
            today = offer.create_date or fields.Datetime.now()
            offer.amount_company = offer.currency_id._convert(offer.amount, company.currency_id, company, today)

    @api.model
    def _rate_currency(self, rate, company):
        """The currency of an ``adapters.Rate``, the company's where it names none; empty: Odoo does not know it."""
        code = (rate.currency or company.currency_id.name).upper()
        return self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)
