"""One line of an account's service map: our word for a service and the carrier's code."""

from odoo import fields, models


class CarrierService(models.Model):
    _name = "logistics.carrier.service"
    _description = "Carrier Service"
    _order = "account_id, sequence, id"

    account_id = fields.Many2one("logistics.carrier.account", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Our Name", required=True, help="What people choose, e.g. Express.")
    code = fields.Char(string="Carrier's Code", required=True, help="What the carrier is told, e.g. EXP_24.")
    transit_days = fields.Integer(help="Days from hand-over to delivery, as agreed.")

    _sql_constraints = [
        ("name_unique", "UNIQUE(account_id, name)", "This account maps this service already."),
    ]
