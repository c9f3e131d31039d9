"""What each warehouse has for one order: free stock, and what the order itself has reserved there."""

from odoo.tools import float_compare

from ..gate.stock_facts import StockFacts

UNLIMITED = float("inf")


class CandidateStock(StockFacts):
    """Stock of some products in some warehouses, as one order may count on it; plain object around an environment."""

    def __init__(self, order, products, warehouses, moves):
        """:param moves: open moves of the order that may be given to another warehouse; their stock is its own"""
        self.products = products.filtered(lambda product: product.type == "product")
        self.consumables = products - self.products
        self.warehouses = warehouses
        super().__init__(order)
        self._add_own(moves)

    def _read_needs(self):
        return {}

    def _keys(self):
        return {(product, warehouse) for product in self.products for warehouse in self.warehouses}

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
        return stock
