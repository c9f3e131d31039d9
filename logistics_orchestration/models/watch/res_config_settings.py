"""Settings of the backbone: the token of the monitoring system."""

import hmac
import secrets

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..system.system_pull import MIN_TOKEN, bearer, token_hash

_PARAMETER = "logistics.metrics_token_sha256"


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # computed: what is written into it never reaches the wizard's table
    logistics_metrics_token = fields.Char(
        string="Monitoring Token",
        compute="_compute_logistics_metrics_token",
        inverse="_inverse_logistics_metrics_token",
        help="Bearer token for /logistics/metrics and the detail of /logistics/health. Write to replace; it cannot be "
        "read back.",
    )
    logistics_metrics_token_set = fields.Boolean(compute="_compute_logistics_metrics_token")

    def _compute_logistics_metrics_token(self):
        # sudo: only whether there is one
        is_set = bool(self.env["ir.config_parameter"].sudo().get_param(_PARAMETER))
        for settings in self:
            settings.logistics_metrics_token = False
            settings.logistics_metrics_token_set = is_set

    def _inverse_logistics_metrics_token(self):
        for settings in self:
            token = (settings.logistics_metrics_token or "").strip()
            if token:
                self._logistics_set_metrics_token(token)
        # what was written must not be read back, not even from the cache
        self.invalidate_recordset(["logistics_metrics_token", "logistics_metrics_token_set"])

    @api.model
    def _logistics_set_metrics_token(self, token):
        """Store what is needed to recognise ``token``; an empty one switches metrics off.

        :raises ValidationError: it is so short that it could be guessed
        """
        if token and len(token) < MIN_TOKEN:
            raise ValidationError(
                _("Monitoring token: at least %(number)s characters. Better: let it be generated.", number=MIN_TOKEN)
            )
        self.env["ir.config_parameter"].set_param(_PARAMETER, token_hash(token) if token else False)

    @api.model
    def _logistics_metrics_access(self, authorization):
        """Whether a header carries the monitoring token: True, False, or None where no token is set.

        :param str authorization: the ``Authorization`` header as it came, or None
        """
        # sudo: the monitoring system has no user here; only a hash is stored
        stored = self.env["ir.config_parameter"].sudo().get_param(_PARAMETER)
        if not stored:
            return None
        return hmac.compare_digest(stored, token_hash(bearer(authorization)))

    def action_logistics_generate_metrics_token(self):
        """Make a new monitoring token and show it once; the old one is refused from now on."""
        token = secrets.token_urlsafe(32)
        self._logistics_set_metrics_token(token)
        return {
            "type": "ir.actions.act_window",
            "name": _("Monitoring token: shown this once"),
            "res_model": "logistics.secret.show",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_metrics_token": token},
        }

    def action_logistics_remove_metrics_token(self):
        """Switch metrics off: without a token they are not served."""
        self._logistics_set_metrics_token("")
        return {"type": "ir.actions.client", "tag": "reload"}
