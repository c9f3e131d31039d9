"""Shipments under way whose plan can be changed."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.logistics_orchestration.models.shipment.codes import CLOSED

from .carrier_instruction import OPEN


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    instruction_ids = fields.One2many("logistics.carrier.instruction", "shipment_id", readonly=True)
    instruction_count = fields.Integer(compute="_compute_instruction_count", string="Changes")
    can_instruct = fields.Boolean(compute="_compute_can_instruct")

    @api.depends("instruction_ids")
    def _compute_instruction_count(self):
        for shipment in self:
            shipment.instruction_count = len(shipment.instruction_ids)

    @api.depends("dispatched_at", "milestone", "instruction_ids.state")
    def _compute_can_instruct(self):
        for shipment in self:
            waiting = any(one.state in OPEN for one in shipment.instruction_ids)
            shipment.can_instruct = bool(shipment.dispatched_at) and shipment.milestone not in CLOSED and not waiting

    def action_instruct(self):
        """Open the window to change the plan of what the carrier has already."""
        self.ensure_one()
        self._check_may_instruct()
        return {
            "type": "ir.actions.act_window",
            "name": _("Change Delivery of %(name)s", name=self.name),
            "res_model": "logistics.carrier.instruction.wizard",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_shipment_id": self.id},
        }

    def _check_may_instruct(self):
        self._require_group("group_planner", _("Change delivery"))
        if not self.dispatched_at:
            raise UserError(
                _("%(name)s has not left: change it here, or void its booking and book anew.", name=self.name)
            )
        if self.milestone in CLOSED:
            raise UserError(_("%(name)s: its way is over, the carrier can change nothing.", name=self.name))

    def _instruct(self, kind, reason="", parcels=None, partner=None, point="", day=None):
        """Ask the carrier for a change of plan.

        :param str kind: one of ``adapters.INSTRUCTIONS``
        :param str reason: why
        :param parcels: logistics.parcel records, all that are under way when not given
        :param partner: res.partner to deliver to (redirect, correct_address)
        :param str point: code or name of the pick-up point (hold_at_point)
        :param day: date of delivery (change_date)
        :returns: the logistics.carrier.instruction
        :raises UserError: not under way, something is missing, or a change is under way already
        """
        self.ensure_one()
        self._check_may_instruct()
        moving = (parcels or self.parcel_ids).filtered(lambda p: p.milestone not in CLOSED)
        self._check_instruction(kind, moving, partner, point, day)
        shipment = self.sudo()  # sudo: the right was checked; what is asked of carriers is written by the code alone
        booking = shipment.booking_ids.filtered(lambda b: b._is_live)[:1]
        one = shipment.env["logistics.carrier.instruction"].create(
            {
                "shipment_id": self.id,
                "parcel_ids": [fields.Command.set(moving.ids)],
                "carrier_id": (booking.carrier_id or self.carrier_id).id,
                "booking_id": booking.id,
                "account_id": booking.account_id.id,
                "kind": kind,
                "partner_id": partner.id if partner and kind in ("redirect", "correct_address") else False,
                "old_partner_id": self.partner_id.id,
                "point": point if kind == "hold_at_point" else False,
                "day": day if kind == "change_date" else False,
                "reason": reason,
                "state": "to_approve",
                "user_id": self.env.user.id,
            }
        )
        if one._needs_approval():
            one._logistics_request_approval("delivery_change", reason)
        else:
            one._send()
        return one.with_env(self.env)

    def _check_instruction(self, kind, parcels, partner, point, day):
        if not parcels:
            raise UserError(_("Parcels: choose at least one that is still under way."))
        if kind in ("redirect", "correct_address") and not (partner and partner.country_id):
            raise UserError(_("New Address: choose where it goes, with its country."))
        if kind == "redirect" and partner == self.partner_id:
            raise UserError(_("New Address: it goes there already. To tell its right words, choose to correct it."))
        if kind == "hold_at_point" and not point:
            raise UserError(_("Pick-up Point: write its code or name."))
        if kind == "change_date" and (not day or day <= fields.Date.context_today(self)):
            raise UserError(_("Delivery Day: choose a day after today."))

    def action_open_instructions(self):
        """Every change that was asked of the carrier."""
        return self._open("logistics.carrier.instruction", self.instruction_ids, _("Changes after Dispatch"))

    def _eta_wishes(self):
        """What the carrier agreed to since it left."""
        wishes = super()._eta_wishes()
        agreed = self.instruction_ids.filtered(lambda one: one.state == "accepted").sorted("answered_at")
        dates = agreed.filtered(lambda one: one.kind == "change_date")
        if dates:
            wishes["not_before"] = dates[-1].day
        if any(one.kind == "intercept" for one in agreed):
            wishes["stopped"] = True
        return wishes

    def _eta_told_days(self):
        """The transit time of the offer it goes with, else the one agreed for its service."""
        offer = self.offer_ids.filtered(lambda one: one.chosen and one.days_known)[:1]
        if offer:
            return offer.transit_days, "offer"
        account = self.carrier_id._logistics_account(self.company_id)
        code = account._service_code(self.service or self.carrier_id.logistics_service) if account else ""
        agreed = account.service_ids.filtered(lambda one: one.code == code and one.transit_days)[:1]
        return (agreed.transit_days, "agreed") if agreed else super()._eta_told_days()
