"""Priority of a case: computed by the scoring room, its parts stored so that the number can be explained."""

from odoo import _, api, fields, models

from ..scoring import BANDS, age_part, band, money_part, score

# Amount at risk (company currency) that brings half of the money points, unless the parameter says otherwise.
MONEY_HALF_AT = 5000.0
MONEY_PARAMETER = "logistics_exceptions.money_half_at"


class ExceptionCase(models.Model):
    _inherit = "logistics.exception"

    priority = fields.Integer(
        compute="_compute_priority",
        store=True,
        index=True,
        group_operator="avg",
        help="0 to 100, the sum of its parts.",
    )
    priority_severity = fields.Float(string="Severity Points", compute="_compute_priority", store=True, digits=(4, 1))
    priority_money = fields.Float(string="Money Points", compute="_compute_priority", store=True, digits=(4, 1))
    priority_customer = fields.Float(string="Customer Points", compute="_compute_priority", store=True, digits=(4, 1))
    priority_age = fields.Float(string="Age Points", compute="_compute_priority", store=True, digits=(4, 1))
    priority_band = fields.Selection(
        [(name, name.capitalize()) for name, _lowest in reversed(BANDS)],
        string="Urgency",
        compute="_compute_priority",
        store=True,
        index=True,
    )
    priority_words = fields.Char(compute="_compute_priority_words", string="Why")
    scored_at = fields.Datetime(compute="_compute_priority", store=True)

    @api.model
    def _money_half_at(self):
        # sudo: a plain number every case is scored by
        raw = self.env["ir.config_parameter"].sudo().get_param(MONEY_PARAMETER)
        try:
            half_at = float(raw or MONEY_HALF_AT)
        except ValueError:
            half_at = MONEY_HALF_AT
        return half_at if half_at > 0 else MONEY_HALF_AT

    @api.depends("severity", "money_at_risk", "partner_id.commercial_partner_id.logistics_tier", "due_at", "state")
    def _compute_priority(self):
        now = fields.Datetime.now()
        half_at = self._money_half_at()
        for case in self:
            # once it is over it ages no more
            until = case.resolved_at or case.closed_at or now
            priority, points = score(
                case.severity or "medium",
                money_part(case.money_at_risk, half_at),
                # sudo: a customer's rank counts, whoever looks at the case
                case.partner_id.sudo().commercial_partner_id.logistics_tier or None,
                age_part(case.create_date or now, case.due_at or None, until),
            )
            case.priority = priority
            case.priority_severity = points["severity"]
            case.priority_money = points["money"]
            case.priority_customer = points["customer"]
            case.priority_age = points["age"]
            case.priority_band = band(priority)
            case.scored_at = now

    @api.depends("priority_severity", "priority_money", "priority_customer", "priority_age")
    def _compute_priority_words(self):
        for case in self:
            case.priority_words = _(
                "severity %(severity)g, money %(money)g, customer %(customer)g, age %(age)g",
                severity=case.priority_severity,
                money=case.priority_money,
                customer=case.priority_customer,
                age=case.priority_age,
            )
