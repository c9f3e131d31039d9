"""Kits (phantom bills of materials, where Manufacturing is installed): a kit goes whole or not at all.

A kit is in no stock: what is needed and what is short are its parts. Without Manufacturing nothing of this happens.
"""

from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _logistics_parts(self, quantity, company):
        """What ``quantity`` of this product is made of where it is a kit; else the product itself.

        :param float quantity: in the product's unit
        :param company: whose bill of materials counts
        :returns: {product: quantity in its unit}
        """
        self.ensure_one()
        if "is_kits" not in self._fields or not self.is_kits:
            return {self: quantity}
        # sudo: what a kit is made of is no secret to whoever sells it
        bom = self.env["mrp.bom"].sudo()._bom_find(self, company_id=company.id, bom_type="phantom")[self]
        if not bom:
            return {self: quantity}
        times = self.uom_id._compute_quantity(quantity, bom.product_uom_id, round=False) / bom.product_qty
        parts = {}
        for line, found in bom.explode(self, times)[1]:
            part = line.product_id.sudo(self.env.su)
            in_unit = line.product_uom_id._compute_quantity(found["qty"], part.uom_id, round=False)
            parts[part] = parts.get(part, 0.0) + in_unit
        return parts

    def _logistics_with_kits(self):
        """These products and every kit they are part of: who waits for a part waits under the kit's name."""
        found = self
        if "is_kits" not in self._fields:
            return found
        new = self
        while new:
            BomLine = self.env["mrp.bom.line"].sudo()  # sudo: as above
            lines = BomLine.search([("product_id", "in", new.ids), ("bom_id.type", "=", "phantom")])
            kits = self.browse()
            for bom in lines.bom_id:
                kits |= bom.product_id or bom.product_tmpl_id.product_variant_ids
            new = kits.sudo(self.env.su) - found
            found |= new
        return found
