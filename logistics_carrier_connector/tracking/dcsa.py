"""DCSA track & trace, versions 2 and 3: events of shipments, transports and equipment (containers).

Version 3 splits an event into ``metadata`` and ``payload``; an event may take back an earlier one
(``retractedEventID``). What is planned, requested or estimated is told as such: only what is actual moves anything.
"""

from .errors import TrackingError
from .reading import an_object, need, objects, part, text
from .statement import RETRACTION, STATUS, Statement
from .zones import moment

CODE = "dcsa"
CERTAINTIES = {"ACT": "actual", "EST": "estimated", "PLN": "planned", "REQ": "requested"}
_CODES = ("equipmentEventTypeCode", "transportEventTypeCode", "shipmentEventTypeCode")
# Numbers a shipment may be known by: booking, transport document (bill of lading), house bill, shipping instruction.
_DOCUMENTS = ("BKG", "CBR", "TRD", "BOL", "HBL", "SHI")


def read(body, _headers):
    """Statements of a notification: one event, a list of them, or an object with ``events``.

    :raises TrackingError: what is needed is missing
    """
    if isinstance(body, dict) and isinstance(body.get("events"), list):
        body = body["events"]
    events = body if isinstance(body, list) else [an_object(body, "The body")]
    found = []
    for number, event in enumerate(objects(events, "The notification"), 1):
        found += _read(event, f"event {number}")
    return found


def _read(event, where):
    head = part(event, "metadata") or event
    said = part(event, "payload") if "metadata" in event else event
    uid = need(head, where, "eventID")
    gone = text(head, "retractedEventID", "retractedEventId")
    if gone and not text(said, *_CODES):
        created = text(head, "eventCreatedDateTime")
        when = moment(created, f"{where}.eventCreatedDateTime") if created else None
        reason = text(said, "reason", "remark")
        return [Statement(RETRACTION, when=when, event_id=uid, retracts=(gone,), reason=reason, raw=event)]
    name = next((name for name in _CODES if text(said, name)), "")
    if not name:
        raise TrackingError(f"{where} lacks {' / '.join(_CODES)}")
    containers, documents = _numbers(said)
    if not containers and not documents:
        raise TrackingError(f"{where} names no container, booking or bill of lading")
    place = _place(said)
    classifier = need(said, where, "eventClassifierCode").upper()
    told = Statement(
        STATUS,
        references=tuple(documents),
        codes=((name, text(said, name).upper()),),
        when=moment(need(said, where, "eventDateTime"), f"{where}.eventDateTime", place),
        certainty=CERTAINTIES.get(classifier, classifier.lower()),
        carrier=text(part(head, "publisher"), "carrierCode", "partyName"),
        place=place,
        description=text(said, "reason", "remark", "delayReasonCode"),
        event_id=uid,
        retracts=(gone,) if gone else (),
        raw=event,
    )
    # one event can be about several containers: it is one statement for each
    return [_about(told, number) for number in containers] or [told]


def _about(told, number):
    values = {name: getattr(told, name) for name in told.__dataclass_fields__}
    return Statement(**{**values, "tracking_number": number})


def _numbers(said):
    """(containers, documents) the event is about, each once, in their order."""
    containers, documents = [text(said, "equipmentReference")], []
    for key in ("references", "documentReferences", "relatedDocumentReferences"):
        for one in objects(said.get(key), key):
            kind = text(one, "type", "referenceType", "documentReferenceType").upper()
            value = text(one, "value", "referenceValue", "documentReferenceValue")
            if kind == "EQ":
                containers.append(value)
            elif kind in _DOCUMENTS:
                documents.append(value)
    documents += [text(said, "documentID", "documentReference")] if not documents else []
    return tuple(dict.fromkeys(filter(None, containers))), tuple(dict.fromkeys(filter(None, documents)))


def _place(said):
    call = part(said, "transportCall")
    spot = part(said, "eventLocation") or part(said, "location") or part(call, "location")
    code = text(spot, "UNLocationCode") or text(call, "UNLocationCode")
    address = part(spot, "address")
    return {
        "name": text(spot, "locationName") or code,
        "city": text(address, "city", "cityName"),
        "country": text(address, "countryCode") or code[:2],
    }
