"""The carrier's desk: drivers are sent, days are closed over a list, plans are changed on the way.

As naive as the rest of it: the same reference asked twice sends two drivers.
"""

import base64

from .base import Reply, reference
from .journal import now_text
from .papers import pdf_label

_KINDS = ("redirect", "correct_address", "hold_at_point", "change_date", "intercept")


class Desk:
    """Pickups, manifests and instructions of one `Carrier`; its lock is held while a request is answered."""

    def __init__(self, carrier):
        self.carrier = carrier
        self.pickups, self.manifests, self.instructions = [], [], []

    def records(self):
        """For `GET /_state`; documents are left out."""
        manifests = [{key: row[key] for key in row if key != "document"} for row in self.manifests]
        return {"pickups": self.pickups, "manifests": manifests, "instructions": self.instructions}

    def answer(self, request, parts):
        """The reply, or None when the request is about something else."""
        route = (request.method, parts[0], len(parts))
        if route == ("POST", "pickups", 1):
            return self._pickup(request.json())
        if route == ("GET", "pickups", 1):
            return self._look_up("pickups", self.pickups, request.query)
        if route == ("POST", "pickups", 3) and parts[2] == "cancel":
            return self._cancel(parts[1])
        if route == ("POST", "manifests", 1):
            return self._manifest(request.json())
        if route == ("GET", "manifests", 1):
            return self._look_up("manifests", self.manifests, request.query)
        if route == ("GET", "instructions", 1):
            return self._look_up("instructions", self.instructions, request.query)
        if route == ("POST", "bookings", 3) and parts[2] == "instructions":
            return self._instruct(parts[1], request.json())
        return None

    def _pickup(self, body):
        for key in ("reference", "ready_at", "close_at"):
            if not body.get(key):
                return error(422, f"{key} is missing.", key)
        if body["close_at"] <= body["ready_at"]:
            return error(422, "The window closes before it opens.", "close_at")
        keys = ("reference", "ready_at", "close_at", "parcel_count", "weight_kg")
        row = {"id": reference("PU"), "state": "planned", "planned_at": body["ready_at"]}
        self.pickups.append(row | {key: body.get(key) for key in keys})
        return Reply(201, self.pickups[-1])

    def _cancel(self, pickup_id):
        row = next((row for row in self.pickups if row["id"] == pickup_id), None)
        if not row:
            return error(404, f"No pickup {pickup_id}.")
        row["state"] = "cancelled"
        return Reply(200, row)

    def _manifest(self, body):
        booked = {booking["id"]: booking for booking in self.carrier.bookings}
        for booking_id in body.get("bookings") or ["-"]:
            if booked.get(booking_id, {}).get("state") != "booked":
                return error(422, f"{booking_id} is no living booking.", "bookings")
        closed = {booking_id for row in self.manifests for booking_id in row["bookings"]}
        if closed & set(body["bookings"]):
            return error(409, f"{min(closed & set(body['bookings']))} is on a manifest already.", "bookings")
        row = {"id": reference("MF"), "reference": body.get("reference"), "bookings": body["bookings"]}
        paper = pdf_label(row["id"], [f"{len(row['bookings'])} bookings", str(row["reference"]), now_text()])
        self.manifests.append(row | {"document": base64.b64encode(paper).decode()})
        return Reply(201, self.manifests[-1])

    def _look_up(self, name, rows, query):
        if not query.get("reference"):
            return error(422, "Give a reference to look up.", "reference")
        return Reply(200, {name: [row for row in rows if row["reference"] == query["reference"]]})

    def _instruct(self, booking_id, body):
        booking = next((b for b in self.carrier.bookings if b["id"] == booking_id), None)
        if not booking:
            return error(404, f"No booking {booking_id}.")
        if body.get("kind") not in _KINDS:
            return error(422, f"Unknown instruction {body.get('kind')!r}; one of {', '.join(_KINDS)}.", "kind")
        numbers = [parcel["tracking_number"] for parcel in booking["parcels"]]
        asked = body.get("tracking_numbers") or numbers
        late = [n for n in asked if n in self.carrier.parcels and self.carrier.parcels[n]["state"] == "delivered"]
        if late:
            return error(409, f"{late[0]} is delivered already.", "tracking_numbers")
        keys = ("reference", "kind", "address", "point", "day")
        row = {"id": reference("IN"), "booking": booking_id, "tracking_numbers": asked}
        self.instructions.append(row | {key: body[key] for key in keys if key in body})
        return Reply(201, self.instructions[-1])


def error(status, message, field=None):
    """A refusal in the carrier's own shape."""
    return Reply(status, {"error": {"message": message, **({"field": field} if field else {})}})
