"""What the reckoning of many shipments needs alike, read once: zones, delivery days, ship days. No model."""

from datetime import timedelta

import pytz

from odoo import fields
from odoo.exceptions import ValidationError

from ...eta import DeliveryDays, weekend

# Days off that are looked at: so far back and so far ahead.
_BACK, _AHEAD = 200, 120


class EtaFacts:
    """Facts about ``shipments`` and those like them, for one run."""

    def __init__(self, shipments):
        self.env = shipments.env
        self.now = fields.Datetime.now()
        self._zones, self._days, self._ship_days, self._work_days = {}, {}, {}, {}

    def zone(self, shipment):
        """Time zone at the consignee: the contact's, else the country's first, else the warehouse's."""
        partner = shipment.partner_id
        key = (partner.tz, partner.country_id.id, shipment.warehouse_id.id)
        if key not in self._zones:
            names = pytz.country_timezones.get(partner.country_id.code or "", [])
            name = partner.tz or (names and names[0]) or shipment.warehouse_id.logistics_calendar_id.tz or "UTC"
            self._zones[key] = pytz.timezone(name)
        return self._zones[key]

    def local(self, shipment, moment):
        """A naive UTC time as a naive local time at the consignee."""
        return pytz.utc.localize(moment).astimezone(self.zone(shipment)).replace(tzinfo=None)

    def utc(self, shipment, moment):
        """A naive local time at the consignee as a naive UTC time."""
        return self.zone(shipment).localize(moment).astimezone(pytz.utc).replace(tzinfo=None)

    def days_of(self, shipment):
        """The days on which its carrier delivers there."""
        calendar = shipment.carrier_id.logistics_delivery_calendar_id
        country = shipment.partner_id.country_id
        key = (calendar.id, False if calendar else country.code)
        if key not in self._days:
            self._days[key] = self._calendar_days(calendar) if calendar else DeliveryDays(weekend(country.code))
        return self._days[key]

    def _calendar_days(self, calendar):
        worked = {int(line.dayofweek) for line in calendar.attendance_ids if not line.resource_id}
        off = frozenset(range(7)) - worked
        if len(off) == 7:
            return DeliveryDays()
        zone = pytz.timezone(calendar.tz or "UTC")
        start, end = self.now - timedelta(days=_BACK), self.now + timedelta(days=_AHEAD)
        leaves = self.env["resource.calendar.leaves"].search(
            [
                ("calendar_id", "=", calendar.id),
                ("resource_id", "=", False),
                ("date_from", "<", end),
                ("date_to", ">", start),
            ]
        )
        holidays = set()
        for leave in leaves:
            first = pytz.utc.localize(leave.date_from).astimezone(zone).date()
            last = pytz.utc.localize(leave.date_to).astimezone(zone).date()
            holidays |= {first + timedelta(days=step) for step in range((last - first).days + 1)}
        return DeliveryDays(off, frozenset(holidays))

    def ship_day(self, shipment):
        """The day it left, or the next one on which its warehouse still makes the cut-off of its carrier."""
        warehouse = shipment.warehouse_id
        if shipment.dispatched_at:
            zone = pytz.timezone(warehouse.logistics_calendar_id.tz or "UTC")
            return pytz.utc.localize(shipment.dispatched_at).astimezone(zone).date()
        key = (warehouse.id, shipment.carrier_id.id)
        if key not in self._ship_days:
            self._ship_days[key] = self._next_ship_day(warehouse, shipment.carrier_id)
        return self._ship_days[key]

    def _next_ship_day(self, warehouse, carrier):
        day = None
        if warehouse:
            if warehouse.id not in self._work_days:
                try:
                    self._work_days[warehouse.id] = warehouse._logistics_work_days(self.now)
                except ValidationError:  # without working times every weekday counts
                    self._work_days[warehouse.id] = None
            days = self._work_days[warehouse.id]
            if days is not None:
                day, _opens, _late = warehouse._logistics_ship_day(carrier, self.now, days)
        if day:
            return day
        country = warehouse.partner_id.country_id.code if warehouse else ""
        return DeliveryDays(weekend(country)).next(self.now.date())
