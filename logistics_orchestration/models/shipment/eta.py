"""When a shipment is expected: what was promised, what the carrier says, and our own reckoning beside it.

What counts is one of them, ``expected_at``: the carrier's word as long as its day has not passed, else ours. A change
is told with its source; that it will be late is told once, until it is on time again, whoever finds it out.
``eta_due_at`` says when ours has to be reckoned anew: whatever it follows from sets it, a worker does it in batches, so
that a scan costs nothing but that one column (see ``eta_own``).
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .codes import CLOSED

SOURCES = [("carrier", "Carrier"), ("own", "Own reckoning")]
_TOLD = {"eta_own_at", "eta_own_why", "eta_basis", "expected_at", "expected_source", "eta_late_told"}
# A parcel that is scanned again and again is reckoned once, when it has been quiet for so long.
_QUIET_SECONDS = 60


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    eta_first_at = fields.Datetime(string="Carrier's First ETA", readonly=True, copy=False)
    eta_own_at = fields.Datetime(
        string="Our ETA", readonly=True, copy=False, help="By ship day, transit time, delivery days and scans."
    )
    eta_own_first_at = fields.Datetime(string="Our First ETA", readonly=True, copy=False)
    eta_own_why = fields.Char(string="Because", readonly=True, copy=False, help="How our ETA was reckoned.")
    eta_basis = fields.Selection(
        [
            ("offer", "Carrier's offer"),
            ("measured", "Measured"),
            ("agreed", "Agreed with the carrier"),
            ("method", "Shipping method"),
            ("none", "Unknown"),
        ],
        string="Transit Time From",
        readonly=True,
        copy=False,
    )
    eta_computed_at = fields.Datetime(string="Reckoned At", readonly=True, copy=False)
    eta_due_at = fields.Datetime(
        compute="_compute_eta_due", store=True, index="btree_not_null", copy=False, string="Reckoned Anew At"
    )
    expected_at = fields.Datetime(
        string="Expected",
        readonly=True,
        copy=False,
        index=True,
        help="The carrier's ETA until it has passed, else ours.",
    )
    expected_source = fields.Selection(SOURCES, readonly=True, copy=False)
    eta_late_told = fields.Boolean(readonly=True, copy=False, help="That it will be late was told.")
    late_hours = fields.Float(
        string="Late By (h)",
        compute="_compute_late_hours",
        store=True,
        help="Hours after the promised time, as expected or as delivered.",
    )
    late_words = fields.Char(string="Late By", compute="_compute_late_words")
    # what the reports are about
    eta_slip_hours = fields.Float(
        string="Carrier's ETA Slip (h)",
        compute="_compute_eta_accuracy",
        store=True,
        group_operator="avg",
        help="How much later the carrier's last ETA is than its first.",
    )
    eta_error_hours = fields.Float(
        string="Carrier's ETA Error (h)",
        compute="_compute_eta_accuracy",
        store=True,
        group_operator="avg",
        help="Delivered so much later than the carrier first said; negative: earlier.",
    )
    eta_own_error_hours = fields.Float(
        string="Our ETA Error (h)",
        compute="_compute_eta_accuracy",
        store=True,
        group_operator="avg",
        help="Delivered so much later than we first reckoned; negative: earlier.",
    )

    # -- computes ------------------------------------------------------------------------------------------------

    @api.depends(
        "milestone", "exception_code", "milestone_at", "promised_at", "carrier_id", "service", "partner_id",
        "dispatched_at", "eta_at",
    )  # fmt: skip
    def _compute_eta_due(self):
        now = fields.Datetime.now()
        for shipment in self:
            if shipment.milestone in CLOSED:
                shipment.eta_due_at = False
                continue
            due = fields.Datetime.add(now, seconds=_QUIET_SECONDS) if shipment.eta_computed_at else now
            shipment.eta_due_at = min(shipment.eta_due_at or due, due)

    @api.depends("promised_at", "expected_at", "delivered_at", "milestone")
    def _compute_late_hours(self):
        for shipment in self:
            arrival = shipment.delivered_at or shipment.expected_at
            never = shipment.milestone in ("returned", "cancelled")
            late = 0.0 if never else shipment._hours(shipment.promised_at, arrival)
            shipment.late_hours = max(late, 0.0)

    @api.depends("late_hours")
    def _compute_late_words(self):
        for shipment in self:
            hours = round(shipment.late_hours)
            if shipment.late_hours <= 0:
                shipment.late_words = False
            elif hours < 48:
                shipment.late_words = _("%(hours)s h", hours=max(hours, 1))
            else:
                shipment.late_words = _("%(days)s days", days=round(shipment.late_hours / 24))

    @api.depends("eta_at", "eta_first_at", "eta_own_first_at", "delivered_at")
    def _compute_eta_accuracy(self):
        for shipment in self:
            shipment.eta_slip_hours = shipment._hours(shipment.eta_first_at, shipment.eta_at)
            shipment.eta_error_hours = shipment._hours(shipment.eta_first_at, shipment.delivered_at)
            shipment.eta_own_error_hours = shipment._hours(shipment.eta_own_first_at, shipment.delivered_at)

    @api.model
    def _hours(self, start, end):
        """Hours from ``start`` to ``end``; 0 where one is unknown."""
        return round((end - start).total_seconds() / 3600, 1) if start and end else 0.0

    def write(self, vals):
        if not self.env.su and (told := _TOLD & vals.keys()):
            raise UserError(
                _(
                    "%(fields)s of a shipment are reckoned, not written.",
                    fields=", ".join(self._fields[name]._description_string(self.env) for name in sorted(told)),
                )
            )
        return super().write(vals)

    # -- the carrier's word --------------------------------------------------------------------------------------

    def _set_eta(self, eta_at, told_at):
        """Take over the carrier's expected arrival.

        :param eta_at: datetime in UTC
        :param told_at: when the carrier said so; something older than what is known is not taken over
        :returns: False when something newer is known, or the way is over
        """
        self.ensure_one()
        shipment = self.sudo()  # sudo: a fact of the carrier, whoever processes it
        if shipment.milestone in CLOSED or (shipment.eta_told_at and told_at < shipment.eta_told_at):
            return False
        old = shipment.eta_at
        vals = {"eta_at": eta_at, "eta_told_at": told_at}
        if not shipment.eta_first_at:
            vals["eta_first_at"] = eta_at
        shipment.write(vals)
        if old != eta_at:
            with self.env["logistics.event"]._business_call():
                shipment._emit_eta("carrier", eta_at, old, told_at)
                shipment._follow_eta(told_at, old)
        return True

    # -- what counts, what is told -------------------------------------------------------------------------------

    def _choose_expected(self, now=None):
        """(moment, source) that counts now: the carrier's word until its day has passed, else our reckoning."""
        self.ensure_one()
        passed = self.eta_at and self.eta_at < (now or fields.Datetime.now())
        if self.eta_at and not (passed and self.eta_own_at):
            return self.eta_at, "carrier"
        return (self.eta_own_at, "own") if self.eta_own_at else (False, False)

    def _follow_eta(self, occurred_at=None, previous=None, quiet=False):
        """Something about the expected arrival changed: note what counts, tell that it crossed the promise.

        :param previous: the ETA before the change, told along
        :param bool quiet: note only, for what was there before anybody reckoned
        """
        self.ensure_one()
        moment, source = self._choose_expected()
        late = bool(moment and self.promised_at and moment > self.promised_at)
        vals = {"expected_at": moment, "expected_source": source, "eta_late_told": late}
        changed = {key: value for key, value in vals.items() if self[key] != value}
        told = self.eta_late_told
        if changed:
            self.write(changed)
        if late and not told and not quiet:
            self._emit_eta_event(
                "logistics.shipment.delayed", source, moment, previous, occurred_at,
                late_by_hours=self._hours(self.promised_at, moment),
            )  # fmt: skip

    def _emit_eta(self, source, moment, previous, occurred_at=None):
        """Another time of arrival is expected, by the carrier or by us."""
        self._emit_eta_event("logistics.shipment.eta_changed", source, moment, previous, occurred_at)

    def _emit_eta_event(self, type_name, source, moment, previous, occurred_at, **more):
        data = self._logistics_data(type_name)
        data.update(
            eta_at=self._logistics_time(moment),
            previous_eta_at=self._logistics_time(previous),
            source=source,
            own_eta_at=self._logistics_time(self.eta_own_at),
            **more,
        )
        self._logistics_emit(type_name, data=data, certainty="estimated", occurred_at=occurred_at)
