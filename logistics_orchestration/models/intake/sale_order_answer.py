"""What a buyer is answered: per line accepted, changed, backordered or rejected, and when (X12 855 meanings)."""

from odoo import fields, models
from odoo.tools import float_compare

# after these facts the buyer's answer is looked at again; it is told when it says something new
ANSWERED_BY = {
    "logistics.order.confirmed",
    "logistics.order.released",
    "logistics.order.changed",
    "logistics.order.cancelled",
}


class SaleOrderAnswer(models.Model):
    _inherit = "sale.order"

    logistics_answered = fields.Json(string="Last Answer to the Buyer", readonly=True, copy=False)

    def _logistics_emit(self, type_name, data=None, certainty="actual", occurred_at=None, source=None):
        uids = super()._logistics_emit(type_name, data, certainty, occurred_at, source)
        if type_name in ANSWERED_BY:
            for order in self.filtered("logistics_channel_id"):
                order._logistics_acknowledge()
        return uids

    def _action_cancel(self):
        drafts = self.filtered(lambda order: order.logistics_channel_id and order.state in ("draft", "sent"))
        result = super()._action_cancel()
        for order in drafts.sudo():  # sudo: the answer is ours to give, whoever cancels
            order._logistics_acknowledge()
        return result

    def _logistics_acknowledge(self):
        """Tell the buyer what becomes of the order, where that differs from what was told last."""
        self.ensure_one()
        order = self.sudo()  # sudo: whoever confirms or changes; reading stock and writing the answer are ours
        answer = order._logistics_answer()
        if not answer["lines"] or answer == order.logistics_answered:
            return
        order.logistics_answered = answer
        document = self.env["logistics.channel.document"]._write_for(
            order.logistics_channel_id, "acknowledgement", answer, order
        )
        data = {**answer, "system": order.logistics_channel_id.system_id.code or ""}
        if document:
            data["document"] = document
        order._logistics_emit("logistics.order.acknowledged", data)

    def _logistics_answer(self):
        """The answer as data: see the event type ``order.acknowledged``."""
        self.ensure_one()
        said = self.logistics_received or {}
        by_line = {line.logistics_buyer_line: line for line in self.order_line if line.logistics_buyer_line}
        self.order_line.invalidate_recordset(["forecast_expected_date"])
        lines = [
            self._logistics_answer_line(line, by_line.get(line["line"]), said.get("requested_on"))
            for line in said.get("lines", ())
        ]
        states = {answer["status"] for line in lines for answer in line["answers"]}
        status = "changed"
        if states <= {"rejected"}:
            status = "rejected"
        elif states <= {"accepted"}:
            status = "accepted"
        return {
            "reference": self.logistics_channel_ref,
            "order": self.name,
            "channel": self.logistics_channel_id.code,
            "status": status,
            "ordered_on": said.get("ordered_on") or "",
            "currency": self.currency_id.name,
            "lines": lines,
        }

    def _logistics_answer_line(self, said, line, requested_on):
        """What becomes of one of the buyer's lines, in the buyer's units."""
        made = {key: said[key] for key in ("line", "gtin", "buyer_sku", "uom") if said.get(key)}
        made["sku"] = (line and line.product_id.default_code) or said.get("sku") or ""
        made["quantity"] = said["quantity"]
        if self.state == "cancel" or not line or not line.product_uom_qty:
            return {**made, "answers": [{"status": "rejected", "quantity": said["quantity"]}]}
        # a case ordered by its barcode is so many pieces here
        per = (line.logistics_buyer_quantity or said["quantity"]) / said["quantity"]
        made["price_unit"] = round(line.price_unit * (1 - (line.discount or 0.0) / 100) * per, 6)
        wanted, short = line.product_uom_qty, self._logistics_short(line)
        expected = self._logistics_expected_on(line)
        changes = []
        if float_compare(wanted / per, said["quantity"], precision_rounding=line.product_uom.rounding):
            changes.append("quantity_changed")
        if said.get("price_unit") is not None and abs(made["price_unit"] - said["price_unit"]) > 0.005:
            changes.append("price_changed")
        if requested_on and expected and expected > requested_on and wanted > short:
            changes.append("date_changed")
        status = (changes[0] if len(changes) == 1 else "changed") if changes else "accepted"
        answers = []
        if wanted > short:
            answers.append({"status": status, "quantity": (wanted - short) / per, "expected_on": expected})
        if short:
            later = line.forecast_expected_date
            day = fields.Date.to_string(later.date()) if later else ""
            answers.append({"status": "backordered", "quantity": short / per, "expected_on": day})
        return {**made, "answers": answers}

    def _logistics_short(self, line):
        """How much of a confirmed line neither stands ready nor went, in its unit.

        Looked at where the goods are taken from: the first step of the warehouse's chain.
        """
        if self.state != "sale" or line.product_id.type != "product" or not line.move_ids:
            return 0.0
        moves = line.move_ids | line.move_ids.browse(line.move_ids._rollup_move_origs())
        first = moves.filtered(lambda move: move.state != "cancel" and not move.move_orig_ids)
        have = sum(move.product_uom._compute_quantity(move.quantity, line.product_uom) for move in first)
        short = line.product_uom_qty - have
        waiting = first.filtered(lambda move: move.state in ("confirmed", "partially_available"))
        if short > 0 and waiting:
            product = line.product_id.with_context(location=waiting.location_id.ids, warehouse=False)
            short -= max(0.0, product.uom_id._compute_quantity(product.free_qty, line.product_uom))
        return short if float_compare(short, 0.0, precision_rounding=line.product_uom.rounding) > 0 else 0.0

    def _logistics_expected_on(self, line):
        """The day the line is planned to leave, as ISO date."""
        moves = line.move_ids.filtered(lambda move: move.state != "cancel")
        dates = [date for date in moves.mapped("date_deadline") if date]
        moment = self.commitment_date or max(dates, default=None) or self.expected_date
        return fields.Date.to_string(moment.date()) if moment else ""
