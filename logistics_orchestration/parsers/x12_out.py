"""What goes back in X12: 855 (acknowledgement), 856 (ship notice), 997 (functional acknowledgement).

The first two take the data of the events ``order.acknowledged`` and ``shipment.advised``.
"""

from .x12 import Writer

# our words for a line's answer -> ACK01 (X12 855)
ANSWERS = {
    "accepted": "IA", "backordered": "IB", "changed": "IC", "price_changed": "IP", "quantity_changed": "IQ",
    "rejected": "IR", "substituted": "IS", "date_changed": "DR", "held": "IH",
}  # fmt: skip
# the whole order's answer -> BAK02
_TYPES = {"accepted": "AD", "changed": "AC", "rejected": "RD"}


def _day(value):
    return (value or "")[:10].replace("-", "")


def _products(line):
    """Qualifiers and codes of a line's product."""
    pairs = []
    for qualifier, key in (("VP", "sku"), ("BP", "buyer_sku")):
        if line.get(key):
            pairs += [qualifier, line[key]]
    if line.get("gtin"):
        pairs += [{12: "UP", 13: "EN"}.get(len(str(line["gtin"])), "UK"), line["gtin"]]
    return pairs


def acknowledgement(data, envelope, control, moment):
    """An 855.

    :param dict data: reference, order, status, ordered_on, lines (line, codes, quantity, uom, price_unit, answers)
    :param Envelope envelope: the parties
    :param int control: control number
    :param datetime.datetime moment: of writing
    :returns: the interchange as text
    """
    out = Writer("855", "PR", envelope, control, moment)
    out.add("BAK", "00", _TYPES[data["status"]], data["reference"], _day(data.get("ordered_on")) or f"{moment:%Y%m%d}",
            "", "", "", data.get("order"), f"{moment:%Y%m%d}")  # fmt: skip
    if data.get("currency"):
        out.add("CUR", "SE", data["currency"])
    for line in data["lines"]:
        price = line.get("price_unit")
        out.add("PO1", line["line"], float(line["quantity"]), line.get("uom") or "EA",
                "" if price is None else float(price), "", *_products(line))  # fmt: skip
        for answer in line["answers"]:
            when = _day(answer.get("expected_on"))
            out.add("ACK", ANSWERS[answer["status"]], float(answer["quantity"]), line.get("uom") or "EA",
                    "068" if when else "", when)  # fmt: skip
    out.add("CTT", len(data["lines"]))
    return out.text()


def ship_notice(data, envelope, control, moment):
    """An 856 in the order shipment, order, package, item.

    :param dict data: shipment, reference, order, carrier, tracking_number, shipped_at, ship_to, parcels (sscc,
        tracking_number, weight_kg, lines)
    :returns: the interchange as text
    """
    out = Writer("856", "SH", envelope, control, moment)
    out.add("BSN", "00", data["shipment"], f"{moment:%Y%m%d}", f"{moment:%H%M}", "0001")
    level = _Levels(out)
    shipment = level.add("S")
    weight = sum(parcel.get("weight_kg") or 0 for parcel in data["parcels"])
    out.add("TD1", "CTN", len(data["parcels"]), "", "", "", "G" if weight else "", weight or "", "KG" if weight else "")
    if data.get("carrier"):
        out.add("TD5", "", "", "", "", data["carrier"])
    if data.get("tracking_number"):
        out.add("REF", "CN", data["tracking_number"])
    out.add("DTM", "011", _day(data.get("shipped_at")) or f"{moment:%Y%m%d}")
    place = data.get("ship_to") or {}
    if place.get("name"):
        out.add("N1", "ST", place["name"], "92" if place.get("code") else "", place.get("code"))
        out.add("N3", place.get("street") or "-", place.get("street2"))
        out.add("N4", place.get("city"), place.get("state"), place.get("zip"), place.get("country"))
    order = level.add("O", shipment)
    out.add("PRF", data["reference"])
    out.add("REF", "CO", data.get("order"))
    for parcel in data["parcels"]:
        package = level.add("P", order)
        if parcel.get("sscc"):
            out.add("MAN", "GM", parcel["sscc"])
        if parcel.get("tracking_number"):
            out.add("MAN", "CP", parcel["tracking_number"])
        for line in parcel["lines"]:
            level.add("I", package)
            out.add("LIN", line["line"], *_products(line))
            out.add("SN1", "", float(line["quantity"]), line.get("uom") or "EA")
    out.add("CTT", level.count)
    return out.text()


class _Levels:
    """Numbers the HL segments."""

    def __init__(self, out):
        self._out, self.count = out, 0

    def add(self, kind, parent=""):
        self.count += 1
        self._out.add("HL", self.count, parent, kind)
        return self.count


def functional(group, envelope, control, moment):
    """A 997: how a group that came in was taken.

    :param dict group: ``code`` (GS01), ``control`` (GS06) and ``transactions``: [code, control, whether it was read]
    :param Envelope envelope: the parties
    :param int control: control number
    :param datetime.datetime moment: of writing
    :returns: the interchange as text
    """
    out = Writer("997", "FA", envelope, control, moment)
    out.add("AK1", group["code"], group["control"])
    for code, number, taken in group["transactions"]:
        out.add("AK2", code, number)
        out.add("AK5", "A" if taken else "R")
    total = len(group["transactions"])
    good = sum(1 for _code, _number, taken in group["transactions"] if taken)
    out.add("AK9", "A" if good == total else ("P" if good else "R"), total, total, good)
    return out.text()


def read_functional(transaction):
    """What a partner's 997 says of a group of ours: ``group`` (its control number), ``accepted``, ``verdict``."""
    said = {"group": "", "verdict": ""}
    for segment in transaction.segments:
        if segment.tag == "AK1":
            said["group"] = segment.get(2)
        elif segment.tag == "AK9":
            said["verdict"] = segment.get(1)
    return {**said, "accepted": said["verdict"] in ("A", "E")}
