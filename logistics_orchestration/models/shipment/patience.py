"""How long nothing may be heard of a parcel, per shipping method and service, before somebody has to ask."""

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError

HOURS = ("label_hours", "dispatch_hours", "scan_hours")


class TrackingPatience(models.Model):
    _name = "logistics.tracking.patience"
    _description = "Patience with Carriers"
    _inherit = ["logistics.cached.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    carrier_id = fields.Many2one(
        "delivery.carrier",
        string="Shipping Method",
        ondelete="cascade",
        check_company=True,
        help="Only for this one; empty: for all that have no patience of their own.",
    )
    service = fields.Char(help="Only for this service of the carrier, e.g. express; empty: all of them.")
    label_hours = fields.Float(
        string="After the Label (h)",
        default=48.0,
        help="From the tracking number to the dispatch or the first scan; 0: not watched.",
    )
    dispatch_hours = fields.Float(
        string="After Dispatch (h)", default=24.0, help="From the dispatch to the first scan; 0: not watched."
    )
    scan_hours = fields.Float(
        string="Between Scans (h)", default=48.0, help="From one scan to the next; 0: not watched."
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Counted In",
        ondelete="restrict",
        help="Only the working hours of this calendar count; empty: every hour.",
    )
    company_id = fields.Many2one("res.company", ondelete="cascade", help="Empty: for all companies.")

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_tracking_patience_scope_idx ON logistics_tracking_patience"
            " (COALESCE(carrier_id, 0), COALESCE(lower(service), ''), COALESCE(company_id, 0)) WHERE active"
        )

    @api.constrains(*HOURS)
    def _check_hours(self):
        for patience in self:
            for name in HOURS:
                if patience[name] < 0:
                    raise ValidationError(
                        _(
                            "%(field)s of %(name)s: write 0 (not watched) or more hours.",
                            field=patience._fields[name]._description_string(self.env),
                            name=patience.name,
                        )
                    )

    @api.constrains("service", "carrier_id")
    def _check_service(self):
        for patience in self:
            if patience.service and not patience.carrier_id:
                raise ValidationError(_("Service of %(name)s: choose the shipping method too.", name=patience.name))

    @api.model_create_multi
    def create(self, vals_list):
        patiences = super().create(vals_list)
        patiences._look_again()
        return patiences

    def write(self, vals):
        result = super().write(vals)
        self._look_again()
        return result

    def _look_again(self):
        """Another patience: parcels that were waited for longer are looked at now."""
        # sudo: whoever sets the rule need not see every company's parcels
        self.env["logistics.parcel"].sudo()._watch_all_again()

    @api.model
    @tools.ormcache()
    def _scopes(self):
        """{(carrier id, service, company id): id} of all of them, the first by sequence where two say the same."""
        # sudo: the rule counts whoever's parcel it is
        rows = self.sudo().search([], order="sequence desc, id desc")
        return {(row.carrier_id.id, (row.service or "").lower(), row.company_id.id): row.id for row in rows}

    @api.model
    def _for(self, shipment):
        """The one that counts for a shipment: the service's before the method's, that before the general one."""
        table, company = self._scopes(), shipment.company_id.id
        carrier, service = shipment.carrier_id.id, (shipment.service or "").lower()
        for scope in ((carrier, service), (carrier, ""), (False, "")):
            for of in (company, False):
                if (*scope, of) in table:
                    return self.browse(table[(*scope, of)])
        return self.browse()
