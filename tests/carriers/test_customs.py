"""What the customs want to know: told by each adapter in its own way, refused before the call where it is not known."""

import dataclasses
import json
from decimal import Decimal

import pytest
from carrier_adapters import Address, Good, RejectedByCarrier, Settings, adapter_class

DESK = Good(
    "DESK", "Desk", Decimal(2), 12.5, Decimal("90.50"), "EUR", "940330", "BE", unit="Units", parcel="P1"
)  # fmt: skip
WIRE = Good("WIRE", "Wire", Decimal("1.5"), 2.0, Decimal("3"), "EUR", "740811", "CL", unit="m", parcel="P2")


@pytest.fixture
def export(request_for):
    """Function that makes a booking out of the customs territory with these goods."""

    def make(*goods, **values):
        values = {"export": True, "incoterm": "DAP", "eori": "BE0123456789", "vat": "BE0477472701", **values}
        return dataclasses.replace(request_for(weights=(25, 3)), goods=goods, **values)

    return make


def sent(carrier):
    return next(json.loads(row["body"]) for row in carrier.received() if row["path"].startswith("/bookings"))


# -- REST and JSON --------------------------------------------------------------------------------------------------


def test_goods_stand_beside_the_parcels_in_our_own_dialect(make_adapter, export, carrier):
    make_adapter().book(export(DESK, WIRE))
    body = sent(carrier)
    assert (body["eori"], body["vat"], body["incoterm"]) == ("BE0123456789", "BE0477472701", "DAP")
    assert body["goods"][0] == {
        "sku": "DESK", "description": "Desk", "quantity": 2, "unit": "Units", "weight_kg": 12.5, "value": 90.5,
        "currency": "EUR", "hs_code": "940330", "origin": "BE", "parcel": "P1",
    }  # fmt: skip
    assert body["goods"][1]["quantity"] == 1.5
    assert "goods" not in body["parcels"][0]


def test_goods_go_within_their_parcels_where_the_carrier_wants_them_there(make_adapter, export, carrier):
    words = {
        "send": {
            "book": {"goods": None},
            "parcel": {"goods": "customs.items"},
            "good": {"hs_code": "tariff.code", "origin": "tariff.origin", "parcel": None, "weight_kg": "grams"},
        },
        "constant": {"good": {"tariff.kind": "HS"}},
    }
    make_adapter(vocabulary=words).book(export(DESK, WIRE))
    body = sent(carrier)
    assert "goods" not in body
    first, second = (parcel["customs"]["items"] for parcel in body["parcels"])
    assert first[0]["tariff"] == {"code": "940330", "origin": "BE", "kind": "HS"}
    assert [good["sku"] for good in second] == ["WIRE"]


def test_within_the_customs_territory_nothing_is_said_of_goods(make_adapter, request_for, carrier):
    make_adapter().book(request_for())
    assert not {"goods", "eori", "vat"} & set(sent(carrier))


# -- by hand --------------------------------------------------------------------------------------------------------


def test_a_person_reads_what_the_customs_ask(export):
    lines = adapter_class("manual")(Settings()).instructions(export(DESK, dataclasses.replace(WIRE, hs_code="")))
    assert lines[-3:] == [
        "Customs: Incoterm DAP, EORI BE0123456789, VAT BE0477472701",
        "2 Units Desk (parcel P1): HS code 940330, origin BE, each 12.5 kg, 90.50 EUR",
        "1.5 m Wire (parcel P2): HS code -, origin CL, each 2.0 kg, 3 EUR",
    ]


# -- Karrio ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def abroad(karrio_order):
    """Function that makes an order from Canada to Switzerland with these goods."""
    pytest.importorskip("karrio", reason="Karrio needs Python 3.11 or later")
    home = Address("Berg AG", "Bahnhofstrasse 1", city="Zurich", zip="8001", country="CH", phone="+41441234567")

    def make(carrier, *goods, **values):
        given = {"export": True, "incoterm": "DAP", "eori": "BE1", "vat": "BE2", "recipient": home, **values}
        return karrio_order(carrier, goods=goods, **given)

    return make


def test_ups_gets_an_invoice_line_for_each_product(karrio_account, abroad, desk):
    booking = karrio_account("ups").book(abroad("ups", DESK, WIRE, incoterm="DDP"))
    assert booking.parcels[0].tracking_number
    body = json.loads(next(body for _m, path, _h, body in desk.requests if path.endswith("/ship")))
    forms = body["ShipmentRequest"]["Shipment"]["ShipmentServiceOptions"]["InternationalForms"]
    assert (forms["TermsOfShipment"], forms["CurrencyCode"]) == ("DDP", "EUR")
    first, second = forms["Product"]
    assert (first["CommodityCode"], first["OriginCountryCode"], first["PartNumber"]) == ("940330", "BE", "DESK")
    assert (first["Unit"]["Number"], first["Unit"]["Value"]) == ("2", "90.5")
    # what is sold by measure is one piece of it all
    assert (second["Unit"]["Number"], second["Unit"]["Value"]) == ("1", "4.5")


def test_canada_post_gets_the_goods(karrio_account, abroad, desk):
    order = abroad("canadapost", DESK, service="canadapost_tracked_packet_international")
    karrio_account("canadapost").book(order)
    body = next(body for _m, path, _h, body in desk.requests if path.endswith("/shipment")).decode()
    assert "<hs-tariff-code>940330</hs-tariff-code>" in body
    assert "<customs-number-of-units>2</customs-number-of-units>" in body


def test_an_incoterm_at_home_is_no_declaration(karrio_account, karrio_order, desk):
    karrio_account("ups").book(karrio_order("ups", incoterm="DAP"))
    body = json.loads(next(body for _m, path, _h, body in desk.requests if path.endswith("/ship")))
    assert "InternationalForms" not in json.dumps(body)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hs_code": ""}, r"HS code of Desk \(DESK\)"),
        ({"origin": "", "weight_kg": 0.0}, r"country of origin, weight of Desk \(DESK\)"),
        ({"value": Decimal(0)}, r"value of Desk \(DESK\)"),
        ({"currency": ""}, r"value of Desk \(DESK\)"),
    ],
)
def test_what_is_missing_is_named_before_anything_is_sent(karrio_account, abroad, desk, changes, words):
    with pytest.raises(RejectedByCarrier, match=words):
        karrio_account("ups").book(abroad("ups", dataclasses.replace(DESK, **changes), WIRE))
    assert not desk.requests


def test_incoterm_and_contents_are_asked_for(karrio_account, abroad, desk):
    with pytest.raises(RejectedByCarrier, match=r"the Incoterm .*; what is in the parcels"):
        karrio_account("ups").book(abroad("ups", incoterm=""))
    assert not desk.requests


@pytest.mark.parametrize(
    ("code", "term", "told"), [("ups", "DAP", "DDU"), ("fedex", "DAP", "DAP"), ("fedex", "DPU", "DAT")]
)
def test_an_incoterm_is_told_in_the_carriers_words(abroad, code, term, told):
    from carrier_adapters import karrio_carriers, karrio_customs

    known = karrio_carriers.incoterms(code)
    assert karrio_customs.in_known_terms(abroad("ups", DESK, incoterm=term), known).incoterm == told


def test_an_incoterm_the_carrier_has_no_word_for_is_refused_before_the_call(karrio_account, abroad, desk):
    with pytest.raises(RejectedByCarrier, match=r"does not know the Incoterm DPU\. It takes: CFR, .*DDU"):
        karrio_account("ups").book(abroad("ups", DESK, incoterm="DPU"))
    assert not desk.requests


def test_ups_is_told_ddu_for_dap(karrio_account, abroad, desk):
    karrio_account("ups").book(abroad("ups", DESK, incoterm="DAP"))
    body = json.loads(next(body for _m, path, _h, body in desk.requests if path.endswith("/ship")))
    forms = body["ShipmentRequest"]["Shipment"]["ShipmentServiceOptions"]["InternationalForms"]
    assert forms["TermsOfShipment"] == "DDU"


def test_where_the_carrier_has_no_list_any_incoterm_goes(abroad):
    from carrier_adapters import karrio_carriers, karrio_customs

    known = karrio_carriers.incoterms("canadapost")
    assert not known
    assert karrio_customs.in_known_terms(abroad("ups", incoterm="DPU"), known).incoterm == "DPU"


def test_values_are_whole_cents_and_add_up():
    from carrier_adapters.karrio_customs import commodity, declaration

    tiny = dataclasses.replace(DESK, quantity=Decimal(1000), value=Decimal("0.0042"), weight_kg=0.001)
    said = commodity(tiny)
    assert (said["quantity"], said["value_amount"], said["weight"]) == (1, 4.2, 1.0)
    assert said["title"] == "1000 Units Desk"
    request = dataclasses.make_dataclass("Request", ["goods", "incoterm", "is_return", "eori", "vat"])
    customs = declaration(request((DESK, tiny), "DDP", True, "", "BE2"))
    assert customs["duty"] == {"paid_by": "sender", "currency": "EUR", "declared_value": 185.2}
    assert customs["content_type"] == "return_merchandise"
    assert customs["options"] == {"vat_registration_number": "BE2"}
