"""Which carrier's offer is taken, for which shipments, and what happens when that carrier does not answer.

How offers are weighed is in ``adapters.choice``; here stands what a company wants, as data.
"""

from ast import literal_eval
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_amount

from ... import adapters


class RatePolicy(models.Model):
    _name = "logistics.rate.policy"
    _description = "Carrier Choice Policy"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="The first policy that fits a shipment counts.")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    # -- for which shipments --
    warehouse_ids = fields.Many2many("stock.warehouse", string="Warehouses", check_company=True, help="Empty: all.")
    partner_category_ids = fields.Many2many(
        "res.partner.category", string="Customer Tags", help="Customers with one of these tags; empty: all."
    )
    partner_domain = fields.Char(string="Consignees", default="[]", help="Which consignees; empty: all.")
    scope = fields.Selection(
        [("open", "Only shipments without a shipping method"), ("all", "All, whatever was chosen on the order")],
        required=True,
        default="open",
        tracking=True,
        help="When offers are compared by themselves. A shipping method on the order is what the customer chose.",
    )
    # -- what is wanted --
    mode = fields.Selection(
        [("suggest", "Show offers to a planner"), ("automatic", "Compare and book by itself")],
        required=True,
        default="suggest",
        tracking=True,
    )
    goal = fields.Selection(
        [
            ("in_time", "The cheapest that keeps the promise"),
            ("cheapest", "The cheapest"),
            ("fastest", "The fastest"),
        ],
        required=True,
        default="in_time",
        tracking=True,
    )
    late = fields.Selection(
        [("fastest", "Take the fastest"), ("cheapest", "Take the cheapest"), ("ask", "A planner chooses")],
        string="If None Keeps the Promise",
        required=True,
        default="fastest",
        tracking=True,
    )
    line_ids = fields.One2many("logistics.rate.policy.line", "policy_id", string="Carriers", copy=True)
    preferred_percent = fields.Float(
        string="Preferred: At Most % More",
        tracking=True,
        help="What a preferred carrier may cost above the best offer.",
    )
    preferred_amount = fields.Monetary(string="Preferred: Or This Much More", tracking=True)
    contract_first = fields.Boolean(tracking=True, help="Prices agreed by contract before those of the day.")
    limit_amount = fields.Monetary(
        string="Ask Above", tracking=True, help="An offer that costs more is chosen by a planner. 0: no limit."
    )
    wait_minutes = fields.Integer(
        default=3,
        required=True,
        help="How long offers are waited for; then the best of those that are there is booked.",
    )
    # -- when the carrier does not answer --
    fallback = fields.Boolean(
        string="Go to Another Carrier",
        default=True,
        tracking=True,
        help="When the carrier cannot be reached: the next of the list, else the next best offer, else a person.",
    )
    fallback_minutes = fields.Integer(
        string="After Minutes",
        default=10,
        required=True,
        tracking=True,
        help="How long a booking waits for a carrier that fails; 0: the next one is booked at the first failure.",
    )

    @api.constrains("partner_domain")
    def _check_partner_domain(self):
        for policy in self:
            try:
                self.env["res.partner"].search_count(literal_eval(policy.partner_domain or "[]"), limit=1)
            except Exception as error:
                raise ValidationError(
                    _("Consignees of policy %(name)s: %(reason)s", name=policy.name, reason=error)
                ) from error

    @api.constrains("preferred_percent", "preferred_amount", "limit_amount", "wait_minutes", "fallback_minutes")
    def _check_limits(self):
        for policy in self:
            if min(policy.preferred_percent, policy.preferred_amount, policy.limit_amount) < 0:
                raise ValidationError(_("Policy %(name)s: limits are 0 or more.", name=policy.name))
            if policy.wait_minutes < 1 or policy.fallback_minutes < 0:
                raise ValidationError(_("Policy %(name)s: offers take a minute or more.", name=policy.name))

    # -- which policy -------------------------------------------------------------------------------------------------

    @api.model
    def _for_shipment(self, shipment):
        """The policy that counts for a shipment, or an empty one."""
        return self._for_consignee(shipment.company_id, shipment.warehouse_id, shipment.partner_id)

    @api.model
    def _for_consignee(self, company, warehouse, partner):
        """The policy that counts for what a warehouse sends to somebody, or an empty one."""
        # sudo: policies count for whoever ships, whomever they may see
        policies, partner = self.sudo().search([("company_id", "=", company.id)]), partner.sudo()
        return next((policy for policy in policies if policy._fits(warehouse, partner)), policies.browse())

    def _fits(self, warehouse, consignee):
        self.ensure_one()
        if self.warehouse_ids and warehouse not in self.warehouse_ids:
            return False
        tags = (consignee | consignee.commercial_partner_id).category_id
        if self.partner_category_ids and not self.partner_category_ids & tags:
            return False
        return self._fits_partner(consignee)

    def _fits_partner(self, partner):
        domain = literal_eval((self.partner_domain or "").strip() or "[]")
        return not domain or bool(partner.filtered_domain(domain))

    def _books_by_itself(self, shipment):
        """Whether offers for this shipment are compared and the best is booked without a person.

        A carrier without an account of ours is booked by Odoo's own connector, or not at all: it stays.
        """
        if not self or self.mode != "automatic":
            return False
        carrier = shipment.carrier_id
        return not carrier or (self.scope == "all" and bool(carrier._logistics_account(shipment.company_id)))

    # -- weighing -----------------------------------------------------------------------------------------------------

    def _plain(self):
        """The policy as ``adapters.choice`` knows it; without one: the cheapest that keeps the promise."""
        if not self:
            return adapters.Policy()
        return adapters.Policy(
            goal=self.goal,
            late=self.late,
            preferred=tuple(self._carriers("preferred").ids),
            percent=self.preferred_percent,
            extra=self.preferred_amount,
            excluded=frozenset(self._carriers("excluded").ids),
            contract_first=self.contract_first,
            limit=self.limit_amount,
        )

    def _carriers(self, use):
        return self.line_ids.filtered(lambda line: line.use == use).carrier_id

    def _why(self, choice, currency):
        """In words why an offer is taken, or why a person has to choose."""
        words = {
            "none": _("No carrier made an offer"),
            "excluded": _("Policy %(policy)s excludes every carrier that made an offer", policy=self.name),
            "only": _("The only offer"),
            "cheapest": _("The cheapest"),
            "cheapest_in_time": _("The cheapest that arrives by the promised date"),
            "fastest": _("The fastest"),
            "fastest_late": _("None arrives by the promised date; this is the fastest"),
            "cheapest_late": _("None arrives by the promised date; this is the cheapest"),
            "late": _("None arrives by the promised date: policy %(policy)s leaves it to a planner", policy=self.name),
            "limit": _("More than the %(limit)s up to which policy %(policy)s books by itself",
                       limit=format_amount(self.env, self.limit_amount, currency), policy=self.name),
            "preferred": _("A preferred carrier, %(more)s above the best offer",
                           more=format_amount(self.env, choice.more, currency)),
        }  # fmt: skip
        text = words[choice.reason]
        return _("%(why)s, by contract", why=text) if choice.contract else text

    # -- another carrier ----------------------------------------------------------------------------------------------

    def _next_carrier(self, shipment, tried):
        """Who is asked when the carrier does not answer: (shipping method or an empty one, why in words).

        :param tried: delivery.carrier records that were tried for this shipment; their accounts count as tried too
        """
        self.ensure_one()
        company = shipment.company_id
        silent = self.env["logistics.carrier.account"].union(*(one._logistics_account(company) for one in tried))
        excluded = self._carriers("excluded") | tried

        def usable(carrier):
            account = carrier._logistics_account(company)
            known = account and account not in silent and account.state == "active" and not account._is_silent()
            return known and carrier not in excluded and bool(carrier.available_carriers(shipment.partner_id))

        for carrier in self._carriers("fallback"):
            if usable(carrier):
                return carrier, _("next carrier of policy %(policy)s", policy=self.name)
        latest = shipment.offer_ids.rating_id.sorted("id")[-1:].batch
        offers = shipment.offer_ids.filtered(lambda o: o.rating_id.batch == latest and o.place and o.carrier_id)
        for offer in offers.sorted("place"):
            if usable(offer.carrier_id):
                return offer.carrier_id, _("next best offer, %(amount)s", amount=offer._price())
        return self.env["delivery.carrier"], ""

    def _deadline(self):
        return fields.Datetime.now() + timedelta(minutes=self.wait_minutes)

    def action_open_shipments(self):
        """Open shipments this policy counts for: those that wait for a booking."""
        self.ensure_one()
        domain = [("company_id", "=", self.company_id.id), ("dispatched_at", "=", False)]
        if self.warehouse_ids:
            domain.append(("warehouse_id", "in", self.warehouse_ids.ids))
        waiting = self.env["logistics.shipment"].search([*domain, ("milestone", "in", ("unknown", "pre_transit"))])
        return waiting.filtered(lambda shipment: self._for_shipment(shipment) == self).action_open()
