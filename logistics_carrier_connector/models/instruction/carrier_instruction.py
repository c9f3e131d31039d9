"""A change of plan for parcels the carrier has already: another address, a pick-up point, another day, or back to us.

The intent is committed first, with our own reference; a worker tells the carrier outside any transaction and looks the
reference up before it tells it a second time. What the carrier's interface cannot do is a task for a person, who notes
what the carrier said. Only what the carrier accepted changes the shipment.
"""

import secrets
from contextlib import contextmanager

import psycopg2

from odoo import _, api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("redirect", "Deliver to another address"),
    ("correct_address", "Correct the address"),
    ("hold_at_point", "Hold at a pick-up point"),
    ("change_date", "Deliver on another day"),
    ("intercept", "Call back to sender"),
]
# (from, to, who, what happens)
TRANSITIONS = [
    ("new", "to_approve", "planner", "asked for; waits where the company wants somebody else to agree"),
    ("to_approve", "requested", "planner, approver", "nobody has to agree, or it was agreed to: the carrier is told"),
    (
        "to_approve",
        "by_hand",
        "planner, approver",
        "the same, where the carrier has no interface for it: a person tells it",
    ),
    ("to_approve", "rejected", "approver", "not agreed to, with a reason"),
    ("to_approve", "cancelled", "planner", "not wanted any more"),
    ("requested", "accepted", "worker", "the carrier does it; logistics.shipment.redirected"),
    ("requested", "refused", "worker", "the carrier does not do it, with its words"),
    (
        "requested",
        "by_hand",
        "worker",
        "no answer for an hour, or the carrier cannot say whether it has it: a person asks",
    ),
    ("by_hand", "accepted", "planner", "the carrier said yes; logistics.shipment.redirected"),
    ("by_hand", "refused", "planner", "the carrier said no, with its words"),
    ("by_hand", "cancelled", "planner", "not wanted any more"),
]
OPEN = ("to_approve", "requested", "by_hand")
_OPEN_INDEX = "logistics_carrier_instruction_open_idx"
_FREE = {"activity_ids", "message_ids", "message_follower_ids", "message_main_attachment_id", "user_id"}


class CarrierInstruction(models.Model):
    _name = "logistics.carrier.instruction"
    _description = "Change after Dispatch"
    _inherit = ["logistics.carrier.call", "logistics.source", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _work_cron_id = "logistics_carrier_connector.cron_carrier_instruction"

    name = fields.Char(required=True, readonly=True, copy=False, index=True, default=lambda self: _("New"))
    reference = fields.Char(readonly=True, copy=False, help="Ours towards the carrier, the same in every try.")
    shipment_id = fields.Many2one("logistics.shipment", required=True, readonly=True, index=True, ondelete="cascade")
    parcel_ids = fields.Many2many("logistics.parcel", string="Parcels", readonly=True)
    company_id = fields.Many2one(related="shipment_id.company_id", store=True, index=True)
    order_id = fields.Many2one(related="shipment_id.order_id", store=True)
    carrier_id = fields.Many2one("delivery.carrier", string="Shipping Method", readonly=True)
    booking_id = fields.Many2one("logistics.carrier.booking", readonly=True, ondelete="set null")
    account_id = fields.Many2one("logistics.carrier.account", readonly=True, ondelete="restrict")
    kind = fields.Selection(KINDS, string="Change", required=True, readonly=True, tracking=True)
    partner_id = fields.Many2one("res.partner", string="New Address", readonly=True, check_company=True)
    old_partner_id = fields.Many2one("res.partner", string="Address Before", readonly=True)
    point = fields.Char(string="Pick-up Point", readonly=True)
    day = fields.Date(string="Delivery Day", readonly=True)
    reason = fields.Text(readonly=True)
    state = fields.Selection(
        [
            ("to_approve", "To Approve"),
            ("requested", "Carrier Asked"),
            ("by_hand", "To Do by Hand"),
            ("accepted", "Accepted"),
            ("refused", "Refused by Carrier"),
            ("rejected", "Not Approved"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open")
    in_doubt = fields.Boolean(readonly=True, copy=False, help="A request may have reached the carrier unanswered.")
    answered_by_hand = fields.Boolean(readonly=True, copy=False)
    answer = fields.Text(string="Carrier's Words", readonly=True, copy=False)
    answered_at = fields.Datetime(readonly=True, copy=False)
    carrier_ref = fields.Char(string="Carrier's Reference", readonly=True, copy=False)
    user_id = fields.Many2one("res.users", string="Asked By", readonly=True, default=lambda self: self.env.user)
    approved_by = fields.Char(readonly=True, copy=False)

    _sql_constraints = [("reference_unique", "UNIQUE(reference)", "Another instruction has this reference.")]

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_carrier_instruction_open_idx"
            " ON logistics_carrier_instruction (shipment_id) WHERE state IN ('to_approve', 'requested', 'by_hand')"
        )

    @api.depends("state")
    def _compute_is_open(self):
        for one in self:
            one.is_open = one.state in OPEN

    # -- creation and guards -------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", _("New")) == _("New"):
                vals["name"] = self.env["ir.sequence"].next_by_code("logistics.carrier.instruction")
            # unique beyond this database: a copy of it counts on from the same number
            vals["reference"] = f"{vals['name'].replace('/', '-')}-{secrets.token_hex(3).upper()}"
        with self._one_open(self.env["logistics.shipment"].browse([vals["shipment_id"] for vals in vals_list])):
            made = super().create(vals_list)
            made.flush_recordset()
        return made

    @contextmanager
    def _one_open(self, shipments):
        """What happens inside may open an instruction; the database refuses a second one, said in words."""
        try:
            with self.env.cr.savepoint():
                yield
        except psycopg2.IntegrityError as error:
            if error.diag.constraint_name != _OPEN_INDEX:
                raise
            raise UserError(
                _(
                    "%(shipment)s has a change under way already. Wait for the carrier's answer, or cancel it first.",
                    shipment=", ".join(shipments.mapped("name")),
                )
            ) from error

    def write(self, vals):
        if not self.env.su and (told := vals.keys() - _FREE):
            raise UserError(
                _(
                    "%(field)s of a change after dispatch is set by its buttons only.",
                    field=self._fields[min(told)]._description_string(self.env),
                )
            )
        if "state" in vals:
            moves = {(old, new) for old, new, _who, _what in TRANSITIONS}
            states = dict(self._fields["state"]._description_selection(self.env))
            for one in self:
                if one.state != vals["state"] and (one.state, vals["state"]) not in moves:
                    raise UserError(
                        _(
                            "%(name)s is %(old)s and cannot become %(new)s.",
                            name=one.name,
                            old=states[one.state],
                            new=states[vals["state"]],
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("What was asked of a carrier is kept. Cancel it instead."))

    # -- as a document with events -------------------------------------------------------------------------------

    def _logistics_root(self):
        return self.shipment_id._logistics_root()

    def _logistics_scope(self):
        return self.shipment_id._logistics_scope()

    def _logistics_subject(self):
        return self.name

    def _summary(self):
        """What is asked, in one line."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        place = self.partner_id.display_name if self.kind in ("redirect", "correct_address") else self.point
        what = place or (self.day and fields.Date.to_string(self.day)) or ""
        return f"{kinds[self.kind]}: {what}" if what else kinds[self.kind]
