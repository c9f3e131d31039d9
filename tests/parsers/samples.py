"""Documents as a buyer would send them, written from a neutral order: the other half of each round trip."""

from datetime import datetime

from parsers import edifact, x12

MOMENT = datetime(2026, 7, 1, 9, 30)
X12 = x12.Envelope("BUYER", "SELLER")
EDIFACT = edifact.Envelope("5412345000013", "5498765000019")
ORDER = {
    "reference": "PO-4711",
    "purpose": "original",
    "ordered_on": "2026-07-01",
    "requested_on": "2026-07-20",
    "currency": "EUR",
    "buyer": {"code": "5412345000013", "name": "Northwind Retail"},
    "ship_to": {
        "code": "5412345000020", "name": "Northwind Antwerp", "street": "Dock Street 5", "city": "Antwerp",
        "state": "VAN", "zip": "2000", "country": "BE",
    },
    "lines": [
        {"line": "1", "gtin": "5400000000017", "sku": "DESK", "buyer_sku": "NW-77", "description": "Desk, oak",
         "quantity": 2.0, "uom": "EA", "price_unit": 590.0},
        {"line": "2", "sku": "CHAIR", "quantity": 12.5, "uom": "KG", "price_unit": 0.125},
    ],
}  # fmt: skip


def x12_850(order, control=7):
    """An 850."""
    out = x12.Writer("850", "PO", X12, control, MOMENT)
    purpose = {"original": "00", "cancellation": "01", "change": "04"}[order["purpose"]]
    out.add("BEG", purpose, "NE", order["reference"], "", order.get("ordered_on", "").replace("-", ""))
    if order.get("currency"):
        out.add("CUR", "BY", order["currency"])
    if order.get("requested_on"):
        out.add("DTM", "002", order["requested_on"].replace("-", ""))
    for kind, key in (("BY", "buyer"), ("ST", "ship_to"), ("BT", "bill_to")):
        if place := order.get(key):
            out.add("N1", kind, place.get("name"), "UL" if place.get("code") else "", place.get("code"))
            if place.get("street"):
                out.add("N3", place["street"], place.get("street2"))
            if place.get("city"):
                out.add("N4", place["city"], place.get("state"), place.get("zip"), place.get("country"))
    for line in order["lines"]:
        products = [
            part
            for kind, key in (("EN", "gtin"), ("VP", "sku"), ("BP", "buyer_sku"))
            if line.get(key)
            for part in (kind, line[key])
        ]
        price = line.get("price_unit")
        out.add("PO1", line["line"], line["quantity"], line.get("uom"), "" if price is None else price, "", *products)
        if line.get("description"):
            out.add("PID", "F", "", "", "", line["description"])
    out.add("CTT", len(order["lines"]))
    return out.text()


def orders(order, directory="D96A", control=7):
    """An ORDERS."""
    out = edifact.Writer("ORDERS", directory, EDIFACT, control, MOMENT)
    out.add("BGM", "220", order["reference"], {"original": "9", "cancellation": "1", "change": "4"}[order["purpose"]])
    for kind, key in (("137", "ordered_on"), ("2", "requested_on")):
        if order.get(key):
            out.add("DTM", (kind, order[key].replace("-", ""), "102"))
    for kind, key in (("BY", "buyer"), ("DP", "ship_to"), ("IV", "bill_to")):
        if place := order.get(key):
            out.add("NAD", kind, (place.get("code"), "", "9"), "", place.get("name"), place.get("street"),
                    place.get("city"), place.get("state"), place.get("zip"), place.get("country"))  # fmt: skip
    if order.get("currency"):
        out.add("CUX", ("2", order["currency"], "9"))
    for line in order["lines"]:
        out.add("LIN", line["line"], "", (line.get("gtin"), "EN") if line.get("gtin") else "")
        for kind, key in (("SA", "sku"), ("IN", "buyer_sku")):
            if line.get(key):
                out.add("PIA", "1", (line[key], kind))
        if line.get("description"):
            out.add("IMD", "F", "", ("", "", "", line["description"]))
        out.add("QTY", ("21", line["quantity"], line.get("uom")))
        if line.get("price_unit") is not None:
            out.add("PRI", ("AAA", line["price_unit"]))
    out.add("UNS", "S")
    out.add("CNT", ("2", len(order["lines"])))
    return out.text()
