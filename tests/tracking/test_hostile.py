"""Whatever stands in a request, it is read or refused in words, and what is read can be stored: a sender never meets a
server error, and nothing it said is lost."""

import copy
import json
import random
from datetime import datetime

import pytest
import tracking_samples as samples
from parsers import edifact, x12
from parsers.errors import OrderError
from tracking import JSON_SENDERS, TrackingError, iftsta, reading, shopify, x12_214

BEGIN = datetime(2026, 3, 2, 8, 0)
ROUNDS = 400
# A database's index takes no longer id.
LONGEST_ID = 255
STRANGE = [
    None, "", 7, -1, 0.1, 10**30, 1e308, True, [], {}, [3], [None], [[]], {"a": {"b": {}}}, "x", "A" * 5000,
    "\U0001f4e6" * 3000, "\ud800", "1e400", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
    "2026-03-29T02:30:00", "2026-10-25T02:30:00", "2026-02-30",
]  # fmt: skip


def statements(sender, raw, dice):
    """What is read from one request."""
    if sender == "x12_214":
        return [one for each in x12.read(x12.decode(raw)).transactions for one in x12_214.read(each)]
    if sender == "edifact_iftsta":
        return [one for each in edifact.read(x12.decode(raw)).messages for one in iftsta.read(each)]
    body = reading.read_json(raw)
    if sender == "shopify":
        return shopify.read(body, dice.choice(shopify.TOPICS))
    return JSON_SENDERS[sender].read(body, {})


def spots(value):
    """Every (container, key) in a JSON value."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from spots(value[key])


def twisted_json(raw, dice):
    body = json.loads(raw)
    for _change in range(dice.randint(1, 2)):
        holder, key = dice.choice(list(spots(body)))
        holder[key] = copy.deepcopy(dice.choice(STRANGE))
    return json.dumps(body).encode()


def twisted_edi(raw, dice):
    found = bytearray(raw)
    for _change in range(dice.randint(1, 4)):
        at, kind = dice.randrange(len(found)), dice.random()
        if kind < 0.5:
            found[at] = dice.choice(b"0123456789+:'*~?-ABZ\xff\x00")
        elif kind < 0.8:
            del found[at]
        else:
            found[at:at] = bytes(dice.choice(b"09+:'*~?AZ") for _each in range(dice.randint(1, 6)))
    return bytes(found)


@pytest.mark.parametrize("sender", samples.SENDERS)
def test_what_is_twisted_is_read_or_refused(sender):
    dice = random.Random(f"hostile {sender}")
    twisted = twisted_edi if sender in samples.EDI else twisted_json
    read = 0
    for _round in range(ROUNDS):
        raw, _headers = dice.choice(samples.write(sender, samples.number_of(sender), samples.way(sender, BEGIN)))
        try:
            found = statements(sender, twisted(raw, dice), dice)
        except (TrackingError, OrderError) as error:
            assert str(error).encode()
            continue
        read += len(found)
        for one in found:
            assert len(one.uid(sender)) <= LONGEST_ID
            for text in (one.uid(sender), one.key, one.raw_text(), json.dumps(one.data(), ensure_ascii=False)):
                assert text.encode()
    assert read > ROUNDS // 4, "what is still whole is understood"


@pytest.mark.parametrize("offset", ["+9900", "-2400"])
def test_an_offset_no_place_has_is_refused(offset):
    raw, _headers = samples.write("edifact_iftsta", "T1", samples.way("edifact_iftsta", BEGIN))[0]
    with pytest.raises(TrackingError, match="offset"):
        statements("edifact_iftsta", raw.replace(b"?+0000", b"?" + offset.encode()), None)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe{", b"[" * 100_000, b'{"a":' * 100_000, b'"\\u0000"', b"NaN", b'{"result": Infinity}'],
)
def test_what_is_no_json_is_refused(body):
    with pytest.raises(TrackingError, match="The body"):
        reading.read_json(body)


def test_half_a_character_is_a_question_mark_and_a_whole_one_stays():
    told = reading.read_json(b'{"city": "G\\ud800nt", "note": "\\ud83d\\udce6", "gone": "\\u00e9"}')
    assert told == {"city": "G?nt", "note": "\U0001f4e6", "gone": "\u00e9"}
