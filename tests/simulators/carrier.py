"""A parcel carrier: rates, bookings, labels, voids, tracking, pickups, manifests and changes of plan over REST; scans
and proofs of delivery pushed to Odoo.

It is naive on purpose: the same reference booked twice makes two bookings, so a client that does not look up first is
found out by `GET /_state`.
"""

import base64
from datetime import datetime, timedelta, timezone

from .base import Reply, Simulator, reference
from .carrier_desk import Desk
from .carrier_desk import error as _error
from .faults import ControlError
from .journal import now_text
from .papers import pdf_label, png_signature, zpl_label

# code: description. The first seven are the way of a parcel that meets no trouble.
CODES = {
    "LABEL": "Label created",
    "COLLECTED": "Collected from the shipper",
    "DEPOT": "Arrived at the depot",
    "LINEHAUL": "On the way between depots",
    "DEST_DEPOT": "Arrived at the delivery depot",
    "VAN": "On the delivery vehicle",
    "DELIVERED": "Delivered",
    "CUSTOMS": "At customs",
    "PICKPOINT": "Available at the pick-up point",
    "NOT_HOME": "Recipient not at home",
    "DAMAGED": "Damaged in transit",
    "LOST": "Lost",
    "REFUSED": "Refused by the recipient",
    "RTS": "Returning to the sender",
    "RETURNED": "Returned to the sender",
}
WAY = list(CODES)[:7]


class Carrier(Simulator):
    """See the module's text. Settings beside the common ones:

    `services` code -> [name, base amount, amount per kg, transit days]; `auto` walks each parcel to its proof of
    delivery, beginning `start_delay_s` after its booking ("auto_on": "booking") or after Odoo said that the shipment
    was dispatched ("auto_on": "dispatched"), `scan_delay_s` apart; `signed_by` is who signs.
    """

    kind = "carrier"
    SETTINGS = {
        "services": {"standard": ["Standard", 6.5, 0.8, 3], "express": ["Express", 14.9, 1.5, 1]},
        "currency": "EUR",
        "auto_on": "booking",
        "start_delay_s": 2.0,
        "scan_delay_s": 0.5,
        "signed_by": "A. Receiver",
    }

    def clear_records(self):
        self.bookings = []
        self.parcels = {}
        self.desk = Desk(self)

    def records(self):
        return {"bookings": self.bookings, "parcels": self.parcels, **self.desk.records()}

    # -- REST ----------------------------------------------------------------------------------------------------

    def rest(self, request):
        given = next((v for k, v in request.headers.items() if k.lower() == "authorization"), "")
        if not self.config["token"] or given != f"Bearer {self.config['token']}":
            return False, _error(401, "The bearer token is missing or not valid.")
        parts = request.path.strip("/").split("/")
        route = (request.method, parts[0], len(parts))
        with self.lock:
            if route == ("POST", "rates", 1):
                return True, self._rates(request.json())
            if route == ("POST", "bookings", 1):
                return True, self._book(request.json(), request.headers.get("Host"))
            if route == ("GET", "bookings", 1):
                return True, self._look_up(request.query)
            if route == ("GET", "labels", 2):
                return True, self._label(parts[1])
            if route == ("POST", "bookings", 3) and parts[2] == "void":
                return True, self._void(parts[1])
            if route == ("GET", "tracking", 2):
                return True, self._track(parts[1])
            reply = self.desk.answer(request, parts)
            if reply:
                return True, reply
        return True, _error(404, f"No such resource: {request.method} {request.path}")

    def _price(self, service, parcels):
        name, base, per_kg, days = self.config["services"][service]
        amount = sum(base + per_kg * float(parcel["weight_kg"]) for parcel in parcels)
        return {
            "service": service,
            "name": name,
            "amount": round(amount, 2),
            "base": round(base * len(parcels), 2),
            "surcharges": [{"name": "Weight", "amount": round(amount - base * len(parcels), 2)}],
            "currency": self.config["currency"],
            "transit_days": days,
        }

    def _rates(self, body):
        wrong = _check(body)
        if wrong:
            return wrong
        wanted = body.get("services") or list(self.config["services"])
        return Reply(200, {"rates": [self._price(s, body["parcels"]) for s in wanted if s in self.config["services"]]})

    def _book(self, body, host):
        wrong = _check(body, "reference")
        if wrong:
            return wrong
        service = body.get("service") or next(iter(self.config["services"]))
        if service not in self.config["services"]:
            offered = ", ".join(self.config["services"])
            return _error(422, f"Unknown service {service!r}; offered: {offered}.", "service")
        form = body.get("label_format") or "pdf"
        if form not in ("pdf", "zpl"):
            return _error(422, f"Unknown label format {form!r}; use pdf or zpl.", "label_format")
        base = f"http://{host or f'127.0.0.1:{self.port}'}"
        booking = {"id": reference("BK"), "reference": body["reference"], "state": "booked", "at": now_text()}
        booking.update(self._price(service, body["parcels"]), label_format=form, to=body["to"], parcels=[])
        booking["is_return"] = bool(body.get("is_return"))
        for parcel in body["parcels"]:
            number = reference("SIM")
            url = f"{base}/labels/{number}.{form}"
            booking["parcels"].append({"reference": parcel["reference"], "tracking_number": number, "label_url": url})
            self.parcels[number] = {"booking": booking["id"], "scans": [], "told": [], "labels": 0, "pod": 0}
            self.parcels[number]["state"] = "booked"
        self.bookings.append(booking)
        if self.config["auto"] and self.config["auto_on"] == "booking":
            self._start_walks([parcel["tracking_number"] for parcel in booking["parcels"]])
        return Reply(201, _public(booking))

    def _look_up(self, query):
        if not query.get("reference"):
            return _error(422, "Give a reference to look up, as in /bookings?reference=...", "reference")
        found = [_public(b) for b in self.bookings if b["reference"] == query["reference"]]
        return Reply(200, {"bookings": found})

    def _label(self, name):
        number, _, form = name.rpartition(".")
        parcel = self.parcels.get(number)
        if not parcel or form not in ("pdf", "zpl"):
            return _error(404, f"No label {name}.")
        booking = next(b for b in self.bookings if b["id"] == parcel["booking"])
        if booking["state"] == "voided":
            return _error(410, f"The booking of {number} was voided.")
        parcel["labels"] += 1
        to = booking["to"]
        city = f"{to.get('zip') or ''} {to.get('city') or ''}".strip()
        lines = [to.get("name") or "", to.get("street") or "", to.get("street2") or "", city, to.get("country") or ""]
        lines = [str(line) for line in lines if line] + ["", f"Service: {booking['name']}", booking["reference"]]
        if form == "pdf":
            return Reply(200, pdf_label(number, lines), "application/pdf")
        return Reply(200, zpl_label(number, lines), "text/plain; charset=utf-8")

    def _track(self, number):
        if number not in self.parcels:
            return _error(404, f"No parcel {number}.")
        rows = [
            {"code": code, "occurred_at": at, "description": CODES.get(code, code), "location": {"city": "Ghent"}}
            for code, at in self.parcels[number]["told"]
        ]
        return Reply(200, {"events": rows})

    def _void(self, booking_id):
        booking = next((b for b in self.bookings if b["id"] == booking_id), None)
        if not booking:
            return _error(404, f"No booking {booking_id}.")
        numbers = [parcel["tracking_number"] for parcel in booking["parcels"]]
        if any(set(self.parcels[number]["scans"]) - {"LABEL"} for number in numbers):
            return _error(409, f"Booking {booking_id} was collected already and cannot be voided.")
        booking["state"] = "voided"
        for number in numbers:
            self.parcels[number]["state"] = "voided"
        return Reply(200, {"id": booking_id, "state": "voided"})

    # -- events --------------------------------------------------------------------------------------------------

    def on_shipment_dispatched(self, data, cause):
        """The parcels are handed over: in auto mode their way begins."""
        if self.config["auto"] and self.config["auto_on"] == "dispatched":
            numbers = [parcel.get("tracking_number") for parcel in data.get("parcels") or []]
            self._start_walks(number for number in numbers or [data.get("tracking_number")] if number)

    def _start_walks(self, numbers):
        for number in numbers:
            if number in self.parcels:
                self.later(self.config["start_delay_s"], self._step, number)

    def _step(self, number):
        with self.lock:
            parcel = self.parcels.get(number)
            left = self._rest_of_way(parcel) if parcel and parcel["state"] != "voided" else []
            if left:
                self.scan(number, left[0])
                self.later(self.config["scan_delay_s"], self._step, number)
            elif parcel and parcel["state"] == "delivered" and not parcel["pod"]:
                self.send_pod(number)

    # -- speaking ------------------------------------------------------------------------------------------------

    @staticmethod
    def _rest_of_way(parcel):
        done = max((WAY.index(code) for code in parcel["scans"] if code in WAY), default=-1)
        return WAY[done + 1 :]

    def _parcel(self, body):
        number = str(body.get("tracking_number") or "")
        if number not in self.parcels:
            raise ControlError(f'"tracking_number" is {number!r}: not booked here. Booked: {", ".join(self.parcels)}.')
        return number, self.parcels[number]

    def scan(self, number, code, age_s=0.0, **more):
        """Push one scan; `age_s` seconds ago."""
        at = _ago(age_s)
        with self.lock:
            parcel = self.parcels[number]
            parcel["scans"].append(code)
            parcel["told"].append((code, at))
            parcel["state"] = {"DELIVERED": "delivered", "RETURNED": "returned"}.get(code, "moving")
        data = {
            "tracking_number": number,
            "code": code,
            "description": CODES.get(code, code),
            "occurred_at": at,
            "location": {"city": "Ghent", "country": "BE"},
            "certainty": "actual",
            **more,
        }
        return self.push("shipment.status_changed", data, subject=number, time=at)

    def send_pod(self, number, quantities=None, evidence=True):
        """Push the proof of delivery with a signature picture."""
        with self.lock:
            self.parcels[number]["pod"] += 1
        picture = base64.b64encode(png_signature()).decode()
        data = {
            "tracking_number": number,
            "signed_by": self.config["signed_by"],
            "signed_at": now_text(),
            "place": "Front door",
            "evidence": [],
        }
        if evidence:
            name = f"{number}-signature.png"
            kind = {"kind": "signature", "filename": name, "mimetype": "image/png", "content_base64": picture}
            data["evidence"].append(kind)
        if quantities:
            data["quantities"] = quantities
        return self.push("pod.received", data, subject=number)

    def act_scan(self, body):
        """One scan: "tracking_number", "code"; more keys of the event in "data"."""
        number, _ = self._parcel(body)
        code = str(body.get("code") or "")
        if not code:
            raise ControlError(f'"code" is missing: one of {", ".join(CODES)}, or any other to test an unknown one.')
        return [self.scan(number, code, float(body.get("age_s", 0)), **(body.get("data") or {}))]

    def act_deliver(self, body):
        """The rest of the way and, unless "pod" is false, the proof; scans "spacing_s" apart, ending now."""
        number, parcel = self._parcel(body)
        codes = self._rest_of_way(parcel)
        spacing = float(body.get("spacing_s", 0))
        pushes = [self.scan(number, code, spacing * (len(codes) - 1 - i)) for i, code in enumerate(codes)]
        if body.get("pod", True):
            pushes.append(self.send_pod(number, body.get("quantities")))
        return pushes

    def act_pod(self, body):
        """The proof alone: "quantities" for damaged or refused goods, "evidence": false to leave the picture out."""
        number, _ = self._parcel(body)
        return [self.send_pod(number, body.get("quantities"), bool(body.get("evidence", True)))]

    def act_eta(self, body):
        """A new expected time: "tracking_number", "eta_at" (default: in a day)."""
        number, _ = self._parcel(body)
        data = {"tracking_number": number, "eta_at": body.get("eta_at") or _ago(-86400)}
        return [self.push("shipment.eta_changed", data, subject=number)]


def _ago(seconds):
    at = datetime.now(timezone.utc) - timedelta(seconds=seconds)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _public(booking):
    keys = ("id", "reference", "state", "service", "amount", "currency", "parcels")
    return {key: booking[key] for key in keys}


def _check(body, *texts):
    """What is wrong with a rate or booking request, as a reply that names the field; None when it is all right."""
    for key in texts:
        if not isinstance(body.get(key), str) or not body[key].strip():
            return _error(422, f"{key} is missing.", key)
    for side in ("from", "to"):
        address = body.get(side)
        if not isinstance(address, dict):
            return _error(422, f"{side} is missing: an address is expected.", side)
        for key in ("city", "country"):
            if not address.get(key):
                return _error(422, f"{side}.{key} is missing.", f"{side}.{key}")
    parcels = body.get("parcels")
    if not isinstance(parcels, list) or not parcels:
        return _error(422, "parcels is empty: at least one parcel is expected.", "parcels")
    for number, parcel in enumerate(parcels):
        weight = parcel.get("weight_kg") if isinstance(parcel, dict) else None
        if isinstance(weight, bool) or not isinstance(weight, int | float) or weight <= 0:
            return _error(422, f"parcels[{number}].weight_kg is {weight!r}: more than 0 expected.", "parcels.weight_kg")
        if "reference" in texts and not parcel.get("reference"):
            return _error(422, f"parcels[{number}].reference is missing.", "parcels.reference")
    return None
