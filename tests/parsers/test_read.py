"""What each reader understands, and what it says of what it cannot take."""

import copy
import json

import pytest
from parsers import edifact, edifact_orders, native, shopify, x12, x12_850
from parsers.errors import OrderError

from . import samples


def read_x12(text):
    (transaction,) = x12.read(text).transactions
    return x12_850.read(transaction)


def read_edifact(text):
    (message,) = edifact.read(text).messages
    return edifact_orders.read(message)


SHOP = {
    "id": 820982911946154500, "name": "#1001", "email": "jan@example.com", "currency": "EUR",
    "created_at": "2026-07-01T10:00:00+02:00", "note": "Ring twice",
    "customer": {"id": 115310627314723950, "first_name": "Jan", "last_name": "Peeters"},
    "shipping_address": {"first_name": "Jan", "last_name": "Peeters", "address1": "Kaai 24", "city": "Ostend",
                         "zip": "8400", "country_code": "BE", "province_code": None},
    "shipping_lines": [{"code": "express", "title": "Express"}],
    "line_items": [
        {"id": 1, "sku": "DESK", "quantity": 2, "price": "590.00", "name": "Desk", "variant_id": 77},
        {"id": 2, "sku": "CHAIR", "quantity": 1, "current_quantity": 0, "price": "89.00"},
    ],
}  # fmt: skip


def test_x12_and_edifact_say_the_same():
    assert read_x12(samples.x12_850(samples.ORDER)) == samples.ORDER
    for directory in ("D96A", "D01B"):
        assert read_edifact(samples.orders(samples.ORDER, directory)) == samples.ORDER


def test_native_takes_what_the_others_make():
    assert native.read(samples.ORDER) == samples.ORDER
    read = native.read({"reference": "A1", "customer": "Northwind", "ordered_at": "2026-07-01T08:00:00Z",
                        "lines": [{"sku": "DESK", "quantity": 2}]})  # fmt: skip
    assert read["ordered_on"] == "2026-07-01"
    assert read["lines"] == [{"line": "1", "sku": "DESK", "quantity": 2.0}]


def test_a_shop_order():
    order = shopify.read(json.dumps(SHOP).encode())
    assert order["reference"] == "#1001"
    assert order["ship_to"]["name"] == "Jan Peeters"
    assert order["ship_to"]["country"] == "BE"
    assert order["service"] == "express"
    assert [line["sku"] for line in order["lines"]] == ["DESK"], "what is not to be shipped any more is left out"
    assert order["lines"][0]["price_unit"] == 590.0
    assert native.read(order) == order
    assert shopify.read(json.dumps(SHOP).encode(), "orders/cancelled")["purpose"] == "cancellation"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"reference": ""}, "order number"),
        ({"lines": []}, "no lines"),
        ({"lines": [{"sku": "A", "quantity": 0}]}, "lines.quantity"),
        ({"lines": [{"sku": "A", "quantity": True}]}, "lines.quantity"),
        ({"lines": [{"sku": "A", "quantity": float("nan")}]}, "lines.quantity"),
        ({"lines": [{"quantity": 1}]}, "no product"),
        ({"lines": [{"sku": "A", "quantity": 1, "price_unit": -1}]}, "price_unit"),
        ({"lines": [{"sku": "A", "quantity": 1, "line": "1"}, {"sku": "B", "quantity": 1, "line": "1"}]}, "two lines"),
        ({"lines": "DESK"}, "lines"),
        ({"lines": [7]}, "lines"),
        ({"buyer": "Northwind"}, "buyer"),
        ({"requested_on": "soon"}, "requested_on"),
        ({"purpose": "maybe"}, "purpose"),
    ],
)
def test_native_names_the_field(change, where):
    with pytest.raises(OrderError) as caught:
        native.read({**copy.deepcopy(samples.ORDER), **change})
    assert where in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("PO1*1*2*", "PO1*1*two*", "PO102 (position 11)"),
        ("PO1*1*2*", "PO1*1*-2*", "PO102"),
        ("BEG*00", "BEG*99", "BEG01"),
        ("DTM*002*20260720", "DTM*002*20261399", "DTM02"),
        ("CTT*2", "CTT*3", "CTT01"),
        ("SE*13*", "SE*19*", "SE01"),
        ("SE*13*000000007", "SE*13*000000008", "SE02"),
        ("GE*1*7", "GE*2*7", "GE01"),
        ("GE*1*7", "GE*1*8", "GE02"),
        ("IEA*1*000000007", "IEA*1*000000009", "IEA02"),
        ("IEA*1*000000007~\n", "", "IEA is missing"),
        ("ST*850", "SX*850", "outside its envelope"),
        ("ISA*00*", "ISA*0*", "ISA"),
    ],
)
def test_x12_names_segment_and_position(old, new, where):
    text = samples.x12_850(samples.ORDER)
    assert old in text, text
    with pytest.raises(OrderError) as caught:
        read_x12(text.replace(old, new))
    assert where in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("QTY+21:2:EA", "QTY+21:x:EA", "QTY 6060"),
        ("QTY+21:2:EA'\n", "", "there are"),
        ("BGM+220+PO-4711+9", "BGM+220+PO-4711+99", "BGM 1225"),
        ("DTM+2:20260720", "DTM+2:2026", "DTM 2380"),
        ("CNT+2:2", "CNT+2:5", "CNT 6066"),
        ("UNT+", "UNT+1", "UNT element 1"),
        ("UNZ+1+7", "UNZ+1+8", "UNZ element 2"),
        ("UNZ+1+7'\n", "", "UNZ is missing"),
    ],
)
def test_edifact_names_segment_and_position(old, new, where):
    text = samples.orders(samples.ORDER)
    assert old in text, text
    with pytest.raises(OrderError) as caught:
        read_edifact(text.replace(old, new))
    assert where in str(caught.value), str(caught.value)


def test_several_orders_in_one_interchange():
    text = samples.x12_850(samples.ORDER)
    begin, end = text.index("ST*"), text.index("GE*")
    part = text[begin:end]
    second = part.replace("000000007", "000000008").replace("PO-4711", "PO-4712")
    both = text[:begin] + part + second + text[end:].replace("GE*1*", "GE*2*")
    assert [x12_850.read(one)["reference"] for one in x12.read(both).transactions] == ["PO-4711", "PO-4712"]
    with pytest.raises(OrderError, match="only one interchange"):
        x12.read(text + text)


def test_other_separators_and_release_characters():
    text = samples.x12_850(samples.ORDER).replace("*", "|").replace("~\n", "\r")
    assert read_x12(text)["reference"] == "PO-4711"
    order = copy.deepcopy(samples.ORDER)
    order["ship_to"]["name"] = "O'Brien + Sons: 50?"
    assert read_edifact(samples.orders(order)) == order


def test_a_real_sender_leaves_out_what_it_likes():
    text = (
        "UNB+UNOA:2+BUYER+SELLER+260701:0930+REF1'UNH+1+ORDERS:D:01B:UN:EAN010'BGM+220+4500017679+9'"
        "DTM+137:202607010930:203'NAD+BY+5412345000013::9'LIN+10++5400000000017:EN'QTY+21:6'UNS+S'UNT+8+1'UNZ+1+REF1'"
    )
    order = read_edifact(text)
    assert order["lines"] == [{"line": "10", "gtin": "5400000000017", "quantity": 6.0}]
    assert order["ordered_on"] == "2026-07-01"
