"""Kinds of trouble: how bad, who looks after it, how fast, and by which playbook."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

SEVERITIES = [("low", "Low"), ("medium", "Medium"), ("high", "High"), ("critical", "Critical")]
# What opens when nothing else fits: a code no type knows must not be lost.
FALLBACK = "other"


class ExceptionType(models.Model):
    _name = "logistics.exception.type"
    _description = "Exception Type"
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="What rules and partners call it, e.g. damaged.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    severity = fields.Selection(SEVERITIES, required=True, default="medium")
    user_id = fields.Many2one(
        "res.users", string="Default Owner", check_company=True, domain=[("share", "=", False)],
        help="Gets every new case. Empty: it waits in the group's worklist.",
    )  # fmt: skip
    group_id = fields.Many2one(
        "res.groups",
        string="Default Team",
        default=lambda self: self.env.ref("logistics_orchestration.group_planner", raise_if_not_found=False),
        help="Whose worklist an unassigned case is in.",
    )
    manager_id = fields.Many2one(
        "res.users", string="Escalate To", check_company=True, domain=[("share", "=", False)],
        help="Is asked when the deadline has passed. Empty: a Logistics Manager of the company.",
    )  # fmt: skip
    deadline_hours = fields.Float(
        default=8.0, required=True, help="Working hours of the company's calendar until it should be resolved."
    )
    claim_days = fields.Integer(
        string="Claim Window (days)", help="Within how many days after it was found a claim must be filed. 0: no claim."
    )
    playbook_id = fields.Many2one("logistics.exception.playbook", ondelete="restrict", check_company=True)
    code_ids = fields.One2many(
        "logistics.exception.code", "type_id", string="Carrier Codes", help="Exception codes that open this type."
    )
    description = fields.Text(translate=True)
    company_id = fields.Many2one("res.company", help="Empty: all companies.")
    case_count = fields.Integer(compute="_compute_case_count", string="Open Cases")

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_exception_type_code_idx"
            " ON logistics_exception_type (code, COALESCE(company_id, 0))"
        )

    @api.constrains("deadline_hours", "claim_days", "code")
    def _check_type(self):
        for record in self:
            if record.deadline_hours <= 0:
                raise ValidationError(
                    _("Deadline of %(name)s: %(hours)s hours; give more than zero.",
                      name=record.name, hours=record.deadline_hours)
                )  # fmt: skip
            if record.claim_days < 0:
                raise ValidationError(
                    _("Claim window of %(name)s: %(days)s days; give 0 for no claim, or more.",
                      name=record.name, days=record.claim_days)
                )  # fmt: skip
            if record.code != record.code.strip().lower() or " " in record.code:
                raise ValidationError(_("Code '%(code)s': write it in lower case without blanks.", code=record.code))

    def _compute_case_count(self):
        groups = self.env["logistics.exception"]._read_group(
            [("type_id", "in", self.ids), ("is_open", "=", True)], ["type_id"], ["__count"]
        )
        counts = {record.id: count for record, count in groups}
        for record in self:
            record.case_count = counts.get(record.id, 0)

    @api.model
    def _for_code(self, code, company):
        """The type a code opens in ``company``: by its own code, by a carrier's exception code, else "other".

        :raises UserError: not even the fallback type is there
        """
        found = self._find_for_code(code, company)
        if not found:
            raise UserError(
                _("No exception type for '%(code)s'. Add the code to a type, or a type with code '%(fallback)s'.",
                  code=code or "", fallback=FALLBACK)
            )  # fmt: skip
        return found

    @api.model
    def _find_for_code(self, code, company):
        """As :meth:`_for_code`, but empty where not even the fallback type is there."""
        own = [("company_id", "in", [company.id, False])]
        return (
            self.search([*own, ("code", "=", code)], order="company_id", limit=1)
            or self.env["logistics.exception.code"]
            .search([*own, ("code", "=", code), ("type_id.active", "=", True)], order="company_id", limit=1)
            .type_id
            or self.search([*own, ("code", "=", FALLBACK)], order="company_id", limit=1)
        )

    def _deadline(self, company, start):
        """When a case opened at ``start`` (naive UTC) should be resolved, counted in the company's working hours."""
        self.ensure_one()
        calendar = company.resource_calendar_id
        due = calendar and calendar.plan_hours(self.deadline_hours, start, compute_leaves=True)
        # a calendar without any working hours plans nothing: then the clock on the wall counts
        return due or fields.Datetime.add(start, seconds=round(self.deadline_hours * 3600))

    def action_open_cases(self):
        """Smart button: its cases."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_exceptions.action_exception")
        return dict(action, domain=[("type_id", "=", self.id)], context={"search_default_open": 1})
