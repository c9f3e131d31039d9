"""What each warehouse has for one order: free stock, and what the order itself has reserved there."""

from odoo.tools import float_compare, float_round

from ..gate.stock_facts import StockFacts

UNLIMITED = float("inf")


class CandidateStock(StockFacts):
    """Stock of some products in some warehouses, as one order may count on it; plain object around an environment."""

    def __init__(self, order, products, warehouses, moves):
        """:param moves: open moves of the order that may be given to another warehouse; their stock is its own"""
        made_of = {product: product._logistics_parts(1.0, order.company_id) for product in products}
        # a kit is as much as its parts make
        self.kits = {product: parts for product, parts in made_of.items() if set(parts) != {product}}
        others = products - products.browse().union(*self.kits)
        self.products = others.filtered(lambda product: product.type == "product")
        self.consumables = others - self.products
        parts = products.browse().union(*(part for found in self.kits.values() for part in found))
        self.parts = parts.filtered(lambda part: part.type == "product") - self.products
        self.warehouses = warehouses
        super().__init__(order)
        self._add_own(moves)

    def _read_needs(self):
        return {}

    def _keys(self):
        return {(product, warehouse) for product in self.products | self.parts for warehouse in self.warehouses}

    def _add_own(self, moves):
        for line in moves.move_line_ids:
            for warehouse in self.warehouses:
                if line.location_id.parent_path.startswith(warehouse.lot_stock_id.parent_path):
                    self.free[line.product_id.id, warehouse.id] += line.quantity_product_uom

    def of(self, warehouse):
        """{product id: quantity in its unit} the order may have from ``warehouse``; consumables are everywhere."""
        stock = {}
        for product in self.products:
            free = self.free[product.id, warehouse.id]
            if float_compare(free, 0.0, precision_rounding=product.uom_id.rounding) > 0:
                stock[product.id] = free
        stock.update({product.id: UNLIMITED for product in self.consumables})
        for kit, parts in self.kits.items():
            made = min(
                (
                    self.free[part.id, warehouse.id] / quantity
                    for part, quantity in parts.items()
                    if quantity and part.type == "product"
                ),
                default=UNLIMITED,
            )
            whole = made if made == UNLIMITED else float_round(
                made, precision_rounding=kit.uom_id.rounding, rounding_method="DOWN"
            )  # fmt: skip
            if whole > 0:
                stock[kit.id] = whole
        return stock
