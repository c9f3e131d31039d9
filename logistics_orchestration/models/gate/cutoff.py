"""Until when an order has to be released to leave the same day: per warehouse, per shipping method where it differs."""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class Cutoff(models.Model):
    _name = "logistics.cutoff"
    _description = "Cut-off"
    _order = "warehouse_id, carrier_id, id"
    _check_company_auto = True

    warehouse_id = fields.Many2one("stock.warehouse", required=True, index=True, ondelete="cascade", check_company=True)
    carrier_id = fields.Many2one(
        "delivery.carrier",
        string="Shipping Method",
        ondelete="cascade",
        check_company=True,
        help="Only for this one, e.g. because its van comes at three; empty: for all others.",
    )
    hour = fields.Float(
        string="Cut-off",
        required=True,
        default=15.0,
        help="Local time of the warehouse's calendar, on its working days.",
    )
    company_id = fields.Many2one(related="warehouse_id.company_id", store=True, index=True)

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_cutoff_one_idx ON logistics_cutoff"
            " (warehouse_id, COALESCE(carrier_id, 0))"
        )

    @api.depends("warehouse_id.name", "carrier_id.name")
    def _compute_display_name(self):
        for cutoff in self:
            parts = [cutoff.warehouse_id.name or "", cutoff.carrier_id.name or ""]
            cutoff.display_name = ", ".join(part for part in parts if part)

    def _moment(self, begin):
        """The cut-off on a working day: datetime with the calendar's zone.

        :param begin: when the working day begins, with the calendar's zone
        """
        self.ensure_one()
        return begin.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=self.hour)

    @api.constrains("hour")
    def _check_hour(self):
        for cutoff in self:
            if not 0 <= cutoff.hour <= 24:
                raise ValidationError(
                    _("Cut-off of %(name)s: write a time of day from 0:00 to 24:00.", name=cutoff.display_name)
                )

    def _check_free(self, vals):
        """Refuse a second cut-off for the same before the database does, in words."""
        warehouse_id = vals.get("warehouse_id", self.warehouse_id.id)
        carrier_id = vals.get("carrier_id", self.carrier_id.id)
        same = [("warehouse_id", "=", warehouse_id), ("carrier_id", "=", carrier_id or False)]
        if other := self.search([*same, ("id", "not in", self.ids)], limit=1):
            raise ValidationError(
                _("Shipping Method: %(name)s has a cut-off already. Change that one.", name=other.display_name)
            )

    @api.constrains("warehouse_id")
    def _check_calendar(self):
        for cutoff in self:
            if not cutoff.warehouse_id.logistics_calendar_id:
                raise ValidationError(
                    _(
                        "Warehouse: %(warehouse)s has no working times. Set them on the warehouse first: a cut-off"
                        " counts on working days.",
                        warehouse=cutoff.warehouse_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_free(vals)
        cutoffs = super().create(vals_list)
        cutoffs.warehouse_id._logistics_times_changed()
        return cutoffs

    def unlink(self):
        warehouses = self.warehouse_id
        result = super().unlink()
        warehouses._logistics_times_changed()
        return result

    def write(self, vals):
        if {"warehouse_id", "carrier_id"} & set(vals):
            for cutoff in self:
                cutoff._check_free(vals)
        before = self.warehouse_id
        result = super().write(vals)
        (before | self.warehouse_id)._logistics_times_changed()
        return result
