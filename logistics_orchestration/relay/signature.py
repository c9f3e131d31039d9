"""Signing and verifying webhooks on raw bytes: Standard Webhooks (v1) and the plain HMAC-SHA256 header.

Rules: always the exact bytes of the body; constant-time comparison of bytes (``hmac.compare_digest`` raises TypeError
on non-ASCII text, which turns a bad request into a server error); no secret means refused; the text of an error never
contains a secret or the expected signature.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets as _secrets
import time

PREFIX = "whsec_"
TOLERANCE = 300
HMAC_HEADER = "x-logistics-signature"
# Sizes the Standard Webhooks specification asks for: shorter can be guessed, longer adds nothing.
MIN_BYTES, MAX_BYTES = 24, 64
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)


class SignatureError(Exception):
    """The request is not what it claims to be; the text says why, for logs, not for the caller."""


class SecretError(ValueError):
    """A secret that cannot be used; the text says what a usable one looks like."""


def generate_secret():
    """A new Standard Webhooks secret of 32 random bytes."""
    return PREFIX + base64.b64encode(_secrets.token_bytes(32)).decode()


def decode_secret(secret):
    """Key bytes of a ``whsec_`` secret (the prefix may be missing, as in the official libraries).

    :raises SecretError: empty, not base64, or not of 24 to 64 bytes
    """
    text = (secret or "").strip()
    text = text[len(PREFIX) :] if text.startswith(PREFIX) else text
    if not text:
        raise SecretError("There is no signing secret")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise SecretError("The signing secret is not of the form whsec_<base64>") from None
    if not MIN_BYTES <= len(key) <= MAX_BYTES:
        raise SecretError(f"The signing secret has {len(key)} bytes; it needs {MIN_BYTES} to {MAX_BYTES}")
    return key


def _v1(key, message_id, timestamp, body):
    content = b".".join((message_id.encode("utf-8", "surrogateescape"), str(timestamp).encode(), body))
    return b"v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest())


def sign_with_keys(keys, message_id, timestamp, body):
    """Value of ``webhook-signature`` for decoded keys, the current one first."""
    return b" ".join(_v1(key, message_id, timestamp, body) for key in keys).decode()


def sign(secrets, message_id, timestamp, body):
    """Value of ``webhook-signature``.

    :param list secrets: ``whsec_`` secrets; two during a rotation, the new one first
    :param str message_id: value of ``webhook-id``
    :param int timestamp: Unix seconds, value of ``webhook-timestamp``
    :param bytes body: the exact bytes sent
    """
    keys = [decode_secret(secret) for secret in ([secrets] if isinstance(secrets, str) else secrets)]
    if not keys:
        raise SecretError("There is no signing secret")
    return sign_with_keys(keys, message_id, timestamp, body)


def header_value(headers, name):
    """A header's value whatever its case; some frameworks hand out a plain dict."""
    value = headers.get(name)
    if value is None:
        value = next((v for key, v in headers.items() if key.lower() == name), None)
    return value or ""


def verify(secrets, headers, body, now=None, tolerance=TOLERANCE):
    """Check a Standard Webhooks request.

    :param list secrets: secrets that are accepted (two during a rotation); unusable ones are passed over
    :param headers: mapping of request headers
    :param bytes body: the raw body, before anything parsed it
    :param float now: Unix seconds, for tests
    :param int tolerance: seconds the timestamp may be off, either way
    :returns: the ``webhook-id``
    :raises SignatureError: missing or malformed header, timestamp out of tolerance, no secret, or no match
    """
    message_id = header_value(headers, "webhook-id")
    timestamp = header_value(headers, "webhook-timestamp")
    signature = header_value(headers, "webhook-signature")
    if not (message_id and timestamp and signature):
        raise SignatureError("webhook-id, webhook-timestamp or webhook-signature is missing")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureError("webhook-timestamp is not a number of seconds")
    age = (time.time() if now is None else now) - int(timestamp)
    if abs(age) > tolerance:
        raise SignatureError(f"webhook-timestamp is {abs(age):.0f} s off; {tolerance} s are allowed")
    given = [part.encode("utf-8", "surrogateescape") for part in signature.split(" ") if part]
    matched = False
    usable = False
    for secret in [secrets] if isinstance(secrets, str) else secrets:
        try:
            key = decode_secret(secret)
        except SecretError:
            continue
        usable = True
        expected = _v1(key, message_id, timestamp, body)
        # no early exit: how long it takes tells nothing about which secret or signature matched
        for candidate in given:
            matched |= hmac.compare_digest(expected, candidate)
    if not usable:
        raise SignatureError("no usable secret is configured")
    if not matched:
        raise SignatureError("no signature matches")
    return message_id


def _hmac_key(secret):
    text = secret or ""
    if not text:
        raise SecretError("There is no signing secret")
    return text.encode("utf-8")


def sign_hmac_sha256(secret, body):
    """Value of ``x-logistics-signature``: ``sha256=<hex>`` over the raw body, keyed with the secret's utf-8 bytes."""
    return "sha256=" + hmac.new(_hmac_key(secret), body, hashlib.sha256).hexdigest()


def verify_hmac_sha256(secrets, headers, body, header=HMAC_HEADER):
    """Check ``x-logistics-signature``. It carries no timestamp: replays must be caught by the message id.

    :raises SignatureError: missing header, no secret, or no match
    """
    given = header_value(headers, header)
    if not given:
        raise SignatureError(f"{header} is missing")
    given = given.encode("utf-8", "surrogateescape")
    usable = [secret for secret in ([secrets] if isinstance(secrets, str) else secrets) if secret]
    if not usable:
        raise SignatureError("no usable secret is configured")
    matched = False
    for secret in usable:
        matched |= hmac.compare_digest(sign_hmac_sha256(secret, body).encode(), given)
    if not matched:
        raise SignatureError("the signature does not match")
