"""Where partners speak: verify the raw bytes, store, answer. Nothing else happens in the request."""

import json
import logging

from odoo import http
from odoo.http import request

from ..relay.envelope import EnvelopeError
from ..relay.signature import SignatureError, verify, verify_hmac_sha256

_logger = logging.getLogger(__name__)

MAX_BYTES = 1_048_576
JSON_TYPES = ("application/json", "application/cloudevents+json")
VERIFIERS = {"standard_webhooks": verify, "hmac_sha256": verify_hmac_sha256}
# Kept for whoever looks into a message later; anything that could carry a credential is not.
KEPT_HEADERS = ("webhook-id", "webhook-timestamp", "content-type", "user-agent")


class InboxController(http.Controller):
    @http.route(
        "/logistics/inbox/<string:slug>", type="http", auth="public", methods=["POST"], csrf=False, save_session=False
    )
    def receive(self, slug, **_query):
        """One message of one partner. 202 stored; 401 signature or address; 400 unreadable; 413 size; 415 type."""
        incoming = request.httprequest
        if incoming.content_length and incoming.content_length > MAX_BYTES:
            return self._answer(413, error=f"The body is larger than {MAX_BYTES} bytes")
        # cached: after a serialization failure (the same message twice at once) Odoo calls this again
        raw = incoming.get_data(cache=True)
        # sudo: a partner has no user here; the signature is what lets it in
        system = request.env["logistics.system"].sudo()._from_inbound_slug(slug)
        refused = self._refused(system, incoming.headers, raw)
        if refused:
            request.env["logistics.refusal"]._note(refused, system)
            return self._answer(401, error="Unauthorized")
        if len(raw) > MAX_BYTES:
            return self._answer(413, error=f"The body is larger than {MAX_BYTES} bytes")
        if incoming.mimetype not in JSON_TYPES:
            return self._answer(415, error=f"Content-Type must be one of {', '.join(JSON_TYPES)}")
        external_id = incoming.headers.get("webhook-id", "")[:255]
        if not external_id:
            return self._answer(400, error="The header webhook-id is missing")
        headers = {name: incoming.headers[name] for name in KEPT_HEADERS if name in incoming.headers}
        try:
            message_id, status = system.env["logistics.inbox.message"]._receive(system, external_id, raw, headers)
        except (EnvelopeError, UnicodeDecodeError) as error:
            return self._answer(400, error=str(error))
        return self._answer(202, id=message_id, status=status)

    def _refused(self, system, headers, raw):
        """Why the request is refused (see logistics.refusal), or None; without a secret nothing is let through."""
        if not system or system.state == "disabled":
            return "address"
        secrets = system._inbound_secrets()
        if not secrets:
            _logger.warning("Inbound message for %s refused: no verification secret is set", system.code)
            return "no_secret"
        try:
            VERIFIERS[system.inbound_scheme](secrets, headers, raw)
        except SignatureError as error:
            _logger.info("Inbound message for %s refused: %s", system.code, error)
            return "signature"
        return None

    def _answer(self, status, /, **content):
        return request.make_response(json.dumps(content), headers=[("Content-Type", "application/json")], status=status)
