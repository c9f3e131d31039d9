"""One thing a sender says about one parcel, in our words but with the sender's own codes."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

# What an inbox keeps of an id; a longer one is known by its hash.
_LONGEST_ID = 255
STATUS, ETA, RETRACTION = "shipment.status_changed", "shipment.eta_changed", "shipment.event_retracted"


@dataclass(frozen=True)
class When:
    """A moment: ``text`` is RFC 3339, without offset where no zone is known; ``told`` is how it stood there.

    ``source``: told, place, setting or assumed; empty where the system's own time zone has to decide.
    """

    text: str
    told: str = ""
    zone: str = ""
    source: str = ""
    utc: datetime | None = None


@dataclass(frozen=True)
class Statement:
    """What is said.

    :ivar str kind: STATUS, ETA or RETRACTION
    :ivar str tracking_number: the parcel's or container's number
    :ivar tuple references: more numbers it may be known by (booking, bill of lading, our own), in their order
    :ivar tuple codes: (field, code) pairs, the finest first
    :ivar When when: of what is told; for an ETA, when it was told
    :ivar str event_id: the sender's id of this very event, if it has one
    :ivar tuple retracts: ids of the sender's events that this one takes back
    :ivar str alias: a reference by which the sender will speak of this number from now on
    :ivar bool test: the sender says that it is a rehearsal
    :ivar raw: the part of the message it was read from
    """

    kind: str
    tracking_number: str = ""
    references: tuple = ()
    codes: tuple = ()
    when: When | None = None
    eta: When | None = None
    certainty: str = "actual"
    carrier: str = ""
    service: str = ""
    place: dict = field(default_factory=dict)
    description: str = ""
    event_id: str = ""
    retracts: tuple = ()
    reason: str = ""
    alias: str = ""
    test: bool = False
    raw: object = None

    @property
    def key(self):
        """What it is about, for the order of messages and for finding what waits for a number."""
        if self.kind == RETRACTION:
            return self.retracts[0]
        return self.tracking_number or (self.references[0] if self.references else "")

    def uid(self, sender):
        """The key against repeats: the sender's event id, else a hash of what it says.

        :param str sender: code of the sender
        """
        if self.event_id:
            found = f"{sender}/{self.event_id}/{self.kind}/{self.tracking_number}"
            return found if len(found) <= _LONGEST_ID else f"{sender}/{hashlib.sha256(found.encode()).hexdigest()}"
        parts = (
            sender, self.kind, self.tracking_number, *self.references, *(code for _field, code in self.codes),
            self.when.told or self.when.text if self.when else "", self.eta.text if self.eta else "",
            self.certainty, place_text(self.place),
        )  # fmt: skip
        return f"{sender}/{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]}"

    def data(self):
        """What the inbox is told: see inbox_scan.py of the orchestration addon. Nothing empty is in it."""
        if self.kind == RETRACTION:
            told = {"retracts": list(self.retracts), "reason": self.reason, "event_id": self.event_id}
            return _filled({**told, "test": self.test})
        told = {
            "tracking_number": self.tracking_number,
            "references": list(self.references),
            "carrier": self.carrier,
            "service": self.service,
            "alias": self.alias,
            "test": self.test,
        }
        if self.when:
            told.update(
                occurred_at=self.when.text,
                told_at=self.when.told,
                zone=self.when.zone,
                zone_source=self.when.source,
            )
        if self.kind == ETA:
            return _filled({**told, "eta_at": self.eta.text})
        return _filled(
            {
                **told,
                "codes": [{"field": name, "code": code} for name, code in self.codes],
                "location": place_text(self.place),
                "description": self.description[:500],
                "certainty": self.certainty,
                "event_id": self.event_id,
                "corrects": list(self.retracts),
            }
        )

    def raw_text(self):
        """The part it was read from, as text."""
        if isinstance(self.raw, str):
            return self.raw
        return json.dumps(self.raw, ensure_ascii=False, separators=(",", ":"))


def place_text(place):
    """A place in words: name, town, state, postal code, country."""
    parts = [str(place.get(key) or "").strip() for key in ("name", "city", "state", "zip", "country")]
    return ", ".join(part for part in parts if part)


def _filled(values):
    return {key: value for key, value in values.items() if value not in ("", [], {}, None, False)}
