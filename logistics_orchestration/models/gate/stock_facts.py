"""What many orders need and what there is for them, read once per product and warehouse.

Counts what is free to pick in a warehouse's stock, less what released orders still have to reserve. An order that
passes takes its share, so two orders evaluated together cannot both be promised the last piece.
"""

from collections import defaultdict
from copy import copy

from odoo import fields


class Run:
    """One run of many gates over many orders: what several of them read alike is read once."""

    def __init__(self):
        self.stock = {}


class StockFacts:
    """Needs of a set of orders and the stock for them; plain object around one environment."""

    def __init__(self, orders):
        self.env = orders.env
        self.orders = orders
        self.needs = self._read_needs()
        self._free_at_first = self._read_free()
        self.free = self._free_at_first.copy()
        self._receipts = {}  # {"all": what is expected}, once it was read; shared by copies

    @classmethod
    def of(cls, orders, run=None):
        """The facts of these orders with nothing taken yet; another gate of the same ``run`` may have read them."""
        if run is None:
            return cls(orders)
        key = frozenset(orders.ids)
        if key not in run.stock:
            run.stock[key] = cls(orders)
        facts = copy(run.stock[key])
        facts.free = facts._free_at_first.copy()
        return facts

    # -- needs -------------------------------------------------------------------------------------------------

    def _read_needs(self):
        """{order id: {(product, warehouse): {"ordered", "missing", "lines"}}}, quantities in the product's unit.

        ``missing`` is what is neither reserved nor on its way through the pick/pack/ship steps.
        """
        needs = defaultdict(dict)
        moves = self.orders._logistics_moves()
        launched = set()
        for move in moves:
            order = move.group_id.sale_id
            product = move.product_id
            if product.type != "product":
                continue
            launched.add(order.id)
            need = self._need(needs[order.id], product, move.location_id.warehouse_id or order.warehouse_id)
            if move.location_dest_id.usage == "customer":
                need["ordered"] += move.product_qty
                need["missing"] += move.product_qty
                need["lines"] |= move.sale_line_id
            need["missing"] -= move.product_uom._compute_quantity(move.quantity, product.uom_id, round=False)
        for order in self.orders:
            if order.id not in launched:
                self._needs_of_lines(order, needs[order.id])
        return needs

    def _needs_of_lines(self, order, needs):
        """Nothing was launched (yet): what the lines say."""
        for line in order.order_line:
            open_qty = line.product_uom_qty - line.qty_delivered
            if line.display_type or not line.product_id or open_qty <= 0:
                continue
            quantity = line.product_uom._compute_quantity(open_qty, line.product_id.uom_id, round=False)
            for warehouse, share in line._logistics_sources(quantity):
                # a kit is in no stock: its parts are, which other lines may want too
                for product, part in line.product_id._logistics_parts(share, order.company_id).items():
                    if product.type != "product":
                        continue
                    need = self._need(needs, product, warehouse)
                    need["ordered"] += part
                    need["missing"] += part
                    need["lines"] |= line

    def _need(self, needs, product, warehouse):
        empty = {"ordered": 0.0, "missing": 0.0, "lines": self.env["sale.order.line"]}
        return needs.setdefault((product, warehouse), empty)

    # -- stock -------------------------------------------------------------------------------------------------

    def _keys(self):
        return {key for needs in self.needs.values() for key in needs}

    def _read_free(self):
        """{(product id, warehouse id): quantity that can still be promised}."""
        free = defaultdict(float)
        by_warehouse = defaultdict(set)
        for product, warehouse in self._keys():
            by_warehouse[warehouse].add(product.id)
        for warehouse, product_ids in by_warehouse.items():
            rows = self.env["stock.quant"]._read_group(
                [("product_id", "in", list(product_ids)), ("location_id", "child_of", warehouse.lot_stock_id.id)],
                ["product_id"],
                ["quantity:sum", "reserved_quantity:sum"],
            )
            for product, quantity, reserved in rows:
                free[product.id, warehouse.id] = quantity - reserved
        for key, quantity in self._promised().items():
            free[key] -= quantity
        return free

    def _promised(self):
        """What other released orders have not reserved yet: theirs."""
        product_ids = list({product.id for product, _warehouse in self._keys()})
        if not product_ids:
            return {}
        base = [
            ("product_id", "in", product_ids),
            ("state", "in", ("waiting", "confirmed", "partially_available", "assigned")),
            ("group_id.sale_id.logistics_release_state", "in", ("released", "partial")),
            ("group_id.sale_id", "not in", self.orders.ids),
            ("location_id.usage", "in", ("internal", "transit")),
        ]
        promised = defaultdict(float)
        move = self.env["stock.move"]
        demand = move._read_group(
            [*base, ("location_dest_id.usage", "=", "customer")], ["product_id", "warehouse_id"], ["product_qty:sum"]
        )
        for product, warehouse, quantity in demand:
            promised[product.id, warehouse.id] += quantity
        if not promised:
            return {}
        lines = self.env["stock.move.line"]._read_group(
            [("move_id", "any", base)], ["product_id", "move_id"], ["quantity_product_uom:sum"]
        )
        for product, reserving_move, quantity in lines:
            warehouse = reserving_move.warehouse_id or reserving_move.location_id.warehouse_id
            promised[product.id, warehouse.id] -= quantity
        return {key: quantity for key, quantity in promised.items() if quantity > 0}

    def next_receipt(self, product, warehouse):
        """(date, quantity) of the next expected receipt of a product, or None."""
        return next(iter(self._expected(product, warehouse)), None)

    def covered_on(self, product, warehouse, quantity):
        """When expected receipts add up to ``quantity`` of a product (datetime), or None when they never do."""
        for date, received in self._expected(product, warehouse):
            quantity -= received
            if fields.Float.compare(quantity, 0.0, precision_rounding=product.uom_id.rounding) <= 0:
                return date
        return None

    def _expected(self, product, warehouse):
        """[(date, quantity)] of the receipts to come, soonest first. Read once for all, when first asked."""
        if "all" not in self._receipts:
            expected = self._receipts["all"] = defaultdict(list)
            moves = self.env["stock.move"].search_fetch(
                [
                    ("product_id", "in", [key[0].id for key in self._keys()]),
                    ("state", "in", ("waiting", "confirmed", "assigned", "partially_available")),
                    ("location_id.usage", "in", ("supplier", "production", "transit")),
                    ("location_dest_id.usage", "=", "internal"),
                ],
                ["product_id", "location_dest_id", "date", "product_qty"],
                order="date, id",
            )
            for move in moves:
                key = (move.product_id.id, move.location_dest_id.warehouse_id.id)
                expected[key].append((move.date, move.product_qty))
        return self._receipts["all"].get((product.id, warehouse.id), [])

    # -- answering ---------------------------------------------------------------------------------------------

    def shortages(self, order):
        """What an order is short of: ([(product, warehouse, need, short)], their keys with those that wait with them).

        A line waits as a whole: the other parts of a kit that is short are left for others.
        """
        short = []
        for (product, warehouse), need in self.needs.get(order.id, {}).items():
            rounding = product.uom_id.rounding
            missing = max(need["missing"], 0.0)
            left = missing - max(self.free[product.id, warehouse.id], 0.0)
            if fields.Float.compare(left, 0.0, precision_rounding=rounding) > 0:
                short.append((product, warehouse, need, left))
        lacking = {(product, warehouse) for product, warehouse, _need, _short in short}
        waiting = self.env["sale.order.line"].union(*(need["lines"] for _product, _warehouse, need, _short in short))
        for key, need in self.needs.get(order.id, {}).items():
            if need["lines"] and need["lines"] <= waiting:
                lacking.add(key)
        return short, lacking

    def take(self, order, except_keys=()):
        """Give the order what it needs, so that the next one does not count on it."""
        for (product, warehouse), need in self.needs.get(order.id, {}).items():
            if (product, warehouse) not in except_keys:
                self.free[product.id, warehouse.id] -= max(need["missing"], 0.0)
