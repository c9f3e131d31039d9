"""A driver is asked to come: once per day, warehouse and account, within the warehouse's working time."""

from contextlib import contextmanager
from datetime import datetime, time, timedelta

import psycopg2
import pytz

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ... import adapters

_ONE_INDEX = "logistics_carrier_pickup_one_idx"
# A driver needs this much notice, and the window is at least so long.
_NOTICE, _WINDOW = timedelta(minutes=30), timedelta(minutes=30)
# Where a warehouse has no working times.
_OPEN, _CLOSE = time(8), time(18)


class CarrierPickup(models.Model):
    _name = "logistics.carrier.pickup"
    _description = "Carrier Pickup"
    _inherit = ["logistics.carrier.handover"]
    _work_cron_id = "logistics_carrier_connector.cron_carrier_pickup"
    _ability = "pickup"
    _sequence_code = "logistics.carrier.pickup"

    ready_at = fields.Datetime(
        string="Ready From", compute="_compute_window", store=True, readonly=False, required=True, precompute=True
    )
    close_at = fields.Datetime(
        string="Until", compute="_compute_window", store=True, readonly=False, required=True, precompute=True
    )
    planned_at = fields.Datetime(string="Driver Comes", readonly=True, copy=False, help="What the carrier says.")
    instructions = fields.Char(string="Word to the Driver", compute="_compute_instructions", store=True, readonly=False)
    booking_ids = fields.Many2many("logistics.carrier.booking", compute="_compute_load", string="Bookings")
    parcel_count = fields.Integer(compute="_compute_load", string="Parcels")
    weight_kg = fields.Float(compute="_compute_load", string="Weight (kg)")
    told_count = fields.Integer(string="Parcels Told", readonly=True, copy=False, help="What the carrier was told.")

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_carrier_pickup_one_idx ON logistics_carrier_pickup"
            " (account_id, warehouse_id, day) WHERE state IN ('draft', 'requested', 'done')"
        )

    # -- computes -----------------------------------------------------------------------------------------------------

    @api.depends("account_id", "warehouse_id", "day")
    def _compute_window(self):
        for pickup in self:
            if pickup.day and pickup.warehouse_id and pickup.state in (False, "draft"):
                pickup.ready_at, pickup.close_at = pickup._window(pickup.day)

    @api.depends("account_id")
    def _compute_instructions(self):
        for pickup in self:
            pickup.instructions = pickup.account_id.sudo().pickup_note  # sudo: one word of an account

    @api.depends("account_id", "warehouse_id", "state")
    def _compute_load(self):
        for pickup in self:
            bookings = self.env["logistics.carrier.booking"]
            if pickup.account_id and pickup.warehouse_id:
                bookings = bookings._to_hand_over(pickup.account_id, pickup.warehouse_id, listed=True)
            pickup.booking_ids = bookings
            pickup.parcel_count = len(bookings.line_ids)
            pickup.weight_kg = sum(bookings.line_ids.mapped("weight_kg"))

    @api.constrains("ready_at", "close_at")
    def _check_window(self):
        for pickup in self:
            if pickup.close_at <= pickup.ready_at:
                raise ValidationError(_("Pickup %(name)s: the window ends before it begins.", name=pickup.name))

    def _window(self, day):
        """(from, until) in UTC: from the account's hour to the end of the warehouse's working day."""
        opens, closes = self._open_hours(day)
        hour = self.account_id.sudo().pickup_hour  # sudo: one number of an account
        ready = max(opens, opens.replace(hour=0, minute=0, second=0) + timedelta(hours=hour))
        ready = max(ready, pytz.utc.localize(fields.Datetime.now()).astimezone(opens.tzinfo) + _NOTICE)
        ready = min(ready, closes - _WINDOW)
        return tuple(at.astimezone(pytz.utc).replace(tzinfo=None, microsecond=0) for at in (ready, closes))

    @staticmethod
    def _zone(warehouse):
        """A warehouse's local time."""
        return pytz.timezone(warehouse.logistics_calendar_id.tz or warehouse.partner_id.tz or "UTC")

    @api.model
    def _local_day(self, warehouse):
        """Today where the warehouse is."""
        zone = self._zone(warehouse.sudo())  # sudo: working times of one's own warehouse
        return pytz.utc.localize(fields.Datetime.now()).astimezone(zone).date()

    def _open_hours(self, day):
        """When the warehouse works on a day, with its zone; usual hours where it has no working times then."""
        warehouse = self.warehouse_id.sudo()  # sudo: working times of one's own warehouse
        zone = self._zone(warehouse)
        if warehouse.logistics_calendar_id:
            midnight = datetime.combine(day, time.min)
            for work_day, begin, end in warehouse._logistics_work_days(midnight - timedelta(days=1)):
                if work_day == day:
                    return begin, end
        return zone.localize(datetime.combine(day, _OPEN)), zone.localize(datetime.combine(day, _CLOSE))

    # -- asking -------------------------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        with self._one_a_day():
            pickups = super().create(vals_list)
            pickups.flush_recordset()
        return pickups

    def write(self, vals):
        if not {"state", "day", "account_id", "warehouse_id"} & vals.keys():
            return super().write(vals)
        with self._one_a_day():
            result = super().write(vals)
            self.flush_recordset()
        return result

    @contextmanager
    def _one_a_day(self):
        """What happens inside may make a second pickup of a day; the database refuses it, said in words."""
        try:
            with self.env.cr.savepoint():
                yield
        except psycopg2.IntegrityError as error:
            if error.diag.constraint_name != _ONE_INDEX:
                raise
            raise UserError(
                _("This carrier is asked already to come to this warehouse on this day: open that pickup.")
            ) from error

    def _check_request(self):
        super()._check_request()
        if self.close_at <= fields.Datetime.now():
            raise UserError(_("Pickup %(name)s: its window is over. Choose another day.", name=self.name))

    def action_cancel(self):
        """Call the driver off."""
        self._check_may_act()
        for pickup in self.sudo():  # sudo: fields only the buttons and the worker set
            if pickup.lease_until and pickup.lease_until > fields.Datetime.now():
                raise UserError(_("%(name)s is being asked for at this moment: wait a moment.", name=pickup.name))
            known = pickup.state == "done" or pickup.in_doubt
            if not known or pickup.by_hand or pickup.done_by_hand:
                if known:
                    pickup._tell(_("Tell %(carrier)s that no driver is needed", carrier=pickup.account_id.name), "")
                pickup._move("cancelled", todo=False, error=False)
            else:
                pickup.write({"todo": "cancel", "attempt_count": 0, "next_attempt_at": fields.Datetime.now()})
        self._wake()
        return True

    @api.model
    def _for_today(self, account, warehouse):
        """The pickup of an account at a warehouse on its present working day: that which is there, else a new draft."""
        day = self._local_day(warehouse)
        known = [("account_id", "=", account.id), ("warehouse_id", "=", warehouse.id), ("day", "=", day)]
        there = self.search([*known, ("state", "in", ("draft", "requested", "done"))], limit=1)
        return there or self.create(
            {
                "account_id": account.id,
                "warehouse_id": warehouse.id,
                "company_id": warehouse.company_id.id,
                "day": day,
            }
        )

    def _instructions(self):
        zone = self._open_hours(self.day)[0].tzinfo
        times = [
            pytz.utc.localize(at).astimezone(zone).strftime("%Y-%m-%d %H:%M") for at in (self.ready_at, self.close_at)
        ]
        address = self._sender()
        place = " ".join(part for part in (address.zip, address.city, address.country) if part)
        lines = [
            _("Reference: %(ref)s", ref=self.reference),
            _("Please send a driver between %(begin)s and %(end)s.", begin=times[0], end=times[1]),
            ", ".join(part for part in (address.company or address.name, address.street, place, address.phone) if part),
            _("%(parcels)s parcels, %(weight)s kg", parcels=self.parcel_count, weight=round(self.weight_kg, 2)),
        ]
        return [*lines, self.instructions] if self.instructions else lines

    # -- the worker ---------------------------------------------------------------------------------------------------

    def _prepare_request(self):
        adapter = self._call_account()._adapter()
        request = adapters.PickupRequest(
            reference=self.reference,
            address=self._sender(),
            ready_at=pytz.utc.localize(self.ready_at),
            close_at=pytz.utc.localize(self.close_at),
            parcel_count=max(self.parcel_count, 1),
            weight_kg=round(self.weight_kg, 3),
            instructions=self.instructions or "",
        )
        self.write({"told_count": request.parcel_count})
        return self._once(adapter.find_pickups, lambda: adapter.pickup(request))

    def _done_request(self, pickup):
        planned = pickup.planned_at
        self._done(pickup.id, planned_at=planned and planned.astimezone(pytz.utc).replace(tzinfo=None))

    def _prepare_cancel(self):
        adapter, reference, known = self._call_account()._adapter(), self.reference, self.carrier_ref

        def call_off():
            ids = [known] if known else [found.id for found in adapter.find_pickups(reference) if not found.cancelled]
            for one in ids:
                adapter.cancel_pickup(one)

        return call_off

    def _done_cancel(self, _nothing):
        self._move("cancelled", todo=False, error=False)
