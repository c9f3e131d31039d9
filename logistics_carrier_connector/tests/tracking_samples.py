"""Messages as each sender of tracking writes them, with values of our own. Plain Python: other tests load it, too.

``WAY`` says for each sender which codes a parcel meets on its way; ``write(sender, number, scans)`` is the body of a
request that tells them, ``headers(sender, raw, secret)`` what goes with it.
"""

import base64
import hashlib
import hmac
import json
import time
from datetime import datetime, timedelta

# sender: [(code as it stands in the message, milestone it leads to)], in the order of the way
WAY = {
    "easypost": [
        ("label_created/pre_transit", "pre_transit"), ("received_at_origin_facility/in_transit", "picked_up"),
        ("departed_facility/in_transit", "in_transit"), ("out_for_delivery/out_for_delivery", "out_for_delivery"),
        ("/delivered", "delivered"),
    ],
    "shippo": [
        ("information_received/PRE_TRANSIT", "pre_transit"), ("package_accepted/TRANSIT", "picked_up"),
        ("package_departed/TRANSIT", "in_transit"), ("out_for_delivery/TRANSIT", "out_for_delivery"),
        ("delivered/DELIVERED", "delivered"),
    ],
    "aftership": [
        ("InfoReceived_001/InfoReceived", "pre_transit"), ("InTransit_002/InTransit", "picked_up"),
        ("InTransit_007/InTransit", "in_transit"), ("OutForDelivery_001/OutForDelivery", "out_for_delivery"),
        ("Delivered_001/Delivered", "delivered"),
    ],
    "sendcloud": [
        ("1000", "pre_transit"), ("22", "picked_up"), ("3", "in_transit"), ("92", "out_for_delivery"),
        ("11", "delivered"),
    ],
    "karrio": [
        ("/pending", "pre_transit"), ("/picked_up", "picked_up"), ("/in_transit", "in_transit"),
        ("/out_for_delivery", "out_for_delivery"), ("/delivered", "delivered"),
    ],
    "shopify": [
        ("label_printed", "pre_transit"), ("carrier_picked_up", "picked_up"), ("in_transit", "in_transit"),
        ("out_for_delivery", "out_for_delivery"), ("delivered", "delivered"),
    ],
    "x12_214": [
        ("XB", "pre_transit"), ("AF", "picked_up"), ("X6", "in_transit"), ("X1", "arrived_at_destination"),
        ("D1", "delivered"),
    ],
    "edifact_iftsta": [
        ("68", "pre_transit"), ("13", "picked_up"), ("31", "in_transit"), ("113", "out_for_delivery"),
        ("21", "delivered"),
    ],
    "dcsa": [
        ("STUF", "pre_transit"), ("PICK", "picked_up"), ("LOAD", "in_transit"), ("STRP", "arrived_at_destination"),
        ("AVPU", "available_for_pickup"),
    ],
    "epcis": [
        ("staging_outbound", "pre_transit"), ("shipping", "picked_up"), ("departing", "in_transit"),
        ("arriving", "arrived_at_destination"), ("receiving", "delivered"),
    ],
}  # fmt: skip
SENDERS = sorted(WAY)
# A number as its carrier writes it; a logistic unit has its 18 digits.
NUMBERS = {"epcis": "006141411234567890", "dcsa": "APZU4812095"}
EDI = ("x12_214", "edifact_iftsta")


def number_of(sender):
    """A tracking number of this sender's kind."""
    return NUMBERS.get(sender, f"TRK-{sender}-1")


def way(sender, begin, hours=2):
    """(code, moment) pairs of a parcel's whole way.

    :param begin: naive UTC datetime of the first scan
    """
    return [(code, begin + timedelta(hours=hours) * at) for at, (code, _milestone) in enumerate(WAY[sender])]


def write(sender, number, scans):
    """The bodies of the requests that tell these scans: one request where the sender tells several at once.

    :param list scans: (code, naive UTC datetime) pairs
    :returns: list of (bytes, extra headers)
    """
    if sender == "edifact_iftsta":
        return [(_iftsta(number, scans), {"content-type": "application/edifact"})]
    if sender == "x12_214":
        return [(_x12(number, scans), {"content-type": "application/edi-x12"})]
    many = {"easypost": _easypost, "shippo": _shippo, "aftership": _aftership, "karrio": _karrio, "dcsa": _dcsa,
            "epcis": _epcis}  # fmt: skip
    if sender in many:
        return [(_json(many[sender](number, scans)), {"content-type": "application/json"})]
    one = {"sendcloud": _sendcloud, "shopify": _shopify}[sender]
    topic = {"x-shopify-topic": "fulfillments/update"} if sender == "shopify" else {}
    return [(_json(one(number, *scan)), {"content-type": "application/json", **topic}) for scan in scans]


def signed(sender, raw, secret):
    """The headers by which a sender proves who it is."""

    def digest(body=raw):
        return hmac.new(secret.encode(), body, hashlib.sha256)

    if sender == "easypost":
        return {"X-Hmac-Signature": "hmac-sha256-hex=" + digest().hexdigest()}
    if sender == "shippo":
        stamp = str(int(time.time()))
        return {"Shippo-Auth-Signature": f"t={stamp},v1={digest(stamp.encode() + b'.' + raw).hexdigest()}"}
    if sender == "aftership":
        return {"aftership-hmac-sha256": base64.b64encode(digest().digest()).decode()}
    if sender == "sendcloud":
        return {"Sendcloud-Signature": digest().hexdigest()}
    if sender == "shopify":
        return {"X-Shopify-Hmac-SHA256": base64.b64encode(digest().digest()).decode()}
    if sender == "dcsa":
        return {"Notification-Signature": "sha256=" + digest().hexdigest()}
    return {"karrio": {"X-Event-Id": secret}, "epcis": {"Authorization": f"Bearer {secret}"}}.get(
        sender, {"X-Api-Key": secret}
    )


def _json(body):
    return json.dumps(body).encode()


def _iso(moment):
    return moment.isoformat() + "Z"


def _easypost(number, scans):
    details = []
    for code, moment in scans:
        fine, coarse = code.split("/")
        details.append(
            {
                "object": "TrackingDetail", "message": "Scanned", "description": "", "status": coarse,
                "status_detail": fine or None, "datetime": _iso(moment), "source": "UPS", "carrier_code": "X",
                "tracking_location": {"object": "TrackingLocation", "city": "GENT", "state": None, "country": "BE",
                                      "zip": "9000"},
            }
        )  # fmt: skip
    last = details[-1]
    tracker = {
        "id": "trk_77", "object": "Tracker", "mode": "production", "tracking_code": number, "carrier": "UPS",
        "status": last["status"], "status_detail": last["status_detail"], "updated_at": last["datetime"],
        "signed_by": None, "est_delivery_date": None, "tracking_details": details, "carrier_detail": None,
    }  # fmt: skip
    return {"id": "evt_" + last["datetime"], "object": "Event", "description": "tracker.updated",
            "mode": "production", "previous_attributes": {}, "result": tracker}  # fmt: skip


def _shippo(number, scans):
    history = []
    for code, moment in scans:
        fine, coarse = code.split("/")
        history.append(
            {
                "object_id": "h", "status": coarse, "status_details": "Scanned", "status_date": _iso(moment),
                "substatus": {"code": fine, "text": "Scanned", "action_required": False} if fine else None,
                "location": {"city": "Gent", "state": "", "zip": "9000", "country": "BE"},
            }
        )  # fmt: skip
    return {"event": "track_updated", "test": False, "data": {
        "carrier": "ups", "tracking_number": number, "servicelevel": {"token": "ups_ground", "name": "Ground"},
        "eta": None, "tracking_status": history[-1], "tracking_history": history}}  # fmt: skip


def _aftership(number, scans):
    points = []
    for code, moment in scans:
        fine, coarse = code.split("/")
        # local to its place, which keeps UTC all the year
        points.append(
            {"slug": "ups", "city": "Reykjavik", "country_iso3": "ISL", "zip": None, "message": "Scanned",
             "checkpoint_time": moment.isoformat(), "tag": coarse, "subtag": fine}
        )  # fmt: skip
    return {"event": "tracking_update", "event_id": "9d3a", "msg": {
        "id": "t1", "tracking_number": number, "slug": "ups", "tag": points[-1]["tag"],
        "subtag": points[-1]["subtag"], "expected_delivery": None, "checkpoints": points}}  # fmt: skip


def _sendcloud(number, code, moment):
    stamp = int((moment - datetime(1970, 1, 1)).total_seconds() * 1000)
    return {"action": "parcel_status_changed", "timestamp": stamp, "carrier_status_change_timestamp": stamp, "parcel": {
        "id": 5, "tracking_number": number, "order_number": "", "external_reference": None,
        "carrier": {"code": "postnl"}, "status": {"id": int(code), "message": "Scanned"}}}  # fmt: skip


def _karrio(number, scans):
    events = []
    for code, moment in scans:
        reason, status = code.split("/")
        events.append({"date": moment.strftime("%Y-%m-%d"), "time": moment.strftime("%H:%M"), "timestamp": _iso(moment),
                       "code": "XX", "description": "Scanned", "location": "Gent, BE", "status": status,
                       "reason": reason or None})  # fmt: skip
    return {"event": "tracker_updated", "data": {
        "id": "trk_1", "carrier_name": "dhl_universal", "carrier_id": "dhl", "tracking_number": number,
        "status": events[-1]["status"], "test_mode": False, "events": events, "info": {}}}  # fmt: skip


def _shopify(number, code, moment):
    return {"id": 255858046, "order_id": 450789469, "status": "success", "name": "#1001.1",
            "created_at": _iso(moment), "updated_at": _iso(moment), "tracking_company": "UPS",
            "shipment_status": code, "tracking_number": number, "tracking_numbers": [number]}  # fmt: skip


def _dcsa(number, scans):
    return {"events": [
        {
            "metadata": {
                "eventID": f"{number}-{code}-{_iso(moment)}", "eventCreatedDateTime": _iso(moment),
                "eventType": "EQUIPMENT", "publisherRole": "CA",
                "publisher": {"partyName": "A Line", "carrierCode": "ALN", "carrierCodeListProvider": "SMDG"},
            },
            "payload": {
                "eventClassifierCode": "ACT", "eventDateTime": moment.isoformat() + "+00:00",
                "equipmentEventTypeCode": code, "equipmentReference": number, "emptyIndicatorCode": "LADEN",
                "transportCall": {"location": {"UNLocationCode": "BEANR", "locationName": "Antwerp"}},
                "relatedDocumentReferences": [{"type": "BKG", "value": "BKG77"}],
            },
        }
        for code, moment in scans
    ]}  # fmt: skip


def _epcis(number, scans):
    # company prefix of seven digits: the serial's first digit is the extension of the number
    urn = f"urn:epc:id:sscc:{number[1:8]}.{number[0]}{number[8:17]}"
    return {"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": [
        {"type": "ObjectEvent", "eventID": f"ni:///{number}/{code}/{_iso(moment)}", "eventTime": _iso(moment),
         "eventTimeZoneOffset": "+01:00", "epcList": [urn], "action": "OBSERVE", "bizStep": code,
         "bizLocation": {"id": "urn:epc:id:sgln:0614141.00777.0"}}
        for code, moment in scans
    ]}}  # fmt: skip


def _x12(number, scans):
    body = [f"B10*{number}*SHP-OURS*ABCD"]
    for at, (code, moment) in enumerate(scans, 1):
        body += [f"LX*{at}", f"AT7*{code}*NS***{moment:%Y%m%d}*{moment:%H%M%S}*UT", "MS1*GHENT**BE", "MS2*ABCD*1"]
    lines = [
        "ISA*00*          *00*          *02*ABCD           *ZZ*US             *260302*1303*U*00401*000000077*0*P*>",
        "GS*QM*ABCD*US*20260302*1303*77*X*004010", "ST*214*0001", *body, f"SE*{len(body) + 2}*0001", "GE*1*77",
        "IEA*1*000000077",
    ]  # fmt: skip
    return "".join(line + "~" for line in lines).encode()


def _iftsta(number, scans):
    body = ["BGM+23+9+9", "DTM+137:202603021303:203", f"CNI+1+{number}"]
    for code, moment in scans:
        body += [f"STS+1+{code}", f"DTM+334:{moment:%Y%m%d%H%M}+0000:205".replace("+0000", "?+0000"), "LOC+5+BEGNE"]
    lines = [
        "UNB+UNOC:3+ABCD+US+260302:1303+77", "UNH+1+IFTSTA:D:01B:UN", *body, f"UNT+{len(body) + 2}+1", "UNZ+1+77",
    ]  # fmt: skip
    return "".join(line + "'" for line in lines).encode()
