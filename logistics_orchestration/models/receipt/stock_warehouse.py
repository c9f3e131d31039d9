"""Where goods that failed their check go, and how long goods take from the dock to the shelf here."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

# Receipt lines an average is made of: the last so many.
SAMPLE = 200


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    logistics_quarantine_location_id = fields.Many2one(
        "stock.location",
        string="Quarantine",
        check_company=True,
        domain="[('usage', '=', 'internal'), ('company_id', 'in', [company_id, False])]",
        help="Goods that failed their receipt check go here. Outside of the warehouse's own tree, so that nothing "
        "reserves or counts them as available. Empty: one is made when it is first needed.",
    )

    @api.constrains("logistics_quarantine_location_id", "view_location_id")
    def _check_logistics_quarantine(self):
        for warehouse in self:
            location, tree = warehouse.logistics_quarantine_location_id, warehouse.view_location_id
            if location and location.parent_path.startswith(tree.parent_path):
                raise ValidationError(
                    _("Quarantine of %(name)s: choose a location outside of the warehouse, else its stock is sold.",
                      name=warehouse.name)
                )  # fmt: skip

    def _logistics_quarantine(self):
        """The quarantine location, made when there is none."""
        self.ensure_one()
        warehouse = self.sudo()  # sudo: whoever receives goods may not make locations
        if not warehouse.logistics_quarantine_location_id:
            warehouse.logistics_quarantine_location_id = warehouse.env["stock.location"].create(
                {
                    "name": _("%(warehouse)s Quarantine", warehouse=warehouse.code),
                    "usage": "internal",
                    "location_id": warehouse.view_location_id.location_id.id,
                    "company_id": warehouse.company_id.id,
                }
            )
        return warehouse.logistics_quarantine_location_id

    def _logistics_receiving_calendar(self):
        """Working time that counts between arrival and shelf."""
        return self.logistics_calendar_id or self.company_id.resource_calendar_id

    def _logistics_dock_to_stock_hours(self, supplier=None):
        """Average working hours from arrival to put-away, over the last receipt lines.

        :param supplier: res.partner whose goods arrive; where it has no history the warehouse's average counts
        :returns: hours, or 0.0 while nothing was measured here
        """
        self.ensure_one()
        times = self.env["logistics.dock.time"].sudo()  # sudo: a figure of the warehouse, whoever plans with it
        domain = [("warehouse_id", "=", self.id)]
        for more in ([("partner_id", "=", supplier.commercial_partner_id.id)] if supplier else None, []):
            if more is not None:
                hours = times.search(domain + more, limit=SAMPLE, order="putaway_at desc, id desc").mapped("hours")
                if hours:
                    return sum(hours) / len(hours)
        return 0.0

    def _logistics_dock_days(self, supplier):
        """What was measured here counts; the figure of the settings until there is any."""
        hours = self._logistics_dock_to_stock_hours(supplier)
        if not hours:
            return super()._logistics_dock_days(supplier)
        return hours / (self._logistics_receiving_calendar().hours_per_day or 24.0)
