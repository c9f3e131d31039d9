"""What an aggregator is told to watch, what its answer means, and what it is asked about one number."""

import json

import pytest
import tracking_samples as samples
from tracking import JSON_SENDERS, TrackingError, polls, registering
from tracking.registering import LATER, NOT_LET_IN, REFUSED, REGISTERED, REGISTRARS
from tracking.statement import ETA, STATUS

from .test_read import BEGIN


def said(code, status, body, number="N1"):
    """The outcome of an answer."""
    return registering.outcome(code, number, status, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("easypost", {"tracker": {"tracking_code": "N1", "carrier": "USPS"}}),
        ("aftership", {"tracking_number": "N1", "slug": "USPS"}),
        ("shippo", {"tracking_number": "N1", "carrier": "USPS"}),
        ("karrio", {"tracking_number": "N1", "carrier_name": "USPS"}),
    ],
)
def test_what_is_told(code, body):
    assert json.loads(registering.request(code, "N1", "USPS")) == body
    assert "USPS" not in registering.request(code, "N1", "").decode()


@pytest.mark.parametrize("code", sorted(REGISTRARS))
def test_the_first_answer_reads_like_a_push(code):
    number = samples.number_of(code)
    scans = samples.way(code, BEGIN)
    raw = json.loads(samples.write(code, number, scans)[-1][0])
    item = {"easypost": "result", "aftership": "msg", "shippo": "data", "karrio": "data"}[code]
    answer = {"meta": {"code": 201}, "data": raw[item]} if code == "aftership" else raw[item]
    found = said(code, 201, answer, number)
    assert found.kind == REGISTERED
    assert found.body is not None
    read = JSON_SENDERS[code].read
    pushed = {one.uid(code) for one in read(raw, {})}
    assert {one.uid(code) for one in read(found.body, {})} == pushed
    assert said(code, 201, answer, "ANOTHER").body is None


@pytest.mark.parametrize("code", sorted(REGISTRARS))
@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, NOT_LET_IN), (403, NOT_LET_IN), (400, REFUSED), (404, REFUSED), (422, REFUSED), (302, REFUSED),
     (408, LATER), (424, LATER), (429, LATER), (500, LATER), (503, LATER)],
)  # fmt: skip
def test_what_is_no_success(code, status, kind):
    found = said(code, status, {"error": {"message": "what it says"}})
    assert (found.kind, found.words) == (kind, f"HTTP {status}: what it says")
    assert registering.outcome(code, "N1", status, b"<html>").words == f"HTTP {status}"


def test_an_answer_that_tells_of_no_tracker_is_asked_for_again():
    assert registering.outcome("easypost", "N1", 200, b"<html>").kind == LATER
    assert said("easypost", 200, {}).kind == LATER
    assert said("easypost", 200, ["nothing"]).kind == LATER


def test_aftership_has_it_already():
    exists = {"meta": {"code": 4003, "message": "Tracking already exists."}, "data": {"id": "x", "slug": "usps"}}
    assert said("aftership", 400, exists) == registering.Outcome(REGISTERED, reference="x")
    assert said("aftership", 400, {"meta": {"code": 4005, "message": "Invalid."}}).kind == REFUSED


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"code": "X", "message": "a"}}, "a"),
        ({"error": "b"}, "b"),
        ({"detail": "c"}, "c"),
        ({"errors": [{"message": "d"}]}, "d"),
        ({"messages": [{"text": "e"}]}, "e"),
        ({"error": {"message": "f" * 999}}, "f" * 300),
        ({"error": 7, "errors": "g"}, ""),
    ],
)
def test_the_words_of_a_refusal(body, words):
    assert said("shippo", 422, body).words == (f"HTTP 422: {words}" if words else "HTTP 422")


def test_where_one_number_is_asked_about():
    assert polls.about("shippo", "https://x.example/tracks/", "N/1", "usps") == "https://x.example/tracks/usps/N%2F1"
    assert polls.about("shippo", "https://x.example/tracks", "N1", "") == ""
    assert polls.about("sendcloud", "https://x.example/t", "N 1", "") == "https://x.example/t/N%201"


# The answer published by Sendcloud, and a word of nobody.
SENDCLOUD = {
    "parcel_id": "629",
    "carrier_code": "postnl",
    "expected_delivery_date": "2022-01-26",
    "statuses": [
        {
            "carrier_update_timestamp": "2022-01-25 14:43:13.615997+00:00",
            "parcel_status_history_id": "8",
            "parent_status": "shipment-on-route",
            "carrier_code": "postnl",
            "carrier_message": "",
        },
        {
            "carrier_update_timestamp": "2022-01-25 14:42:06.318296+00:00",
            "parcel_status_history_id": "7",
            "parent_status": "beamed-up",
            "carrier_code": "",
            "carrier_message": "Ready to send",
        },
    ],
}


def test_sendcloud_speaks_in_words_when_asked_and_in_numbers_when_it_pushes():
    found = [
        one for body in polls.told("sendcloud", "N1", SENDCLOUD) for one in JSON_SENDERS["sendcloud"].read(body, {})
    ]
    assert [one.codes for one in found if one.kind == STATUS] == [
        (("parcel.status.id", "91"),),
        (("parcel.status.code", "beamed-up"),),
    ]
    assert found[0].when.text == "2022-01-25T14:43:13Z"
    assert [one.eta.text[:10] for one in found if one.kind == ETA] == ["2022-01-26"]


def test_shippo_that_knows_nothing_yet_tells_nothing():
    track = {"tracking_number": "N1", "carrier": "usps", "tracking_status": None, "tracking_history": []}
    assert polls.told("shippo", "N1", track) == []


@pytest.mark.parametrize("body", [[], {"statuses": "x"}, {"statuses": [{}]}])
def test_an_answer_about_a_number_that_is_none(body):
    with pytest.raises(TrackingError):
        polls.told("sendcloud", "N1", body)
