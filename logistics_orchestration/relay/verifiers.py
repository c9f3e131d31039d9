"""Who may speak at an inbound address: one verifier per scheme, all on the raw bytes, all in constant time.

A verifier is a plain function ``(settings, headers, raw)`` that returns nothing or raises
:class:`~.signature.SignatureError`. ``SCHEMES`` names them; a partner with a scheme of its own adds a line there. No
secret means refused. Every secret that is valid now is accepted, so that a rotation has an overlap.
"""

import base64
import hashlib
import hmac
import time
import unicodedata
from dataclasses import dataclass

from .signature import HMAC_HEADER, TOLERANCE, SignatureError, header_value, verify

TOKEN_HEADER = "x-api-key"  # noqa: S105  the name of a header
HMAC_PREFIX = "sha256="
# AfterShip's tracking, its newer products, its shipping product.
AFTERSHIP_HEADERS = {
    "aftership-hmac-sha256": b"",
    "as-signature-hmac-sha256": b"",
    "am-webhook-signature": b"hmac-sha256=",
}


@dataclass(frozen=True)
class Inbound:
    """How a system proves who it is.

    ``secrets``: all that are valid now. ``header``, ``encoding`` (hex, base64) and ``prefix`` fit the scheme to
    partners with their own ways; ``user`` is for basic authentication. Empty: the scheme's usual value.
    """

    secrets: tuple
    header: str = ""
    encoding: str = "hex"
    prefix: str | None = None
    user: str = ""


def _usable(settings):
    usable = [secret.encode("utf-8") for secret in settings.secrets if secret]
    if not usable:
        raise SignatureError("no usable secret is configured")
    return usable


def _given(settings, headers, name):
    value = header_value(headers, (settings.header or name).lower())
    if not value:
        raise SignatureError(f"{settings.header or name} is missing")
    return value.encode("utf-8", "surrogateescape")


def _header(headers, name):
    """The value of a header that has to be there."""
    value = header_value(headers, name)
    if not value:
        raise SignatureError(f"{name} is missing")
    return value.encode("utf-8", "surrogateescape")


def _match(candidates, given):
    """Whether one of the expected values was given; how long it takes does not tell which."""
    matched = False
    for expected in candidates:
        matched |= hmac.compare_digest(expected, given)
    if not matched:
        raise SignatureError("it does not match")


def standard_webhooks(settings, headers, raw):
    """``webhook-id``, ``-timestamp``, ``-signature`` (Standard Webhooks 1.0), at most 5 minutes off."""
    verify(list(settings.secrets), headers, raw)


def hmac_sha256(settings, headers, raw):
    """HMAC-SHA256 of the raw body in a header, hex or base64, behind an optional prefix. It signs no time: what is
    sent again is caught by the message's id."""
    given = _given(settings, headers, HMAC_HEADER)
    prefix = (HMAC_PREFIX if settings.prefix is None else settings.prefix).encode()
    candidates = []
    for key in _usable(settings):
        digest = hmac.new(key, raw, hashlib.sha256)
        text = base64.b64encode(digest.digest()) if settings.encoding == "base64" else digest.hexdigest().encode()
        candidates.append(prefix + text)
    _match(candidates, given)


def token(settings, headers, _raw):
    """The secret itself in a header, for partners who cannot sign; ``prefix`` may be ``Bearer ``."""
    prefix = (settings.prefix or "").encode()
    given = _given(settings, headers, TOKEN_HEADER)
    _match([prefix + secret for secret in _usable(settings)], given)


def basic(settings, headers, _raw):
    """User and password (RFC 7617, utf-8)."""
    given = header_value(headers, "authorization").encode("utf-8", "surrogateescape")
    if given[:6].lower() != b"basic ":
        raise SignatureError("authorization is missing or not of type Basic")
    user = settings.user.encode("utf-8") + b":"
    _match([base64.b64encode(user + secret) for secret in _usable(settings)], given[6:].strip())


def easypost(settings, headers, raw):
    """``X-Hmac-Signature: hmac-sha256-hex=<hex>`` of the raw body; the key is the secret, NFKD-normalised."""
    given = _given(settings, headers, "x-hmac-signature")
    keys = [unicodedata.normalize("NFKD", key.decode("utf-8")).encode("utf-8") for key in _usable(settings)]
    _match([b"hmac-sha256-hex=" + hmac.new(key, raw, hashlib.sha256).hexdigest().encode() for key in keys], given)


def aftership(settings, headers, raw):
    """Base64 HMAC-SHA256 of the raw body, in the header of whichever of its products sends. No time is signed: what is
    sent again is caught by the message's id."""
    names = [settings.header] if settings.header else list(AFTERSHIP_HEADERS)
    name = next((one for one in names if header_value(headers, one)), names[0])
    given = _header(headers, name.lower())
    prefix = AFTERSHIP_HEADERS.get(name.lower(), b"")
    digests = [hmac.new(key, raw, hashlib.sha256).digest() for key in _usable(settings)]
    _match([prefix + base64.b64encode(digest) for digest in digests], given)


def shippo(settings, headers, raw):
    """``Shippo-Auth-Signature: t=<unix time>,v1=<hex>``: HMAC-SHA256 of ``<t>.<raw body>``, at most 5 minutes off."""
    given = _given(settings, headers, "shippo-auth-signature").decode("utf-8", "replace")
    parts = dict(part.strip().partition("=")[::2] for part in given.split(","))
    stamp = parts.get("t", "")
    if not (stamp.isascii() and stamp.isdigit()):
        raise SignatureError("it has no timestamp")
    if abs(time.time() - int(stamp)) > TOLERANCE:
        raise SignatureError("its timestamp is too far off")
    signed = stamp.encode() + b"." + raw
    candidates = [hmac.new(key, signed, hashlib.sha256).hexdigest().encode() for key in _usable(settings)]
    _match(candidates, parts.get("v1", "").encode("utf-8", "replace"))


SCHEMES = {
    "standard_webhooks": standard_webhooks,
    "hmac_sha256": hmac_sha256,
    "token": token,
    "basic": basic,
    "easypost": easypost,
    "aftership": aftership,
    "shippo": shippo,
}


def check(scheme, settings, headers, raw):
    """Let the request pass, or not.

    :param str scheme: a key of ``SCHEMES``
    :param Inbound settings: the system's
    :param headers: mapping of request headers
    :param bytes raw: the body before anything parsed it
    :raises SignatureError: the request is not the partner's; the text is for logs and names no secret
    """
    verifier = SCHEMES.get(scheme)
    if verifier is None:
        raise SignatureError(f"scheme {scheme!r} is unknown")
    verifier(settings, headers, raw)
