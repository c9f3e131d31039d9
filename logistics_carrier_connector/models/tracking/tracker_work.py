"""What the worker does with a number to be watched: claim and commit, call with no transaction open, write what came.

A system that does not answer, or asks for fewer calls, is left alone for a while with all its numbers. An error about
one number while others are taken concerns that number: it holds up no other.
"""

import logging
from dataclasses import replace

from odoo import _, api, fields, models

from odoo.addons.logistics_orchestration.models.system.system_columns import system_row
from odoo.addons.logistics_orchestration.relay import fetch
from odoo.addons.logistics_orchestration.relay.backoff import parse_retry_after, retry_delay
from odoo.addons.logistics_orchestration.relay.outgoing import SystemConfig

from ...tracking import JSON_SENDERS, registering
from ...tracking.registering import LATER, NOT_LET_IN, REFUSED, REGISTERED, REGISTRARS, SYSTEM, UNSURE, Outcome

_logger = logging.getLogger(__name__)

# Seconds after which a call that nobody heard of again is made once more; longer than a call may take.
_LEASE = fetch.DEADLINE + 60
_LONGEST_PAUSE = 6 * 3600
# Seconds for which a system that refuses our key is asked nothing.
_KEY_PAUSE = 900
# Seconds for which a system is left alone that answers number after number with an error.
_ERROR_PAUSE = 60


class TrackerWork(models.Model):
    _inherit = "logistics.tracker"

    @api.model
    def _cron_register(self):
        """Scheduled action: register what is due, close what has arrived."""
        self._close_ended()
        self._work_commit()
        self._work_cron(self._work_cron_id)

    def _work_domain(self):
        return [
            ("state", "=", "requested"),
            ("next_attempt_at", "<=", fields.Datetime.now()),
            ("system_id.state", "=", "active"),
        ]

    def _work_attempt(self):
        """One call in three steps: claim and commit, call with no transaction open, write and commit."""
        self.ensure_one()
        if not self._work_lock() or not self.filtered_domain(self._work_domain()):
            return 0
        code = self.system_id.inbound_adapter
        if self._is_over() or code not in REGISTRARS:
            self._close()
            self._work_commit()
            return 1
        lease = fields.Datetime.add(fields.Datetime.now(), seconds=_LEASE)
        # a worker that dies while it calls leaves this behind: the call is made again then
        self.write({"next_attempt_at": lease, "call_count": self.call_count + 1})
        system = SystemConfig(dict(system_row(self.system_id), signing="none"), self.system_id._secret_box())
        url, number, carrier = self.system_id._tracker_address(), self.tracking_number, self.carrier_code or ""
        self._work_commit()
        outcome, retry_after = self._call(system, url, code, number, carrier)
        try:
            with self.env.cr.savepoint():
                self._apply(outcome, retry_after)
        except Exception as error:
            if not self._work_concurrent(error):
                raise
            # somebody changed the same row meanwhile: it is due again when the claim has run out
            self._work_rollback()
            return 1
        self._work_commit()
        return 1

    @staticmethod
    def _call(system, url, code, number, carrier):
        """The call. Touches no record.

        :returns: (:class:`~...tracking.registering.Outcome`, what the partner says about when to ask again)
        """
        if not url:
            return Outcome(REFUSED, "nobody has entered where numbers are registered"), None
        try:
            body = registering.request(code, number, carrier)
            answer = fetch.ask(system, url, REGISTRARS[code].query, body=body)
        except fetch.FetchError as error:
            return Outcome(LATER, str(error), about=SYSTEM), error.retry_after
        outcome = registering.outcome(code, number, answer.status, answer.data)
        return replace(outcome, words=system.redact(outcome.words)), answer.retry_after

    # -- what comes of it ----------------------------------------------------------------------------------------

    def _apply(self, outcome, retry_after):
        if outcome.kind == REGISTERED:
            self._registered(outcome)
        elif outcome.kind == LATER:
            self._later(outcome.words, retry_after, outcome.about)
        else:
            self._refused(outcome.words, outcome.kind == NOT_LET_IN)

    def _registered(self, outcome):
        """It watches the number: what it knows already goes the way of its pushes."""
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.write(
            {
                "state": "registered", "registered_at": fields.Datetime.now(), "attempt_count": 0, "last_error": False,
                "erred_at": False, "not_let_in": False, "partner_ref": outcome.reference or self.partner_ref,
            }
        )  # fmt: skip
        if outcome.body is not None:
            system = self.system_id
            messages = self.env["logistics.poll"]._read_tracker(JSON_SENDERS[system.inbound_adapter], outcome.body)
            if messages:
                self.env["logistics.inbox.message"]._store(
                    system.id, system.company_id.id, messages, {"polled": "tracker"}, look_first=True
                )
        # the key is good again: so are those that failed for it alone
        domain = [("system_id", "=", self.system_id.id), ("state", "=", "failed"), ("not_let_in", "=", True)]
        if others := self.search(domain):
            others._again()

    def _later(self, words, retry_after, about):
        """No answer, or not now: this one waits, and the others of its system where it is about them, too."""
        attempts = self.attempt_count + 1
        pause = min(parse_retry_after(retry_after) or 0, _LONGEST_PAUSE)
        delay = max(retry_delay(attempts, self._work_schedule), pause)
        _logger.info("Tracker %s of system %s: %s", self.id, self.system_id.id, words)
        erred = about == UNSURE and fields.Datetime.now()
        self.write({"attempt_count": attempts, "last_error": words, "erred_at": erred})
        if attempts >= self._work_max_attempts:
            self._failed(words)
        if about == SYSTEM:
            self._pause(min(delay, _KEY_PAUSE) if not pause else delay)
        elif erred and self._others_erred():
            self._pause(_ERROR_PAUSE)
        if self.state == "requested":
            self.next_attempt_at = fields.Datetime.add(fields.Datetime.now(), seconds=delay)
            self._work_wake(delay, share=True)

    def _others_erred(self):
        """Whether the system answered another number with an error as well, and has taken none since."""
        own = [("system_id", "=", self.system_id.id)]
        erring = [*own, ("state", "=", "requested"), ("erred_at", "!=", False), ("id", "!=", self.id)]
        other = self.search(erring, order="erred_at desc", limit=1)
        return bool(other) and not self.search_count([*own, ("registered_at", ">=", other.erred_at)], limit=1)

    def _refused(self, words, not_let_in):
        self.write({"last_error": words, "not_let_in": not_let_in})
        if not_let_in:
            self._pause(_KEY_PAUSE)
        self._failed(words)

    def _pause(self, seconds):
        """The other numbers of this system wait as well."""
        until = fields.Datetime.add(fields.Datetime.now(), seconds=seconds)
        domain = [
            ("system_id", "=", self.system_id.id),
            ("state", "=", "requested"),
            ("next_attempt_at", "<", until),
            ("id", "!=", self.id),
        ]
        self.search(domain).next_attempt_at = until

    def _failed(self, words):
        """A person is told; about a refused key once per system, however many numbers wait for it."""
        self.write({"state": "failed"})
        if self.not_let_in:
            told = [("id", "!=", self.id), ("system_id", "=", self.system_id.id), ("not_let_in", "=", True)]
            if self.search_count([*told, ("state", "=", "failed"), ("activity_ids", "!=", False)], limit=1):
                return
        user = self.system_id.user_id or self.env.ref("base.user_admin")
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=_("%(system)s does not watch %(number)s", system=self.system_id.name, number=self.tracking_number),
            note=self._what_to_do(words),
            user_id=user.id,
        )

    def _what_to_do(self, words):
        known = {
            "system": self.system_id.name,
            "number": self.tracking_number,
            "carrier": self.carrier_code or _("not told"),
            "words": words,
        }
        if self.not_let_in:
            return _(
                "%(system)s does not let us in, so it does not watch %(number)s. It said: %(words)s. Enter the key "
                "again on the system's form, then press Register Again here; the other numbers follow.",
                **known,
            )
        if self.attempt_count >= self._work_max_attempts:
            return _(
                "%(system)s did not take number %(number)s in two days. Last: %(words)s. See whether it is "
                "reachable, then press Register Again.",
                **known,
            )
        return _(
            "%(system)s refuses to watch number %(number)s (carrier there: %(carrier)s). It said: %(words)s. Check the "
            "number on the parcel and the carrier's name on the shipping method or account, then press Register Again. "
            "Until then no scan of it comes through this system.",
            **known,
        )
