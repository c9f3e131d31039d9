"""What suppliers say: they acknowledge an order with dates, or change a date they gave."""

from datetime import timezone

from dateutil.parser import isoparse

from odoo import _, models
from odoo.tools import float_compare

from ..inbox.inbox_errors import Late, Quarantine


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    def _handle_purchase_acknowledged(self, data):
        """The supplier accepts an order and gives a date per line."""
        return self._take_promises(data, "purchase.acknowledged")

    def _handle_purchase_promise_changed(self, data):
        """The supplier gives other dates than before."""
        return self._take_promises(data, "purchase.promise_changed")

    def _take_promises(self, data, fact):
        """Keep every promise; plan the receipts by them when the sender owns the fact and replenishment is enforced."""
        order = self._find_purchase(self._require(data, "purchase"))
        lines = self._require(data, "lines")
        if not isinstance(lines, list):
            raise Quarantine(_("lines is not a list of objects."))
        promises = [self._read_promise(order, item) for item in lines]
        given_at = self.occurred_at or self.received_at
        for line in {line for line, _quantity, _promised_at in promises}:
            last = line.logistics_promise_ids.sorted("given_at")[-1:]
            if last and last.given_at > given_at:
                raise Late(
                    _("%(order)s: the supplier gave a newer date for %(product)s on %(at)s.",
                      order=order.name, product=line.product_id.display_name, at=last.given_at),
                    order,
                )  # fmt: skip
        if not self._owns(fact, warehouse=order.picking_type_id.warehouse_id):
            return self._state_only(fact, data, order, order.picking_type_id.warehouse_id)
        slips = self._keep_promises(order, promises, given_at)
        told = [
            {
                **item,
                "line": line.id,
                "sku": line.product_id.default_code or "",
                "quantity": quantity,
                "promised_at": promised_at.isoformat(timespec="seconds") + "Z",
            }
            for item, (line, quantity, promised_at) in zip(data["lines"], promises, strict=True)
        ]
        order._logistics_emit(
            f"logistics.{fact}", data=dict(data, purchase=order.name, lines=told), source=self.system_id.code
        )
        latest = {}
        for line, _quantity, promised_at in promises:
            latest[line] = max(latest.get(line, promised_at), promised_at)
        moved = {line: at for line, at in latest.items() if line.date_planned != at}
        if moved and not order._logistics_enforced("replenishment"):
            order._logistics_observe(
                "replenishment", _("Would have planned %(count)s line(s) by the supplier's dates", count=len(moved))
            )
        else:
            for line, promised_at in moved.items():
                line._logistics_apply_promise(promised_at)
        order.message_post(
            body=_("%(system)s promised %(count)s line(s); the latest slips by %(days)s day(s).",
                   system=self.system_id.name, count=len(promises), days=max(slips))
        )  # fmt: skip
        order.order_line.logistics_shortage_ids._refresh()
        return order

    def _keep_promises(self, order, promises, given_at):
        """Store what was promised; returns the days each promise slipped."""
        rows = self.env["logistics.supplier.promise"].create(
            [
                {
                    "purchase_line_id": line.id,
                    "promised_at": promised_at,
                    "quantity": quantity,
                    "source": "supplier",
                    "source_name": self.system_id.code,
                    "message_ref": self.external_id,
                    "given_at": given_at,
                }
                for line, quantity, promised_at in promises
            ]
        )
        return rows.mapped("slip_days")

    def _find_purchase(self, reference):
        order = self.env["purchase.order"].search(
            [("name", "=", reference), ("company_id", "=", self.company_id.id)], limit=1
        )
        if not order:
            raise Quarantine(
                _("No purchase order %(reference)s in %(company)s.", reference=reference, company=self.company_id.name)
            )
        if not self.system_id._speaks_for(order.partner_id):
            raise Quarantine(
                _("%(reference)s was placed with %(supplier)s, for whom %(system)s does not speak. See its suppliers.",
                  reference=reference, supplier=order.partner_id.display_name, system=self.system_id.name)
            )  # fmt: skip
        if order.state == "cancel":
            raise Quarantine(_("Purchase order %(reference)s is cancelled here.", reference=reference))
        return order

    def _read_promise(self, order, item):
        """One line of the message as (purchase line, quantity, promised date)."""
        if not isinstance(item, dict):
            raise Quarantine(_("A line of the message is no object: %(line)s", line=str(item)[:100]))
        line = self._find_purchase_line(order, item)
        quantity = item.get("quantity")
        if isinstance(quantity, bool) or not isinstance(quantity, int | float) or quantity <= 0:
            raise Quarantine(_("Quantity %(quantity)s is no amount above zero.", quantity=quantity))
        rounding = line.product_uom.rounding
        if float_compare(quantity, line.product_qty, precision_rounding=rounding) > 0:
            raise Quarantine(
                _("%(sku)s: %(quantity)s promised, only %(ordered)s ordered.",
                  sku=line.product_id.display_name, quantity=quantity, ordered=line.product_qty)
            )  # fmt: skip
        raw = self._require(item, "promised_at")
        try:
            promised_at = isoparse(raw)
        except (ValueError, TypeError) as error:
            raise Quarantine(_("promised_at %(value)s is no ISO 8601 date.", value=raw)) from error
        if promised_at.tzinfo:
            promised_at = promised_at.astimezone(timezone.utc).replace(tzinfo=None)
        return line, float(quantity), promised_at.replace(microsecond=0)

    def _find_purchase_line(self, order, item):
        """By line id, else by our SKU or the supplier's own code for the product; never by guess."""
        lines = order.order_line.filtered(lambda line: not line.display_type)
        if item.get("line"):
            found = lines.filtered(lambda line: line.id == item["line"])
        else:
            sku = self._require(item, "sku", "line")
            found = lines.filtered(lambda line: line.product_id.default_code == sku) or lines.filtered(
                lambda line: sku
                in line.product_id.seller_ids.filtered(
                    lambda seller: seller.partner_id.commercial_partner_id == order.partner_id.commercial_partner_id
                ).mapped("product_code")
            )
        if len(found) != 1:
            raise Quarantine(
                _("%(count)s lines of %(order)s fit %(item)s: one is needed. Send the line id.",
                  count=len(found), order=order.name, item=item.get("line") or item.get("sku"))
            )  # fmt: skip
        return found
