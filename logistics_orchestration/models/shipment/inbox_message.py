"""What carriers say: proofs of delivery. Scans and expected arrivals are in inbox_scan.py."""

import base64
import binascii

from odoo import _, api, models

from ..inbox.inbox_errors import Duplicate, Quarantine


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    # -- proof of delivery ---------------------------------------------------------------------------------------

    def _handle_pod_received(self, data):
        """A proof of delivery with its evidence; a second message about the same parcel completes the first."""
        parcels = self._tracked_parcels(data, self._said_at(data, "signed_at"))
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

    # -- reading -------------------------------------------------------------------------------------------------

    @api.model
    def _rows(self, data, key):
        """A list of objects in ``data``; nothing is an empty list."""
        rows = data.get(key) or []
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Quarantine(_("%(key)s is not a list of objects.", key=key))
        return rows
