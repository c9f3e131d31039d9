"""What carriers say: scans, expected arrivals, proofs of delivery."""

import base64
import binascii

from odoo import _, api, fields, models

from ...milestones import CERTAINTIES, Scan
from ...relay.envelope import EnvelopeError, parse_time
from ..inbox.inbox_errors import Duplicate, Late, Quarantine

TRACKED_TYPES = ("shipment.status_changed", "shipment.eta_changed", "pod.received")
# A scan cannot be from tomorrow; what is further off than any time zone is a wrong clock.
_CLOCK_TOLERANCE_HOURS = 24


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    # -- scans ---------------------------------------------------------------------------------------------------

    def _handle_shipment_status_changed(self, data):
        """A carrier's scan: translated by the status map of its system, applied to the parcel it names."""
        parcels = self._tracked_parcels(data)
        code = str(self._require(data, "code")).strip()
        meaning = self.env["logistics.status.map"]._lookup(self.system_id, code, data.get("field"))
        if not meaning:
            raise Quarantine(
                _(
                    "Code %(code)s of %(system)s is not mapped. Say what it means with Map and Replay.",
                    code=code,
                    system=self.system_id.name,
                ),
                parcels.shipment_id,
                code=code,
                field=data.get("field"),
            )
        certainty = str(data.get("certainty") or "actual").lower()
        if certainty not in dict(CERTAINTIES):
            raise Quarantine(
                _("Certainty %(value)s is none of planned, estimated, requested, actual.", value=certainty)
            )
        scan = Scan(
            self._said_at(data, "occurred_at", past=certainty == "actual"),
            meaning.milestone or None,
            meaning.exception_code or None,
            certainty,
            raw_code=code,
        )
        details = {
            "description": str(data.get("description") or meaning.label or "")[:500],
            "place": self._place(data.get("location")),
            "map_version": meaning.version,
            "action_required": meaning.action_required,
            "system_id": self.system_id.id,
            "system_name": self.system_id.name,
            "inbox_message_id": self.id,
        }
        shipment = parcels.shipment_id
        owned = self._owns("shipment.status_changed", warehouse=shipment.warehouse_id)
        with self.env["logistics.event"]._business_call():
            effects = {parcel._record_scan(scan, owned=owned, **details) for parcel in parcels}
        if not owned:
            self._state_only("shipment.status_changed", data, shipment, shipment.warehouse_id)
        if effects == {"duplicate"}:
            raise Duplicate(_("This scan was told before."), shipment)
        if effects <= {"late", "duplicate"}:
            raise Late(
                _(
                    "Told late or out of order: %(shipment)s stays %(milestone)s.",
                    shipment=shipment.name,
                    milestone=self._label(shipment),
                ),
                shipment,
            )
        return shipment

    def _handle_shipment_eta_changed(self, data):
        """The carrier expects another arrival."""
        shipment = self._tracked_parcels(data).shipment_id
        self._require(data, "eta_at")
        eta_at = self._said_at(data, "eta_at")
        if not self._owns("shipment.eta_changed", warehouse=shipment.warehouse_id):
            self._state_only("shipment.eta_changed", data, shipment, shipment.warehouse_id)
        if not shipment._set_eta(eta_at, self.occurred_at):
            raise Late(
                _("Something newer is known about the arrival of %(shipment)s.", shipment=shipment.name), shipment
            )
        return shipment

    # -- proof of delivery ---------------------------------------------------------------------------------------

    def _handle_pod_received(self, data):
        """A proof of delivery with its evidence; a second message about the same parcel completes the first."""
        parcels = self._tracked_parcels(data)
        shipment = parcels.shipment_id
        if not self._owns("pod.received", warehouse=shipment.warehouse_id):
            stated = {key: value for key, value in data.items() if key != "evidence"}
            self._state_only("pod.received", stated, shipment, shipment.warehouse_id)
        evidence = [self._evidence(item) for item in self._rows(data, "evidence")]
        vals = {
            "signed_by": str(data.get("signed_by") or "").strip()[:200],
            "signed_at": self._said_at(data, "signed_at", past=True) if data.get("signed_at") else False,
            "place": str(data.get("place") or "").strip()[:200],
            "system_id": self.system_id.id,
            "inbox_message_id": self.id,
        }
        pod, is_new = self.env["logistics.pod"]._receive(parcels, vals, evidence, self._quantities(data, parcels))
        if not is_new:
            raise Duplicate(_("This proof of delivery was told before."), pod)
        return pod

    def _evidence(self, item):
        """Kind, file name and bytes of one piece of evidence."""
        name = str(item.get("filename") or item.get("kind") or "evidence")[:200]
        try:
            raw = base64.b64decode(str(item.get("content_base64") or ""), validate=True)
        except (binascii.Error, ValueError) as error:
            raise Quarantine(_("Evidence %(name)s is not valid base64. Ask for it again.", name=name)) from error
        if not raw:
            raise Quarantine(_("Evidence %(name)s is empty. Ask for it again.", name=name))
        return {"kind": str(item.get("kind") or "document"), "filename": name, "raw": raw}

    def _quantities(self, data, parcels):
        """What was delivered, damaged and refused per product, as told; products must be in the parcels."""
        told = {}
        products = {}
        for parcel in parcels:
            for product in parcel._get_move_lines().product_id:
                products.setdefault(product.default_code or product.display_name, product)
        for row in self._rows(data, "quantities"):
            sku = str(row.get("sku") or "")
            if sku not in products:
                raise Quarantine(
                    _(
                        "Product %(sku)s is not in %(parcels)s, which holds %(known)s.",
                        sku=sku or "?",
                        parcels=", ".join(parcels.mapped("display_name")),
                        known=", ".join(products),
                    )
                )
            amounts = {}
            for key in ("delivered", "damaged", "refused"):
                value = row.get(key)
                if value is None:
                    continue
                if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
                    raise Quarantine(
                        _(
                            "Quantity %(key)s of %(sku)s is %(value)s: a number from 0 on is expected.",
                            key=key,
                            sku=sku,
                            value=value,
                        )
                    )
                amounts[key] = float(value)
            told[products[sku]] = amounts
        return told

    def action_map_and_replay(self):
        """Say what the code means that this message waits for, then replay all that wait for it."""
        self.ensure_one()
        return self.env["logistics.status.map.replay"]._open_for(self)

    # -- reading -------------------------------------------------------------------------------------------------

    @api.model
    def _rows(self, data, key):
        """A list of objects in ``data``; nothing is an empty list."""
        rows = data.get(key) or []
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Quarantine(_("%(key)s is not a list of objects.", key=key))
        return rows

    def _tracked_parcels(self, data):
        """The parcels the message is about."""
        number = str(self._require(data, "tracking_number"))
        parcels = self.env["logistics.parcel"]._find_by_tracking(number, self.env.company)
        if not parcels:
            raise Quarantine(
                _(
                    "No parcel has tracking number %(number)s. As soon as one gets it, this message is processed.",
                    number=number,
                )
            )
        return parcels

    def _said_at(self, data, key, past=False):
        """Time under ``key``, else that of the message.

        :param bool past: it has to lie in the past
        """
        moment = self.occurred_at or fields.Datetime.now()
        if data.get(key):
            try:
                moment = parse_time(data[key])
            except EnvelopeError as error:
                raise Quarantine(_("%(key)s: %(error)s.", key=key, error=error)) from error
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
                [("state", "=", "quarantined"), ("type", "in", TRACKED_TYPES), ("raw", "like", f'"{number}"')]
            )
            if waiting:
                waiting.action_replay()
