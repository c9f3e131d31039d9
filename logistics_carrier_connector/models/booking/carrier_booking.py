"""The intent to book a carrier: committed first, carried out afterwards by a worker.

This file says what a booking is. What may be asked of it is in ``carrier_booking_actions``, what the worker does in
``carrier_booking_work``, what the carrier's answer changes in Odoo in ``carrier_booking_result``, and what a person may
do instead in ``carrier_booking_hand``.

`todo` is what the worker still has to do; a booking asks for one thing at a time. `in_doubt` is True from the moment a
buying request may have left until it is known what became of it: as long as it is, the carrier is asked before it is
told to book.
"""

import secrets
from contextlib import contextmanager

import psycopg2

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import adapters

STATES = [
    ("draft", "Draft"),
    ("requested", "Requested"),
    ("booked", "Booked"),
    ("failed", "Failed"),
    ("voided", "Voided"),
]
_LIVE_INDEX = "logistics_carrier_booking_one_live_idx"
# Changed by the buttons and the worker only, never from outside.
_GUARDED = {
    "reference", "state", "todo", "in_doubt", "claim_token", "lease_until", "call_count", "attempt_count",
    "next_attempt_at", "amount", "currency_id", "carrier_booking_ref", "error", "last_error", "booked_at",
    "booked_by_hand", "void_requested_at", "void_failed", "line_ids",
}  # fmt: skip


class CarrierBooking(models.Model):
    _name = "logistics.carrier.booking"
    _description = "Carrier Booking"
    _inherit = ["logistics.source", "logistics.carrier.call", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _work_cron_id = "logistics_carrier_connector.cron_carrier_booking"

    name = fields.Char(required=True, readonly=True, copy=False, default="/", index="trigram")
    reference = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        help="Our own reference: the carrier is told it with every try, so that nothing is bought twice.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    shipment_id = fields.Many2one(
        "logistics.shipment", required=True, ondelete="restrict", index=True, check_company=True, tracking=True
    )
    carrier_id = fields.Many2one(
        "delivery.carrier",
        string="Shipping Method",
        required=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    account_id = fields.Many2one(
        "logistics.carrier.account", required=True, ondelete="restrict", index=True, check_company=True
    )
    environment = fields.Selection(related="account_id.environment")
    service = fields.Char(help="The carrier's code of the service; empty: its default.")
    packaging = fields.Char(help="The carrier's code of the packaging; empty: our own.")
    incoterm_id = fields.Many2one("account.incoterms", help="Who pays duties; empty within a customs union.")
    is_return = fields.Boolean(
        string="Return", readonly=True, copy=False, help="The parcels come back: the label is for the customer."
    )
    label_format = fields.Selection([("pdf", "PDF"), ("zpl", "ZPL")], required=True, default="pdf")
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    todo = fields.Selection(
        [
            ("book", "Book"),
            ("labels", "Get labels"),
            ("void", "Void"),
            ("settle", "Look for surplus bookings"),
        ],
        string="Next Step",
        readonly=True,
        copy=False,
    )
    by_hand = fields.Boolean(compute="_compute_by_hand", help="This account has no interface: a person books.")
    in_doubt = fields.Boolean(
        readonly=True, copy=False, help="A request may have reached the carrier without our knowing."
    )
    void_requested_at = fields.Datetime(readonly=True, copy=False)
    void_reason = fields.Char(readonly=True, copy=False, tracking=True)
    void_failed = fields.Boolean(readonly=True, copy=False, help="The carrier would not void it: a person has to.")
    booked_by_hand = fields.Boolean(readonly=True, copy=False)
    booked_at = fields.Datetime(readonly=True, copy=False)
    carrier_booking_ref = fields.Char(string="Carrier's Reference", readonly=True, copy=False, tracking=True)
    amount = fields.Monetary(readonly=True, copy=False)
    currency_id = fields.Many2one("res.currency", readonly=True, copy=False)
    error = fields.Text(readonly=True, copy=False, help="Why it could not be done.")
    line_ids = fields.One2many(
        "logistics.carrier.booking.parcel", "booking_id", string="Parcels", readonly=True, copy=False
    )
    tracking_numbers = fields.Char(compute="_compute_tracking_numbers", string="Tracking")
    label_count = fields.Integer(compute="_compute_tracking_numbers")
    order_id = fields.Many2one("sale.order", compute="_compute_order_id", compute_sudo=True)

    _sql_constraints = [
        ("reference_unique", "UNIQUE(reference)", "Another booking has this reference."),
    ]

    def init(self):
        super().init()
        # the index of earlier versions knew no returns
        self.env.cr.execute("DROP INDEX IF EXISTS logistics_carrier_booking_live_idx")
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_carrier_booking_one_live_idx ON logistics_carrier_booking"
            " (shipment_id, COALESCE(is_return, false))"
            " WHERE state IN ('draft', 'requested', 'booked') AND void_requested_at IS NULL"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_carrier_booking_todo_idx ON logistics_carrier_booking"
            " (next_attempt_at) WHERE todo IS NOT NULL"
        )

    # -- computes -------------------------------------------------------------------------------------------------

    @api.depends("account_id.adapter")
    def _compute_by_hand(self):
        for booking in self:
            # sudo: planners see how they book, not the account
            account = booking.account_id.sudo()
            booking.by_hand = bool(account) and not account.automatic

    @api.depends("line_ids.tracking_number", "line_ids.label_state")
    def _compute_tracking_numbers(self):
        for booking in self:
            booking.tracking_numbers = ", ".join(
                line.tracking_number for line in booking.line_ids if line.tracking_number
            )
            booking.label_count = len(booking.line_ids.filtered(lambda line: line.label_state == "ok"))

    def _compute_order_id(self):
        for booking in self:
            root = booking.shipment_id._logistics_root()
            booking.order_id = root if root._name == "sale.order" else False

    @property
    def _is_live(self):
        return self.state in adapters.LIVE and not self.void_requested_at

    # -- creation and guards --------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su and _GUARDED & set(vals):
                raise self._guarded(_GUARDED & set(vals))
            if not vals.get("shipment_id"):
                raise UserError(_("Shipment: choose what is booked."))
            shipment = self.env["logistics.shipment"].browse(vals["shipment_id"])
            carrier = self.env["delivery.carrier"].browse(vals.get("carrier_id") or shipment.carrier_id.id)
            vals.update(self._prepare_booking_vals(shipment, carrier, vals))
        with self._one_live(self.env["logistics.shipment"].browse([vals["shipment_id"] for vals in vals_list])):
            bookings = super().create(vals_list)
            bookings.flush_recordset()
        return bookings

    @contextmanager
    def _one_live(self, shipments):
        """What happens inside may make a booking live; the database refuses a second one, said in words."""
        try:
            with self.env.cr.savepoint():
                yield
        except psycopg2.IntegrityError as error:
            if error.diag.constraint_name != _LIVE_INDEX:
                raise
            raise UserError(
                _(
                    "Shipment %(shipment)s is being booked already, perhaps by a colleague at this moment. "
                    "Reload the page to see the booking; void it before you book another.",
                    shipment=", ".join(shipments.mapped("name")),
                )
            ) from error

    @api.model
    def _prepare_booking_vals(self, shipment, carrier, vals):
        """Values that follow from shipment and shipping method; override to add.

        :raises UserError: the shipping method has no account in the shipment's company
        """
        account = carrier._logistics_account(shipment.company_id)
        if not account:
            raise UserError(
                _(
                    "Shipping method %(carrier)s of shipment %(shipment)s has no carrier account in %(company)s: "
                    "set one on the shipping method, or choose another.",
                    carrier=carrier.name or "-",
                    shipment=shipment.name,
                    company=shipment.company_id.name,
                )
            )
        # sudo: numbering, whoever books
        sequence = self.env["ir.sequence"].sudo().with_company(shipment.company_id)
        name = sequence.next_by_code("logistics.carrier.booking")
        return {
            "name": name,
            # Unique beyond this database: a copy of it counts on from the same number.
            "reference": f"{name.replace('/', '-')}-{secrets.token_hex(3).upper()}",
            "company_id": shipment.company_id.id,
            "carrier_id": carrier.id,
            "account_id": account.id,
            "service": account._service_code(vals.get("service") or carrier.logistics_service),
            "packaging": vals.get("packaging") or carrier.logistics_packaging,
            "incoterm_id": vals.get("incoterm_id") or carrier.logistics_incoterm_id.id,
            "label_format": vals.get("label_format") or carrier.logistics_label_format or account.label_format,
        }

    def write(self, vals):
        if not self.env.su and _GUARDED & set(vals):
            raise self._guarded(_GUARDED & set(vals))
        if {"shipment_id", "carrier_id", "account_id", "service"} & set(vals) and any(b.state != "draft" for b in self):
            raise UserError(
                _("What was asked of a carrier is not changed: void %(name)s and book anew.", name=self[:1].name)
            )
        for booking in self if "state" in vals else ():
            if not adapters.can_move(booking.state, vals["state"]):
                states = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    _(
                        "Booking %(name)s is %(old)s and cannot become %(new)s.",
                        name=booking.name,
                        old=states[booking.state],
                        new=states.get(vals["state"], vals["state"]),
                    )
                )
        return super().write(vals)

    def _guarded(self, names):
        label = self._fields[min(names)]._description_string(self.env)
        return UserError(_("%(field)s of a booking is set by its buttons and by the worker only.", field=label))

    @api.onchange("shipment_id", "carrier_id")
    def _onchange_carrier(self):
        self.carrier_id = self.carrier_id or self.shipment_id.carrier_id
        company = self.shipment_id.company_id or self.env.company
        self.account_id = self.carrier_id._logistics_account(company)
        self.company_id = company
        if self.account_id:
            self.service = self.account_id._service_code(self.carrier_id.logistics_service)
            self.packaging = self.carrier_id.logistics_packaging
            self.incoterm_id = self.carrier_id.logistics_incoterm_id
            self.label_format = self.carrier_id.logistics_label_format or self.account_id.label_format

    @api.ondelete(at_uninstall=False)
    def _unlink_draft_only(self):
        for booking in self:
            if booking.state != "draft":
                raise UserError(_("Booking %(name)s was asked for: void it instead of deleting it.", name=booking.name))

    # -- as a document with events --------------------------------------------------------------------------------

    def _logistics_root(self):
        return self.shipment_id._logistics_root()

    def _logistics_scope(self):
        return self.shipment_id._logistics_scope()
