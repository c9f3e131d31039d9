"""What goes back in EDIFACT: ORDRSP (acknowledgement), DESADV (despatch advice) and CONTRL (syntax and service report).

The first two take the data of the events ``order.acknowledged`` and ``shipment.advised``.
"""

from .edifact import Writer

DIRECTORY = "D96A"
# the whole order's answer -> BGM 1225; a line's -> LIN 1229
_ORDER = {"accepted": "29", "changed": "4", "rejected": "27"}
_LINE = {"accepted": "5", "rejected": "7", "held": "8", "changed": "3"}
_BACKORDERED, _SCHEDULED = "83", "113"
# CONTRL 0083: this level is acknowledged / it and all below is rejected / received; 0085: error that is not named
_TAKEN, _REJECTED, _RECEIVED, _UNSPECIFIED = "7", "4", "8", "18"


def _day(value):
    return (value or "")[:10].replace("-", "")


def _product(out, line, action=""):
    out.add("LIN", line["line"], action, (line.get("gtin"), "EN") if line.get("gtin") else "")
    for kind, key in (("SA", "sku"), ("IN", "buyer_sku")):
        if line.get(key):
            out.add("PIA", "1", (line[key], kind))


def order_response(data, envelope, control, moment):
    """An ORDRSP.

    :param dict data: reference, order, status, lines (line, codes, quantity, uom, price_unit, answers)
    :param Envelope envelope: the parties
    :param int control: reference of the interchange
    :param datetime.datetime moment: of writing
    :returns: the interchange as text
    """
    out = Writer("ORDRSP", DIRECTORY, envelope, control, moment)
    out.add("BGM", "231", data.get("order"), _ORDER[data["status"]])
    out.add("DTM", ("137", f"{moment:%Y%m%d}", "102"))
    out.add("RFF", ("ON", data["reference"]))
    out.add("NAD", "BY", (envelope.receiver, "", "9"))
    out.add("NAD", "SU", (envelope.sender, "", "9"))
    if data.get("currency"):
        out.add("CUX", ("2", data["currency"], "9"))
    for line in data["lines"]:
        states = [answer["status"] for answer in line["answers"]]
        _product(out, line, _LINE.get(states[0], "3") if len(states) == 1 else "3")
        out.add("QTY", ("21", float(line["quantity"]), line.get("uom")))
        for answer in line["answers"]:
            if answer["status"] == "rejected":
                continue
            kind = _BACKORDERED if answer["status"] == "backordered" else _SCHEDULED
            out.add("QTY", (kind, float(answer["quantity"]), line.get("uom")))
            if answer.get("expected_on"):
                out.add("DTM", ("67", _day(answer["expected_on"]), "102"))
        if line.get("price_unit") is not None:
            out.add("PRI", ("AAA", float(line["price_unit"])))
    out.add("UNS", "S")
    out.add("CNT", ("2", len(data["lines"])))
    return out.text()


def despatch_advice(data, envelope, control, moment):
    """A DESADV: one packing level per parcel.

    :param dict data: shipment, reference, order, carrier, tracking_number, shipped_at, ship_to, parcels
    :returns: the interchange as text
    """
    out = Writer("DESADV", DIRECTORY, envelope, control, moment)
    out.add("BGM", "351", data["shipment"], "9")
    out.add("DTM", ("137", f"{moment:%Y%m%d}", "102"))
    out.add("DTM", ("11", _day(data.get("shipped_at")) or f"{moment:%Y%m%d}", "102"))
    out.add("RFF", ("ON", data["reference"]))
    if data.get("tracking_number"):
        out.add("RFF", ("CN", data["tracking_number"]))
    out.add("NAD", "SU", (envelope.sender, "", "9"))
    place = data.get("ship_to") or {}
    if place.get("name"):
        out.add("NAD", "DP", (place.get("code"), "", "9") if place.get("code") else "", "", place["name"],
                (place.get("street"), place.get("street2")), place.get("city"), place.get("state"), place.get("zip"),
                place.get("country"))  # fmt: skip
    if data.get("carrier"):
        out.add("TDT", "20", "", "30", "", ("", "", "", data["carrier"]))
    out.add("CPS", "1")
    count = 0
    for number, parcel in enumerate(data["parcels"], 2):
        out.add("CPS", number, "1")
        out.add("PAC", "1", "", "CT")
        if parcel.get("weight_kg"):
            out.add("MEA", "PD", "AAB", ("KGM", float(parcel["weight_kg"])))
        if parcel.get("sscc"):
            out.add("PCI", "33E")
            out.add("GIN", "BJ", parcel["sscc"])
        elif parcel.get("tracking_number"):
            out.add("PCI", "24")
            out.add("GIN", "BN", parcel["tracking_number"])
        for line in parcel["lines"]:
            count += 1
            _product(out, line)
            out.add("QTY", ("12", float(line["quantity"]), line.get("uom")))
    out.add("CNT", ("2", count))
    return out.text()


def syntax_report(group, envelope, control, moment):
    """A CONTRL (syntax 3): how an interchange that came in was taken, message by message.

    :param dict group: ``control`` (UNB 0020), ``sender`` and ``receiver`` of the interchange as [id, qualifier], and
        ``transactions``: [kind, reference, whether it was read, directory]
    :returns: the interchange as text
    """
    out = Writer("CONTRL", "D3", envelope, control, moment)
    out.add("UCI", group["control"], tuple(group["sender"]), tuple(group["receiver"]), _TAKEN)
    for kind, reference, taken, directory in group["transactions"]:
        said = (kind, directory[:1], directory[1:], "UN")
        if taken:
            out.add("UCM", reference, said, _TAKEN)
        else:
            out.add("UCM", reference, said, _REJECTED, _UNSPECIFIED)
    return out.text()


def read_syntax_report(message):
    """What a partner's CONTRL says of an interchange of ours: ``group`` (its reference), ``accepted``, ``verdict``.

    Our interchanges hold one message: where that is rejected, the interchange is.
    """
    said = {"group": "", "verdict": ""}
    rejected = False
    for segment in message.segments:
        if segment.tag == "UCI":
            said.update(group=segment.get(1), verdict=segment.get(4))
        if segment.tag in ("UCI", "UCM") and segment.get({"UCI": 4, "UCM": 3}[segment.tag]) == _REJECTED:
            rejected = True
    if rejected:
        said["verdict"] = _REJECTED
    return {**said, "accepted": said["verdict"] in (_TAKEN, _RECEIVED)}
