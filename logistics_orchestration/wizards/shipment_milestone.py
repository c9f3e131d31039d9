"""Record a milestone by hand: what a carrier told on the phone, or the correction of a wrong scan."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..models.shipment.codes import EXCEPTION, MILESTONE


class ShipmentMilestoneWizard(models.TransientModel):
    _name = "logistics.shipment.milestone.wizard"
    _description = "Set Milestone by Hand"

    shipment_id = fields.Many2one("logistics.shipment", required=True, readonly=True, ondelete="cascade")
    parcel_ids = fields.Many2many(
        "logistics.parcel",
        string="Parcels",
        compute="_compute_parcel_ids",
        store=True,
        readonly=False,
        domain="[('shipment_id', '=', shipment_id)]",
    )
    milestone = fields.Selection(
        MILESTONE, compute="_compute_milestone", store=True, readonly=False, required=True, precompute=True
    )
    exception_code = fields.Selection(EXCEPTION, string="Exception", help="Empty: nothing is wrong (any more).")
    occurred_at = fields.Datetime(required=True, default=fields.Datetime.now)
    place = fields.Char()
    reason = fields.Text(help="Who said so, or what was wrong.")

    @api.depends("shipment_id")
    def _compute_parcel_ids(self):
        for wizard in self:
            wizard.parcel_ids = wizard.shipment_id.parcel_ids

    @api.depends("shipment_id")
    def _compute_milestone(self):
        for wizard in self:
            wizard.milestone = wizard.shipment_id.milestone

    def action_apply(self):
        """Record it on the chosen parcels."""
        self.ensure_one()
        self.shipment_id._require_group("group_planner", _("Set milestone"))
        if not (self.reason or "").strip():
            raise UserError(_("Reason: write who said so, or what was wrong."))
        if not self.parcel_ids:
            raise UserError(_("Parcels: choose at least one."))
        if self.occurred_at > fields.Datetime.now():
            raise UserError(_("When: it cannot have happened in the future."))
        with self.env["logistics.event"]._business_call():
            for parcel in self.parcel_ids:
                parcel._record_scan(
                    parcel._scan_by_hand(self.milestone, self.exception_code, self.occurred_at),
                    description=self.reason.strip(),
                    place=self.place,
                )
        if other := self.parcel_ids.filtered(lambda p: p.milestone != self.milestone):
            raise UserError(
                _(
                    "When: a later scan of %(parcel)s says otherwise (%(since)s). Choose a later time.",
                    parcel=other[0].display_name,
                    since=other[0].milestone_at,
                )
            )
        self.shipment_id.message_post(
            body=_(
                "Milestone set by hand (%(parcels)s): %(reason)s",
                parcels=", ".join(self.parcel_ids.mapped("reference")),
                reason=self.reason.strip(),
            )
        )
        return {"type": "ir.actions.act_window_close"}
