"""Round trips of any order, and damage of any kind: an order, or an OrderError; never another exception."""

import json
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from parsers import edifact, edifact_orders, native, shopify, x12, x12_850, x12_out
from parsers.errors import OrderError
from parsers.neutral import digest

from . import samples
from .test_read import SHOP, read_edifact, read_x12

# what both languages carry: printable, no separators of X12, no blanks at the ends
WORD = st.text(
    st.characters(codec="ascii", min_codepoint=33, max_codepoint=126, exclude_characters="*>~"), min_size=1, max_size=12
)
WORD_OF_ANY = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x24F, exclude_characters="*>~", categories=("L", "N", "P")),
    min_size=1,
    max_size=20,
)
NUMBER = st.integers(1, 10**9).map(lambda n: n / 1000)
DAY = st.dates(min_value=date(2001, 1, 1)).map(lambda d: d.isoformat())


@st.composite
def any_order(draw):
    lines = [
        {
            "line": str(number),
            "sku": draw(WORD),
            **draw(st.fixed_dictionaries({}, optional={"gtin": st.from_regex(r"[0-9]{13}", fullmatch=True),
                                                       "buyer_sku": WORD, "description": WORD_OF_ANY})),
            "quantity": draw(NUMBER),
            "uom": draw(st.sampled_from(["EA", "KG", "PCE"])),
            "price_unit": draw(NUMBER),
        }
        for number in range(1, draw(st.integers(1, 4)) + 1)
    ]  # fmt: skip
    place = {"name": draw(WORD_OF_ANY), "street": draw(WORD_OF_ANY), "city": draw(WORD_OF_ANY), "country": "BE"}
    return {
        "reference": draw(WORD),
        "purpose": draw(st.sampled_from(["original", "change", "cancellation"])),
        "ordered_on": draw(DAY),
        "ship_to": place,
        "lines": lines,
    }


@settings(max_examples=60, deadline=None)
@given(any_order())
def test_what_is_written_is_read(order):
    assert read_x12(samples.x12_850(order)) == order
    assert read_edifact(samples.orders(order)) == order
    assert native.read(json.loads(json.dumps(order))) == order
    assert digest(native.read(order)) == digest(order)


def tried(read, text):
    """Whether it was read; any other exception than OrderError fails the test."""
    try:
        read(text)
    except OrderError as error:
        assert str(error)
        return False
    return True


def test_every_truncation_is_refused():
    for read, text in ((read_x12, samples.x12_850(samples.ORDER)), (read_edifact, samples.orders(samples.ORDER))):
        assert tried(read, text)
        whole = len(text.rstrip())
        assert not any(tried(read, text[:end]) for end in range(whole))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_damage_is_an_order_or_an_order_error(data):
    read, text = data.draw(
        st.sampled_from([(read_x12, samples.x12_850(samples.ORDER)), (read_edifact, samples.orders(samples.ORDER))])
    )
    at = data.draw(st.integers(0, len(text) - 1))
    cut = data.draw(st.integers(0, 3))
    tried(read, text[:at] + data.draw(st.text(max_size=4)) + text[at + cut :])


def test_a_changed_separator_is_refused():
    text = samples.x12_850(samples.ORDER)
    for position, char in ((3, "|"), (104, "*"), (105, "*"), (105, "|"), (103, ":")):
        assert not tried(read_x12, text[:position] + char + text[position + 1 :])
    text = samples.orders(samples.ORDER)
    for position, char in ((3, "+"), (4, ":"), (4, "|"), (8, "+"), (8, "~")):
        assert not tried(read_edifact, text[:position] + char + text[position + 1 :])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["", "ISA", "UNA", "UNB", "UNA:+.? '"]))
def test_any_text_is_refused_cleanly(text, begin):
    tried(lambda said: [x12_850.read(one) for one in x12.read(said).transactions], begin + text)
    tried(lambda said: [edifact_orders.read(one) for one in edifact.read(said).messages], begin + text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(JSON, st.sampled_from([*samples.ORDER, *SHOP, "line_items", "lines"]))
def test_any_json_is_an_order_or_an_order_error(value, key):
    tried(native.read, {**samples.ORDER, key: value})
    tried(native.read, value)
    tried(lambda said: shopify.read(json.dumps(said).encode()), {**SHOP, key: value})
    tried(lambda said: shopify.read(json.dumps(said).encode()), value)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30), st.floats(0.001, 1e6))
def test_no_value_breaks_out_of_its_element(said, quantity):
    line = {"line": "1", "sku": said, "quantity": quantity, "answers": [{"status": "accepted", "quantity": quantity}]}
    answer = {"reference": said, "order": said, "status": "accepted", "lines": [line]}
    (transaction,) = x12.read(x12_out.acknowledgement(answer, samples.X12, 3, samples.MOMENT)).transactions
    assert [segment.tag for segment in transaction.segments] == ["ST", "BAK", "PO1", "ACK", "CTT", "SE"]
