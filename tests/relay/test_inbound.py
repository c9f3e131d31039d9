"""Inbound requests without Odoo: who may speak, what stands in a body, and how much is taken in."""

import base64
import hashlib
import hmac
import json
import threading
import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from relay import inbound, limits
from relay.envelope import EnvelopeError
from relay.signature import SignatureError, sign
from relay.verifiers import SCHEMES, Inbound, check

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"type": "logistics.picking.completed", "data": {"fulfillment": "F1"}}'


def digest(secret, body=BODY, how="hex"):
    """HMAC-SHA256 as partners write it."""
    made = hmac.new(secret.encode(), body, hashlib.sha256)
    return made.hexdigest() if how == "hex" else base64.b64encode(made.digest()).decode()


def passes(scheme, settings, headers, body=BODY):
    """Whether the request gets in."""
    try:
        check(scheme, settings, headers, body)
    except SignatureError:
        return False
    return True


# -- who may speak ---------------------------------------------------------------------------------------------------


def good(scheme):
    """(settings, headers) of a request that gets in, with the second of two secrets."""
    if scheme == "standard_webhooks":
        now = int(time.time())
        headers = {"webhook-id": "m1", "webhook-timestamp": str(now)}
        headers["webhook-signature"] = sign(SECRET, "m1", now, BODY)
        return Inbound(secrets=("whsec_" + "A" * 43 + "=", SECRET)), headers
    if scheme == "hmac_sha256":
        return Inbound(secrets=("new", "old")), {"X-Logistics-Signature": "sha256=" + digest("old")}
    if scheme == "token":
        settings = Inbound(secrets=("new", "old"), header="Authorization", prefix="Bearer ")
        return settings, {"authorization": "Bearer old"}
    if scheme == "easypost":
        # the key is normalised: the composed and the decomposed letter are the same secret
        return Inbound(secrets=("new", "s\u00e9cret")), {
            "X-Hmac-Signature": "hmac-sha256-hex=" + digest("se\u0301cret")
        }
    if scheme == "aftership":
        return Inbound(secrets=("new", "old")), {"aftership-hmac-sha256": digest("old", BODY, "base64")}
    if scheme == "shippo":
        stamp = str(int(time.time()))
        proof = digest("old", stamp.encode() + b"." + BODY)
        return Inbound(secrets=("new", "old")), {"Shippo-Auth-Signature": f"t={stamp},v1={proof}"}
    pair = base64.b64encode(b"wms:old").decode()
    return Inbound(secrets=("new", "old"), user="wms"), {"Authorization": "Basic " + pair}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_secret_that_is_valid_lets_in_and_nothing_else_does(scheme):
    settings, headers = good(scheme)
    assert passes(scheme, settings, headers)
    assert not passes(scheme, Inbound(secrets=(), user="wms"), headers), "no secret: refused"
    assert not passes(scheme, Inbound(secrets=("",), user="wms", header=settings.header), headers)
    assert not passes(scheme, settings, {})
    assert not passes(scheme, Inbound(secrets=("other",), user="wms", header=settings.header), headers)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_one_byte_change_of_the_proof_is_refused(scheme):
    settings, headers = good(scheme)
    name = {"standard_webhooks": "webhook-signature"}.get(scheme) or next(iter(headers))
    start = len("Basic ") if scheme == "basic" else 0  # the scheme's own name may be written in any case
    for at in range(start, len(headers[name])):
        changed = headers[name][:at] + chr((ord(headers[name][at]) ^ 1) or 1) + headers[name][at + 1 :]
        assert not passes(scheme, settings, {**headers, name: changed}), at


@pytest.mark.parametrize("scheme", ["standard_webhooks", "hmac_sha256", "easypost", "aftership", "shippo"])
def test_every_one_byte_change_of_the_body_is_refused(scheme):
    settings, headers = good(scheme)
    for at in range(len(BODY)):
        changed = BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :]
        assert not passes(scheme, settings, headers, changed), at


@pytest.mark.parametrize(
    ("header", "encoding", "prefix", "secret", "body"),
    [
        # published: Sendcloud's own example; the others are the same rule in each partner's clothes
        ("Sendcloud-Signature", "hex", "", "secretkey", b'{"key": "value"}'),
        ("X-Hmac-Signature", "hex", "hmac-sha256-hex=", "sécret", BODY),
        ("aftership-hmac-sha256", "base64", "", "k", BODY),
        ("am-webhook-signature", "base64", "hmac-sha256=", "k", BODY),
        ("Notification-Signature", "hex", "sha256=", "k", BODY),
    ],
)
def test_partners_with_a_header_of_their_own_fit_without_code(header, encoding, prefix, secret, body):
    settings = Inbound(secrets=(secret,), header=header, encoding=encoding, prefix=prefix)
    assert passes("hmac_sha256", settings, {header.lower(): prefix + digest(secret, body, encoding)}, body)
    assert not passes("hmac_sha256", settings, {header.lower(): digest(secret + "x", body, encoding)}, body)


@pytest.mark.parametrize("name", ["as-signature-hmac-sha256", "am-webhook-signature"])
def test_every_product_of_aftership_is_known_by_its_header(name):
    prefix = "hmac-sha256=" if name.startswith("am-") else ""
    settings = Inbound(secrets=("k",))
    assert passes("aftership", settings, {name: prefix + digest("k", BODY, "base64")})
    assert not passes("aftership", settings, {name: "x" + prefix + digest("k", BODY, "base64")})


@pytest.mark.parametrize("off", [-301, 301])
def test_an_old_or_early_signature_of_shippo_is_refused(off):
    stamp = str(int(time.time()) + off + (5 if off > 0 else -5))
    proof = digest("k", stamp.encode() + b"." + BODY)
    assert not passes("shippo", Inbound(secrets=("k",)), {"shippo-auth-signature": f"t={stamp},v1={proof}"})
    assert not passes("shippo", Inbound(secrets=("k",)), {"shippo-auth-signature": f"v1={proof}"})


def test_published_vector():
    expected = "1eed4b3d41f4653ac64fd56f1bf1cbfd349e4482cbc11dff7134bd93e5da4b0a"
    settings = Inbound(secrets=("secretkey",), header="Sendcloud-Signature", prefix="")
    assert passes("hmac_sha256", settings, {"Sendcloud-Signature": expected}, b'{"key": "value"}')


@given(st.text(max_size=40), st.sampled_from(sorted(SCHEMES)))
def test_no_header_makes_it_fall_over(text, scheme):
    settings, headers = good(scheme)
    name = settings.header or next(iter(headers))
    assert not passes(scheme, settings, {**dict.fromkeys(headers, text), name: text, "authorization": text})


def test_unknown_scheme_is_refused():
    assert not passes("none", Inbound(secrets=("x",)), {})


# -- what stands in it -----------------------------------------------------------------------------------------------

HEADERS = {"Content-Type": "application/json"}
BATCH = {"content-type": "application/cloudevents-batch+json; charset=utf-8"}


def event(uid, **more):
    """A native event."""
    return {"id": uid, "type": "logistics.shipment.status_changed", "data": {"tracking_number": "T1"}, **more}


def test_one_message_keeps_its_text_and_finds_its_document():
    (message,) = inbound.native(BODY, HEADERS)
    assert (message.raw, message.type, message.order_key) == (BODY.decode(), "picking.completed", "F1")
    (message,) = inbound.native(json.dumps(event("e", subject="S")).encode(), HEADERS)
    assert (message.subject, message.order_key) == ("S", "S")


@given(
    st.lists(
        st.dictionaries(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), st.integers()),
        min_size=1,
        max_size=5,
    )
)
def test_each_part_of_a_batch_is_kept_as_it_stands(datas):
    parts = [json.dumps(event(f"e{n}", data=data), indent=n % 3) for n, data in enumerate(datas)]
    raw = ("[ " + " ,\n".join(parts) + "\t]\n").encode()
    messages = inbound.native(raw, BATCH)
    assert [message.raw for message in messages] == parts
    named = inbound.name_messages(messages, raw, BATCH)
    assert [uid for uid, _message in named] == [f"e{n}" for n in range(len(datas))]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"no", b"[]", b"null", b'{"data": {}}', b'{"type": 1}', b'{"type": "x", "data": []}', b"\xff\xfe",
        b'{"type": "x", "time": "soon"}', b'{"type": "x", "data": {"q": NaN}}',
        b'{"type": "x", "data": {"q": -Infinity}}',
        b'{"type": "x\\u0000"}', b'{"type": "x", "data": ' + b"[" * 100_000 + b"}",
        b'{"type": "x", "time": "0001-01-01T00:00:00+14:00"}',
    ],
)  # fmt: skip
def test_unreadable_bodies_are_told_apart(raw):
    with pytest.raises(EnvelopeError):
        inbound.native(raw, HEADERS)


@pytest.mark.parametrize(
    "body",
    [[], {}, [event("a"), 3], [event("a"), {"type": "x"}], [event("a"), event("a")], [event("a")] * 1001],
)
def test_a_batch_is_taken_whole_or_not(body):
    with pytest.raises(EnvelopeError):
        inbound.native(json.dumps(body).encode(), BATCH)


def test_characters_no_column_can_hold_are_replaced():
    (message,) = inbound.native(b'{"type": "x", "subject": "\\ud800", "id": "\\udfff"}', HEADERS)
    message.subject.encode()
    message.external_id.encode()


@pytest.mark.parametrize(
    ("headers", "id_path", "expected"),
    [
        ({"Webhook-Id": "m1"}, "", "m1"),
        ({}, "", "e1"),
        ({"webhook-id": "m1", "X-Event-Id": "x9"}, "header:x-event-id", "x9"),
        ({"webhook-id": "m1"}, "data.parts.1.uid", "42"),
        ({"webhook-id": "m1"}, "data.nothing", "m1"),
        ({"webhook-id": "m1"}, "data.parts", "m1"),
    ],
)
def test_the_message_is_named_by_what_the_partner_says(headers, id_path, expected):
    raw = json.dumps(event("e1", data={"parts": [0, {"uid": 42}]})).encode()
    assert inbound.name_messages(inbound.native(raw, headers), raw, headers, id_path)[0][0] == expected


def test_without_any_id_the_body_is_its_name():
    ((uid, _message),) = inbound.name_messages(inbound.native(BODY, {}), BODY, {})
    assert uid == hashlib.sha256(BODY).hexdigest()


def test_a_broken_adapter_loses_nothing():
    (message,) = inbound.unread(b"\xffab\x00c", datetime(2026, 1, 1))
    assert (message.type, message.raw) == ("unread", "�abc")


# -- how much --------------------------------------------------------------------------------------------------------


class Clock:
    """Seconds that go on when told."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@given(st.integers(1, 3000), st.lists(st.floats(0.001, 3), min_size=1, max_size=200))
def test_several_processes_never_pass_the_rate(per_minute, pauses):
    """Two processes with one row between them, against the rule itself: a minute's worth at once, then the rate."""
    clock = Clock()
    row = {"busy": clock.now}

    def taker(count):
        step = count * 60 / per_minute
        if max(row["busy"], clock.now) + step <= clock.now + limits.BURST_SECONDS:
            row["busy"] = max(row["busy"], clock.now) + step
            return 0
        return row["busy"] + step - limits.BURST_SECONDS - clock.now

    gates = [limits.RateGate(clock), limits.RateGate(clock)]
    start, entered = clock.now, 0
    for turn, pause in enumerate(pauses):
        for _ in range(20):
            wait = gates[turn % 2].enter("s", per_minute, taker)
            entered += not wait
            assert wait == 0 or wait >= 1
        assert entered <= per_minute + (clock.now - start) * per_minute / 60 + 1
        clock.now += pause


def test_no_limit_asks_nobody():
    assert limits.RateGate().enter("s", 0, None) == 0


@pytest.fixture
def gate_table(world):
    """The counters' table, without the system it belongs to."""
    ddl = limits.GATE_TABLE.replace("REFERENCES logistics_system (id) ON DELETE CASCADE", "")
    world.execute(ddl)
    yield world
    world.execute("DROP TABLE logistics_inbound_gate")


def test_the_rate_holds_over_concurrent_connections(gate_table):
    """8 connections race for 600 a minute, ten at a time: the burst is handed out once, to the last request, and who
    gets nothing is told a wait. Every answer is counted: a slow run is refilled while it lasts."""
    waits = []

    def run():
        connection = gate_table.connect()
        connection.autocommit = True
        with connection.cursor() as cr:
            waits.extend([limits.take(cr, 7, 600, 10) for _ in range(30)])
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begun
    assert len(waits) == 8 * 30, "nobody failed"
    granted = 10 * waits.count(0)
    assert 600 <= granted <= 600 + 10 * took
    refused = [wait for wait in waits if wait]
    assert refused
    assert all(0 < wait <= 1.0 for wait in refused), "ten are refilled within a second"


def test_strangers_are_counted_by_address_and_forgotten():
    clock = Clock()
    strangers = limits.Strangers(limit=3, seconds=60, size=2, clock=clock)
    for _ in range(3):
        assert not strangers.tired_of("a")
        strangers.refused("a")
    assert strangers.tired_of("a") == 60
    assert not strangers.tired_of("b")
    clock.now += 61
    assert not strangers.tired_of("a")
    for address in "abc":
        strangers.refused(address)
    assert len(strangers._seen) == 2


def test_the_tally_writes_at_most_once_a_second():
    clock = Clock()
    tally = limits.Tally(clock=clock)
    assert [tally.add("s") for _ in range(4)] == [1, 0, 0, 0]
    clock.now += 1.1
    assert tally.add("s") == 4
