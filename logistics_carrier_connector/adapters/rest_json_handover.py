"""The part of `rest_json` about handing over: the driver, the day's list, what was scanned, a change of plan."""

import base64
import binascii
from dataclasses import asdict
from datetime import datetime, timezone

from .errors import LookupUnsupported, NotSupported, RejectedByCarrier, TransientCarrierError
from .port import Instruction, Manifest, Pickup, TrackingEvent

# Numbers above this are milliseconds since 1970, those below are seconds.
_MILLISECONDS = 10**11


class RestJsonHandover:
    """Mixed into `RestJson`, which has the words and makes the calls."""

    def pickup(self, request):
        """Ask a driver to come; the reference also goes along as idempotency key."""
        values = asdict(request) | {
            "address": self.words.say("address", asdict(request.address)),
            "ready_at": request.ready_at.isoformat(),
            "close_at": request.close_at.isoformat(),
        }
        headers = {"Idempotency-Key": request.reference}
        answer = self._call("pickup", self.words.say("pickup", values), headers=headers, changes=True)
        return self._pickup(self.words.row("picked", answer), request.reference)

    def find_pickups(self, reference):
        """Pickups under our reference, those called off too."""
        if not self.words.offers("find_pickup"):
            raise LookupUnsupported("This carrier offers no look-up of pickups by our reference.")
        found = self.words.rows("pickups", self._call("find_pickup", reference=reference))
        return _ours([self._pickup(row, None) for row in found], reference)

    def cancel_pickup(self, pickup_id):
        """Call it off; one that is gone already is as good as called off."""
        try:
            self._call("cancel_pickup", self.words.constants("cancel_pickup"), changes=True, id=pickup_id)
        except RejectedByCarrier as error:
            if error.status != 410:
                raise

    def manifest(self, request):
        """Close the day over these bookings."""
        values = {
            "reference": request.reference,
            "address": self.words.say("address", asdict(request.address)),
            "booking_ids": list(request.booking_ids),
        }
        headers = {"Idempotency-Key": request.reference}
        answer = self._call("manifest", self.words.say("manifest", values), headers=headers, changes=True)
        return self._manifest(self.words.row("manifested", answer), request.reference)

    def find_manifests(self, reference):
        """Manifests closed under our reference."""
        if not self.words.offers("find_manifest"):
            raise LookupUnsupported("This carrier offers no look-up of manifests by our reference.")
        found = self.words.rows("manifests", self._call("find_manifest", reference=reference))
        return _ours([self._manifest(row, None) for row in found], reference)

    def track(self, tracking_number):
        """The scans of a parcel, oldest first."""
        rows = self.words.rows("events", self._call("track", tracking_number=tracking_number))
        events = [self._event(self.words.understand("event", row)) for row in rows]
        return sorted(events, key=lambda event: event.occurred_at)

    def instruct(self, request):
        """Change the plan of parcels under way."""
        kind = self.words.instruction(request.kind)
        if not kind or not self.words.offers("instruct"):
            raise NotSupported(f"This carrier takes no instruction {request.kind!r} over its interface.")
        values = {
            "reference": request.reference,
            "kind": kind,
            "tracking_numbers": list(request.tracking_numbers),
            "address": self.words.say("address", asdict(request.address)) if request.address else None,
            "point": request.point,
            "day": request.day.isoformat() if request.day else None,
        }
        headers = {"Idempotency-Key": request.reference}
        body = self.words.say("instruct", values)
        answer = self._call("instruct", body, headers=headers, changes=True, id=request.booking_id)
        return self._instruction(self.words.row("instructed", answer), request.reference, request.tracking_numbers)

    def find_instructions(self, reference):
        """Instructions the carrier has under our reference."""
        if not self.words.offers("find_instruction"):
            raise LookupUnsupported("This carrier offers no look-up of instructions by our reference.")
        found = self.words.rows("instructions", self._call("find_instruction", reference=reference))
        return _ours([self._instruction(row, None) for row in found], reference)

    # -- words ---------------------------------------------------------------------------------------------------

    def _instruction(self, row, reference, numbers=()):
        """An `Instruction` from the carrier's row; about ``reference`` where the answer names none."""
        told = self.words.understand("instruction", row)
        said = told.get("tracking_numbers")
        return Instruction(
            id=str(told.get("id") or ""),
            reference=reference or str(told.get("reference") or ""),
            tracking_numbers=tuple(map(str, said)) if isinstance(said, list) else tuple(numbers),
        )

    def _pickup(self, row, reference):
        told = self.words.understand("pickup", row)
        told_id, said = _checked("pickup", told, reference)
        try:
            planned = moment(told.get("planned_at"))
        except ValueError:
            planned = None
        return Pickup(told_id, said, planned, self.words.is_voided(told.get("state")))

    def _manifest(self, row, reference):
        told = self.words.understand("manifest", row)
        told_id, said = _checked("manifest", told, reference)
        content = b""
        if isinstance(told.get("document"), str):
            try:
                content = base64.b64decode(told["document"], validate=True)
            except (binascii.Error, ValueError) as error:
                raise TransientCarrierError("The manifest's document is no base64.", maybe_done=True) from error
        elif told.get("document_url"):
            content = self.http.content(str(told["document_url"]), explain=self.words.explain)
        return Manifest(told_id, said, "pdf" if content.startswith(b"%PDF") else "txt", content)

    def _event(self, told):
        if not told.get("code"):
            raise TransientCarrierError("The carrier's answer has a scan without a code.")
        try:
            at = moment(told.get("occurred_at"))
        except ValueError as error:
            raise TransientCarrierError(f"The carrier's answer has a scan at {told.get('occurred_at')!r}.") from error
        if at is None:
            raise TransientCarrierError("The carrier's answer has a scan without a time.")
        texts = {key: str(told.get(key) or "") for key in ("description", "place")}
        return TrackingEvent(raw_code=str(told["code"]), occurred_at=at, field="code", **texts)


def moment(value):
    """A UTC time (with its zone) from ISO 8601 text or a number of (milli)seconds; None when there is none.

    A time without a zone is taken for UTC.

    :raises ValueError: it is neither
    """
    if value in (None, ""):
        return None
    if isinstance(value, str):
        at = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        return at.replace(tzinfo=timezone.utc) if at.tzinfo is None else at.astimezone(timezone.utc)
    try:
        seconds = float(value)
        return datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS else seconds, timezone.utc)
    except (TypeError, OverflowError, OSError) as error:
        raise ValueError(f"{value!r} is no time") from error


def _checked(what, told, reference):
    """(id, reference) of an answer about our request; another's is a doubt, never ours."""
    doubt = reference is not None
    if not told.get("id"):
        raise TransientCarrierError(f"The carrier's answer has a {what} without an id.", maybe_done=doubt)
    said = str(told.get("reference") or reference or "")
    if doubt and said != reference:
        raise TransientCarrierError(f"We asked about {reference}, the carrier answered about {said}.", maybe_done=True)
    return str(told["id"]), said


def _ours(found, reference):
    """All of them, if they are about our reference: one that overlooks the filter is found out."""
    if any(each.reference != reference for each in found):
        raise LookupUnsupported(f"The carrier answered the look-up of {reference} with others' references.")
    return found
