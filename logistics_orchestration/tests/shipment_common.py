"""What the tests of shipments, proofs and billing share: shipping an order, and speaking as carrier and finance."""

import base64

from odoo import fields
from odoo.tests.common import new_test_user

from .common import CONTEXT, LogisticsCase

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PNG_2 = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


class ShipmentCase(LogisticsCase):
    """Orders that can be shipped, and partners that speak about them."""

    def make_user(self, login, *groups):
        """A user with ``groups`` (full xmlids, or names of ours)."""
        names = [group if "." in group else f"logistics_orchestration.{group}" for group in groups]
        return new_test_user(self.env, login, groups=",".join(["base.group_user", *names]), context=CONTEXT)

    def outgoing(self, order):
        """The open deliveries of an order."""
        pickings = order.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing" and p.state != "cancel")
        return pickings.filtered(lambda p: p.state != "done")

    def validate(self, picking, quantity=None, packages=0, user=None):
        """Validate a transfer: all of it, or ``quantity`` of each move; one piece into each of ``packages``."""
        picking.action_assign()
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty if quantity is None else quantity
            move.picked = True
        if packages:
            move = picking.move_ids[:1]
            total = move.quantity
            move.move_line_ids.unlink()
            vals = {
                "move_id": move.id,
                "picking_id": picking.id,
                "product_id": move.product_id.id,
                "location_id": move.location_id.id,
                "location_dest_id": move.location_dest_id.id,
                "picked": True,
            }
            for number in range(packages):
                package = self.env["stock.quant.package"].create({"name": f"PACK-{picking.id}-{number}"})
                self.env["stock.move.line"].create(dict(vals, quantity=1, result_package_id=package.id))
            if total > packages:
                self.env["stock.move.line"].create(dict(vals, quantity=total - packages))
        actor = picking.with_user(user) if user else picking
        result = actor.with_context(skip_backorder=True, picking_ids_not_to_backorder=False).button_validate()
        self.assertIs(result, True)
        self.assertEqual(picking.state, "done")
        return picking

    def ship(self, qty=2, tracking="TRK1", **options):
        """Confirm and deliver an order; returns its shipment, its parcel(s) numbered TRK1, TRK2 …"""
        order = options.pop("order", None) or self.make_order(qty=qty, carrier=options.pop("carrier", None))
        picking = self.validate(self.outgoing(order), **options)
        shipment = picking.logistics_shipment_ids
        if tracking:
            for number, parcel in enumerate(shipment.parcel_ids):
                parcel.tracking_number = tracking if not number else f"{tracking}-{number}"
        self.made_now(shipment.parcel_ids)
        return shipment

    @property
    def carrier_system(self):
        """A carrier that sends scans."""
        if not hasattr(self, "_carrier_system"):
            self._carrier_system = self.make_system("carrier")
        return self._carrier_system

    @property
    def finance_system(self):
        """A finance system that sends payments and disputes."""
        if not hasattr(self, "_finance_system"):
            self._finance_system = self.make_system("finance")
        return self._finance_system

    def scan(self, number, code, hours=0, system=None, **data):
        """A carrier's scan ``hours`` from now (past: negative); returns the inbox message."""
        at = fields.Datetime.add(fields.Datetime.now(), hours=hours)
        data = {"tracking_number": number, "code": code, "occurred_at": at.isoformat() + "Z", **data}
        return self.receive(system or self.carrier_system, "shipment.status_changed", data)

    def rows(self, shipment):
        """The recorded scans, the latest first."""
        return self.env["logistics.milestone"].search([("shipment_id", "=", shipment.id)])

    def evidence(self, kind="signature", raw=PNG):
        """One piece of evidence as a partner sends it."""
        content = base64.b64encode(raw).decode()
        return {"kind": kind, "filename": f"{kind}.png", "mimetype": "image/png", "content_base64": content}

    def send_pod(self, number, evidence=("signature",), **data):
        """A proof of delivery of a parcel; returns the inbox message."""
        body = {
            "tracking_number": number,
            "signed_by": "A. Receiver",
            "signed_at": fields.Datetime.now().isoformat() + "Z",
            "evidence": [item if isinstance(item, dict) else self.evidence(item) for item in evidence],
            **data,
        }
        return self.receive(self.carrier_system, "pod.received", body)

    def deliver(self, shipment, **pod):
        """Every parcel delivered and proven."""
        for parcel in shipment.parcel_ids:
            self.scan(parcel.tracking_number, "DELIVERED")
            self.send_pod(parcel.tracking_number, **pod)

    def give_back(self, picking, quantity):
        """The customer sends ``quantity`` back; returns the done return transfer."""
        wizard = self.env["stock.return.picking"].with_context(active_id=picking.id, active_model="stock.picking")
        wizard = wizard.create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = quantity
        wizard.product_return_moves.to_refund = True
        returned = self.env["stock.picking"].browse(wizard.create_returns()["res_id"])
        return self.validate(returned)
