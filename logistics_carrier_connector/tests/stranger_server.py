"""A carrier nobody planned for, on a real socket: other paths, words, units, nesting, states and manners.

It wants its key in a header of its own, weights in grams within loads, answers 200 to everything and says in `faults`
when it refused, gives prices in cents and labels as base64 within the answer, and is cancelled with PUT.
"""

import base64
import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from .socket_server import SocketServer

KEY = "k-4711-geheim"
ZPL = b"^XA^FO20,20^FDstranger^FS^XZ"
# All that connects it: what an administrator writes into the account's field mapping.
VOCABULARY = {
    "paths": {
        "rates": "POST /tarif/anfrage",
        "book": "POST /auftrag",
        "find": "GET /auftrag/suche?kundenref={reference}",
        "void": "PUT /auftrag/{id}/storno",
        "check": "GET /auftrag/suche?kundenref=verbindung",
        "track": "GET /sendung/{tracking_number}/verlauf",
        "label": None,
        "pickup": "POST /abholung",
        "find_pickup": None,
        "cancel_pickup": None,
        "manifest": None,
        "find_manifest": None,
        "instruct": None,
    },
    "auth": {"header": "X-Kunden-Schluessel", "scheme": ""},
    "send": {
        "rate": {"from": "ladung.0.absender", "to": "ladung.0.empfaenger", "parcels": "ladung.0.packstuecke",
                 "services": None},
        "book": {"reference": "kopf.kundenref", "service": "kopf.produkt", "from": "ladung.0.absender",
                 "to": "ladung.0.empfaenger", "parcels": "ladung.0.packstuecke", "label_format": "kopf.druck",
                 "is_return": None, "goods": None, "eori": "zoll.eori", "vat": None},
        "address": {"name": "name1", "company": "name2", "street": "anschrift.strasse", "street2": None,
                    "city": "anschrift.ort", "zip": "anschrift.plz", "state": None, "country": "anschrift.land",
                    "phone": "kontakt.0.nummer", "email": None},
        "parcel": {"reference": "packstueck.nr", "weight_kg": "packstueck.gewicht.gramm", "goods": "zoll.0.waren"},
        "good": {"sku": "artikel.nr", "description": "artikel.text", "quantity": "menge", "unit": None,
                 "weight_kg": "gewicht.gramm", "value": "wert.cent", "currency": "wert.waehrung",
                 "hs_code": "tarifnummer", "origin": "ursprung", "parcel": None},
        "pickup": {"reference": "kundenref", "ready_at": "von", "close_at": "bis", "parcel_count": "anzahl",
                   "address": "ort", "weight_kg": None, "instructions": "hinweis"},
    },
    "constant": {"book": {"kopf.mandant": 7}, "void": {"grund": "KUNDE"}},
    "factor": {"weight_kg": 1000, "amount": 100, "value": 100},
    "read": {
        "rates": "angebote",
        "rate": {"service": "produkt.kz", "name": "produkt.text", "amount": "preis.cent", "currency": "preis.waehrung",
                 "transit_days": "laufzeit", "base": None, "surcharges": "preis.zuschlaege"},
        "surcharge": {"name": "art", "amount": "cent"},
        "bookings": "treffer.*.auftrag",
        "booked": "ergebnis.auftrag",
        "booking": {"id": "nr", "reference": "kundenref", "service": "produkt", "amount": "preis.cent",
                    "currency": "preis.waehrung", "parcels": "ladung.*.packstuecke", "state": "status.kz",
                    "label": None},
        "parcel": {"reference": "packstueck.nr", "tracking_number": "packstueck.barcode", "label_url": None,
                   "label": "druck.base64"},
        "events": "verlauf",
        "event": {"code": "kz", "occurred_at": "zeit", "description": "text", "place": "depot.name"},
        "picked": "abholung",
        "pickup": {"id": "nr", "reference": "kundenref", "planned_at": "termin", "state": "status"},
        "error": {"message": "faults.0.text", "field": "faults.0.feld"},
        "failure": "faults",
    },
    "label_formats": {"pdf": "PDF-A6", "zpl": "ZEBRA"},
    "voided_states": ["STO"],
}  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        """Silence."""

    def do_GET(self):
        self._serve("GET")

    def do_POST(self):
        self._serve("POST")

    def do_PUT(self):
        self._serve("PUT")

    def _serve(self, method):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        stranger, url = self.server.owner, urlsplit(self.path)
        stranger.calls.append((method, url.path))
        status, body = 403, {"faults": [{"text": "Wer da?"}]}
        if self.headers.get("X-Kunden-Schluessel") == KEY:
            status, body = 200, stranger.act(method, url, json.loads(raw or b"{}"))
        if stranger.drop and (method, url.path) == ("POST", "/auftrag"):
            stranger.drop -= 1
            self.close_connection = True
            return
        answer = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


class StrangerServer(SocketServer):
    """Start with `with StrangerServer() as stranger`; `drop` replies to bookings get lost."""

    handler = _Handler

    def clear(self):
        """Nothing sold, an empty log."""
        self.orders, self.pickups, self.calls, self.drop = [], [], [], 0

    def living(self):
        """Orders that were not cancelled."""
        return [order for order in self.orders if order["status"]["kz"] != "STO"]

    def act(self, method, url, body):
        """The answer, always a 200."""
        parts = url.path.strip("/").split("/")
        if (method, parts) == ("POST", ["tarif", "anfrage"]):
            return {"angebote": [self._tariff("STD", "Normal", 640, 2), self._tariff("EIL", "Eilig", 1990, 1)]}
        if (method, parts) == ("POST", ["auftrag"]):
            return self._order(body)
        if (method, parts) == ("GET", ["auftrag", "suche"]):
            wanted = parse_qs(url.query)["kundenref"][0]
            return {"treffer": [{"auftrag": order} for order in self.orders if order["kundenref"] == wanted]}
        if method == "PUT" and parts[2:] == ["storno"]:
            order = next(order for order in self.orders if str(order["nr"]) == parts[1])
            if body.get("grund") != "KUNDE":
                return {"faults": [{"text": "Grund fehlt", "feld": "grund"}]}
            order["status"] = {"kz": "STO"}
            return {"ok": True}
        if (method, parts) == ("POST", ["abholung"]):
            self.pickups.append(body)
            return {"abholung": {"nr": 900 + len(self.pickups), "termin": 1772636400, **body}}
        if method == "GET" and parts[2:] == ["verlauf"]:
            return {"verlauf": [{"kz": "E10", "zeit": 1772636400, "text": "Eingang", "depot": {"name": "Ulm"}}]}
        return {"faults": [{"text": f"Unbekannt: {method} {url.path}"}]}

    def _tariff(self, code, text, cents, days):
        surcharges = [{"art": "Maut", "cent": 40}]
        price = {"cent": cents, "waehrung": "EUR", "zuschlaege": surcharges}
        return {"produkt": {"kz": code, "text": text}, "preis": price, "laufzeit": days}

    def _order(self, body):
        load = body["ladung"][0]
        if not load["empfaenger"]["anschrift"].get("ort"):
            return {"faults": [{"text": "Ort fehlt", "feld": "empfaenger.anschrift.ort"}]}
        number = 5000 + len(self.orders)
        pieces = []
        for position, piece in enumerate(load["packstuecke"], 1):
            said = {"nr": piece["packstueck"]["nr"], "barcode": f"ST{number}{position:02}"}
            pieces.append({"packstueck": said, "druck": {"base64": base64.b64encode(ZPL).decode()}})
        order = {
            "nr": number,
            "kundenref": body["kopf"]["kundenref"],
            "produkt": body["kopf"].get("produkt"),
            "preis": {"cent": 640 * len(pieces), "waehrung": "EUR"},
            "status": {"kz": "NEU"},
            "ladung": [{"packstuecke": pieces[:1]}, {"packstuecke": pieces[1:]}],
            "told": body,
        }
        self.orders.append(order)
        return {"ergebnis": {"auftrag": order}}
