"""Work that calls a carrier, in three steps, so that no transaction is open while the carrier is thought about.

1. *Claim*: lock the record, note that a call is under way and until when (the lease), gather what the call needs into
   plain objects, COMMIT.
2. *Call*: plain Python outside any transaction.
3. *Result*: only if the claim is still ours, write what came of it, COMMIT.

A worker killed after step 1 leaves the claim behind; when its lease has run out the work is due again, and the record
knows that a request may have left (`in_doubt`). A result that cannot be written because somebody changed the same
documents is written once more from memory, in a new transaction: the carrier is not asked again for that.
"""

import logging
import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.logistics_orchestration.relay.backoff import retry_delay

from ... import adapters

_logger = logging.getLogger(__name__)

_RESULT_TRIES = 5
# A call ends within its timeout; a lease must never run out under a living worker.
_LEASE_FACTOR, _LEASE_EXTRA = 4, 60


class CarrierCall(models.AbstractModel):
    _name = "logistics.carrier.call"
    _description = "Work that Calls a Carrier"
    _inherit = ["logistics.work.item"]

    # A parcel waits on the floor: after about an hour a person takes over.
    _work_schedule = (5, 30, 120, 300, 600, 900, 1800)
    _work_max_attempts = 8

    claim_token = fields.Char(readonly=True, copy=False)
    lease_until = fields.Datetime(
        readonly=True, copy=False, help="A call is under way; when its worker died, another one takes over then."
    )
    call_count = fields.Integer(string="Calls", readonly=True, copy=False)

    # -- for the model to define ----------------------------------------------------------------------------------

    def _call_account(self):
        """The account to call."""
        raise NotImplementedError(self._name)

    def _call_prepare(self):
        """Step 1: (call, memo). `call` takes no arguments and uses plain objects alone; `memo` comes back in step 3."""
        raise NotImplementedError(self._name)

    def _call_done(self, result, memo):
        """Step 3: what the call returned. May return a `CarrierError` to have what is left tried again later."""
        raise NotImplementedError(self._name)

    def _call_refused(self, error, memo):
        """Step 3: final, asking again will not help. `memo` is None when nothing was called."""
        raise NotImplementedError(self._name)

    def _call_unanswered(self, error, memo):
        """Step 3: no result, it is tried again; `error.maybe_done` says whether the carrier may have acted."""

    def _call_patience(self):
        """(seconds between tries, how many tries) until a person takes over."""
        return self._work_schedule, self._work_max_attempts

    def _call_follows(self):
        """Whether the next step of the same record should be done at once."""
        return False

    # -- the three steps ------------------------------------------------------------------------------------------

    def _work_domain(self):
        """Due, not under way, and the account neither paused nor told to wait."""
        now = fields.Datetime.now()
        return [
            ("next_attempt_at", "<=", now),
            "|", ("lease_until", "=", False), ("lease_until", "<", now),
            ("account_id.state", "=", "active"),
            "|", ("account_id.hold_until", "=", False), ("account_id.hold_until", "<=", now),
        ]  # fmt: skip

    @api.model
    def _work_run(self, seconds=20):
        """A run ends after some seconds; what is still due then is taken up at once by the next one."""
        count = super()._work_run(seconds)
        if count and self.search(self._work_domain(), limit=1):
            self._wake()
        return count

    @api.model
    def _wake(self):
        """Let the worker run as soon as this transaction is committed."""
        self._work_wake()

    def _work_attempt(self):
        """The calls of one record. Replaces the general attempt, whose savepoint would not outlive the commits here."""
        with self.env["logistics.event"]._caused_by(self.work_cause or {}):
            done = self._call_once()
            while done and self._call_follows():
                if not self._call_once():
                    break
        return done

    def _call_once(self):
        """One call in its three steps; returns 1, or 0 when there was none to make."""
        self.ensure_one()
        if not self._work_lock() or not self.filtered_domain(self._work_domain()):
            return 0
        token = uuid.uuid4().hex
        try:
            with self.env.cr.savepoint():
                self._call_claim(token)
                call, memo = self._call_prepare()
        except Exception as error:
            if self._work_concurrent(error):
                self._work_rollback()
                return 0
            # Nothing has left yet: the record or the account is not fit to call with.
            self._call_over(error, None)
            self._work_commit()
            return 1
        self._work_commit()
        outcome = self._call_perform(call)
        self._call_result(token, outcome, memo)
        return 1

    def _call_claim(self, token):
        lease = self._call_account().timeout * _LEASE_FACTOR + _LEASE_EXTRA
        self.write(
            {
                "claim_token": token,
                "lease_until": fields.Datetime.now() + timedelta(seconds=lease),
                "call_count": self.call_count + 1,
            }
        )

    def _call_perform(self, call):
        """Step 2. Returns what the call returned, or the error it raised: never touches a record."""
        try:
            return call()
        except adapters.CarrierError as error:
            return error
        except Exception as error:
            # A fault of the adapter, possibly after the request left.
            _logger.exception("Carrier adapter failed for %s %s", self._name, self._ids)
            return adapters.TransientCarrierError(f"{type(error).__name__}: {error}", maybe_done=True)

    def _call_result(self, token, outcome, memo):
        """Step 3, repeated while others change the same documents."""
        for attempt in range(_RESULT_TRIES):
            try:
                with self.env.cr.savepoint():
                    if self._call_is_ours(token):
                        self._call_apply(outcome, memo)
                self._work_commit()
                return
            except Exception as error:
                if self._work_concurrent(error) and attempt < _RESULT_TRIES - 1:
                    self._work_rollback()
                    continue
                _logger.exception("The result of a carrier call could not be written: %s %s", self._name, self.id)
                self._work_rollback()
                if self._call_is_ours(token):
                    # The carrier may hold a booking we failed to note: looked up at the next try.
                    doubt = adapters.TransientCarrierError(f"{type(error).__name__}: {error}", maybe_done=True)
                    self._call_apply(doubt, memo)
                self._work_commit()
                return

    def _call_is_ours(self, token):
        """Lock the record and say whether it still waits for this very call."""
        self.env.cr.execute(
            SQL("SELECT claim_token FROM %s WHERE id = %s FOR NO KEY UPDATE", SQL.identifier(self._table), self.id)
        )
        row = self.env.cr.fetchone()
        self.invalidate_recordset()
        return bool(row) and row[0] == token

    def _call_apply(self, outcome, memo):
        """Write what came of the call."""
        account = self._call_account()
        self.write({"claim_token": False, "lease_until": False})
        if not isinstance(outcome, adapters.CarrierError):
            account._succeeded()
            outcome = self._call_done(outcome, memo)
            if outcome is None:
                return
        if isinstance(outcome, adapters.CarrierBusy):
            # A pause the carrier asks for is no failed try.
            account._failed(str(outcome), pause=outcome.retry_after)
            self._call_unanswered(outcome, memo)
            self.write({"last_error": str(outcome), "next_attempt_at": account.hold_until})
        elif isinstance(outcome, adapters.TransientCarrierError | adapters.AccountRefused):
            account._failed(str(outcome))
            if isinstance(outcome, adapters.AccountRefused):
                account._tell_refused(str(outcome))
            self._call_unanswered(outcome, memo)
            self._call_later(str(outcome))
        else:
            self._call_over(outcome, memo)

    def _call_later(self, text):
        """Count the try and set when the next one is due, or give up."""
        attempts = self.attempt_count + 1
        schedule, most = self._call_patience()
        wait = timedelta(seconds=retry_delay(attempts, schedule))
        self.write({"attempt_count": attempts, "last_error": text, "next_attempt_at": fields.Datetime.now() + wait})
        if attempts >= most:
            self._work_dead(text)
        else:
            self._work_wake(wait.total_seconds(), share=True)

    def _call_over(self, error, memo):
        """Final: noted as the last error and handed to the model."""
        self.write({"claim_token": False, "lease_until": False, "last_error": str(error)})
        self._call_refused(error, memo)
