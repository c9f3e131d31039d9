"""Show freshly made secrets once, to be handed to the partner; afterwards nobody can read them."""

from odoo import _, fields, models


class SecretShow(models.TransientModel):
    _name = "logistics.secret.show"
    _description = "New Secrets"

    system_id = fields.Many2one("logistics.system", readonly=True, ondelete="cascade")
    secret_out = fields.Char(string="We Sign With", store=False, readonly=True)
    secret_in = fields.Char(string="The Partner Signs With", store=False, readonly=True)

    pull_token = fields.Char(string="The Partner Fetches With", store=False, readonly=True)
    metrics_token = fields.Char(string="The Monitoring System Reads With", store=False, readonly=True)

    def _show(self, system, made):
        """Window with the secrets in ``made``; they travel in the action only and are stored nowhere in plain."""
        return {
            "type": "ir.actions.act_window",
            "name": _("Secrets of %(system)s: shown this once", system=system.name),
            "res_model": self._name,
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_system_id": system.id, **{f"default_{key}": value for key, value in made.items()}},
        }
