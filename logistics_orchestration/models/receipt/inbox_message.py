"""What suppliers say they have shipped, and what warehouses say has arrived."""

from collections import defaultdict

from odoo import _, models
from odoo.tools import float_compare

from ..fulfillment.pick_parts import PickError, pack, parse_lines, parse_weight
from ..inbox.inbox_errors import Duplicate, Late, Quarantine
from ..replenishment.line_answer import AnswerError
from .sscc import is_sscc


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    # -- ship notices -----------------------------------------------------------------------------------------

    def _handle_purchase_shipped(self, data):
        """The supplier has shipped: the receipt is filled in. Another notice of the same shipment replaces it."""
        order = self._find_purchase(self._require(data, "purchase"))
        warehouse = order.picking_type_id.warehouse_id
        number = str(self._require(data, "shipment"))
        parts, parcels = self._read_shipped(order, data)
        same = order.logistics_notice_ids.filtered(lambda notice: notice.name == number)
        if not self._owns("purchase.shipped", warehouse=warehouse):
            return self._state_only("purchase.shipped", data, order, warehouse)
        if order.state != "purchase":
            raise Quarantine(_("%(order)s is not confirmed here: confirm it, then replay.", order=order.name), order)
        if same.filtered(lambda notice: notice.state == "received"):
            raise Late(_("Shipment %(number)s was received already.", number=number), order)
        if same.filtered(
            lambda n: n.state == "open" and n.shipped_at and n.shipped_at > (self.occurred_at or n.shipped_at)
        ):
            raise Late(_("A newer notice of shipment %(number)s is here.", number=number), order)
        self._check_shipped(order, parts, same)
        same.filtered(lambda notice: notice.state == "open").state = "replaced"
        same.flush_recordset()
        notice = self.env["logistics.ship.notice"].create(
            {
                "name": number,
                "order_id": order.id,
                "warehouse_id": warehouse.id,
                "shipped_at": self.occurred_at or self.received_at,
                "eta_at": self._time_in(data, "eta"),
                "carrier": str(data.get("carrier") or ""),
                "tracking_number": str(data.get("tracking_number") or ""),
                "said_by": self.system_id.code,
                "message_ref": self.external_id,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "purchase_line_id": line.id,
                            "quantity": part.quantity,
                            "lot": part.lot,
                            "sscc": parcels[part.package]["reference"] if part.package >= 0 else False,
                            "weight_kg": parse_weight(parcels[part.package]) if part.package >= 0 else 0.0,
                        },
                    )
                    for line, part in parts
                ],
            }
        )
        notice._fill_receipts(order)
        order._logistics_emit(
            "logistics.purchase.shipped", data=dict(data, purchase=order.name), source=self.system_id.code
        )
        order.message_post(
            body=_("%(system)s has shipped %(number)s: %(count)s line(s), %(parcels)s package(s).",
                   system=self.system_id.name, number=number, count=len(parts), parcels=len(parcels))
        )  # fmt: skip
        return order

    def _read_shipped(self, order, data):
        """([(purchase line, Part)], parcels) of a notice.

        :raises Quarantine: unknown goods, wrong package numbers, amounts that do not add up
        """
        parcels = data.get("parcels") or []
        if not isinstance(parcels, list) or not all(isinstance(parcel, dict) for parcel in parcels):
            raise Quarantine(_("parcels is not a list of objects."), order)
        named = []
        for parcel in parcels:
            number = str(parcel.get("sscc") or "")
            if number and not is_sscc(number):
                raise Quarantine(
                    _("%(number)s is no SSCC: 18 digits, the last one checks the others.", number=number), order
                )
            named.append(dict(parcel, reference=number or str(self._require(parcel, "sscc", "reference"))))
        lines = data.get("lines") or [line for parcel in named for line in parcel.get("lines") or []]
        try:
            parts = pack(parse_lines(lines), named)
            if not parts:
                raise Quarantine(_("The notice ships nothing."), order)
            found = [(order._logistics_find_line({"line": part.line or None, "sku": part.sku}), part) for part in parts]
        except (PickError, AnswerError) as error:
            raise Quarantine(_("%(order)s: %(why)s", order=order.name, why=error), order) from error
        for line, part in found:
            tracking = line.product_id.tracking
            if tracking == "serial" and part.lot and part.quantity != 1:
                raise Quarantine(
                    _("%(sku)s: serial %(lot)s can be 1 piece only, not %(quantity)g.",
                      sku=line.product_id.display_name, lot=part.lot, quantity=part.quantity),
                    order,
                )  # fmt: skip
        return found, named

    def _check_shipped(self, order, parts, same):
        """No more may be on its way than is still to come, other shipments counted in.

        :raises Quarantine: naming the article
        """
        shipped = defaultdict(float)
        for line, part in parts:
            shipped[line] += part.quantity
        others = order.logistics_notice_ids.filtered(lambda notice: notice.state == "open") - same
        for line, quantity in shipped.items():
            elsewhere = sum(
                others.line_ids.filtered(lambda row, line=line: row.purchase_line_id == line).mapped("quantity")
            )
            left = line.product_qty - line.qty_received - elsewhere
            if float_compare(quantity, left, precision_rounding=line.product_uom.rounding) > 0:
                raise Quarantine(
                    _("%(sku)s: %(quantity)g shipped, only %(left)g still to come.",
                      sku=line.product_id.display_name, quantity=quantity, left=max(left, 0.0)),
                    order,
                )  # fmt: skip

    # -- arrivals ---------------------------------------------------------------------------------------------

    def _handle_receipt_arrived(self, data):
        """Goods are at the dock: the clock from dock to stock starts."""
        pickings = self._find_receipts(data)
        warehouse = pickings[:1].picking_type_id.warehouse_id
        if not self._owns("receipt.arrived", warehouse=warehouse):
            return self._state_only("receipt.arrived", data, pickings[:1], warehouse)
        waiting = pickings.filtered(lambda picking: not picking.logistics_arrived_at)
        if not waiting:
            raise Duplicate(_("%(name)s has arrived already.", name=pickings[0].name), pickings[:1])
        arrived_at = self._time_in(data, "arrived_at") or self.occurred_at or self.received_at
        waiting._logistics_arrive(arrived_at, str(data.get("dock") or ""), self.system_id.code)
        return waiting[:1]

    def _find_receipts(self, data):
        """The open receipts a message is about: by transfer, by the supplier's shipment, by purchase order.

        :raises Quarantine: none is open
        """
        name = str(self._require(data, "transfer", "shipment", "purchase"))
        company = ("company_id", "=", self.company_id.id)
        Picking = self.env["stock.picking"]
        open_receipt = [company, ("picking_type_code", "=", "incoming"), ("state", "not in", ("done", "cancel"))]
        if data.get("transfer"):
            found = Picking.search([*open_receipt, ("name", "=", name)])
        elif data.get("shipment"):
            domain = [company, ("name", "=", name), ("state", "=", "open")]
            if data.get("purchase"):
                domain.append(("order_id.name", "=", str(data["purchase"])))
            notices = self.env["logistics.ship.notice"].search(domain)
            if len(notices) > 1:
                raise Quarantine(_("Several suppliers ship a %(name)s: send the purchase, too.", name=name))
            found = Picking.search([*open_receipt, ("id", "in", notices.picking_ids.ids)])
        else:
            order = self.env["purchase.order"].search([company, ("name", "=", name)], limit=1)
            found = Picking.search([*open_receipt, ("id", "in", order.picking_ids.ids)])
        if not found:
            raise Quarantine(_("No receipt of %(name)s is open here.", name=name))
        return found
