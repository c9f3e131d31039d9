"""A parcel: the unit a carrier scans. Its status is folded from its scans by the milestone rules."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...milestones import Scan, Track, advance
from ...milestones.track import APPLIED
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
        self.shipment_id._spread_tracking()
        numbers = [parcel.tracking_number for parcel in self if parcel.tracking_number]
        self.env["logistics.inbox.message"]._replay_for_tracking(numbers)

    @api.model
    def _find_by_tracking(self, number, company):
        """Parcels of ``company`` a carrier means by ``number``, the latest shipment first.

        Carriers reuse numbers after some months, and one number can stand for a whole shipment whose parcels have none.
        """
        number = (number or "").strip()
        found = self.search(
            [("tracking_number", "=", number), ("company_id", "=", company.id)], order="id desc", limit=1
        )
        if found:
            return found
        shipment = self.env["logistics.shipment"].search(
            [("tracking_number", "=", number), ("company_id", "=", company.id)], limit=1
        )
        return shipment.parcel_ids.filtered(lambda p: not p.tracking_number or len(shipment.parcel_ids) == 1)

    # -- scans ---------------------------------------------------------------------------------------------------

    def _track(self):
        """The milestone rules' view of what is known of this parcel."""
        self.ensure_one()
        return Track.of(row._scan() for row in self.milestone_ids if row.effect != "statement")

    def _record_scan(self, scan, *, owned=True, **details):
        """Store what was said about this parcel and let it take effect.

        :param Scan scan: see ``milestones.track``
        :param bool owned: False: said by somebody who does not own the fact, kept without effect
        :param details: more fields of the stored row (description, place, system, inbox message)
        :returns: the effect: applied, late, statement or duplicate
        """
        self.ensure_one()
        # Two scans of one parcel are folded one after the other: the lock makes the second wait, and because every scan
        # updates the row, a second one from an older snapshot is tried again instead of folding without the first.
        self.env.cr.execute("SELECT 1 FROM logistics_parcel WHERE id = %s FOR NO KEY UPDATE", [self.id])
        parcel = self.sudo()  # sudo: a scan is a fact, whoever reported it; the right to report was checked before
        before = parcel._track()
        track, effect = advance(before, scan) if owned else (before, "statement")
        if effect == "duplicate":
            return effect
        row = parcel.env["logistics.milestone"].create(
            {
                "parcel_id": self.id,
                "shipment_id": self.shipment_id.id,
                "milestone": scan.milestone,
                "exception_code": scan.exception,
                "raw_code": scan.raw_code,
                "certainty": scan.certainty,
                "who": scan.who,
                "occurred_at": scan.occurred_at,
                "effect": effect,
                "company_id": self.company_id.id,
                **details,
            }
        )
        parcel._apply_track(track, row)
        return effect

    def _apply_track(self, track, row):
        """Write the folded status and let the shipment tell what changed."""
        status = track.status
        old = {"milestone": self.milestone, "exception": self.exception_code, "shipment": self.shipment_id.milestone}
        vals = {"scan_count": self.scan_count + 1}
        if row.effect == APPLIED:
            vals.update(
                milestone=status.milestone,
                exception_code=status.exception,
                certainty=status.certainty,
                milestone_at=status.since,
                exception_at=status.exception_since,
            )
            if row.place:
                vals["last_place"] = row.place
        self.write(vals)
        if row.effect == APPLIED:
            self.shipment_id._parcel_moved(self, old, row)

    def _scan_by_hand(self, milestone, exception_code, occurred_at=None):
        """A person's scan: sets both axes as it says."""
        return Scan(occurred_at or fields.Datetime.now(), milestone or None, exception_code or None, who="planner")

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
