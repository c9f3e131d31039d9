"""When a warehouse works and until when what is released leaves the same day."""

from datetime import datetime, time, timedelta

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

# How far ahead a working day is looked for: no warehouse is closed for longer.
AHEAD = 35


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    logistics_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Times",
        compute="_compute_logistics_calendar",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        check_company=True,
        help="When orders are picked here, with public holidays. Cut-offs are times of its time zone.",
    )
    logistics_cutoff_ids = fields.One2many("logistics.cutoff", "warehouse_id", string="Cut-offs")

    @api.depends("company_id")
    def _compute_logistics_calendar(self):
        for warehouse in self:
            warehouse.logistics_calendar_id = warehouse.company_id.resource_calendar_id

    @api.constrains("logistics_calendar_id")
    def _check_logistics_calendar(self):
        for warehouse in self.filtered(lambda warehouse: not warehouse.logistics_calendar_id):
            # sudo: a gate counts also for whoever may not read gates
            gates = self.env["logistics.release.gate"].sudo().search([("kind", "=", "cutoff")])
            gate = gates.filtered(lambda gate, warehouse=warehouse: warehouse in gate._warehouses())[:1]
            if gate or warehouse.logistics_cutoff_ids:
                raise ValidationError(
                    _(
                        "Working Times of %(warehouse)s: %(what)s needs them. Choose a calendar.",
                        warehouse=warehouse.name,
                        what=_("release gate '%s'", gate.name) if gate else _("its cut-off"),
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if "logistics_calendar_id" in vals:
            self._logistics_times_changed()
        return result

    def _logistics_times_changed(self):
        """Orders that wait for these warehouses to open may go earlier, or later."""
        if self:
            Recheck = self.env["logistics.release.recheck"]
            kinds = Recheck._timed_kinds()
            Recheck._enqueue_held("calendar", [("gate_id.kind", "in", kinds), ("warehouse_id", "in", self.ids)])

    # -- ship days ---------------------------------------------------------------------------------------------

    def _logistics_work_days(self, now):
        """[(day, start, end)] of the working days to come, today's first; times of day with the calendar's zone.

        :param now: datetime in UTC, without zone
        :raises ValidationError: the warehouse has no working times
        """
        self.ensure_one()
        calendar = self.logistics_calendar_id
        if not calendar:
            raise ValidationError(_("Working Times of %(warehouse)s are not set.", warehouse=self.name))
        zone = pytz.timezone(calendar.tz or "UTC")
        start = zone.localize(datetime.combine(pytz.utc.localize(now).astimezone(zone).date(), time.min))
        days = {}
        for begin, end, _attendance in calendar._work_intervals_batch(start, start + timedelta(days=AHEAD))[False]:
            begin, end = begin.astimezone(zone), end.astimezone(zone)
            first, last = days.get(begin.date(), (begin, end))
            days[begin.date()] = (min(first, begin), max(last, end))
        return [(day, *days[day]) for day in sorted(days)]

    def _logistics_cutoff(self, carrier):
        """The cut-off that counts for a shipping method here; empty where none is set."""
        self.ensure_one()
        own = self.logistics_cutoff_ids.filtered(lambda cutoff: cutoff.carrier_id and cutoff.carrier_id == carrier)
        return own[:1] or self.logistics_cutoff_ids.filtered(lambda cutoff: not cutoff.carrier_id)[:1]

    def _logistics_next_cutoff(self, carrier, now, days=None):
        """The next cut-off of a shipping method here, on a working day.

        :param carrier: delivery.carrier, may be empty
        :param now: datetime in UTC, without zone
        :param days: what ``_logistics_work_days`` says, when it was asked already
        :returns: datetime in UTC, without zone; None where no cut-off is set
        """
        cutoff = self._logistics_cutoff(carrier)
        if not cutoff:
            return None
        here = pytz.utc.localize(now)
        for _day, begin, _end in self._logistics_work_days(now) if days is None else days:
            if (moment := cutoff._moment(begin)) > here:
                return moment.astimezone(pytz.utc).replace(tzinfo=None)
        return None

    def _logistics_ship_day(self, carrier, now, days=None):
        """When what is released now leaves.

        :param carrier: delivery.carrier, may be empty
        :param now: datetime in UTC, without zone
        :param days: what ``_logistics_work_days`` says, when it was asked already
        :returns: (day, opens, late): ``opens`` is when the warehouse starts on that day (UTC), ``late`` whether it is
            not today although today is a working day; (None, None, True) when no working day comes
        """
        days = self._logistics_work_days(now) if days is None else days
        cutoff = self._logistics_cutoff(carrier)
        for index, (day, begin, end) in enumerate(days):
            local = pytz.utc.localize(now).astimezone(begin.tzinfo)
            last = cutoff._moment(begin) if cutoff else end
            if local.date() < day or local <= last:
                opens = begin.astimezone(pytz.utc).replace(tzinfo=None)
                late = day != pytz.utc.localize(now).astimezone(begin.tzinfo).date()
                return day, opens, late and index > 0
        return None, None, True
