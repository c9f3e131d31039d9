"""What must hold for every input: schedules, Retry-After, outcomes, signatures, redaction, key rotation."""

import base64
import html
import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from urllib.parse import quote, quote_plus

import pytest
import standardwebhooks
from cryptography.fernet import Fernet
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from relay import failures
from relay.backoff import (
    DEFAULT_SCHEDULE,
    JITTER,
    RETRY_AFTER_MAX,
    RETRY_AFTER_MIN,
    is_last,
    parse_retry_after,
    parse_schedule,
    retry_delay,
)
from relay.outcome import classify, parse_statuses
from relay.redaction import MARK, MIN_LENGTH, Redactor
from relay.secretbox import SecretBox, SecretBoxError
from relay.signature import PREFIX, SignatureError, sign, sign_hmac_sha256, verify, verify_hmac_sha256
from relay.transport import Response, utcnow

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
schedules = st.lists(st.integers(1, 10**6), min_size=1, max_size=12).map(tuple)
secrets_ = st.binary(min_size=24, max_size=64).map(lambda key: PREFIX + base64.b64encode(key).decode())
ids = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-.", min_size=1, max_size=40)


# -- when again --------------------------------------------------------------------------------------------------


@given(schedules, st.integers(1, 50), st.floats(0, 1))
def test_delays_stay_near_the_schedule(schedule, attempts, chance):
    base = schedule[min(attempts, len(schedule)) - 1]
    assert base * (1 - JITTER) - 1e-6 <= retry_delay(attempts, schedule, lambda: chance) <= base * (1 + JITTER) + 1e-6
    assert is_last(attempts, schedule) is (attempts > len(schedule))


@given(schedules)
def test_schedules_are_read_as_written(schedule):
    assert parse_schedule(",".join(map(str, schedule))) == schedule
    assert parse_schedule(" , ".join(map(str, schedule)) + ",") == schedule


@given(st.text(max_size=30))
@example("nan")
@example("inf")
@example("1e300")
def test_any_schedule_text_is_read_or_refused(text):
    try:
        assert all(0 < delay < 1e9 for delay in parse_schedule(text))
    except ValueError:
        pass


@given(st.one_of(st.text(max_size=40), st.integers(-10, 10**30).map(str), st.floats().map(str), st.none()))
def test_any_retry_after_is_bounded_or_nothing(value):
    pause = parse_retry_after(value, NOW)
    assert pause is None or RETRY_AFTER_MIN <= pause <= RETRY_AFTER_MAX


@given(st.integers(-(10**6), 10**6))
def test_both_forms_of_retry_after_mean_the_same(seconds):
    as_date = parse_retry_after(format_datetime(NOW + timedelta(seconds=seconds), usegmt=True), NOW)
    assert as_date == min(max(seconds, RETRY_AFTER_MIN), RETRY_AFTER_MAX)
    if seconds >= 0:
        assert parse_retry_after(str(seconds), NOW) == as_date


# -- what an answer means: the code against a table written down a second time -----------------------------------


def model(status, told, spent, schedule, dead):
    """(state, cost, health, pause told) as the documentation has it."""
    if status is not None and status // 100 == 2:
        return "delivered", 1, True, False
    if status in (429, 503) and told:
        return "pending", 0, None, True
    if status == 410:
        return "held", 1, None, False
    if status in dead:
        return "dead", 1, True, False
    return ("dead" if spent >= len(schedule) else "pending"), 1, False, False


@settings(max_examples=300)
@given(
    st.one_of(st.none(), st.integers(100, 999)),
    st.booleans(),
    st.integers(0, 15),
    schedules,
    st.sets(st.integers(400, 599).filter(lambda status: status not in (410, 429)), max_size=5),
)
def test_outcomes(status, told, spent, schedule, dead):
    response = Response(
        status, "17" if told else None, "", None if status else "no answer", utcnow(), 5, True,
        None if status else "timeout",
    )  # fmt: skip
    outcome = classify(response, spent, schedule, parse_statuses(",".join(map(str, dead))))
    state, cost, health, pauses = model(status, told, spent, schedule, dead)
    assert (outcome.state, outcome.cost, outcome.health, outcome.pause is not None) == (state, cost, health, pauses)
    codes = {failure.code for failure in failures.FAILURES}
    if state == "delivered":
        assert outcome.failure is None and outcome.error is None
    else:
        assert outcome.failure in codes and outcome.error
    assert outcome.delay == 0 or state == "pending"


def test_every_status_by_the_default_settings():
    for status in range(100, 1000):
        outcome = classify(Response(status, None, "", None, utcnow(), 5), 0, DEFAULT_SCHEDULE)
        state, cost, health, _pauses = model(status, False, 0, DEFAULT_SCHEDULE, {400, 413, 422})
        assert (outcome.state, outcome.cost, outcome.health) == (state, cost, health), status


@pytest.mark.parametrize("text", ["399", "600", "410", "429", "abc", "4 00", "400;413", "-400", "4000", "４００", "40"])
def test_permanent_statuses_that_make_no_sense(text):
    with pytest.raises(ValueError, match="400 to 599"):
        parse_statuses(f"400,{text}")


def test_permanent_statuses():
    assert parse_statuses("") == parse_statuses(None) == frozenset()
    assert parse_statuses(" 400, 409 ,") == {400, 409}
    refused = classify(Response(409, None, "", None, utcnow(), 5), 0, (5,), {409})
    assert (refused.state, refused.failure) == ("dead", "rejected")
    shut_out = classify(Response(401, None, "", None, utcnow(), 5), 0, (5,), {401})
    assert (shut_out.state, shut_out.failure) == ("dead", "auth")


# -- signatures --------------------------------------------------------------------------------------------------


@given(secrets_, ids, st.integers(0, 2**33), st.binary(max_size=300))
def test_signatures_round_trip_and_every_change_is_refused(secret, message_id, timestamp, body):
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id, timestamp, body),
    }
    assert verify([secret], headers, body, now=timestamp) == message_id
    changes = [
        ({**headers, "webhook-id": message_id + "x"}, body),
        ({**headers, "webhook-timestamp": str(timestamp + 1)}, body),
        ({**headers, "webhook-signature": headers["webhook-signature"][:-2] + "A="}, body),
        (headers, body + b"\0"),
        (headers, b"x" + body),
    ]
    for changed, content in changes:
        if changed != headers or content != body:
            with pytest.raises(SignatureError):
                verify([secret], changed, content, now=timestamp)


@given(secrets_, ids, st.text(max_size=200), st.integers(0, 400), st.data())
def test_one_changed_bit_anywhere(secret, message_id, text, at, data):
    body, timestamp = text.encode(), 1_700_000_000
    parts = [message_id.encode(), str(timestamp).encode(), body, sign(secret, message_id, timestamp, body).encode()]
    where = data.draw(st.sampled_from([index for index, part in enumerate(parts) if part]))
    part = bytearray(parts[where])
    part[at % len(part)] ^= 1 << data.draw(st.integers(0, 7))
    parts[where] = bytes(part)
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    values = [parts[0], parts[1], parts[3]]
    headers = dict(zip(names, (value.decode("latin-1") for value in values), strict=True))
    with pytest.raises(SignatureError):
        verify([secret], headers, parts[2], now=timestamp)


@given(secrets_, ids, st.text(max_size=200))
def test_the_official_library_and_ours_agree(secret, message_id, text):
    now = datetime.now(timezone.utc)
    stamp = int(now.timestamp())
    theirs = standardwebhooks.Webhook(secret)
    ours = sign(secret, message_id, stamp, text.encode())
    assert ours == theirs.sign(message_id, now, text)
    headers = {"webhook-id": message_id, "webhook-timestamp": str(stamp), "webhook-signature": ours}
    theirs.verify(text.encode(), headers, json_parse=False)
    assert verify([secret], headers, text.encode()) == message_id


@pytest.mark.parametrize("off", [-3600, -310, 310, 3600])
def test_the_official_library_and_ours_refuse_the_same_clocks(off):
    secret = PREFIX + base64.b64encode(b"k" * 32).decode()
    moment = datetime.now(timezone.utc) + timedelta(seconds=off)
    stamp = int(moment.timestamp())
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": str(stamp),
        "webhook-signature": standardwebhooks.Webhook(secret).sign("m", moment, "{}"),
    }
    with pytest.raises(SignatureError, match="timestamp"):
        verify([secret], headers, b"{}")
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secret).verify(b"{}", headers)


@given(st.text(min_size=1), st.binary(max_size=200), st.integers(0, 70))
def test_hmac_round_trip(secret, body, at):
    signature = sign_hmac_sha256(secret, body)
    verify_hmac_sha256([secret], {"x-logistics-signature": signature}, body)
    at %= len(signature)
    changed = signature[:at] + ("0" if signature[at] != "0" else "1") + signature[at + 1 :]
    with pytest.raises(SignatureError):
        verify_hmac_sha256([secret], {"x-logistics-signature": changed}, body)


# -- redaction ---------------------------------------------------------------------------------------------------

# what our mark is made of cannot be told apart from it
plain = st.text(st.characters(blacklist_characters="[]", blacklist_categories=("Cs",)), max_size=60)
spelled = {
    "plain": lambda secret: secret,
    "url": lambda secret: quote(secret, safe=""),
    "form": quote_plus,
    "json": lambda secret: json.dumps(secret)[1:-1],
    "json utf-8": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "html": html.escape,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
}


@settings(max_examples=300)
@example([":000"], [("%", "base64", 0)], 2)
@given(
    st.lists(plain.filter(lambda text: len(text) >= MIN_LENGTH), min_size=1, max_size=4),
    st.lists(st.tuples(plain, st.sampled_from(sorted(spelled)), st.integers(0, 3)), max_size=6),
    st.one_of(st.none(), st.integers(0, 400)),
)
def test_no_secret_survives(secrets, pieces, cut_at):
    """However often and in whatever spelling an answer repeats a secret, and wherever the answer is cut."""
    assume(not any(secret in MARK for secret in secrets))
    text = "".join(before + spelled[how](secrets[which % len(secrets)]) for before, how, which in pieces)
    is_cut = cut_at is not None and cut_at < len(text)
    told = Redactor(secrets).clean(text[:cut_at] if is_cut else text, is_cut)
    for secret in secrets:
        for spelling in spelled.values():
            assert spelling(secret) not in told
            if is_cut:
                # no beginning of it long enough to be of use is left at the end
                assert not any(told.endswith(spelling(secret)[:length]) for length in range(1, len(spelling(secret))))


@given(plain, plain.filter(lambda text: len(text) >= MIN_LENGTH))
def test_what_holds_no_secret_is_left_alone(text, secret):
    assume(not any(spelling(secret) in text for spelling in spelled.values()))
    assume(secret.encode("latin-1", "replace").decode("utf-8", "replace") not in text)
    assert Redactor([secret]).clean(text) == text
    assert Redactor([]).clean(text) == text
    assert Redactor(["abc"]).clean("abc") == "abc", "too short to be a secret"


# -- keys --------------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=100), st.integers(1, 4))
def test_keys_take_turns(secret, turns):
    keys = [Fernet.generate_key().decode() for _ in range(turns + 1)]
    sealed = SecretBox(keys[0]).encrypt(secret)
    for turn in range(1, turns + 1):
        both = SecretBox(f"{keys[turn]}, {keys[turn - 1]}")
        assert both.decrypt(sealed) == secret
        renewed = both.renew(sealed)
        assert renewed != sealed
        assert both.renew(renewed) == renewed, "once is enough"
        sealed = renewed
        with pytest.raises(SecretBoxError):
            SecretBox(keys[turn - 1]).decrypt(sealed)
    assert SecretBox(keys[-1]).decrypt(sealed) == secret
