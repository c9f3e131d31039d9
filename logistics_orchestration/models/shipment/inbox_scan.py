"""What carriers say about parcels under way: scans, expected arrivals, and what they take back.

Whatever language a carrier speaks, its adapter puts the same words into ``data``::

    tracking_number, references   which parcel, booking or container; references are tried one after the other
    codes                         [{"field", "code"}, …], the finest first; or one code and its field
    occurred_at                   when; without offset: in the time zone of the system
    told_at, zone, zone_source    the time as it stood there, and how its zone was found, where the adapter found it
    location, description         where and in which words
    certainty                     planned, estimated, requested, actual
    event_id, corrects, retracts  the sender's own id, and the ids of what it takes back
"""

from zoneinfo import ZoneInfo

from odoo import _, api, fields, models

from ...milestones import CERTAINTIES, Scan
from ...relay.envelope import EnvelopeError, parse_time, zone_in
from ...relay.inbound import MAX_ID, known_id
from ..inbox.inbox_errors import Duplicate, Late, Quarantine
from .milestone import ZONE_SOURCES, scan_uid
from .status_map import Unmapped

FACT = "shipment.status_changed"
RETRACTED = "shipment.event_retracted"
TRACKED_TYPES = (FACT, "shipment.eta_changed", "pod.received")
# A scan cannot be from tomorrow; what is further off than any time zone is a wrong clock.
_CLOCK_TOLERANCE_HOURS = 24
_WAITING_RETRACTIONS = """
    SELECT id FROM logistics_inbox_message
     WHERE system_id = %s AND state = 'quarantined' AND type = 'shipment.event_retracted'
       AND (md5(subject) = md5(%s) OR raw LIKE %s)
"""
# An id that was shortened stands nowhere in the text: what is too short to name it is left out.
_WAITING_FOR_LONG = """
    SELECT id FROM logistics_inbox_message
     WHERE system_id = %s AND state = 'quarantined' AND type = 'shipment.event_retracted' AND length(raw) > %s
"""

_RETRACTIONS_WAIT = """
    SELECT DISTINCT system_id FROM logistics_inbox_message
     WHERE system_id = ANY(%s) AND state = 'quarantined' AND type = 'shipment.event_retracted'
"""


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    _together = frozenset({FACT, "shipment.eta_changed"})
    _at_once = _together

    def _ready_together(self):
        super()._ready_together()
        numbers = [message.order_key for message in self if message.order_key and message.type in self._together]
        # sudo: what is read here is read again by each message, under its own company
        parcels = self.env["logistics.parcel"].sudo().search([("tracking_number", "in", numbers)])
        parcels._lock_scans()
        notes = self._notes_together()
        notes["locked"] = set(parcels.ids)
        notes["numbered"] = parcels._by_number(numbers)
        shipments = parcels.shipment_id
        # of orders and transfers little more than the name is told: they have columns by the hundred
        shipments.order_id.fetch(["name", "partner_id"])
        shipments.picking_ids.fetch(["name"])
        for path in ("milestone_ids.effect", "shipment_id.parcel_ids.milestone", "shipment_id.pod_ids.state"):
            parcels.mapped(path)
        self.env.cr.execute(_RETRACTIONS_WAIT, [self.system_id.ids])
        notes["no_retraction_waits"] = set(self.system_id.ids) - {row[0] for row in self.env.cr.fetchall()}

    def init(self):
        super().init()
        # retractions that came before what they take back, asked for with every scan that has an id; a subject may be
        # longer than an index takes
        self.env.cr.execute(
            "DROP INDEX IF EXISTS logistics_inbox_message_retraction_idx;"
            "CREATE INDEX IF NOT EXISTS logistics_inbox_message_taken_back_idx ON logistics_inbox_message"
            " (system_id, md5(subject)) WHERE state = 'quarantined' AND type = 'shipment.event_retracted'"
        )

    # -- scans ---------------------------------------------------------------------------------------------------

    def _handle_shipment_status_changed(self, data):
        """A carrier's scan: translated by the status map of its system, applied to the parcel it names."""
        certainty = str(data.get("certainty") or "actual").lower()
        if certainty not in dict(CERTAINTIES):
            raise Quarantine(
                _("Certainty %(value)s is none of planned, estimated, requested, actual.", value=certainty)
            )
        occurred_at = self._said_at(data, "occurred_at", past=certainty == "actual")
        parcels = self._tracked_parcels(data, occurred_at)
        shipment = parcels.shipment_id
        codes = self._codes(data)
        meaning = self._meaning(codes, shipment)
        event_uid = known_id(str(data.get("event_id") or self.external_id or ""))
        scan = Scan(
            occurred_at,
            meaning.milestone,
            meaning.exception,
            certainty,
            raw_code="/".join(code for code, _field in reversed(codes)),
            uid=scan_uid(self.system_id.id, event_uid),
        )
        details = {
            "description": str(data.get("description") or meaning.label or "")[:500],
            "place": self._place(data.get("location")),
            "map_version": meaning.version,
            "action_required": meaning.action_required,
            "raw_field": "/".join(field for _code, field in reversed(codes) if field) or False,
            "event_uid": event_uid,
            **self._told_time(data),
            **self._said_by(),
        }
        owned = self._owns(FACT, warehouse=shipment.warehouse_id)
        # a partner's envelope may be told again under another id; an event's own id is taken at its word
        keep_repeats = bool(data.get("event_id"))
        with self.env["logistics.event"]._business_call():
            effects = {
                parcel._record_scan(scan, owned=owned, keep_repeats=keep_repeats, **details) for parcel in parcels
            }
            if owned and data.get("corrects"):
                self._take_back(self._event_uids(data["corrects"]), _("Corrected by its sender"), parcels)
        if owned:
            self._replay_retractions(event_uid)
        else:
            self._state_only(FACT, data, shipment, shipment.warehouse_id)
        self._tell_effect(effects, shipment)
        return shipment

    def _tell_effect(self, effects, shipment):
        """End the message where nothing came of it, saying why.

        :raises InboxOutcome: no parcel follows the scan
        """
        if effects == {"duplicate"}:
            raise Duplicate(_("This scan was told before."), shipment)
        if effects == {"retracted"}:
            raise Late(_("%(system)s took it back before.", system=self.system_id.name), shipment)
        if effects <= {"late", "duplicate", "retracted"}:
            raise Late(
                _(
                    "Told late or out of order: %(shipment)s stays %(milestone)s.",
                    shipment=shipment.name,
                    milestone=self._label(shipment),
                ),
                shipment,
            )

    def _handle_shipment_eta_changed(self, data):
        """The carrier expects another arrival."""
        told_at = self._said_at(data, "occurred_at")
        shipment = self._tracked_parcels(data, told_at if data.get("occurred_at") else None).shipment_id
        self._require(data, "eta_at")
        eta_at = self._said_at(data, "eta_at")
        if not self._owns("shipment.eta_changed", warehouse=shipment.warehouse_id):
            self._state_only("shipment.eta_changed", data, shipment, shipment.warehouse_id)
        if not shipment._set_eta(eta_at, told_at):
            raise Late(
                _("Something newer is known about the arrival of %(shipment)s.", shipment=shipment.name), shipment
            )
        return shipment

    # -- taken back ----------------------------------------------------------------------------------------------

    def _handle_shipment_event_retracted(self, data):
        """A carrier takes back what it said: it never happened, and what followed from it is undone."""
        uids = self._event_uids(self._require(data, "retracts"))
        rows = self._rows_of(uids)
        if not rows:
            raise Quarantine(
                _(
                    "Event %(id)s, which %(system)s takes back, is not here. As soon as it comes, this message is "
                    "processed.",
                    id=", ".join(uids),
                    system=self.system_id.name,
                )
            )
        shipment = rows.shipment_id[:1]
        if not self._owns(RETRACTED, warehouse=shipment.warehouse_id):
            self._state_only(RETRACTED, data, shipment, shipment.warehouse_id)
        with self.env["logistics.event"]._business_call():
            effects = self._take_back(uids, str(data.get("reason") or "")[:500])
        if effects == {"duplicate"}:
            raise Duplicate(_("This was taken back before."), shipment)
        return shipment

    def _take_back(self, uids, reason, parcels=None):
        """Take back the partner's events ``uids``; returns the set of effects.

        :param parcels: those that events nobody has heard of yet are about, where it is known
        """
        effects = set()
        details = {"description": reason, "occurred_at": self.occurred_at or fields.Datetime.now(), **self._said_by()}
        rows = self._rows_of(uids)
        for row in rows:
            effects.add(row.parcel_id._retract_scan(row, **details))
        for uid in set(uids) - set(rows.mapped("event_uid")):
            for parcel in parcels or ():
                parcel._retract_unheard(uid, **details)
        return effects

    def _rows_of(self, uids):
        """The rows that came with these ids of the sender's events, one per parcel and id."""
        # sudo: the audit trail is read to find what is meant; the sender's right is checked by the caller
        rows = self.env["logistics.milestone"].sudo()
        found = rows.search(
            [("event_uid", "in", uids), ("system_id", "=", self.system_id.id), ("effect", "!=", "retraction")],
            order="id",
        )
        first = {}
        for row in found:
            first.setdefault((row.parcel_id, row.event_uid), row)
        return rows.concat(*first.values())

    def _replay_retractions(self, event_uid):
        """A retraction may be faster than what it takes back: it has its turn now."""
        if self.system_id.id in self._notes_together().get("no_retraction_waits", ()):
            return
        # asked with every scan, almost always for nothing: one look at a small index
        self.env.cr.execute(_WAITING_RETRACTIONS, [self.system_id.id, event_uid, f'%"{event_uid}"%'])
        waiting = self.browse([message_id for (message_id,) in self.env.cr.fetchall()])
        if event_uid.startswith("sha256:"):
            self.env.cr.execute(_WAITING_FOR_LONG, [self.system_id.id, MAX_ID])
            longer = self.browse([message_id for (message_id,) in self.env.cr.fetchall()]) - waiting
            waiting |= longer.filtered(lambda message: event_uid in self._event_uids(message._told().get("retracts")))
        if waiting:
            waiting.action_replay()

    # -- map and replay ------------------------------------------------------------------------------------------

    def action_map_and_replay(self):
        """Say what the code means that this message waits for, then replay all that wait for it."""
        self.ensure_one()
        return self.env["logistics.status.map.replay"]._open_for(self)

    # -- reading -------------------------------------------------------------------------------------------------

    def _codes(self, data):
        """(code, field or None) pairs, the finest first."""
        rows = self._rows(data, "codes") or [{"code": self._require(data, "code"), "field": data.get("field")}]
        codes = [(str(row.get("code") or "").strip(), row.get("field") or None) for row in rows]
        if not all(code for code, _field in codes):
            raise Quarantine(_("The message has an empty code. Ask %(system)s to send it.", system=self.system_id.name))
        return codes

    def _meaning(self, codes, shipment):
        try:
            return self.env["logistics.status.map"]._translate(self.system_id, codes)
        except Unmapped as miss:
            raise Quarantine(
                _(
                    "Code %(code)s of %(system)s is not mapped. Say what it means with Map and Replay.",
                    code=miss.code,
                    system=self.system_id.name,
                ),
                shipment,
                code=miss.code,
                field=miss.field,
            ) from miss

    @api.model
    def _event_uids(self, value):
        """Ids of a sender's events as they are kept: one, or a list of them."""
        return [known_id(str(one)) for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]

    def _said_by(self):
        return {"system_id": self.system_id.id, "system_name": self.system_id.name, "inbox_message_id": self.id}

    def _told_time(self, data):
        """The time as it stood in the message, the zone it is in, and how that zone was found."""
        told = str(data.get("told_at") or data.get("occurred_at") or "")[:64]
        if data.get("zone") and data.get("zone_source") in dict(ZONE_SOURCES):
            return {"told_at": told, "zone": str(data["zone"])[:64], "zone_source": data["zone_source"]}
        if not told:
            return {}
        if zone := zone_in(data.get("occurred_at")):
            return {"told_at": told, "zone": zone, "zone_source": "told"}
        own = self.system_id.inbound_tz
        return {"told_at": told, "zone": own or "UTC", "zone_source": "setting" if own else "assumed"}

    def _tracked_parcels(self, data, moment=None):
        """The parcels the message is about.

        :param datetime moment: naive UTC, when what it tells happened: numbers are used again
        """
        references = [str(one) for one in data.get("references") or [] if one]
        own = data.get("tracking_number") if references else self._require(data, "tracking_number", "references")
        numbers = [str(own), *references] if own else references
        parcels = self.env["logistics.parcel"]
        days = self.system_id.tracking_reuse_days
        for number in numbers:
            if found := parcels._find_by_tracking(number, self.env.company, moment, days):
                return found
        for reference in references:
            if found := parcels._find_by_reference(reference, self.env.company):
                return found
        self._refuse_earlier_use(numbers, moment)
        raise Quarantine(
            _(
                "No parcel has tracking number %(number)s. As soon as one gets it, this message is processed.",
                number=" / ".join(numbers),
            )
        )

    def _refuse_earlier_use(self, numbers, moment):
        """What happened long before any parcel with this number was made is about somebody's earlier parcel.

        :raises Late: it is
        """
        domain = [("tracking_number", "in", numbers), ("company_id", "=", self.env.company.id)]
        first = self.env["logistics.parcel"].search(domain, order="create_date, id", limit=1)
        days = self.system_id.tracking_reuse_days
        if first and moment and days and moment < fields.Datetime.subtract(first.create_date, days=days):
            raise Late(
                _(
                    "It happened on %(when)s, long before %(parcel)s was made: the number stood for another parcel.",
                    when=moment,
                    parcel=first.display_name,
                ),
                first.shipment_id,
            )

    def _said_at(self, data, key, past=False):
        """Time under ``key``, else that of the message; one without offset is in the system's time zone.

        :param bool past: it has to lie in the past
        """
        moment = self.occurred_at or fields.Datetime.now()
        if data.get(key):
            try:
                moment = parse_time(data[key])
            except EnvelopeError as error:
                raise Quarantine(_("%(key)s: %(error)s.", key=key, error=error)) from error
            if self.system_id.inbound_tz and not zone_in(data[key]):
                local = moment.replace(tzinfo=ZoneInfo(self.system_id.inbound_tz))
                moment = local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
        if past and moment > fields.Datetime.add(fields.Datetime.now(), hours=_CLOCK_TOLERANCE_HOURS):
            raise Quarantine(
                _(
                    "%(key)s is %(when)s, which has not come yet. Ask %(system)s to check its clock.",
                    key=key,
                    when=moment,
                    system=self.system_id.name,
                )
            )
        return moment

    @api.model
    def _place(self, location):
        if isinstance(location, dict):
            location = ", ".join(str(location[key]) for key in ("name", "city", "country") if location.get(key))
        return str(location or "")[:200]

    @api.model
    def _label(self, shipment):
        return dict(shipment._fields["milestone"]._description_selection(self.env)).get(shipment.milestone, "")

    # -- too early -----------------------------------------------------------------------------------------------

    @api.model
    def _replay_for_tracking(self, numbers):
        """Try again what came in about these tracking numbers before a parcel had them (the carrier was faster)."""
        for number in numbers:
            # sudo: follows from the number, whoever entered it
            waiting = self.sudo().search(
                [
                    ("state", "=", "quarantined"),
                    ("type", "in", TRACKED_TYPES),
                    "|",
                    ("order_key", "=", number),
                    ("raw", "like", f'"{number}"'),
                ]
            )
            if waiting:
                waiting.action_replay()
