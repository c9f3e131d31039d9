"""Orders that wait for rates are looked at again when the time to wait is up."""

from odoo import api, models


class ReleaseRecheck(models.Model):
    _inherit = "logistics.release.recheck"

    @api.model
    def _timed_kinds(self):
        return [*super()._timed_kinds(), "rates"]
