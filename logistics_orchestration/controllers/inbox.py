"""Where partners speak: verify the raw bytes, store, answer. Nothing else happens in the request.

What a request costs: one look-up that is kept in memory, one HMAC, one INSERT. An unknown address or a wrong
signature is counted, stored nowhere and told no more than 401; see :mod:`..relay.limits` for what bounds them.
"""

import json
import logging
from datetime import datetime, timezone

import psycopg2

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..relay.envelope import EnvelopeError
from ..relay.inbound import ADAPTERS, name_messages, unread
from ..relay.limits import RateGate, Strangers
from ..relay.signature import SignatureError
from ..relay.verifiers import check

_logger = logging.getLogger(__name__)

MAX_BYTES = 1_048_576
# Kept for whoever looks into a message later; anything that could carry a credential is not.
KEPT_HEADERS = (
    "webhook-id", "webhook-timestamp", "content-type", "user-agent",
    "x-shopify-topic", "x-shopify-event-id", "x-shopify-webhook-id", "x-shopify-shop-domain",
)  # fmt: skip
# Odoo reads these before we see them, so that there are no raw bytes to verify.
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

gate = RateGate()
strangers = Strangers()


class InboxController(http.Controller):
    @http.route(
        "/logistics/inbox/<string:slug>", type="http", auth="none", methods=["POST"], csrf=False, save_session=False
    )
    def receive(self, slug, **_query):
        """One request of one partner. 202 stored; 401 signature or address; 400 unreadable; 413 size; 415 type;
        411 no length; 429 too fast."""
        incoming = request.httprequest
        if incoming.mimetype in _FORMS:
            return self._answer(415, error=f"Content-Type {incoming.mimetype} is not taken")
        env = request.env(user=SUPERUSER_ID)
        entry = env["logistics.system"]._inbound_entry(slug)
        limit = entry.max_bytes if entry else MAX_BYTES
        if incoming.content_length is None and "Transfer-Encoding" in incoming.headers:
            # a body of unknown length cannot be bounded before it is read
            return self._answer(411, error="Send the body with Content-Length")
        if (incoming.content_length or 0) > limit:
            return self._answer(413, error=f"The body is larger than {limit} bytes")
        # cached: after a conflict Odoo calls this again
        raw = incoming.get_data(cache=True)
        if refusal := self._refuse(env, entry, incoming, raw):
            return refusal
        wait = gate.enter(
            (env.cr.dbname, entry.system_id),
            entry.rate,
            lambda count: env["logistics.system"]._inbound_take(entry.system_id, entry.rate, count),
        )
        if wait:
            return self._slower(wait)
        adapter = ADAPTERS[entry.adapter]
        if incoming.mimetype not in adapter.content_types:
            return self._answer(415, error=f"Content-Type must be one of {', '.join(adapter.content_types)}")
        try:
            named = self._named(entry, adapter, raw, incoming.headers)
        except EnvelopeError as error:
            return self._answer(400, error=str(error))
        kept = {name: incoming.headers[name] for name in KEPT_HEADERS if name in incoming.headers}
        stored = self._store(env, entry, named, kept)
        if len(stored) == 1 and incoming.mimetype != "application/cloudevents-batch+json":
            return self._answer(202, id=stored[0][0], status=stored[0][1])
        status = "accepted" if any(status == "accepted" for _id, status in stored) else "duplicate"
        return self._answer(202, status=status, messages=[{"id": uid, "status": told} for uid, told in stored])

    def _refuse(self, env, entry, incoming, raw):
        """The answer to who may not speak here, or None. All of them are told the same."""
        address = incoming.remote_addr or ""
        kind = why = None
        if entry is None:
            kind, why = "address", "nobody has this address"
        elif not entry.open:
            kind, why = "address", "the system is disabled"
        elif not any(entry.settings.secrets):
            kind, why = "no_secret", "no verification secret is set"
        else:
            try:
                check(entry.scheme, entry.settings, incoming.headers, raw)
            except SignatureError as error:
                kind, why = "signature", str(error)
        if kind is None:
            return None
        if wait := strangers.tired_of(address):
            return self._slower(wait)
        strangers.refused(address)
        if entry:
            _logger.info("Inbound message for %s refused: %s", entry.code, why)
        ours = (entry.system_id, entry.company_id) if entry else (None, None)
        env["logistics.refusal"]._note(kind, *ours, detail=why)
        return self._answer(401, error="Unauthorized")

    def _named(self, entry, adapter, raw, headers):
        """The request's messages with their ids. An adapter that breaks loses nothing: the whole is kept, unread."""
        try:
            messages = adapter.read(raw, headers)
        except EnvelopeError:
            raise
        except Exception:
            _logger.exception(
                "The adapter %s broke on a message of %s; it is kept as it came", entry.adapter, entry.code
            )
            messages = unread(raw, datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0))
        return name_messages(messages, raw, headers, entry.id_path)

    def _store(self, env, entry, named, headers):
        """Store all or none. The same message at the same moment: look again at once, as nothing else was done."""
        inbox = env["logistics.inbox.message"]
        try:
            return inbox._store(entry.system_id, entry.company_id, named, headers)
        except psycopg2.errors.SerializationFailure:
            env.cr.rollback()
            return inbox._store(entry.system_id, entry.company_id, named, headers, look_first=True)

    def _slower(self, wait):
        return self._answer(429, {"Retry-After": str(wait)}, error="Too many requests")

    def _answer(self, status, headers=None, /, **content):
        found = [("Content-Type", "application/json"), *(headers or {}).items()]
        return request.make_response(json.dumps(content), headers=found, status=status)
