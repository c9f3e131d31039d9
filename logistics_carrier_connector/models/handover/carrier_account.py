"""How an account hands over: a driver every day, and a list at the end of it."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class CarrierAccount(models.Model):
    _inherit = "logistics.carrier.account"

    pickup_auto = fields.Boolean(
        string="Ask for a Driver by Itself", help="On each working day of a warehouse on which something is booked."
    )
    pickup_hour = fields.Float(
        string="Ready From",
        default=15.0,
        help="Local time of the warehouse from which parcels are ready; until when is its working time.",
    )
    pickup_note = fields.Char(string="Word to the Driver", help="Gate, dock or bell.")
    manifest_auto = fields.Boolean(
        string="Close the Day by Itself", help="In the last half hour of a warehouse's working day."
    )

    @api.constrains("pickup_hour")
    def _check_pickup_hour(self):
        for account in self:
            if not 0 <= account.pickup_hour < 24:
                raise ValidationError(_("Ready From of %(name)s: a time of day.", name=account.name))

    def _able(self, what):
        """Whether the carrier can be asked for something over its interface; else it is a person's task."""
        self.ensure_one()
        return self.automatic and what in self._adapter().abilities()
