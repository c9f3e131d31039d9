"""What Odoo held at the moment of a report, and what explains a difference."""

import json

from odoo import _, api, models

from ..authority.difference import figure, rows

_WAITING = ("received", "failed", "quarantined", "dead")


class BalanceLine(models.Model):
    _inherit = "logistics.balance.line"

    @api.model
    def _places(self, warehouse):
        """The locations in which a warehouse has its goods, also archived ones."""
        # sudo: what is compared is the whole warehouse, whoever looks
        locations = self.env["stock.location"].sudo().with_context(active_test=False)
        return locations.search([("id", "child_of", warehouse.view_location_id.id), ("usage", "=", "internal")])

    @api.model
    def _stock_at(self, warehouse, moment, product_ids=None):
        """On hand at a past moment: {(product id, lot id, location id): quantity in the product's unit}.

        Today's quants, with what was moved since taken back. Corrections (inventory adjustments) since then are not
        taken back: they say what was true at the moment already.

        :param moment: naive UTC datetime
        :param product_ids: only these; None: all
        """
        self.env.flush_all()
        values = {
            "places": self._places(warehouse).ids,
            "moment": moment,
            "every": product_ids is None,
            "products": list(product_ids or []),
        }
        self.env.cr.execute(
            """
            SELECT product_id, COALESCE(lot_id, 0), location_id, SUM(quantity) FROM (
                SELECT product_id, lot_id, location_id, quantity FROM stock_quant
                 WHERE location_id = ANY(%(places)s) AND (%(every)s OR product_id = ANY(%(products)s))
                UNION ALL
                SELECT ml.product_id, ml.lot_id, ml.location_id, ml.quantity_product_uom FROM stock_move_line ml
                  JOIN stock_move m ON m.id = ml.move_id
                 WHERE ml.state = 'done' AND ml.date > %(moment)s AND NOT COALESCE(m.is_inventory, false)
                   AND ml.location_id = ANY(%(places)s) AND (%(every)s OR ml.product_id = ANY(%(products)s))
                UNION ALL
                SELECT ml.product_id, ml.lot_id, ml.location_dest_id, -ml.quantity_product_uom FROM stock_move_line ml
                  JOIN stock_move m ON m.id = ml.move_id
                 WHERE ml.state = 'done' AND ml.date > %(moment)s AND NOT COALESCE(m.is_inventory, false)
                   AND ml.location_dest_id = ANY(%(places)s) AND (%(every)s OR ml.product_id = ANY(%(products)s))
            ) AS stock GROUP BY 1, 2, 3
            """,
            values,
        )
        return {(row[0], row[1], row[2]): float(row[3] or 0.0) for row in self.env.cr.fetchall()}

    def _measure(self):
        """Write what Odoo held at the moment of the report, and the difference, on each line (of one report)."""
        if not self:
            return
        report = self.report_id
        stock = {}
        for (product, lot, place), quantity in self._stock_at(
            report.warehouse_id, report.as_of, self.product_id.ids
        ).items():
            stock.setdefault(product, []).append((lot, place, quantity))
        below = {}
        for line in self:
            if line.location_id and line.location_id not in below:
                domain = [("id", "child_of", line.location_id.id)]
                below[line.location_id] = set(self.env["stock.location"].search(domain).ids)
        for line in self:
            places = below.get(line.location_id)
            own = sum(
                quantity
                for lot, place, quantity in stock.get(line.product_id.id, ())
                if (not line.lot_id or lot == line.lot_id.id) and (places is None or place in places)
            )
            rounding = line.product_id.uom_id.rounding
            own = _round(own, rounding)
            line.write({"own_quantity": own, "difference": _round(line.quantity - own, rounding)})

    # -- hand-overs under way ---------------------------------------------------------------------------------

    def _explain(self):
        """Lines whose difference is just what messages of the warehouse will change that wait in our inbox."""
        waiting = self._waiting_picks()
        explained = self.browse()
        for line in self:
            picked, numbers = waiting.get(line.product_id, (0.0, []))
            if (
                picked
                and not line.location_id
                and not _round(line.difference + picked, line.product_id.uom_id.rounding)
            ):
                line.write(
                    {
                        "verdict": "explained",
                        "explanation": _(
                            "%(quantity)g picked by messages that are not processed yet: %(messages)s",
                            quantity=picked,
                            messages=", ".join(numbers),
                        ),
                    }
                )
                explained |= line
        return explained

    def _waiting_picks(self):
        """{product: (quantity, message ids)} of picks the warehouse told before the report and Odoo has not done."""
        report = self.report_id
        messages = self.env["logistics.inbox.message"].search(
            [
                ("system_id", "=", report.system_id.id),
                ("type", "in", ("picking.completed", "picking.short")),
                ("state", "in", _WAITING),
                ("occurred_at", "<=", report.as_of),
            ]
        )
        by_sku = {product.default_code: product for product in self.product_id if product.default_code}
        found = {}
        for message in messages:
            try:
                data = message.data or json.loads(message.raw or "{}").get("data")
            except ValueError:
                continue
            for row in rows(data, "lines"):
                product = by_sku.get(str(row.get("sku") or "")) or self._product_of_move(row.get("line"))
                quantity = figure(row.get("picked", row.get("quantity")))
                if product and quantity:
                    total, numbers = found.get(product, (0.0, []))
                    found[product] = (total + quantity, [*numbers, message.external_id])
        return found

    @api.model
    def _product_of_move(self, move_id):
        move = self.env["stock.move"].browse(move_id if type(move_id) is int else []).exists()
        return move.product_id

    def _hint(self):
        """Words on what may be behind a difference: what the warehouse is asked to ship and has not told yet."""
        self.ensure_one()
        requests = self.env["logistics.fulfillment"].search(
            [
                ("system_id", "=", self.system_id.id),
                ("state", "in", ("requested", "accepted", "partially_done", "cancel_requested")),
                ("move_ids.product_id", "=", self.product_id.id),
            ],
            limit=5,
        )
        if not requests:
            return False
        return _("Under way there: %(requests)s", requests=", ".join(requests.mapped("name")))


def _round(quantity, rounding):
    """To the unit's rounding; a float's dust is no difference."""
    return round(round(quantity / (rounding or 0.01)) * (rounding or 0.01), 6)
