"""What each sender writes becomes the same statements, whatever its language."""

import json
import random
from datetime import datetime

import pytest
import tracking_samples as samples
from hypothesis import given
from hypothesis import strategies as st
from parsers import edifact, x12
from tracking import JSON_SENDERS, SENDERS, TrackingError, dcsa, epcis, iftsta, reading, shopify, x12_214
from tracking.statement import ETA, RETRACTION, STATUS

BEGIN = datetime(2026, 3, 2, 8, 0)


def statements(sender, raw):
    """What is read from one request."""
    if sender == "x12_214":
        return [one for each in x12.read(x12.decode(raw)).transactions for one in x12_214.read(each)]
    if sender == "edifact_iftsta":
        return [one for each in edifact.read(x12.decode(raw)).messages for one in iftsta.read(each)]
    body = reading.read_json(raw)
    if sender == "shopify":
        return shopify.read(body, "fulfillments/update")
    return JSON_SENDERS[sender].read(body, {})


def told(sender, number, scans):
    return [one for raw, _headers in samples.write(sender, number, scans) for one in statements(sender, raw)]


@pytest.mark.parametrize("sender", samples.SENDERS)
def test_every_scan_of_the_way_is_read(sender):
    number = samples.number_of(sender)
    scans = samples.way(sender, BEGIN)
    found = [one for one in told(sender, number, scans) if one.kind == STATUS]
    assert [one.when.utc for one in found] == [moment for _code, moment in scans]
    assert ["/".join(code for _field, code in one.codes) for one in found] == [
        code.strip("/") if sender not in samples.EDI[:1] else f"NS/{code}" for code, _moment in scans
    ]
    assert {one.tracking_number or one.references[0] for one in found} == {number}
    assert len({one.uid(sender) for one in found}) == len(found)


@pytest.mark.parametrize("sender", samples.SENDERS)
def test_the_same_scan_has_the_same_id_in_whichever_request_it_comes(sender):
    number = samples.number_of(sender)
    scans = samples.way(sender, BEGIN)
    one_by_one = {one.uid(sender) for scan in scans for one in told(sender, number, [scan])}
    assert one_by_one == {one.uid(sender) for one in told(sender, number, scans)}


@pytest.mark.parametrize("sender", sorted(JSON_SENDERS))
@given(data=st.data())
def test_what_is_missing_is_named_and_breaks_nothing(sender, data):
    """Any part may be left out or be of another kind: it is read, or refused in words."""
    raw, _headers = samples.write(sender, samples.number_of(sender), samples.way(sender, BEGIN))[0]
    body = json.loads(raw)
    holder, key = data.draw(st.sampled_from(list(spots(body))))
    holder[key] = data.draw(st.sampled_from([None, "", 7, "x", [], {}, [3], True]))
    try:
        for one in JSON_SENDERS[sender].read(body, {}):
            json.dumps(one.data())
            assert one.uid(sender)
    except TrackingError as error:
        assert str(error)


def spots(value):
    """Every (container, key) in a JSON value."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from spots(value[key])


def test_a_reason_and_a_status_are_told_apart():
    raw, _headers = samples.write("x12_214", "PRO77", [("AP", BEGIN)])[0]
    (one,) = statements("x12_214", raw.replace(b"AT7*AP*NS", b"AT7*AP*BS"))
    assert one.codes == (("AT702", "BS"), ("AT701", "AP"))
    assert one.references == ("PRO77", "SHP-OURS")


@pytest.mark.parametrize(
    ("clock", "place", "utc", "source"),
    [
        ("LT", "MS1*BOSTON*MA*US", "2026-07-01T16:30:00Z", "place"),
        ("LT", "MS1*PHOENIX*AZ", "2026-07-01T19:30:00Z", "place"),
        ("LT", "MS1*GHENT**BE", "2026-07-01T10:30:00Z", "place"),
        ("ET", "MS1*X*ZZ*US", "2026-07-01T16:30:00Z", "told"),
        ("ES", "MS1*X*ZZ*US", "2026-07-01T17:30:00Z", "told"),
        ("02", "MS1*X*ZZ*US", "2026-07-01T10:30:00Z", "told"),
        ("LT", "MS1*X*ZZ*US", "2026-07-01T12:30:00", ""),
    ],
)
def test_the_local_time_of_a_stop(clock, place, utc, source):
    raw, _headers = samples.write("x12_214", "PRO77", [("AF", datetime(2026, 7, 1, 12, 30))])[0]
    text = raw.replace(b"*123000*UT", b"*1230*" + clock.encode()).replace(b"MS1*GHENT**BE", place.encode())
    (one,) = statements("x12_214", text)
    assert (one.when.text, one.when.source) == (utc, source)
    assert one.when.told == f"20260701 1230 {clock}"


def test_estimates_are_no_facts():
    raw, _headers = samples.write("x12_214", "PRO77", [("X2", BEGIN)])[0]
    scan, eta = statements("x12_214", raw)
    assert (scan.certainty, eta.kind, eta.eta.utc) == ("estimated", ETA, BEGIN)
    body = json.loads(samples.write("dcsa", "APZU4812095", [("LOAD", BEGIN)])[0][0])
    for classifier, certainty in dcsa.CERTAINTIES.items():
        body["events"][0]["payload"]["eventClassifierCode"] = classifier
        assert dcsa.read(body, {})[0].certainty == certainty


def test_a_container_line_takes_an_event_back_or_corrects_it():
    body = json.loads(samples.write("dcsa", "APZU4812095", [("LOAD", BEGIN)])[0][0])
    event = body["events"][0]
    event["metadata"]["retractedEventID"] = "e-1"
    (corrected,) = dcsa.read(event, {})
    assert (corrected.kind, corrected.retracts) == (STATUS, ("e-1",))
    del event["payload"]
    (gone,) = dcsa.read([event], {})
    assert (gone.kind, gone.retracts, gone.key) == (RETRACTION, ("e-1",), "e-1")


def test_version_2_of_dcsa_and_several_containers():
    event = {
        "eventID": "e9", "eventType": "TRANSPORT", "eventClassifierCode": "ACT", "transportEventTypeCode": "DEPA",
        "eventDateTime": "2026-03-02T09:00:00+01:00", "eventCreatedDateTime": "2026-03-02T09:00:00+01:00",
        "transportCall": {"UNLocationCode": "BEANR"},
        "references": [{"referenceType": "EQ", "referenceValue": "AAAU1"}, {"referenceType": "EQ",
                                                                           "referenceValue": "AAAU2"}],
        "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": "B7"}],
    }  # fmt: skip
    found = dcsa.read([event], {})
    assert [one.tracking_number for one in found] == ["AAAU1", "AAAU2"]
    assert {one.references for one in found} == {("B7",)}
    assert len({one.uid("dcsa") for one in found}) == 2


def test_an_error_declaration_takes_the_event_back():
    body = json.loads(samples.write("epcis", samples.number_of("epcis"), [("shipping", BEGIN)])[0][0])
    event = body["epcisBody"]["eventList"][0]
    event["errorDeclaration"] = {"declarationTime": "2026-03-02T10:00:00Z", "reason": "did_not_occur"}
    (gone,) = epcis.read(body, {})
    assert (gone.kind, gone.retracts, gone.reason) == (RETRACTION, (event["eventID"],), "did_not_occur")


def test_both_ways_to_write_a_logistic_unit():
    assert epcis.sscc("urn:epc:id:sscc:0614141.0123456789") == samples.number_of("epcis")
    assert epcis.sscc(f"https://id.example/00/{samples.number_of('epcis')}") == samples.number_of("epcis")
    assert epcis.sscc("urn:epc:id:sgtin:0614141.0123456789") == ""


def test_a_shop_speaks_of_a_fulfilment_by_its_own_number():
    event = {"id": 944956391, "fulfillment_id": 255858046, "status": "in_transit"}
    event.update(happened_at="2026-03-02T08:00:00Z", city="Ghent", country="BE")
    event.update(estimated_delivery_at="2026-03-04T12:00:00Z")
    scan, eta = shopify.read(event, "fulfillment_events/create")
    assert scan.references == ("shopify/fulfillment/255858046",)
    assert (scan.event_id, eta.eta.text) == ("944956391", "2026-03-04T12:00:00Z")
    raw, _headers = samples.write("shopify", "T1", [("in_transit", BEGIN)])[0]
    (named,) = shopify.read(json.loads(raw), "fulfillments/update")
    assert (named.tracking_number, named.alias) == ("T1", "shopify/fulfillment/255858046")


def test_raw_codes_of_a_carrier_count_where_the_server_tells_no_status():
    body = json.loads(samples.write("karrio", "T1", [("/in_transit", BEGIN)])[0][0])
    del body["data"]["events"][0]["status"]
    (one,) = JSON_SENDERS["karrio"].read(body, {})
    assert one.codes == (("dhl_universal.code", "XX"),)


def test_a_time_without_zone_and_place_stays_open():
    body = json.loads(samples.write("aftership", "T1", [("InTransit_007/InTransit", BEGIN)])[0][0])
    body["msg"]["checkpoints"][0]["country_iso3"] = "USA"
    (one,) = JSON_SENDERS["aftership"].read(body, {})
    assert (one.when.text, one.when.source) == ("2026-03-02T08:00:00", "")


def test_expected_arrivals():
    body = json.loads(samples.write("easypost", "T1", samples.way("easypost", BEGIN))[0][0])
    body["result"]["est_delivery_date"] = "2026-03-05T00:00:00Z"
    assert [one.eta.text for one in JSON_SENDERS["easypost"].read(body, {}) if one.kind == ETA] == [
        "2026-03-05T00:00:00Z"
    ]
    body = json.loads(samples.write("shippo", "T1", samples.way("shippo", BEGIN))[0][0])
    body["data"]["eta"] = "2026-03-05T00:00:00Z"
    assert [one.eta.text for one in JSON_SENDERS["shippo"].read(body, {}) if one.kind == ETA] == [
        "2026-03-05T00:00:00Z"
    ]


@pytest.mark.parametrize("sender", ["easypost", "shippo", "karrio"])
def test_a_rehearsal_says_so(sender):
    body = json.loads(samples.write(sender, "T1", samples.way(sender, BEGIN))[0][0])
    body["mode"] = "test"
    body["test"] = True
    if sender == "karrio":
        body["data"]["test_mode"] = True
    assert all(one.data().get("test") is True for one in JSON_SENDERS[sender].read(body, {}))


@pytest.mark.parametrize("sender", samples.EDI)
def test_an_interchange_that_breaks_off_is_refused(sender):
    raw, _headers = samples.write(sender, "PRO77", samples.way(sender, BEGIN))[0]
    cut = random.Random(4).sample(range(1, len(raw)), 40)
    for at in cut:
        with pytest.raises(ValueError, match=r"."):
            statements(sender, raw[:at])


def test_every_sender_says_how_it_signs_and_what_to_do():
    for sender in SENDERS.values():
        assert sender.scheme
        assert sender.help
        assert sender.source
