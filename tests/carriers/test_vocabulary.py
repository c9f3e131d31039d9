"""Another carrier's words are data; wrong data is refused in words."""

from decimal import Decimal

import pytest
from carrier_adapters import RejectedByCarrier, TransientCarrierError, VocabularyError
from carrier_adapters.vocabulary import Vocabulary, dig

OTHER = {
    "paths": {"book": "POST /v2/shipments", "rates": None, "void": "DELETE /v2/shipments/{id}"},
    "send": {
        "book": {"reference": "clientRef", "parcels": "shipment.packages", "service": "product"},
        "parcel": {"weight_kg": "weight.value"},
    },
    "constant": {"book": {"account.number": "4711"}, "parcel": {"weight.unit": "KG"}},
    "read": {
        "booked": "data.0",
        "booking": {"id": "shipmentId", "amount": "price.total", "parcels": "packages"},
        "parcel": {"tracking_number": "barcode"},
    },
    "voided_states": ["CANCELLED"],
}


def test_our_words_become_theirs():
    words = Vocabulary(OTHER)
    parcel = words.say("parcel", {"reference": "P1", "weight_kg": 2.5})
    body = words.say("book", {"reference": "R", "service": "X", "parcels": [parcel], "label_format": ""})
    assert body == {
        "clientRef": "R",
        "product": "X",
        "account": {"number": "4711"},
        "shipment": {"packages": [{"reference": "P1", "weight": {"value": 2.5, "unit": "KG"}}]},
    }
    assert words.path("void", id="A/B") == ("DELETE", "/v2/shipments/A%2FB")
    assert words.path("rates") is None


def test_their_words_become_ours():
    words = Vocabulary(OTHER)
    shipment = {"shipmentId": 7, "price": {"total": Decimal("9.90")}, "packages": [{"barcode": "B"}]}
    row = words.booked({"data": [shipment]})
    booking = words.understand("booking", row)
    assert (booking["id"], booking["amount"]) == (7, Decimal("9.90"))
    assert words.understand("parcel", booking["parcels"][0])["tracking_number"] == "B"
    assert words.is_voided("cancelled")
    assert not words.is_voided(None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"path": {}}, "path is not a known key; known here: auth, constant"),
        ({"send": {"book": {"ref": "x"}}}, "send.book.ref is not a known key"),
        ({"send": {"book": {"reference": 3}}}, "send.book.reference must be a text, not 3"),
        ({"paths": {"book": "/bookings"}}, "paths.book is '/bookings': write a method and a path"),
        ({"paths": {"find": "GET /b?x={ref}"}}, "paths.find uses {ref}; placeholders allowed here: reference"),
        ({"paths": {"find": "GET /b?x={reference"}}, "paths.find is"),
        ({"paths": []}, "paths must be a JSON object, not list"),
        ({"voided_states": "x"}, "voided_states must be a list"),
    ],
)
def test_wrong_mapping_is_refused_by_key(given, said):
    with pytest.raises(VocabularyError) as caught:
        Vocabulary(given)
    assert said in str(caught.value)


def test_answer_without_the_list_is_no_empty_list():
    with pytest.raises(TransientCarrierError, match="no list of bookings at 'bookings'"):
        Vocabulary().rows("bookings", {"items": []})


def test_error_texts_of_many_kinds_are_found():
    words = Vocabulary()
    assert words.explain({"error": {"message": "no", "field": "to.zip"}}) == ("no", "to.zip")
    assert words.explain({"error": "no"}) == ("no", "")
    assert words.explain({"detail": "no"}) == ("no", "")
    assert words.explain([1]) == ("", "")


def test_dig_never_stumbles():
    assert dig({"a": [{"b": 1}]}, "a.0.b") == 1
    assert dig({"a": 1}, "a.b.c") is None
    assert dig([], "0") is None


def test_lists_within_lists_are_joined():
    payload = {"loads": [{"colli": [{"n": 1}, {"n": 2}]}, {"colli": [{"n": 3}]}, {}]}
    assert dig(payload, "loads.*.colli") == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert dig(payload, "loads.*.colli.*.n") == [1, 2, 3]
    assert dig({"loads": None}, "loads.*.colli") == []


def test_lists_are_made_on_the_way_out():
    words = Vocabulary({"send": {"book": {"reference": "loads.0.refs.1", "service": "loads.0.product"}}})
    body = words.say("book", {"reference": "R", "service": "S"})
    assert body == {"loads": [{"refs": [{}, "R"], "product": "S"}]}


def test_units_are_converted_both_ways():
    words = Vocabulary({"factor": {"weight_kg": 1000, "amount": 100}})
    assert words.say("parcel", {"reference": "P", "weight_kg": 2.5}) == {"reference": "P", "weight_kg": 2500}
    assert words.amount(990) == Decimal("9.9")
    assert words.amount("x") == "x"
    with pytest.raises(VocabularyError, match=r"factor\.weight_kg must be a number above 0"):
        Vocabulary({"factor": {"weight_kg": "1000"}})


def test_refusal_in_a_success_is_found():
    words = Vocabulary({"read": {"failure": "faults", "error": {"message": "faults.0.text"}}})
    words.check_success({"faults": [], "id": 1})
    with pytest.raises(RejectedByCarrier, match="no such street"):
        words.check_success({"faults": [{"text": "no such street"}]})
