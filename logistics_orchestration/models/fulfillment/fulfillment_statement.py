"""What others say about a fulfilment request they were not asked for, against what Odoo holds."""

from odoo import _, models

from ..authority.difference import Difference, figure, rows


class Fulfillment(models.Model):
    _inherit = "logistics.fulfillment"

    def _logistics_compare_statement(self, fact, value, message):
        self.ensure_one()
        family, _dot, word = fact.partition(".")
        if family == "picking":
            return self._compare_picked(value)
        labels = dict(self._fields["state"]._description_selection(self.env))
        if word not in labels:
            return []
        label = _("Answer to %(request)s", request=self.name)
        return [Difference("state", label, labels[self.state], labels[word])]

    def _compare_picked(self, value):
        """Per SKU: what is done here against what is said to be picked (units of the product)."""
        skus = {str(line.get("line")): line.get("sku") or "" for line in self.asked or []}
        done, said = {}, {}
        for move in self.move_ids.filtered(lambda move: move.state == "done"):
            sku = move.product_id.default_code or move.product_id.display_name
            done[sku] = done.get(sku, 0.0) + move.product_qty
        for row in rows(value, "lines"):
            quantity = figure(row.get("quantity", row.get("picked")))
            sku = str(row.get("sku") or skus.get(str(row.get("line"))) or "")
            if sku and quantity is not None:
                said[sku] = said.get(sku, 0.0) + quantity
        return [
            Difference(
                sku,
                _("%(request)s, picked of %(sku)s", request=self.name, sku=sku),
                f"{done.get(sku, 0.0):g}",
                f"{quantity:g}",
                quantity - done.get(sku, 0.0),
                done.get(sku, 0.0),
            )
            for sku, quantity in said.items()
        ]
