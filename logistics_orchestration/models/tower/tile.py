"""A tile of the Control Tower: a question about live records, its answer as a number, and the list behind it.

The same domain counts and opens, so a number and its list cannot disagree. A tile is data: a new worklist is a record.
"""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools.safe_eval import datetime as safe_datetime
from odoo.tools.safe_eval import safe_eval


class Tile(models.Model):
    _name = "logistics.tile"
    _description = "Control Tower Tile"
    _order = "section, sequence, id"

    name = fields.Char(required=True, translate=True)
    help_text = fields.Char(string="What to Do", translate=True)
    section = fields.Selection(
        [
            ("1_orders", "Orders"),
            ("2_shipments", "Shipments"),
            ("3_inbound", "Inbound & Shortages"),
            ("4_decisions", "Approvals & Exceptions"),
            ("5_integrations", "Integrations"),
        ],
        required=True,
        default="1_orders",
    )
    sequence = fields.Integer(default=10)
    res_model = fields.Char(string="Model", required=True)
    domain = fields.Char(default="[]", required=True, help="uid and today may be used.")
    action_id = fields.Many2one("ir.actions.act_window", ondelete="cascade", help="Window opened with the domain.")
    alarm = fields.Boolean(help="Any record here is bad news: shown in red.")
    active = fields.Boolean(default=True)
    count = fields.Integer(compute="_compute_count")
    color = fields.Integer(compute="_compute_count")

    def _domain(self):
        """The tile's domain, evaluated for the acting user."""
        return safe_eval(
            self.domain,
            {
                "uid": self.env.uid,
                "today": fields.Date.context_today(self),
                "now": fields.Datetime.now(),
                "datetime": safe_datetime,
            },
        )

    @api.constrains("res_model", "domain")
    def _check_domain(self):
        for tile in self:
            if tile.res_model not in self.env:
                raise ValidationError(
                    _("Tile %(name)s: there is no model %(model)s.", name=tile.name, model=tile.res_model)
                )
            try:
                self.env[tile.res_model].sudo().search_count(tile._domain(), limit=1)  # sudo: only whether it is valid
            except Exception as error:
                raise ValidationError(
                    _(
                        "Tile %(name)s: the domain %(domain)s cannot be used: %(error)s",
                        name=tile.name,
                        domain=tile.domain,
                        error=error,
                    )
                ) from error

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_count(self):
        for tile in self:
            try:
                tile.count = self.env[tile.res_model].search_count(tile._domain())
            except AccessError:
                tile.count = 0
            tile.color = 1 if tile.alarm and tile.count else (10 if not tile.count else 0)

    def action_open(self):
        """The list behind the number."""
        self.ensure_one()
        action = self.action_id and self.action_id._get_action_dict()
        return dict(
            action
            or {
                "type": "ir.actions.act_window",
                "res_model": self.res_model,
                "views": [[False, "tree"], [False, "form"]],
            },
            name=self.name,
            domain=self._domain(),
            context={},
        )
