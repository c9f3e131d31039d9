"""A parcel: the unit a carrier scans. Its status is folded from its scans by the milestone rules (parcel_scan.py)."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .codes import CERTAINTY, EXCEPTION, MILESTONE

LABEL_STATES = [
    ("none", "None"),
    ("requested", "Requested"),
    ("ok", "Ready"),
    ("failed", "Failed"),
    ("voided", "Voided"),
]
_FOLDED = ("milestone", "exception_code", "certainty", "milestone_at", "exception_at", "last_place", "scan_count")


class Parcel(models.Model):
    _name = "logistics.parcel"
    _description = "Parcel"
    _order = "shipment_id desc, id"
    _rec_name = "reference"
    _rec_names_search = ["reference", "tracking_number", "shipment_id.name"]
    _check_company_auto = True

    shipment_id = fields.Many2one("logistics.shipment", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="shipment_id.company_id", store=True, index=True)
    order_id = fields.Many2one(related="shipment_id.order_id", store=True, index=True)
    partner_id = fields.Many2one(related="shipment_id.partner_id")
    carrier_id = fields.Many2one(related="shipment_id.carrier_id", store=True)
    reference = fields.Char(required=True, help="Our own number, on the label and towards the carrier.")
    package_id = fields.Many2one("stock.quant.package", readonly=True, ondelete="set null", help="Empty: loose goods.")
    weight_kg = fields.Float(string="Weight (kg)", digits="Stock Weight")
    tracking_number = fields.Char(copy=False, index=True)
    # -- label --
    label_state = fields.Selection(LABEL_STATES, default="none", required=True, copy=False)
    label_attachment_id = fields.Many2one("ir.attachment", string="Label", copy=False, ondelete="set null")
    # -- how far --
    milestone = fields.Selection(MILESTONE, default="unknown", required=True, readonly=True, copy=False, index=True)
    exception_code = fields.Selection(EXCEPTION, string="Exception", readonly=True, copy=False)
    certainty = fields.Selection(CERTAINTY, default="planned", required=True, readonly=True, copy=False)
    milestone_at = fields.Datetime(string="Since", readonly=True, copy=False)
    exception_at = fields.Datetime(string="Exception Since", readonly=True, copy=False)
    last_place = fields.Char(readonly=True, copy=False)
    scan_count = fields.Integer(readonly=True, copy=False)
    milestone_ids = fields.One2many("logistics.milestone", "parcel_id", string="Scans", readonly=True)

    @api.depends("reference", "tracking_number")
    def _compute_display_name(self):
        for parcel in self:
            number = parcel.tracking_number
            parcel.display_name = f"{parcel.reference} ({number})" if number else parcel.reference

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_folded(vals)
            if not vals.get("reference"):
                vals["reference"] = self._next_reference(vals)
        parcels = super().create(vals_list)
        parcels.filtered("tracking_number")._tracking_known()
        return parcels

    def write(self, vals):
        self._refuse_folded(vals)
        if "tracking_number" in vals:
            vals = dict(vals, tracking_number=(vals["tracking_number"] or "").strip() or False)
        result = super().write(vals)
        if vals.get("tracking_number"):
            self._tracking_known()
        return result

    def _refuse_folded(self, vals):
        if not self.env.su and (told := set(_FOLDED) & vals.keys()):
            raise UserError(
                _(
                    "%(fields)s of a parcel follow from its scans. Use Set milestone to record one by hand.",
                    fields=", ".join(self._fields[name]._description_string(self.env) for name in sorted(told)),
                )
            )

    def _next_reference(self, vals):
        """The package's name, else the shipment's with a number."""
        if vals.get("package_id"):
            return self.env["stock.quant.package"].browse(vals["package_id"]).name
        shipment = self.env["logistics.shipment"].browse(vals["shipment_id"])
        return f"{shipment.name}-{len(shipment.parcel_ids) + 1}"

    # -- tracking numbers ----------------------------------------------------------------------------------------

    def _tracking_known(self):
        """A number was given: tell shipment and transfers, and try again what came in under it too early."""
        self.env["logistics.inbox.message"]._notes_together().pop("numbered", None)  # it may be one of them
        self.shipment_id._spread_tracking()
        numbers = [parcel.tracking_number for parcel in self if parcel.tracking_number]
        self.env["logistics.inbox.message"]._replay_for_tracking(numbers)

    # -- what it holds, what is told -----------------------------------------------------------------------------

    def _get_move_lines(self):
        """The done stock move lines that are in this parcel."""
        self.ensure_one()
        # sudo: the content of a parcel is known to whoever works on it
        lines = self.shipment_id.picking_ids.sudo().move_line_ids.filtered(lambda line: line.state == "done")
        if self.package_id:
            return lines.filtered(lambda line: line.result_package_id == self.package_id)
        return lines.filtered(lambda line: not line.result_package_id)

    def _logistics_parcel_data(self):
        return {
            "reference": self.reference,
            "tracking_number": self.tracking_number or "",
            "milestone": self.milestone,
            "exception_code": self.exception_code or "",
            "weight_kg": self.weight_kg,
        }

    def action_open_label(self):
        """Open the label to print it."""
        self.ensure_one()
        if not self.label_attachment_id or self.label_state != "ok":
            raise UserError(_("Parcel %(reference)s has no valid label yet.", reference=self.reference))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.label_attachment_id.id}?download=true",
            "target": "new",
        }
