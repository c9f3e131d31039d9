"""What every offer of a carrier says, be it for a shipment or for an order that is not packed yet."""

from odoo import _, api, fields, models


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
    transit_words = fields.Char(compute="_compute_transit_words", string="Time in Transit")
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

    @api.depends("transit_days", "days_known")
    def _compute_transit_words(self):
        for offer in self:
            offer.transit_words = offer._days_in_words(offer.transit_days) if offer.days_known else False

    @api.model
    def _days_in_words(self, days):
        """A number of days as people read it."""
        if not days:
            return _("same day")
        return _("1 day") if days == 1 else _("%(days)s days", days=days)

    # -- from a carrier's answer ------------------------------------------------------------------------------------

    @api.model
    def _take_rates(self, rating, rates):
        """Make an offer of each ``adapters.Rate`` of an answer.

        :param rating: the request that was answered
        :returns: in words what was left out because it cannot be compared; empty: nothing
        """
        vals_list, unknown, unpriced, missing = [], set(), set(), set()
        for rate in rates:
            currency = self._rate_currency(rate, rating.company_id)
            if not currency:
                unknown.add(rate.currency.upper())
            elif without := self._without_rate(self._compared_in(rating, currency), rating.company_id):
                unpriced.add(currency.name)
                missing.update(without.mapped("name"))
            else:
                vals_list.append(self._vals_of(rating, rate, currency))
        self.create(vals_list)
        words = []
        if unknown:
            codes = ", ".join(sorted(unknown))
            words.append(_("Offers in %(codes)s left out: Odoo does not know this currency.", codes=codes))
        if unpriced:
            words.append(
                _(
                    "Offers in %(codes)s left out: no exchange rate of %(missing)s is entered.",
                    codes=", ".join(sorted(unpriced)),
                    missing=", ".join(sorted(missing)),
                )
            )
        return " ".join(words)

    @api.model
    def _compared_in(self, rating, currency):
        """The currencies between which an offer in ``currency`` is converted."""
        return rating.company_id.currency_id | currency

    @api.model
    def _without_rate(self, currencies, company):
        """Those of the currencies that Odoo would convert one to one because nobody has entered what they are worth.

        The company's own has none: it is the one the others are told in.
        """
        others = currencies - company.currency_id
        if not others:
            return others
        # sudo: whether there is a rate, nothing of it; found as Odoo finds it: of the company's root, or of all
        rates = self.env["res.currency.rate"].sudo()
        known = rates.search(
            [
                ("currency_id", "in", others.ids),
                ("company_id", "in", (False, company.root_id.id)),
                ("name", "<=", fields.Date.context_today(self)),
            ]
        )
        return others - known.currency_id

    @api.model
    def _vals_of(self, rating, rate, currency):
        """Values of one offer."""
        account = rating._call_account()
        # What the carrier does not say stands in the contract.
        agreed = account.service_ids.filtered(lambda service: service.code == rate.service)[:1].transit_days
        days = agreed or None if rate.transit_days is None else rate.transit_days
        return {
            "rating_id": rating.id,
            "account_id": account.id,
            "carrier_id": self._method_for(account, rate.service, rating).id,
            "service": rate.service,
            "name": rate.name or rate.service,
            "amount": float(rate.amount),
            "currency_id": currency.id,
            "transit_days": days or 0,
            "days_known": days is not None,
        }

    @api.model
    def _method_for(self, account, service, rating):
        """The shipping method that books a service for the consignee: the one it has already where that does."""
        current, partner = rating._asked_about()
        methods = self.env["delivery.carrier"].search(
            [("logistics_account_id", "=", account.id), ("company_id", "in", (False, rating.company_id.id))]
        )
        methods = methods.filtered(lambda method: account._service_code(method.logistics_service) == service)
        return current if current in methods else methods.available_carriers(partner)[:1]

    @api.model
    def _rate_currency(self, rate, company):
        """The currency of an ``adapters.Rate``, the company's where it names none; empty: Odoo does not know it."""
        code = (rate.currency or company.currency_id.name).upper()
        return self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)

    @api.model
    def _left_out(self, ratings):
        """In words, account by account, which offers of an answer were left out; empty: none."""
        # sudo: the names of the accounts, nothing else of them
        said = [(one.account_id.sudo().name, one.error) for one in ratings if one.state == "done" and one.error]
        return "; ".join(f"{name}: {error}" for name, error in said)
