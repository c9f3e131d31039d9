"""Ask the carrier to change the plan of parcels under way."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..models.instruction.carrier_instruction import KINDS


class InstructionWizard(models.TransientModel):
    _name = "logistics.carrier.instruction.wizard"
    _description = "Change after Dispatch"

    shipment_id = fields.Many2one("logistics.shipment", required=True, readonly=True, ondelete="cascade")
    carrier_id = fields.Many2one(related="shipment_id.carrier_id")
    company_id = fields.Many2one(related="shipment_id.company_id")
    kind = fields.Selection(KINDS, required=True, default="redirect")
    parcel_ids = fields.Many2many(
        "logistics.parcel",
        string="Parcels",
        compute="_compute_defaults",
        store=True,
        readonly=False,
        domain="[('shipment_id', '=', shipment_id), ('milestone', 'not in', ('delivered', 'returned', 'cancelled'))]",
    )
    partner_id = fields.Many2one(
        "res.partner", string="New Address", compute="_compute_partner_id", store=True, readonly=False
    )
    point = fields.Char(string="Pick-up Point", help="The carrier's code of it, else its name and address.")
    day = fields.Date(string="Delivery Day")
    reason = fields.Text()
    way = fields.Char(compute="_compute_way", string="How")

    @api.depends("shipment_id")
    def _compute_defaults(self):
        for wizard in self:
            shipment = wizard.shipment_id
            wizard.parcel_ids = shipment.parcel_ids.filtered(
                lambda p: p.milestone not in ("delivered", "returned", "cancelled")
            )

    @api.depends("kind", "shipment_id")
    def _compute_partner_id(self):
        """Offered is the address to correct; to redirect, another one has to be chosen."""
        for wizard in self:
            known = wizard.shipment_id.partner_id
            wizard.partner_id = known if wizard.kind == "correct_address" else wizard.partner_id - known

    @api.depends("kind", "shipment_id")
    def _compute_way(self):
        for wizard in self:
            # sudo: how the carrier is told, nothing of its account
            shipment = wizard.shipment_id.sudo()
            booking = shipment.booking_ids.filtered(lambda b: b._is_live)[:1]
            probe = shipment.instruction_ids.new(
                {
                    "shipment_id": shipment.id,
                    "kind": wizard.kind,
                    "booking_id": booking.id,
                    "account_id": booking.account_id.id,
                }
            )
            name = shipment.carrier_id.name or _("The carrier")
            words = (
                _("%(carrier)s is told by its interface, right away.", carrier=name)
                if wizard.kind and probe._by_interface()
                else _("%(carrier)s cannot be told by interface: it becomes a to-do for you.", carrier=name)
            )
            if wizard.kind and probe._needs_approval():
                words = _("An approver has to agree first. %(then)s", then=words)
            wizard.way = words

    def action_apply(self):
        """Ask for it."""
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(_("Reason: write why, in a few words."))
        self.shipment_id._instruct(
            self.kind,
            self.reason.strip(),
            self.parcel_ids,
            self.partner_id,
            (self.point or "").strip(),
            self.day,
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}
