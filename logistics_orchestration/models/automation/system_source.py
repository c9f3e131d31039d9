"""An external system tells facts about its line: dead letters, breaker, replays, silence."""

from odoo import models


class System(models.Model):
    _name = "logistics.system"
    _inherit = ["logistics.system", "logistics.source"]

    def _logistics_data(self, type_name):
        """What every fact about a system's line names; who records it adds what happened."""
        self.ensure_one()
        return {
            "system": self.code,
            "system_name": self.name,
            "kind": self.kind,
            "environment": self.environment,
        }

    def _logistics_subject(self):
        return self.code
