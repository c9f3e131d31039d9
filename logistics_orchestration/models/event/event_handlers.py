"""What answers a fact: handlers run once, after the outermost business call is complete; and who caused what.

A *cause* is a dictionary that travels with everything done because of a fact or a partner's message: in the context
(``logistics_event``, which rules see as ``event``), and in the transaction, so that code which builds an environment
of its own does not lose it. Besides the fact's own keys it has ``depth`` (rules run so far, one because of the other),
``chain`` (those rules and their records) and ``origin_uid``.
"""

import weakref
from contextlib import contextmanager

from odoo import api, models

from ...relay.envelope import EnvelopeError, parse_envelope

# Handlers wait for the end of the outermost business call; the state belongs to one transaction.
_calls = weakref.WeakKeyDictionary()
# columns of the log that are of no use to a rule
KEPT_FROM_HANDLERS = ("body", "full_body", "size", "oversize", "schema_error", "type_id", "user_id", "user_name")

# what of a cause goes with work that is left for later
KEPT_CAUSE = ("uid", "type", "correlation_uid", "origin_uid", "depth", "chain")


class _Call:
    """Nested business calls in one transaction, the handlers that wait for their end, and what caused it all."""

    __slots__ = ("causes", "depth", "draining", "moments", "origin")

    def __init__(self):
        self.depth = 0
        self.moments = []
        self.draining = False
        self.origin = None
        self.causes = []


class EventHandlers(models.Model):
    _inherit = "logistics.event"

    @contextmanager
    def _business_call(self):
        """Wrap an overridden choke point: moments recorded inside run their handlers when the outermost block ends."""
        call = self._call()
        if not call.depth and not call.draining:
            call.origin = None
        call.depth += 1
        mark, pending = len(call.moments), self._pending_mark()
        try:
            yield
        except BaseException:
            del call.moments[mark:]
            self._forget_pending(pending)
            raise
        finally:
            call.depth -= 1
        if not call.depth:
            self._drain_moments(call)

    def _in_business_call(self):
        """Whether such a block is under way in this transaction."""
        return bool(self._call().depth)

    def _call(self):
        transaction = self.env.transaction
        if transaction not in _calls:
            _calls[transaction] = _Call()
        return _calls[transaction]

    def _moment(self, record, event):
        """Queue the handlers of one fact; at once when no business call is under way."""
        call = self._call()
        call.moments.append((record._name, record.id, event, self.env))
        if not call.depth and not call.draining:
            self._drain_moments(call)

    def _drain_moments(self, call):
        """Run waiting handlers in the order of their facts; facts they cause queue up behind."""
        if call.draining:
            return
        call.draining = True
        try:
            while call.moments:
                model, res_id, event, env = call.moments.pop(0)
                told = {key: value for key, value in event.items() if key not in KEPT_FROM_HANDLERS}
                env["base.automation"]._logistics_handle(env[model].browse(res_id), told)
        except BaseException:
            call.moments.clear()
            raise
        finally:
            call.draining = False

    # -- cause and effect -----------------------------------------------------------------------------------------

    def _cause(self):
        """What led to what is done now: an event, a partner's message, or an empty dictionary for a person's act."""
        causes = self._call().causes
        return (causes[-1] if causes else None) or self.env.context.get("logistics_event") or {}

    def _beginning_of(self, uid):
        """The fact a person's act began with: everything told in one business call has the same one."""
        call = self._call()
        if not call.depth:
            return uid
        call.origin = call.origin or uid
        return call.origin

    @contextmanager
    def _caused_by(self, cause):
        """What is told inside is a consequence of ``cause``, also where the context gets lost."""
        causes = self._call().causes
        causes.append(cause)
        try:
            yield
        finally:
            causes.pop()

    @api.model
    def _kept_cause(self):
        """What of the present cause goes with work that is left for later, as JSON; False when there is none."""
        cause = self._cause()
        return {key: cause[key] for key in KEPT_CAUSE if cause.get(key)} or False

    @api.model
    def _inbound_cause(self, message):
        """Cause of what a partner's message leads to.

        A partner that answers each of our facts with one of its own is part of a loop like any rule, so where it names
        what it answers (``causationid``), the count goes on.

        :param message: the logistics.inbox.message
        """
        cause = {
            "uid": message.external_id,
            "origin_uid": message.external_id,
            "source": message.system_id.code,
            "inbox_id": message.id,
        }
        try:
            answered_uid = parse_envelope(message.raw.encode()).causation_uid
        except EnvelopeError:
            return cause  # whoever processes it says what is wrong with it
        # sudo: the log is read for its bookkeeping only
        answered = self.sudo().search([("uid", "=", answered_uid)], limit=1) if answered_uid else None
        if answered:
            cause["depth"] = answered.depth + 1
        return cause
