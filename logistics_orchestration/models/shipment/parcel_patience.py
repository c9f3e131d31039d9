"""Parcels nobody hears of: watched in batches, told once, over with the next scan.

``watch_at`` is when a parcel is looked at next. A scan does not touch it: when the time comes, its latest news are
read, and either the patience has not run out (it is set to when it will) or somebody has to ask the carrier. That
trouble is a scan of our own, "No News from Carrier", at the time of the last news: whatever happened since clears it.
"""

from datetime import timedelta

import pytz

from odoo import _, api, fields, models
from odoo.tools import SQL

from ...milestones import Scan
from ..backbone.batch_run import run_batches
from .codes import CLOSED
from .patience import HOURS

STALE = "tracking_stale"
_BATCH = 1000
# An hour in which nobody works is asked for once.
_HOUR = timedelta(hours=1)
# Where nothing is watched it may be by tomorrow, say because the service became known.
_LATER = timedelta(hours=24)


class Parcel(models.Model):
    _inherit = "logistics.parcel"

    watch_at = fields.Datetime(
        compute="_compute_watch_at", store=True, index="btree_not_null", copy=False, string="Looked At Next"
    )

    @api.depends("tracking_number", "milestone")
    def _compute_watch_at(self):
        now = fields.Datetime.now()
        for parcel in self:
            watched = parcel.tracking_number and parcel.milestone not in CLOSED
            parcel.watch_at = (parcel.watch_at or now) if watched else False

    @api.model
    def _watch_all_again(self):
        """Every parcel on its way is looked at now: a patience was changed."""
        self.env["logistics.parcel"].flush_model(["watch_at"])
        now = fields.Datetime.now()
        self.env.cr.execute(SQL("UPDATE logistics_parcel SET watch_at = %s WHERE watch_at > %s", now, now))
        self.invalidate_model(["watch_at"])

    # -- the worker ----------------------------------------------------------------------------------------------

    @api.model
    def _cron_watch(self, seconds=40):
        """Scheduled action: look at the parcels whose time has come, batch by batch.

        :returns: number of parcels looked at
        """
        return run_batches(self, self._watch_take, lambda due: due._watch(), seconds, _BATCH)

    @api.model
    def _watch_take(self, limit):
        """The next ones to look at that nobody works on at this moment, locked."""
        self.flush_model(["watch_at"])
        self.env.cr.execute(
            SQL(
                "SELECT id FROM logistics_parcel WHERE watch_at <= %s ORDER BY watch_at LIMIT %s"
                " FOR NO KEY UPDATE SKIP LOCKED",
                fields.Datetime.now(), limit,
            )
        )  # fmt: skip
        return self.browse([row[0] for row in self.env.cr.fetchall()])

    def _watch(self):
        """Look at these parcels: set when to look next, or say that nobody hears of them (or that somebody did)."""
        parcels = self.sudo()  # sudo: watched alike, whoever caused it
        now, plans = fields.Datetime.now(), {}
        news = parcels._latest_news()
        next_look = {}
        with self.env["logistics.event"]._business_call():
            for parcel in parcels:
                deadline, hours, soonest = parcel._patience_ends(news.get(parcel.id), plans)
                silent = bool(deadline) and deadline <= now
                if parcel.exception_code == STALE:
                    if not silent:
                        parcel._say_news()
                    again = now + _HOUR
                elif silent and not parcel.exception_code:
                    again = now + parcel._say_stale(news.get(parcel.id), hours)
                else:
                    # other trouble has its case: nobody is told twice to ask the carrier
                    again = min(deadline, now + soonest) if deadline and not silent else now + _LATER
                next_look.setdefault(again, []).append(parcel.id)
        for again, ids in next_look.items():
            self.browse(ids).sudo().watch_at = again  # sudo: as above

    def _latest_news(self):
        """{parcel id: (when we last heard of it, time of the last scan that counts)}; Odoo's own notes are no news."""
        self.env["logistics.milestone"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT parcel_id, MAX(recorded_at) FILTER (WHERE who <> 'odoo'),"
                " MAX(occurred_at) FILTER (WHERE effect <> 'statement')"
                " FROM logistics_milestone WHERE parcel_id IN %s GROUP BY parcel_id",
                tuple(self.ids),
            )
        )
        return {parcel_id: (heard, happened) for parcel_id, heard, happened in self.env.cr.fetchall()}

    def _patience_ends(self, news, plans):
        """(when the patience with this parcel runs out, its hours, when to look at the latest in any case).

        What comes in meanwhile may start a shorter patience, so it is looked at again within the shortest one.

        :param news: of ``_latest_news``, may be None
        :param dict plans: what was reckoned with calendars in this run
        """
        shipment = self.shipment_id
        patience = self.env["logistics.tracking.patience"].sudo()._for(shipment)  # sudo: see _watch
        soonest = timedelta(hours=min((patience[name] for name in HOURS if patience[name]), default=24))
        heard = news[0] if news else None
        if heard:
            since, hours = heard, patience.scan_hours
        elif shipment.dispatched_at:
            since, hours = shipment.dispatched_at, patience.dispatch_hours
        else:
            since, hours = self._labelled_at(), patience.label_hours
        if not hours:
            return None, 0, soonest
        if not patience.calendar_id:
            return since + timedelta(hours=hours), hours, soonest
        since = since.replace(minute=0, second=0, microsecond=0) + _HOUR
        key = (patience.calendar_id.id, since, hours)
        if key not in plans:
            end = patience.calendar_id.plan_hours(hours, pytz.utc.localize(since), compute_leaves=True)
            plans[key] = end and end.astimezone(pytz.utc).replace(tzinfo=None)
        return plans[key] or None, hours, soonest

    def _labelled_at(self):
        """Since when the carrier could have scanned it: its label, else the shipment."""
        return self.label_attachment_id.create_date or self.shipment_id.create_date or self.create_date

    def _say_stale(self, news, hours):
        """Nobody hears of this parcel: note it as trouble, or what would have been noted.

        :returns: how long until it is looked at again
        """
        shipment = self.shipment_id
        words = _("No news for %(hours)s hours", hours=f"{hours:g}")
        if not shipment._logistics_enforced("shipment"):
            shipment._logistics_observe("shipment", _("%(words)s: %(parcel)s", words=words, parcel=self.display_name))
            return _LATER
        last = (news[1] if news else None) or shipment.dispatched_at or self._labelled_at()
        self._record_scan(
            Scan(last + timedelta(seconds=1), exception=STALE, who="odoo", raw_code="no-news"),
            description=words,
            action_required=True,
        )
        return _HOUR

    def _say_news(self):
        """Something was heard that moved nothing, say an estimate: the silence is over all the same."""
        if self.milestone == "unknown":
            return
        scan = Scan(fields.Datetime.now(), self.milestone, who="odoo", raw_code="news")
        if self._record_scan(scan, description=_("Heard of again")) == "applied":
            row = self.milestone_ids.filtered(lambda row: row.raw_code == "news")[:1]
            self.shipment_id._emit_scan("logistics.shipment.status_changed", self, row)
