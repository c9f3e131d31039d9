"""How far ahead replenishment looks, when an episode ends, and what a day of delay is worth, per company."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

_NAMES = (
    "logistics_cover_days",
    "logistics_recovery_percent",
    "logistics_stable_scans",
    "logistics_dock_days",
    "logistics_transfer_days",
    "logistics_delay_percent",
    "logistics_uncovered_percent",
)


class Company(models.Model):
    _inherit = "res.company"

    logistics_cover_days = fields.Integer(
        string="Cover Beyond Lead Time (Days)",
        default=7,
        help="A shortage opens when the stock is projected to run out within the lead time and so many days more.",
    )
    logistics_recovery_percent = fields.Float(
        string="Shortage Ends Above Minimum By (%)",
        default=10.0,
        help="Part of the way from minimum to maximum the forecast must climb before an episode is over: closing at "
        "the minimum itself would open and close it with every unit that moves.",
    )
    logistics_stable_scans = fields.Integer(
        string="Or Above Minimum For (Scans)",
        default=3,
        help="An episode is over, too, when so many scans in a row found the forecast at or above the minimum. "
        "0: never for that reason.",
    )
    logistics_dock_days = fields.Float(
        string="Dock to Stock (Days)",
        default=1.0,
        help="From arrival to being pickable, where nothing was measured. A warehouse may have its own figure.",
    )
    logistics_transfer_days = fields.Float(
        string="Transfer Between Warehouses (Days)",
        default=2.0,
        help="Where no supply lane says how long it takes from one warehouse to another.",
    )
    logistics_delay_percent = fields.Float(
        string="Cost of Delay (% of Value a Day)",
        default=1.0,
        help="What a day of waiting costs, as part of the order value that waits. Options are ranked by it.",
    )
    logistics_uncovered_percent = fields.Float(
        string="Cost of Not Covering (% of Value)",
        default=20.0,
        help="What is lost on order value an option does not cover: one of the parts options are ranked by.",
    )

    @api.constrains(*_NAMES)
    def _check_logistics_replenishment(self):
        for company in self:
            for name in _NAMES:
                if company[name] < 0:
                    label = self._fields[name]._description_string(self.env)
                    raise ValidationError(
                        _("%(field)s of %(company)s: write 0 or more.", field=label, company=company.name)
                    )
