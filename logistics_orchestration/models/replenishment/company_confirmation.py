"""How long suppliers have to confirm, how often they are reminded, and what is asked again: per company."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class Company(models.Model):
    _inherit = "res.company"

    logistics_ack_hours = fields.Float(
        string="Suppliers Confirm Within (Working Hours)",
        default=16.0,
        help="Of the company's calendar, from the confirmation of the order. A supplier may have its own figure.",
    )
    logistics_ack_remind_hours = fields.Float(
        string="Remind Again After (Working Hours)",
        default=8.0,
        help="Between two reminders, and before a person calls.",
    )
    logistics_ack_reminders = fields.Integer(string="Reminders", default=2, help="Then a to-do asks the buyer to call.")
    logistics_reconfirm_days = fields.Integer(
        string="Ask Again Before (Days)",
        default=14,
        help="So many days before goods are due the supplier is asked whether its dates stand. 0: never.",
    )
    logistics_price_tolerance = fields.Float(
        string="Price Tolerance (%)", help="A supplier's price this far from the ordered one needs no decision."
    )
    logistics_link_days = fields.Integer(string="Answer Links Valid For (Days)", default=14)

    @api.constrains(
        "logistics_ack_hours",
        "logistics_ack_remind_hours",
        "logistics_ack_reminders",
        "logistics_reconfirm_days",
        "logistics_price_tolerance",
        "logistics_link_days",
    )
    def _check_logistics_confirmation(self):
        least = {
            "logistics_ack_hours": 0.25,
            "logistics_ack_remind_hours": 0.25,
            "logistics_ack_reminders": 0,
            "logistics_reconfirm_days": 0,
            "logistics_price_tolerance": 0,
            "logistics_link_days": 1,
        }
        for company in self:
            for name, bound in least.items():
                if company[name] < bound:
                    label = company._fields[name]._description_string(self.env)
                    raise ValidationError(
                        _("%(field)s of %(company)s: write %(bound)s or more.",
                          field=label, company=company.name, bound=bound)
                    )  # fmt: skip
