"""Signatures: published vectors, the official library both ways, and every way to be wrong."""

import base64
import json
import time
from datetime import datetime, timezone

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st
from relay.signature import (
    HMAC_HEADER,
    SecretError,
    SignatureError,
    decode_secret,
    generate_secret,
    sign,
    sign_hmac_sha256,
    verify,
    verify_hmac_sha256,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID, TIMESTAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()


def headers(**changes):
    found = {"webhook-id": MESSAGE_ID, "webhook-timestamp": str(TIMESTAMP), "webhook-signature": SIGNATURE}
    found.update({name.replace("_", "-"): value for name, value in changes.items()})
    return {name: value for name, value in found.items() if value is not None}


def test_published_vector():
    assert sign([SECRET], MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE
    assert verify([SECRET], headers(), BODY, now=TIMESTAMP) == MESSAGE_ID


def test_header_names_in_any_case():
    shouted = {name.upper(): value for name, value in headers().items()}
    assert verify([SECRET], shouted, BODY, now=TIMESTAMP) == MESSAGE_ID


@pytest.mark.parametrize("body", ['{"a":1}', "", "ünïcödé ✓", json.dumps({"data": {"n": list(range(500))}})])
def test_official_library_accepts_ours(body):
    now = int(time.time())
    signed = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": sign(SECRET, "msg_1", now, body.encode()),
    }
    standardwebhooks.Webhook(SECRET).verify(body.encode(), signed, json_parse=False)


@pytest.mark.parametrize("body", ['{"a":1}', "ünïcödé ✓"])
def test_we_accept_the_official_library(body):
    now = datetime.now(timezone.utc)
    signed = {
        "webhook-id": "msg_2",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(SECRET).sign("msg_2", now, body),
    }
    assert verify([SECRET], signed, body.encode()) == "msg_2"


def test_rotation_both_ways():
    two = sign([OTHER, SECRET], MESSAGE_ID, TIMESTAMP, BODY)
    assert two.count("v1,") == 2
    for secret in (SECRET, OTHER):
        assert verify([secret], headers(webhook_signature=two), BODY, now=TIMESTAMP)
    assert verify([OTHER, SECRET], headers(), BODY, now=TIMESTAMP)
    assert verify(["broken", SECRET], headers(), BODY, now=TIMESTAMP)


def mutations(data):
    """Every byte of it changed in three ways, and each left out."""
    for index, byte in enumerate(data):
        for change in (byte ^ 1, byte ^ 0x80, (byte + 1) % 256):
            yield data[:index] + bytes([change]) + data[index + 1 :]
        yield data[:index] + data[index + 1 :]


def refused(signed, body, now=TIMESTAMP):
    try:
        verify([SECRET], signed, body, now=now)
    except SignatureError:
        return True
    return False


def test_every_changed_byte_is_refused():
    for body in [*mutations(BODY), BODY + b" ", b""]:
        assert refused(headers(), body), body
    for name, value in headers().items():
        for changed in mutations(value.encode()):
            # the timestamp has its own window: far enough off is refused for that, near enough for the signature
            text = changed.decode("latin-1")
            assert refused(headers(**{name.replace("-", "_"): text}), BODY), (name, text)


@given(st.text(), st.text(), st.text())
def test_no_header_is_an_accident(message_id, timestamp, signature):
    """Whatever text comes in, the answer is a refusal, never another exception."""
    found = {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
    assert refused(found, BODY)
    with pytest.raises(SignatureError):
        verify_hmac_sha256(["s"], {HMAC_HEADER: signature}, BODY)


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook_id": None},
        {"webhook_timestamp": None},
        {"webhook_signature": None},
        {"webhook_signature": ""},
        {"webhook_timestamp": "16142653３0"},
        {"webhook_timestamp": "1_614_265_330"},
        {"webhook_timestamp": " 1614265330"},
        {"webhook_timestamp": "1614265330000"},
        {"webhook_signature": SIGNATURE.replace("v1", "v2")},
        {"webhook_signature": "v1,\udcff"},
        {"webhook_signature": "v1," + "é" * 10},
    ],
)
def test_malformed_headers_are_refused(changes):
    assert refused(headers(**changes), BODY)


@pytest.mark.parametrize(("off", "accepted"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_five_minutes_either_way(off, accepted):
    assert refused(headers(), BODY, now=TIMESTAMP + off) is not accepted


@pytest.mark.parametrize("secrets", [[], [""], [None], ["whsec_"], ["whsec_!!!"], "whsec_c2hvcnQ="])
def test_no_usable_secret_means_refused(secrets):
    with pytest.raises(SignatureError, match="no usable secret"):
        verify(secrets, headers(), BODY, now=TIMESTAMP)
    if not isinstance(secrets, str) and not any(secrets):
        with pytest.raises(SignatureError, match="no usable secret"):
            verify_hmac_sha256(secrets, {HMAC_HEADER: "sha256=x"}, BODY)


@pytest.mark.parametrize("secret", ["", None, "whsec_", "whsec_not base64", "whsec_c2hvcnQ=", "whsec_" + "A" * 120])
def test_unusable_secrets_are_refused_without_being_told(secret):
    with pytest.raises(SecretError) as caught:
        decode_secret(secret)
    assert not secret or len(secret) < 10 or secret not in str(caught.value)


def test_generated_secrets():
    one, two = generate_secret(), generate_secret()
    assert one != two
    assert len(decode_secret(one)) == 32
    assert decode_secret(one.removeprefix("whsec_").rstrip("=")) == decode_secret(one)


def test_hmac_header():
    signature = sign_hmac_sha256("geheim ü", BODY)
    assert signature.startswith("sha256=")
    verify_hmac_sha256(["other", "geheim ü"], {HMAC_HEADER.upper(): signature}, BODY)
    for changed in mutations(signature.encode()):
        with pytest.raises(SignatureError):
            verify_hmac_sha256(["geheim ü"], {HMAC_HEADER: changed.decode("latin-1")}, BODY)
    with pytest.raises(SignatureError):
        verify_hmac_sha256(["geheim ü"], {HMAC_HEADER: signature}, BODY + b" ")
    with pytest.raises(SignatureError, match="missing"):
        verify_hmac_sha256(["geheim ü"], {}, BODY)
