"""Which suppliers a supplier's system speaks for."""

from odoo import api, fields, models


class System(models.Model):
    _inherit = "logistics.system"

    supplier_ids = fields.Many2many(
        "res.partner",
        "logistics_system_supplier_rel",
        "system_id",
        "partner_id",
        string="Suppliers",
        help="Whose orders this system may answer. Empty: every supplier's (a portal or a middleware).",
    )

    def _speaks_for(self, supplier):
        """Whether this system may answer orders placed with ``supplier``."""
        self.ensure_one()
        return not self.supplier_ids or supplier.commercial_partner_id in self.supplier_ids.commercial_partner_id

    @api.model
    def _for_supplier(self, supplier, company):
        """The suppliers' systems that may know of what is bought from ``supplier``."""
        systems = self.search(
            [("kind", "=", "supplier"), ("state", "!=", "disabled"), ("company_id", "in", [company.id, False])]
        )
        return systems.filtered(lambda system: system._speaks_for(supplier))
