"""Our own reckoning of arrivals, in batches by a worker: facts in, the plain rules of ``eta`` asked, changes told."""

import logging
from datetime import datetime, timedelta
from datetime import time as clock

import psycopg2

from odoo import _, api, fields, models
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ...eta import Journey, estimate
from ..backbone.batch_run import run_batches
from .codes import CLOSED
from .eta_facts import EtaFacts

_logger = logging.getLogger(__name__)

# Nobody is told an hour: it arrives by the end of the day's deliveries.
_DELIVERED_BY = clock(18)
# A smaller change of ours is no news: it would be one for every hour a depot is late.
TOLERANCE = timedelta(hours=12)
_BATCH = 200
# Until it has left, another cut-off may pass.
_LOOK_AGAIN = timedelta(hours=6)
_AFTER_ERROR = timedelta(hours=1)
# Reckoned for the first time so long after it was made: it was there before anybody reckoned, nothing is news about it.
_OLD = timedelta(days=1)


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    # -- the worker ----------------------------------------------------------------------------------------------

    @api.model
    def _cron_eta(self, seconds=40):
        """Scheduled action: reckon what is due, oldest first, batch by batch.

        :returns: number of shipments reckoned
        """
        return run_batches(self, self._eta_take, lambda due: due._eta_batch(), seconds, _BATCH)

    @api.model
    def _eta_take(self, limit):
        """The next ones that are due and that nobody works on at this moment, locked."""
        self.flush_model(["eta_due_at"])
        self.env.cr.execute(
            SQL(
                "SELECT id FROM logistics_shipment WHERE eta_due_at <= %s ORDER BY eta_due_at LIMIT %s"
                " FOR NO KEY UPDATE SKIP LOCKED",
                fields.Datetime.now(), limit,
            )
        )  # fmt: skip
        return self.browse([row[0] for row in self.env.cr.fetchall()])

    def _eta_batch(self):
        """Reckon these; one that cannot be reckoned stops no other."""
        try:
            with self.env.cr.savepoint():
                self._eta_update()
            return
        except Exception as error:
            if isinstance(error, psycopg2.Error) and error.pgcode in PG_CONCURRENCY_ERRORS_TO_RETRY:
                raise
            self.env.invalidate_all(flush=False)
        for shipment in self:
            try:
                with self.env.cr.savepoint():
                    shipment._eta_update()
            except Exception as error:
                if isinstance(error, psycopg2.Error) and error.pgcode in PG_CONCURRENCY_ERRORS_TO_RETRY:
                    raise
                self.env.invalidate_all(flush=False)
                _logger.warning("The arrival of shipment %s could not be reckoned", shipment.id, exc_info=True)
                shipment.eta_due_at = fields.Datetime.now() + _AFTER_ERROR

    def _eta_update(self):
        """Reckon the arrival of these shipments now, and tell what changed beyond the tolerance."""
        shipments = self.sudo()  # sudo: reckoned alike, whoever caused it
        open_ones = shipments.filtered(lambda s: s.milestone not in CLOSED)
        (shipments - open_ones).filtered("eta_due_at").eta_due_at = False
        facts = EtaFacts(open_ones)
        known = self.env["logistics.transit"].sudo()._known(open_ones.carrier_id)  # sudo: as above
        with self.env["logistics.event"]._business_call():
            for shipment in open_ones:
                shipment._eta_reckon(facts, known)

    # -- one shipment --------------------------------------------------------------------------------------------

    def _eta_reckon(self, facts, known):
        days, working, basis, sample = self._eta_transit(known)
        found = estimate(self._eta_journey(facts, days, working), facts.days_of(self))
        moment = facts.utc(self, datetime.combine(found.day, _DELIVERED_BY)) if found.day else False
        old, first = self.eta_own_at, not self.eta_computed_at
        vals = {
            "eta_own_why": self._eta_words(found.reasons, basis, sample),
            "eta_basis": basis,
            "eta_due_at": self._eta_next(facts.now, moment),
        }
        if not first and moment and old and abs(moment - old) < TOLERANCE:
            moment = old
        if moment != old:
            vals["eta_own_at"] = moment
            if moment and not self.eta_own_first_at:
                vals["eta_own_first_at"] = moment
        if first or moment != old:
            vals["eta_computed_at"] = facts.now
        self.write({key: value for key, value in vals.items() if self[key] != value})
        if moment and old and moment != old:
            self._emit_eta("own", moment, old)
        self._follow_eta(previous=old, quiet=first and self.create_date < facts.now - _OLD)

    def _eta_journey(self, facts, days, working):
        """What is known of it, in local times of the consignee."""
        wish = self._eta_wishes()
        trouble = max((at for at in self.parcel_ids.mapped("exception_at") if at), default=None)
        return Journey(
            now=facts.local(self, facts.now),
            ship_day=facts.ship_day(self),
            days=days,
            working=working,
            milestone=self.milestone or "unknown",
            since=facts.local(self, self.milestone_at) if self.milestone_at else None,
            exception=self.exception_code or None,
            exception_since=facts.local(self, trouble) if self.exception_code and trouble else None,
            not_before=wish.get("not_before"),
            stopped=bool(wish.get("stopped")),
        )

    def _eta_wishes(self):
        """What the carrier was asked and agreed to after dispatch: ``not_before`` (date), ``stopped``. Override."""
        return {}

    def _eta_told_days(self):
        """Transit in delivery days as the carrier tells it: (days, "offer" or "agreed"), else empty. Override."""
        return ()

    def _eta_transit(self, known):
        """(days, whether they are delivery days, where they are from, number of deliveries they were measured on)."""
        told = self._eta_told_days()
        if told and told[1] == "offer":
            return told[0], True, "offer", 0
        measured = self.env["logistics.transit"]._days(self, known)
        if measured:
            return measured[0], True, "measured", measured[1]
        if told:
            return told[0], True, told[1], 0
        if self.carrier_id.logistics_transit_days:
            # said to be calendar days on the shipping method, and used as such by the gate that looks at the date
            return self.carrier_id.logistics_transit_days, False, "method", 0
        return None, True, "none", 0

    def _eta_next(self, now, moment):
        """When time alone may change it: its day passes, or a cut-off before it has left."""
        if not self.dispatched_at:
            return now + _LOOK_AGAIN
        # late in the evening of its day it slips
        return max(moment + timedelta(hours=3), now + timedelta(hours=1)) if moment else False

    def _eta_words(self, reasons, basis, sample):
        """The reasons as people read them."""
        labels = {
            name: dict(self._fields[name]._description_selection(self.env)) for name in ("milestone", "exception_code")
        }
        words = []
        for code, value in reasons:
            if code == "leaves":
                left = self.dispatched_at
                words.append(
                    _("left %(day)s", day=self._eta_day(value))
                    if left
                    else _("leaves %(day)s", day=self._eta_day(value))
                )
            elif code == "takes":
                words.append(self._eta_takes(value, basis, sample))
            elif code == "trouble":
                words.append(labels["exception_code"].get(value, value))
            elif code == "asked_for":
                words.append(_("asked for %(day)s", day=self._eta_day(value)))
            elif code == "overdue":
                words.append(_("was to arrive %(day)s", day=self._eta_day(value)))
            elif code == "stopped":
                words.append(_("called back"))
            elif code == "unknown_transit":
                words.append(_("no transit time is known"))
            else:
                day = value and self._eta_day(value)
                label = labels["milestone"].get(code, code)
                words.append(_("%(milestone)s on %(day)s", milestone=label, day=day) if day else label)
        return "; ".join(words)

    def _eta_takes(self, days, basis, sample):
        days = f"{days:g}"
        if basis == "measured":
            return _("%(days)s delivery days (8 of 10 of %(count)s deliveries)", days=days, count=sample)
        if basis == "offer":
            return _("%(days)s delivery days by the carrier's offer", days=days)
        if basis == "agreed":
            return _("%(days)s delivery days as agreed", days=days)
        return _("%(days)s days by the shipping method", days=days)

    def _eta_day(self, day):
        return format_date(self.env, day, date_format="d MMM")
