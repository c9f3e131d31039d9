"""Finding who waits: open moves against stock and receipts, once for all shortages of a place."""

from collections import defaultdict

from odoo import _, fields, models

from .projection import unmet
from .shortage import ACTIVE

OPEN_MOVES = ("waiting", "confirmed", "assigned", "partially_available")


def _stored(vals):
    """Values as they are written: ids for records."""
    return {name: value.id if isinstance(value, models.BaseModel) else value for name, value in vals.items()}


class Shortage(models.Model):
    _inherit = "logistics.shortage"

    def _refresh_demand(self):
        """Bring the lines of open episodes up to date: moves are read once for all, only changes are written."""
        demand = self.env["logistics.shortage.demand"]
        closed = self.filtered(lambda s: s.state not in ACTIVE)
        closed.demand_ids.unlink()
        active = self - closed
        wanted = active._demand_lines()
        gone, new = demand, []
        for shortage in active:
            rows = dict(wanted[shortage])
            for line in shortage.demand_ids:
                vals = rows.pop((line.res_model, line.res_id), None)
                if vals is None:
                    gone |= line
                elif changed := {name: value for name, value in vals.items() if line[name] != value}:
                    line.write(_stored(changed))
            new += [
                {**_stored(vals), "res_model": model, "res_id": res_id, "shortage_id": shortage.id}
                for (model, res_id), vals in rows.items()
            ]
        gone.unlink()
        demand.create(new)
        for shortage in self:
            lines = shortage.demand_ids
            vals = {
                "order_count": len(lines),
                "customer_count": len(lines.partner_id.commercial_partner_id),
                "value_at_risk": sum(lines.mapped("value")),
                "demand_at_risk": sum(lines.mapped("missing")),
            }
            if any(shortage[name] != value for name, value in vals.items()):
                shortage.write(vals)
            if shortage.state in ACTIVE:
                shortage._tell_at_risk()

    def _demand_lines(self):
        """{shortage: {(model, id): values of a line}} of what is not met until supply ordered today could be here."""
        result = defaultdict(dict)
        today = fields.Date.context_today(self)
        places = {shortage: shortage._stock_place() for shortage in self}
        on_hand = self._on_hand(places)
        for place, shortages in self.grouped(lambda s: places[s]).items():
            moves = self._moves_across(place, shortages.product_id)
            for shortage in shortages:
                incoming, outgoing = (by_product.get(shortage.product_id, ()) for by_product in moves)
                receipts = incoming._logistics_usable_on() if incoming else {}
                until = shortage.supply_date or today
                missing = unmet(
                    on_hand[shortage],
                    [(day, move.product_qty) for move, day in receipts.items()],
                    [(move.date.date(), move.product_qty, move.id) for move in outgoing],
                    today,
                    until,
                )
                for move in outgoing:
                    if short := missing.get(move.id):
                        shortage._add_demand(result[shortage], move, short)
        return result

    def _stock_place(self):
        """Where the stock of this episode lies."""
        return self.orderpoint_id.location_id or self.warehouse_id.lot_stock_id

    def _on_hand(self, places):
        result = {}
        for place, shortages in self.grouped(lambda s: places[s]).items():
            for shortage in shortages:
                product = shortage.product_id.with_prefetch(shortages.product_id.ids)
                result[shortage] = product.with_context(location=place.id).qty_available
        return result

    def _moves_across(self, place, products):
        """Open moves into and out of a place: two dicts {product: moves}."""
        _quants, into, out = products._get_domain_locations_new(place.ids)
        still = [("product_id", "in", products.ids), ("state", "in", OPEN_MOVES)]
        move = self.env["stock.move"]
        return [move.search(still + domain, order="date, id").grouped("product_id") for domain in (into, out)]

    def _add_demand(self, rows, move, short):
        """Add what ``move`` lacks to the line of its document."""
        document, kind, partner = self._document_behind(move)
        key = (document._name, document.id)
        vals = rows.setdefault(
            key,
            {
                "kind": kind,
                "document": document.display_name or _("Transfer"),
                "sale_order_id": document if document._name == "sale.order" else self.env["sale.order"],
                "partner_id": partner,
                "kit": False,
                "needed_on": move.date.date(),
                "quantity": 0.0,
                "missing": 0.0,
                "value": 0.0,
            },
        )
        vals["needed_on"] = min(vals["needed_on"], move.date.date())
        sold = move.sale_line_id.product_id
        if sold and sold != move.product_id:
            kits = {*filter(None, (vals["kit"] or "").split(", ")), sold.display_name}
            vals["kit"] = ", ".join(sorted(kits))
        vals["quantity"] += move.product_qty
        vals["missing"] += short
        vals["value"] = self.currency_id.round(vals["value"] + self._value_of(move, short))

    def _document_behind(self, move):
        """What people know the demand by: (document, kind, customer)."""
        order = move.sale_line_id.order_id or move.group_id.sale_id
        if order:
            return order, "sale", order.partner_id
        if "raw_material_production_id" in move._fields and move.raw_material_production_id:
            production = move.raw_material_production_id
            sale = production.procurement_group_id.sale_id
            return production, "production", sale.partner_id
        return move.picking_id or move, "transfer", move.picking_id.partner_id

    def _value_of(self, move, short):
        """Order value of the quantity at risk in the company's currency."""
        line, share = move.sale_line_id, min(1.0, short / (move.product_qty or 1.0))
        if line and line.product_uom_qty:
            ordered = line.product_uom._compute_quantity(line.product_uom_qty, line.product_id.uom_id, round=False)
            # a part of a kit stands for the kit: the whole line waits for it
            part = short / ordered if line.product_id == move.product_id and ordered else share
            return line.currency_id._convert(
                line.price_subtotal * part, self.currency_id, self.company_id, fields.Date.today(), round=False
            )
        if "raw_material_production_id" in move._fields and move.raw_material_production_id:
            production = move.raw_material_production_id
            cost = production.product_id.with_company(self.company_id).standard_price
            return cost * production.product_qty * share
        return 0.0
