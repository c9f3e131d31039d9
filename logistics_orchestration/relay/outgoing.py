"""What is sent: the settings of a system made ready for use, and the headers of one call."""

import base64
import re
import time

from . import backoff, certificates, oauth, outcome, redaction, signature, url_guard
from .secretbox import SecretBoxError

USER_AGENT = "logistics-orchestration/17.0"
CONTENT_TYPE = "application/json"
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# a body that begins like this is no JSON but a document of a trading partner
_DOCUMENT_TYPES = {b"ISA": "application/edi-x12", b"UNA": "application/edifact", b"UNB": "application/edifact"}
_SHORTEST_LEASE = 60.0
# A partner may take as long as its timeout for each of its answers; this much more for all of it.
DEADLINE_SLACK = 1.0
# Larger bodies are never sent: Odoo sends a link instead (webhook intermediaries need not pass on more than 64 kB).
MAX_BODY = 64 * 1024
MAX_ANSWER = 16 * 1024


class SystemConfig:
    """Settings of one system, parsed and decrypted once and kept until they change.

    A setting that cannot be used (a damaged secret, a bad URL) does not stop the relay: ``problem`` says what is wrong
    and calls fail with it, visibly, by the usual schedule.
    """

    __slots__ = (
        "allow_http", "allowed", "budget", "dead_statuses", "headers", "id", "identity", "keys", "lease",
        "max_in_flight", "name", "oauth", "prev_until", "problem", "redactor", "schedule", "secrets", "signing",
        "timeout", "url", "version",
    )  # fmt: skip

    def __init__(self, row, box):
        """
        :param dict row: columns of ``logistics_system``
        :param box: a :class:`~.secretbox.SecretBox`
        """
        self.id = row["id"]
        self.name = row["name"]
        self.version = row["write_date"]
        self.url = row["outbound_url"] or ""
        self.timeout = float(row["timeout"] or 15.0)
        # seconds for one delivery; with OAuth2 it may take a call for the token too
        self.budget = (self.timeout + DEADLINE_SLACK) * (2 if row["auth_type"] == "oauth2" else 1)
        # three times what a delivery may take, so that only a dead or frozen process ever loses a claim
        self.lease = max(_SHORTEST_LEASE, 3 * self.budget)
        self.max_in_flight = max(1, row["max_in_flight"] or 1)
        self.signing = row["signing"]
        self.allow_http = bool(row["allow_http"])
        self.allowed = ()
        self.keys = []
        self.secrets = []
        self.prev_until = None
        self.headers = {"Content-Type": row["content_type"] or CONTENT_TYPE, "User-Agent": USER_AGENT}
        self.problem = None
        self.oauth = None
        self.identity = None
        try:
            self.dead_statuses = outcome.parse_statuses(row["dead_statuses"])
        except ValueError:
            self.dead_statuses = outcome.DEAD_AT_ONCE
        try:
            self.schedule = backoff.parse_schedule(row["retry_schedule"])
        except ValueError:
            self.schedule = backoff.DEFAULT_SCHEDULE
        try:
            self.allowed = url_guard.parse_networks(row["allowed_networks"])
            self._load_signing(row, box)
            self._load_auth(row, box)
            self._load_identity(row, box)
        except (SecretBoxError, ValueError) as error:
            self.problem = str(error)
        self.redactor = redaction.Redactor(self.secrets)

    def __repr__(self):
        return f"<SystemConfig {self.id}>"

    def _load_signing(self, row, box):
        if self.signing == "none":
            return
        self.secrets = [box.decrypt(row["secret_out_enc"])] if row["secret_out_enc"] else []
        if not self.secrets:
            raise signature.SecretError("There is no signing secret: generate one on the system's form")
        if row["secret_out_prev_enc"] and row["secret_out_prev_until"]:
            self.prev_until = row["secret_out_prev_until"]
            self.secrets.append(box.decrypt(row["secret_out_prev_enc"]))
        if self.signing == "standard_webhooks":
            self.keys = [signature.decode_secret(secret) for secret in self.secrets]

    def _load_auth(self, row, box):
        kind = row["auth_type"] or "none"
        if kind == "none":
            return
        if not row["auth_secret_enc"]:
            raise ValueError("There is no password or token: enter one on the system's form")
        secret = box.decrypt(row["auth_secret_enc"])
        if kind == "basic":
            pair = base64.b64encode(f"{row['auth_user'] or ''}:{secret}".encode()).decode()
            self._add("Authorization", "Basic " + pair)
            self.secrets.append(pair)
        elif kind == "bearer":
            self._add("Authorization", "Bearer " + secret)
        elif kind == "api_key":
            self._add(row["auth_header"] or "X-Api-Key", secret)
        elif kind == "oauth2":
            try:
                url_guard.parse_url(row["oauth_token_url"], self.allow_http)
            except url_guard.UrlRefused as error:
                raise ValueError(f"Token URL: {error}") from None
            self.oauth = oauth.Client(
                url=row["oauth_token_url"],
                client_id=row["auth_user"] or "",
                secret=secret,
                scope=row["oauth_scope"] or "",
                audience=row["oauth_audience"] or "",
                method=row["oauth_method"] or oauth.METHODS[0],
            )
            self.secrets.append(self.oauth.basic())
        else:
            raise ValueError(f"Authentication '{kind}' is not supported for deliveries")
        self.secrets.append(secret)

    def _load_identity(self, row, box):
        """Client certificate and own authorities, for TLS."""
        key = box.decrypt(row["client_key_enc"]) if row["client_key_enc"] else ""
        if row["client_cert"] and not key:
            raise ValueError("There is no private key for the client certificate: enter it on the system's form")
        if row["client_cert"] or row["ca_bundle"]:
            self.identity = certificates.Identity(row["client_cert"] or "", key, row["ca_bundle"] or "")

    def _add(self, name, value):
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise ValueError("The authentication header has characters that no header may have")
        self.headers[name] = value

    def signed_headers(self, message_id, body, utcnow):
        """Headers of one call; the timestamp is that of the attempt.

        :param utcnow: naive UTC datetime: the previous secret of a rotation is used until its end
        """
        headers = dict(self.headers)
        timestamp = int(time.time())
        if body[:3] in _DOCUMENT_TYPES:
            headers["Content-Type"] = _DOCUMENT_TYPES[body[:3]]
        headers["webhook-id"] = message_id
        headers["webhook-timestamp"] = str(timestamp)
        if self.signing == "standard_webhooks":
            keys = self.keys
            if len(keys) > 1 and self.prev_until <= utcnow:
                keys = keys[:1]
            headers["webhook-signature"] = signature.sign_with_keys(keys, message_id, timestamp, body)
        elif self.signing == "hmac_sha256":
            headers[signature.HMAC_HEADER] = signature.sign_hmac_sha256(self.secrets[0], body)
        return headers

    def redact(self, text, cut=False, also=()):
        """The text without any of this system's secrets: partners sometimes echo what they got.

        :param bool cut: the text was cut at its end, perhaps within a secret
        :param also: more secrets, such as the token of this call
        """
        redactor = redaction.Redactor([*self.secrets, *also]) if also else self.redactor
        return redactor.clean(text, cut)


class Job:
    """One claimed message on its way: what to send, and the handles to cut it off when it takes too long."""

    method = "POST"
    # bytes of the answer that are read
    most = MAX_ANSWER

    __slots__ = (
        "attempts", "body", "call", "claimed_at", "deadline", "expires", "id", "lane", "position", "sent",
        "subscription_id", "system", "token", "token_wait", "url", "webhook_id",
    )  # fmt: skip

    def __init__(self, system, message_id, token, attempts, lane, position, subscription_id, webhook_id, url, body):
        self.system = system
        self.id = message_id
        self.token = token
        self.attempts = attempts
        self.lane = lane
        self.position = position
        self.subscription_id = subscription_id
        self.webhook_id = webhook_id
        self.url = url or system.url
        self.body = body.encode("utf-8") if isinstance(body, str) else bytes(body or b"")
        self.claimed_at = time.monotonic()
        # after this the claim may belong to somebody else: do not even start
        self.expires = self.claimed_at + system.lease * 0.5
        self.deadline = None
        # the exchange under way, a connections.Call
        self.call = None
        # seconds spent on OAuth2 tokens
        self.token_wait = None
        self.sent = False

    def __repr__(self):
        return f"<Job {self.id} token={self.token}>"
