"""Rotate secrets or the inbound address of a system: what, and for how long the old one stays valid."""

from odoo import _, fields, models
from odoo.exceptions import UserError


class SecretRotate(models.TransientModel):
    _name = "logistics.secret.rotate"
    _description = "Rotate Secrets"

    system_id = fields.Many2one("logistics.system", required=True, readonly=True, ondelete="cascade")
    signing = fields.Boolean(string="Signing Secret", default=True, help="What we sign with.")
    verification = fields.Boolean(string="Verification Secret", help="What the partner signs with.")
    address = fields.Boolean(string="Inbound Address", help="Where the partner sends to.")
    overlap = fields.Selection(
        [
            ("0", "Not at all: refused at once"),
            ("1", "1 hour"),
            ("24", "24 hours"),
            ("48", "2 days"),
            ("96", "4 days"),
            ("168", "7 days"),
        ],
        string="The Old One Stays Valid",
        default="24",
        required=True,
    )

    def action_apply(self):
        """Rotate, and show what is new once."""
        self.ensure_one()
        if not (self.signing or self.verification or self.address):
            raise UserError(_("Choose what is to be changed."))
        made = self.system_id._rotate(self.signing, self.verification, self.address, int(self.overlap))
        if not made:
            return {"type": "ir.actions.act_window_close"}
        return self.env["logistics.secret.show"]._show(self.system_id, made)
