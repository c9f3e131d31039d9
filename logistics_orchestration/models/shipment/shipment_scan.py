"""What a scan of a parcel means for its shipment, and what is told about it."""

from odoo import _, models

from .codes import ATTEMPTS, UNDER_WAY


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    def _parcel_moved(self, parcel, old, row):
        """A parcel's status follows from a new scan: tell what changed, each fact once.

        :param parcel: the logistics.parcel
        :param dict old: milestone and exception of the parcel and milestone of the shipment before
        :param row: the logistics.milestone that was recorded
        """
        self.ensure_one()
        with self.env["logistics.event"]._business_call():
            if not self.dispatched_at and row.who == "carrier" and parcel.milestone in UNDER_WAY:
                # the carrier has it: so it was dispatched, whether somebody clicked or not
                self._mark_dispatched(row.occurred_at, row.system_name or _("a carrier's scan"))
            moved = (parcel.milestone, parcel.exception_code) != (old["milestone"], old["exception"])
            if moved and row.who != "odoo":  # a dispatch is told as such
                self._emit_scan("logistics.shipment.status_changed", parcel, row)
            exception = parcel.exception_code
            if exception and exception != old["exception"]:
                self._emit_scan("logistics.shipment.exception_detected", parcel, row)
                if exception in ATTEMPTS:
                    self._emit_scan("logistics.delivery.attempted", parcel, row)
                elif exception == "refused":
                    self._emit_scan("logistics.delivery.refused", parcel, row)
            if self.milestone == "delivered" and old["shipment"] != "delivered":
                self._emit_scan("logistics.delivery.confirmed", parcel, row)

    def _scan_retracted(self, parcel, old, row, said):
        """A partner took a scan back: tell so, and what that changes.

        :param parcel: the logistics.parcel, folded again
        :param dict old: milestone and exception of the parcel and milestone of the shipment before
        :param row: the logistics.milestone that takes it back
        :param said: the logistics.milestone that was taken back
        """
        self.ensure_one()
        with self.env["logistics.event"]._business_call():
            self._undo_dispatch(said)
            data = self._logistics_data("logistics.shipment.event_retracted")
            data.update(
                parcel=parcel._logistics_parcel_data(),
                retracted_event=said.event_uid or "",
                raw_code=said.raw_code or "",
                reason=row.description or "",
                was_milestone=old["milestone"],
                was_exception_code=old["exception"] or "",
                occurred_at=self._logistics_time(said.occurred_at),
            )
            self._logistics_emit("logistics.shipment.event_retracted", data=data, occurred_at=row.occurred_at)
            if (parcel.milestone, parcel.exception_code) != (old["milestone"], old["exception"]):
                self._emit_scan("logistics.shipment.status_changed", parcel, row)
            exception = parcel.exception_code
            if exception and exception != old["exception"]:
                # what was taken back had ended or covered it: the trouble stands (again), in the words of its own scan
                self._emit_scan("logistics.shipment.exception_detected", parcel, parcel._row_telling(exception) or row)
            if old["milestone"] == "delivered" != parcel.milestone:
                pods = self.pod_ids.filtered(lambda pod: not pod.parcel_ids or parcel in pod.parcel_ids)
                pods._delivery_taken_back(said)

    def _undo_dispatch(self, said):
        """The scan by which it counted as dispatched is taken back: the next one says when it left, if there is one."""
        if self._dispatched_by_scan() and self.dispatched_at == said.occurred_at:
            if first := self._first_scan_under_way():
                self.dispatched_at = first
            elif not any(parcel.milestone in UNDER_WAY for parcel in self.parcel_ids):
                self.write({"dispatched_at": False, "dispatched_by": False})

    def _emit_scan(self, type_name, parcel, row):
        """Emit one fact of a scan: the shipment's data, then what the scan said."""
        data = self._logistics_data(type_name)
        data.update(
            parcel=parcel._logistics_parcel_data(),
            raw_code=row.raw_code or "",
            description=row.description or "",
            place=row.place or "",
            action_required=row.action_required,
            occurred_at=self._logistics_time(row.occurred_at),
            recorded_by_hand=row.who == "planner",
        )
        if type_name == "logistics.shipment.exception_detected":
            # the case is about this parcel's trouble, also where another one's is severer
            data["exception_code"] = parcel.exception_code
        if type_name == "logistics.delivery.confirmed":
            data["delivered_at"] = self._logistics_time(self.delivered_at)
        self._logistics_emit(type_name, data=data, certainty=row.certainty, occurred_at=row.occurred_at)

    # -- tracking numbers ----------------------------------------------------------------------------------------

    def _spread_tracking(self):
        """Copy numbers to where they are looked for and still missing: shipment and transfers."""
        for shipment in self.sudo():  # sudo: follows from the number, whoever entered it
            numbers = list(dict.fromkeys(number for number in shipment.parcel_ids.mapped("tracking_number") if number))
            if numbers and not shipment.tracking_number:
                shipment.tracking_number = numbers[0]
            for picking in shipment.picking_ids:
                stands = {
                    number.strip() for number in (picking.carrier_tracking_ref or "").split(",") if number.strip()
                }
                if stands < set(numbers):
                    picking.carrier_tracking_ref = ",".join(numbers)

    def _take_tracking(self, reference):
        """Take over a number typed on the transfer (several by comma): one per parcel where they match."""
        for shipment in self.sudo():  # sudo: follows from the number on the transfer
            numbers = [number.strip() for number in (reference or "").split(",") if number.strip()]
            if not numbers or shipment.milestone == "cancelled":
                continue
            if not shipment.tracking_number:
                shipment.tracking_number = numbers[0]
            unnumbered = shipment.parcel_ids.filtered(lambda p: not p.tracking_number)
            if len(numbers) == len(shipment.parcel_ids) == len(unnumbered):
                for parcel, number in zip(unnumbered, numbers, strict=True):
                    parcel.tracking_number = number
