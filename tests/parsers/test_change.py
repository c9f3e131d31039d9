"""Changes of buyers: X12 860, EDIFACT ORDCHG and our own words say the same, and lead to the same whole order."""

import copy

import pytest
from parsers import change, edifact, edifact_ordchg, native, x12, x12_860
from parsers.errors import OrderError

from . import samples

# two lines: one changes in quantity and price, one goes, a third is new
X12_860 = (
    "BCH*04*NE*PO-4711**2*20260701*****20260703~DTM*002*20260722~"
    "POC*1*PQ*6*4*EA*580**EN*5400000000017~"
    "POC*2*DI*****~"
    "POC*3*AI*1**EA*89**VP*LAMP*BP*NW-90~PID*F****Lamp~"
    "CTT*3~"
)
ORDCHG = (
    "BGM+230+CHG-2+4'DTM+137:20260703:102'DTM+2:20260722:102'RFF+ON:PO-4711'"
    "LIN+1+3+5400000000017:EN'QTY+21:6:EA'PRI+AAA:580'"
    "LIN+2+2'"
    "LIN+3+1'PIA+1+LAMP:SA'PIA+1+NW-90:IN'IMD+F++:::Lamp'QTY+21:1:EA'PRI+AAA:89'"
    "UNS+S'CNT+2:3'"
)
NATIVE = {
    "reference": "PO-4711", "purpose": "change", "partial": True, "requested_on": "2026-07-22",
    "lines": [
        {"line": "1", "action": "change", "gtin": "5400000000017", "quantity": 6, "uom": "EA", "price_unit": 580},
        {"line": "2", "action": "delete"},
        {"line": "3", "action": "add", "sku": "LAMP", "buyer_sku": "NW-90", "description": "Lamp", "quantity": 1,
         "uom": "EA", "price_unit": 89},
    ],
}  # fmt: skip


def read_860(body):
    out = x12.Writer("860", "PC", samples.X12, 9, samples.MOMENT)
    for segment in filter(None, body.split("~")):
        tag, *elements = segment.split("*")
        out.add(tag, *elements)
    (transaction,) = x12.read(out.text()).transactions
    return x12_860.read(transaction)


def read_ordchg(body, directory="D:96A"):
    count = body.count("'") + 2
    text = (
        "UNB+UNOC:3+5412345000013:14+5498765000019:14+260703:0930+9'"
        f"UNH+1+ORDCHG:{directory}:UN'{body}UNT+{count}+1'UNZ+1+9'"
    )
    (message,) = edifact.read(text).messages
    return edifact_ordchg.read(message)


def test_all_tongues_say_the_same():
    native_change = native.read(NATIVE)
    in_x12 = read_860(X12_860)
    assert in_x12.pop("ordered_on") == "2026-07-01"
    assert in_x12 == native_change
    for directory in ("D:96A", "D:01B"):
        assert read_ordchg(ORDCHG, directory) == native_change
    assert native.read(native_change) == native_change, "what is kept is read again"


def test_it_leads_to_the_whole_order():
    whole = change.apply(samples.ORDER, native.read(NATIVE))
    assert (whole["purpose"], whole["requested_on"]) == ("change", "2026-07-22")
    assert whole["ship_to"] == samples.ORDER["ship_to"], "what is not said stays"
    assert [(line["line"], line["quantity"], line["price_unit"]) for line in whole["lines"]] == [
        ("1", 6.0, 580.0),
        ("3", 1.0, 89.0),
    ]
    assert whole["lines"][0]["sku"] == "DESK"
    assert "partial" not in whole
    assert native.read({**whole, "removed": None}) == {key: whole[key] for key in whole if key != "removed"}


def test_the_same_change_again_changes_nothing():
    once = change.apply(samples.ORDER, native.read(NATIVE))
    assert change.apply(once, native.read(NATIVE)) == once


def test_the_order_it_is_about_stays_as_it_was():
    before = copy.deepcopy(samples.ORDER)
    change.apply(samples.ORDER, native.read(NATIVE))
    assert before == samples.ORDER


@pytest.mark.parametrize("read", [
    lambda: read_860("BCH*05*NE*PO-4711***20260701~POC*1*RA*3**EA***VP*DESK~POC*2*DI~CTT*2~"),
    lambda: read_ordchg("BGM+230+PO-4711+5'LIN+1+3'PIA+1+DESK:SA'QTY+21:3:EA'LIN+2+2'UNS+S'CNT+2:2'"),
])  # fmt: skip
def test_the_whole_order_said_anew(read):
    order = read()
    assert (order["purpose"], "partial" in order) == ("change", False)
    assert order["lines"] == [{"line": "1", "sku": "DESK", "quantity": 3.0, "uom": "EA"}]


@pytest.mark.parametrize("read", [
    lambda: read_860("BCH*01*NE*PO-4711***20260701~"),
    lambda: read_ordchg("BGM+230+PO-4711+1'DTM+137:20260703:102'UNS+S'"),
])  # fmt: skip
def test_taken_back(read):
    order = read()
    assert (order["reference"], order["purpose"], order["lines"]) == ("PO-4711", "cancellation", [])


@pytest.mark.parametrize("read", [
    lambda one, two: read_860(f"BCH*04*NE*PO-4711***20260701~POC*1*RS*~DTM*002*{one}~POC*2*RS~SCH*12*KG***002*{two}~"),
    lambda one, two: read_ordchg(f"BGM+230+PO-4711+4'LIN+1+3'DTM+2:{one}:102'LIN+2+3'DTM+2:{two}:102'UNS+S'"),
])  # fmt: skip
def test_days_of_lines_are_the_orders_or_a_persons(read):
    assert change.apply(samples.ORDER, read("20260801", "20260801"))["requested_on"] == "2026-08-01"
    assert change.apply(samples.ORDER, read("20260720", "20260720"))["requested_on"] == "2026-07-20"
    with pytest.raises(OrderError, match="different dates"):
        change.apply(samples.ORDER, read("20260801", "20260802"))
    with pytest.raises(OrderError, match="different dates"):
        change.apply(samples.ORDER, read("20260720", "20260802"))


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("BCH*04", "BCH*99", "BCH01"),
        ("BCH*04*NE*PO-4711", "BCH*04*NE*", "order number"),
        ("BCH*04*NE*PO-4711**2*20260701*****20260703~", "", "BCH: the segment is missing"),
        ("20260701", "20261301", "BCH06"),
        ("POC*1*PQ", "POC*1*XX", "POC02 (position 6)"),
        ("POC*1*PQ*6", "POC*1*PQ*six", "POC03 (position 6)"),
        ("POC*1*PQ*6", "POC*1*PQ*0", "POC03"),
        ("EA*580*", "EA*-580*", "POC06"),
        ("POC*1*PQ", "POC**PQ", "number it has in the order"),
        ("POC*2*DI", "POC*1*DI", "two lines"),
        ("*VP*LAMP*BP*NW-90", "", "no product"),
        ("POC*3*AI*1*", "POC*3*AI**", "needs a quantity"),
        ("CTT*3", "CTT*4", "CTT01"),
    ],
)
def test_a_broken_860_is_named(old, new, where):
    assert old in X12_860
    with pytest.raises(OrderError) as caught:
        read_860(X12_860.replace(old, new, 1))
    assert where in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("CHG-2+4", "CHG-2+77", "BGM 1225"),
        ("BGM+230+CHG-2+4'", "", "BGM: the segment is missing"),
        ("LIN+1+3", "LIN+1+9", "LIN 1229"),
        ("QTY+21:6", "QTY+21:x", "QTY 6060"),
        ("PRI+AAA:580", "PRI+AAA:-1", "PRI 5118"),
        ("LIN+2+2", "LIN++2", "number it has in the order"),
        ("PIA+1+LAMP:SA'PIA+1+NW-90:IN'", "", "no product"),
        ("QTY+21:1:EA'", "", "needs a quantity"),
        ("CNT+2:3", "CNT+2:1", "CNT 6066"),
        ("DTM+2:20260722", "DTM+2:2026", "DTM 2380"),
    ],
)
def test_a_broken_ordchg_is_named(old, new, where):
    assert old in ORDCHG
    with pytest.raises(OrderError) as caught:
        read_ordchg(ORDCHG.replace(old, new, 1))
    assert where in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        ([{"line": "9", "action": "change", "quantity": 1}], "no line of this number"),
        ([{"line": "9", "action": "delete"}], "no line of this number"),
        ([{"line": "1", "action": "add", "sku": "LAMP", "quantity": 1}], "another line of this number"),
        ([{"line": "1", "action": "delete"}, {"line": "2", "action": "delete"}], "no lines"),
        ([{"line": "1", "action": "double"}], "add, change, delete"),
        ([{"action": "change"}], "number it has"),
    ],
)
def test_what_the_order_does_not_have(lines, where):
    with pytest.raises(OrderError) as caught:
        change.apply(samples.ORDER, native.read({**NATIVE, "lines": lines}))
    assert where in str(caught.value), str(caught.value)


def test_only_a_change_says_a_part():
    with pytest.raises(OrderError, match="only a change"):
        native.read({**NATIVE, "purpose": "original"})
