"""Asking partners who do not push, or who may have pushed what we missed: reconciliation polling.

What to ask is a method ``_poll_<what>(system, url, cursor) -> (messages, cursor)``: it gets plain settings, calls the
partner and returns (external id, ``Incoming``) pairs. It runs outside any transaction; what it returns and the new
cursor are stored together. Messages go the way of pushed ones: the same id is a duplicate, so that pushing and polling
may overlap.
"""

import json
import logging
import time
from contextlib import closing

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...relay import fetch
from ...relay.backoff import parse_retry_after
from ...relay.envelope import EnvelopeError, read_json
from ...relay.inbound import ADAPTERS, MAX_BATCH, name_messages, unread
from ...relay.outgoing import SystemConfig
from ...relay.transport import Transport
from ...relay.url_guard import UrlRefused, parse_url
from ..system.system_columns import system_row

_logger = logging.getLogger(__name__)

# After this many failures in a row a person is told.
_TELL_AFTER = 3
_MAX_PAGES = 20
_LONGEST_PAUSE = 6 * 3600


class Poll(models.Model):
    _name = "logistics.poll"
    _description = "Poll of a Partner"
    _inherit = ["logistics.work.item", "mail.thread", "mail.activity.mixin"]
    _order = "system_id, what, id"
    _check_company_auto = True
    _work_cron_id = "logistics_orchestration.cron_polls"

    system_id = fields.Many2one("logistics.system", required=True, ondelete="cascade", index=True)
    what = fields.Selection([("feed", "Feed of our envelope")], required=True, default="feed")
    url = fields.Char(
        string="URL", required=True, help="Asked with ?after=<cursor>; under the same rules as deliveries."
    )
    interval_minutes = fields.Integer(string="Every (Minutes)", required=True, default=15)
    active = fields.Boolean(default=True)
    cursor = fields.Char(help="What the partner gave us last; empty: from the beginning.")
    last_run_at = fields.Datetime(readonly=True, copy=False)
    last_ok_at = fields.Datetime(string="Last Success", readonly=True, copy=False)
    message_count = fields.Integer(string="Messages Found", readonly=True, copy=False)
    missed_count = fields.Integer(
        string="New Among Them", readonly=True, copy=False, help="Those that had not been pushed."
    )
    company_id = fields.Many2one(related="system_id.company_id", store=True)

    _sql_constraints = [
        ("interval", "CHECK(interval_minutes >= 1)", "A poll is made at most once a minute."),
    ]

    @api.depends("system_id", "what")
    def _compute_display_name(self):
        kinds = dict(self._fields["what"]._description_selection(self.env))
        for poll in self:
            poll.display_name = ": ".join(filter(None, (poll.system_id.name, kinds.get(poll.what))))

    @api.constrains("url", "system_id")
    def _check_url(self):
        for poll in self:
            try:
                parse_url(poll.url, poll.system_id.allow_http)
            except UrlRefused as error:
                raise ValidationError(
                    _("Poll of %(name)s: %(error)s.", name=poll.system_id.name, error=error)
                ) from error

    # -- the worker -------------------------------------------------------------------------------------------

    @api.model
    def _cron_poll(self):
        """Scheduled action: ask whoever is due."""
        self._work_cron(self._work_cron_id)

    def _work_domain(self):
        return [
            ("active", "=", True),
            ("next_attempt_at", "<=", fields.Datetime.now()),
            ("system_id.state", "!=", "disabled"),
        ]

    def _work_attempt(self):
        """One question in three steps: claim and commit, ask with no transaction open, store and commit."""
        self.ensure_one()
        if not self._work_lock() or not self.filtered_domain(self._work_domain()):
            return 0
        now = fields.Datetime.now()
        # a worker that dies while it asks leaves this behind: asked again at the next turn
        self.write({"last_run_at": now, "next_attempt_at": self._next(now)})
        system = SystemConfig(dict(system_row(self.system_id), signing="none"), self.system_id._secret_box())
        ask = getattr(self, f"_poll_{self.what}")
        url, cursor, about = self.url, self.cursor or "", self._poll_about()
        self._work_commit()
        try:
            messages, cursor = ask(system, url, cursor, **about)
        except fetch.FetchError as error:
            self._failed(str(error), error.retry_after)
        except Exception as error:
            # a partner's nonsense, or a fault of the method: told, and asked again
            _logger.warning("Poll %s of system %s failed", self.id, system.id, exc_info=True)
            self._failed(f"{type(error).__name__}: {error}", None)
        else:
            self._store_answer(messages, cursor)
        self._work_commit()
        return 1

    def _poll_about(self):
        """More arguments of the method that asks: what it has to know of this database, read before it asks."""
        return {}

    def _next(self, moment):
        return fields.Datetime.add(moment, minutes=self.interval_minutes)

    def _store_answer(self, messages, cursor):
        inbox = self.env["logistics.inbox.message"]
        stored = []
        for start in range(0, len(messages), MAX_BATCH):
            part = messages[start : start + MAX_BATCH]
            stored += inbox._store(self.system_id.id, self.company_id.id, part, {"polled": self.what}, look_first=True)
        new = sum(1 for _id, status in stored if status == "accepted")
        self.write(
            {
                "cursor": cursor,
                "last_ok_at": fields.Datetime.now(),
                "last_error": False,
                "attempt_count": 0,
                "message_count": self.message_count + len(stored),
                "missed_count": self.missed_count + new,
            }
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])

    def _failed(self, words, retry_after):
        """Noted; a pause the partner asks for is kept."""
        vals = {"last_error": words, "attempt_count": self.attempt_count + 1}
        pause = parse_retry_after(retry_after)
        if pause:
            asked = fields.Datetime.add(fields.Datetime.now(), seconds=min(pause, _LONGEST_PAUSE))
            vals["next_attempt_at"] = max(asked, self.next_attempt_at)
        self.write(vals)
        if self.attempt_count == _TELL_AFTER:
            user = self.system_id.user_id or self.env.ref("base.user_admin")
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=_("Polling %(system)s fails", system=self.system_id.name),
                note=words,
                user_id=user.id,
            )

    # -- what can be asked ------------------------------------------------------------------------------------

    @api.model
    def _poll_feed(self, system, url, cursor):
        """A feed of our own envelope: GET <url>?after=<cursor> -> {"events": […], "cursor": "…", "more": bool}.

        :param system: relay.outgoing.SystemConfig
        :param str url: of the feed
        :param str cursor: what it gave last; empty: from the beginning
        :returns: ([(external id, Incoming)], cursor)
        :raises FetchError: no answer, or none that can be read
        """
        found, deadline = [], time.monotonic() + fetch.DEADLINE
        with closing(Transport()) as transport:
            for _page in range(_MAX_PAGES):
                raw = fetch.get(system, url, {"after": cursor} if cursor else None, transport=transport)
                events, then, more = self._read_page(raw)
                for event in events:
                    found += self._read_event(event)
                before, cursor = cursor, then or cursor
                if not more or cursor == before or time.monotonic() > deadline:
                    break
        return found, cursor

    @api.model
    def _read_page(self, raw):
        """A page of a feed as (events, cursor, whether there is more).

        :raises FetchError: it is none
        """
        try:
            answer = read_json(raw)
        except EnvelopeError as error:
            raise fetch.FetchError(str(error)) from error
        events = answer.get("events") if isinstance(answer, dict) else None
        if not isinstance(events, list):
            raise fetch.FetchError("the answer has no list 'events'")
        return events, str(answer.get("cursor") or ""), bool(answer.get("more"))

    @api.model
    def _read_event(self, event):
        """One event of a feed as [(external id, Incoming)]; one that cannot be read is kept and stops no other."""
        raw = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
        try:
            messages = ADAPTERS["native"].read(raw, {})
        except EnvelopeError:
            messages = unread(raw, fields.Datetime.now())
        return name_messages(messages, raw, {})

    def action_poll_now(self):
        """Ask as soon as the worker comes to it."""
        self.write({"next_attempt_at": fields.Datetime.now()})
        self._work_wake()
        return True
