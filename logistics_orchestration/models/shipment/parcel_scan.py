"""What is said about parcels: which parcel is meant, how a scan takes effect, and how it is taken back."""

from odoo import api, fields, models

from ...milestones import Scan, Track, advance, retract
from ...milestones.track import APPLIED, RETRACTED
from .codes import CLOSED
from .milestone import COUNTED, scan_uid


class Parcel(models.Model):
    _inherit = "logistics.parcel"

    # -- which parcel --------------------------------------------------------------------------------------------

    @api.model
    def _find_by_tracking(self, number, company, moment=None, reuse_days=0):
        """Parcels of ``company`` a carrier means by ``number``, the latest shipment first.

        One number can stand for a whole shipment whose parcels have none. Carriers use numbers again after some months:
        with a moment and a number of days, parcels that began or ended too long before or after it are not meant.

        :param datetime moment: naive UTC, when it happened
        :param int reuse_days: after how many days a number may belong to another parcel; 0: never
        """
        number = (number or "").strip()
        if not number:
            return self.browse()
        if found := self._numbered(number, company):
            return found.filtered(lambda p: p._can_be_meant(moment, reuse_days))[:1]
        shipments = self.env["logistics.shipment"].search(
            [("tracking_number", "=", number), ("company_id", "=", company.id)]
        )
        for shipment in shipments:
            parcels = shipment.parcel_ids
            if len(parcels) > 1:
                parcels = parcels.filtered(lambda p: not p.tracking_number)
            if parcels := parcels.filtered(lambda p: p._can_be_meant(moment, reuse_days)):
                return parcels
        return self.browse()

    @api.model
    def _numbered(self, number, company):
        """Parcels of ``company`` with this tracking number, the latest first."""
        known = self.env["logistics.inbox.message"]._notes_together().get("numbered", {})
        if number in known:
            return self.browse(known[number].get(company.id, ()))
        return self.search([("tracking_number", "=", number), ("company_id", "=", company.id)], order="id desc")

    def _by_number(self, numbers):
        """These parcels by tracking number and company, as :meth:`_numbered` finds them: {number: {company: ids}}.

        :param list numbers: the numbers they were looked for by; those without parcels are in the answer too
        """
        found = {number: {} for number in numbers if number}
        for parcel in self.sorted("id", reverse=True):
            found[parcel.tracking_number].setdefault(parcel.company_id.id, []).append(parcel.id)
        return found

    @api.model
    def _find_by_reference(self, reference, company):
        """Parcels of ``company`` that ``reference`` (our own number of parcel or shipment, as a partner repeats it)
        stands for; override to know more kinds of references."""
        reference = (reference or "").strip()
        if not reference:
            return self.browse()
        shipment = self.env["logistics.shipment"].search(
            [("name", "=", reference), ("company_id", "=", company.id)], limit=1
        )
        if shipment:
            return shipment.parcel_ids
        return self.search([("reference", "=", reference), ("company_id", "=", company.id)], order="id desc", limit=1)

    def _can_be_meant(self, moment, reuse_days):
        """Whether something that happened at ``moment`` can be about this parcel and no earlier or later one."""
        self.ensure_one()
        if not moment or not reuse_days:
            return True
        if moment < fields.Datetime.subtract(self.create_date, days=reuse_days):
            return False
        ended = self.milestone_at if self.milestone in CLOSED else None
        return not ended or moment <= fields.Datetime.add(ended, days=reuse_days)

    # -- scans ---------------------------------------------------------------------------------------------------

    def _track(self):
        """The milestone rules' view of what is known of this parcel."""
        self.ensure_one()
        rows = self.milestone_ids
        gone = [row._uid(row.retracts) for row in rows if row.effect == "retraction"]
        return Track.of((row._scan() for row in rows if row.effect in COUNTED), gone)

    def _row_telling(self, exception_code):
        """The latest scan that stands and tells of this trouble; empty where none does."""
        rows = self.milestone_ids.filtered(lambda row: row.exception_code == exception_code and row.effect in COUNTED)
        rows.invalidate_recordset(["is_retracted"])
        return rows.filtered(lambda row: not row.is_retracted).sorted("occurred_at")[-1:]

    def _lock_scans(self):
        """Have these parcels' scans folded one after the other: the lock makes the second wait, and because every scan
        updates the row, a second one from an older snapshot is tried again instead of folding without the first."""
        locked = self.env["logistics.inbox.message"]._notes_together().get("locked", ())
        if missing := [parcel_id for parcel_id in self.ids if parcel_id not in locked]:
            self.env.cr.execute(
                "SELECT id FROM logistics_parcel WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [missing]
            )

    def _record_scan(self, scan, *, owned=True, keep_repeats=False, **details):
        """Store what was said about this parcel and let it take effect.

        :param Scan scan: see ``milestones.track``; its uid is that of the partner's event, if it has one
        :param bool owned: False: said by somebody who does not own the fact, kept without effect
        :param bool keep_repeats: store also what says the same under another id, so that it stands when the first one
            is taken back
        :param details: more fields of the stored row (description, place, system, inbox message)
        :returns: the effect: applied, late, statement, duplicate or retracted
        """
        self._lock_scans()
        parcel = self.sudo()  # sudo: a scan is a fact, whoever reported it; the right to report was checked before
        before = parcel._track()
        track, effect = advance(before, scan) if owned else (before, "statement")
        if effect == RETRACTED or (effect == "duplicate" and (track is before or not keep_repeats)):
            return effect
        row = parcel.env["logistics.milestone"].create(
            {
                "parcel_id": self.id,
                "shipment_id": self.shipment_id.id,
                "milestone": scan.milestone,
                "exception_code": scan.exception,
                "raw_code": scan.raw_code,
                "certainty": scan.certainty,
                "who": scan.who,
                "occurred_at": scan.occurred_at,
                "effect": effect,
                "company_id": self.company_id.id,
                **details,
            }
        )
        parcel._apply_track(track, row)
        return effect

    def _apply_track(self, track, row):
        """Write the folded status and let the shipment tell what changed."""
        old = self._status_before()
        vals = {"scan_count": self.scan_count + 1}
        if row.effect == APPLIED:
            vals.update(self._status_vals(track.status))
            if row.place:
                vals["last_place"] = row.place
        self.write(vals)
        if row.effect == APPLIED:
            self.shipment_id._parcel_moved(self, old, row)
        self.shipment_id._dispatch_was_earlier(row)

    def _status_before(self):
        return {"milestone": self.milestone, "exception": self.exception_code, "shipment": self.shipment_id.milestone}

    @api.model
    def _status_vals(self, status):
        return {
            "milestone": status.milestone,
            "exception_code": status.exception,
            "certainty": status.certainty,
            "milestone_at": status.since,
            "exception_at": status.exception_since,
        }

    def _retract_scan(self, rows, **details):
        """Take back what a partner had said about this parcel: what is left is folded again.

        :param rows: logistics.milestone rows of this parcel with one and the same event id
        :param details: more fields of the row that takes them back (description, inbox message)
        :returns: the effect: applied, late (nothing changes) or duplicate (taken back before)
        """
        self._lock_scans()
        parcel = self.sudo()  # sudo: a fact of the partner, whose right to take it back was checked before
        rows = rows.sudo()  # sudo: as above
        track, effect = retract(parcel._track(), rows[0]._uid(rows[0].event_uid))
        if effect == "duplicate":
            return effect
        said = rows[0]
        like_said = {"raw_code": said.raw_code, "raw_field": said.raw_field, "place": said.place}
        row = parcel._note_retraction(said.event_uid, **like_said, **details)
        old = parcel._status_before()
        left = (parcel.milestone_ids - rows).filtered(lambda r: r.effect == APPLIED and r.place and not r.is_retracted)
        parcel.write(
            {
                "scan_count": parcel.scan_count + 1,
                "last_place": left.sorted("occurred_at")[-1:].place or False,
                **self._status_vals(track.status),
            }
        )
        parcel.shipment_id._scan_retracted(parcel, old, row, said)
        return effect

    def _retract_unheard(self, event_uid, **details):
        """Take back what nobody has told yet, because its correction was faster: it has no effect when it comes.

        :param str event_uid: the partner's id of it
        :param details: more fields of the row that takes it back: at least the system, the moment
        """
        self._lock_scans()
        parcel = self.sudo()  # sudo: as in _retract_scan
        _track, effect = retract(parcel._track(), scan_uid(details["system_id"], event_uid))
        if effect != "duplicate":
            parcel._note_retraction(event_uid, **details)
            parcel.write({"scan_count": parcel.scan_count + 1})

    def _note_retraction(self, event_uid, **details):
        """Store that the partner's event ``event_uid`` about this parcel is taken back; returns the row."""
        return self.env["logistics.milestone"].create(
            {
                "parcel_id": self.id,
                "shipment_id": self.shipment_id.id,
                "certainty": "actual",
                "who": "carrier",
                "effect": "retraction",
                "retracts": event_uid,
                "company_id": self.company_id.id,
                **details,
            }
        )

    def _scan_by_hand(self, milestone, exception_code, occurred_at=None):
        """A person's scan: sets both axes as it says."""
        return Scan(occurred_at or fields.Datetime.now(), milestone or None, exception_code or None, who="planner")
