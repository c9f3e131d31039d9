"""Carriers are switched over one by one: each shipping method may say for itself whether its booking is ours yet."""

from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    logistics_mode = fields.Selection(
        [("observe", "Observe"), ("enforce", "Enforce")],
        string="Booking Here",
        copy=False,
        help="Whether deliveries with this method are booked through its account. Observe: Odoo's own way stays, what"
        " would have been booked is noted. Empty: as the switch of the customer, warehouse or company says.",
    )
    logistics_observe_rates = fields.Boolean(
        string="Compare Rates While Observing",
        help="The account is asked what it would have cost, and the difference to Odoo's price is noted.",
    )
