"""One line of a balance report: what the warehouse says of one product (lot, location), and what Odoo held then."""

from odoo import _, api, fields, models


class BalanceLine(models.Model):
    _name = "logistics.balance.line"
    _description = "Reported Balance"
    _order = "report_id desc, sku, id"
    _rec_name = "label"

    report_id = fields.Many2one(
        "logistics.balance.report", required=True, readonly=True, ondelete="cascade", index=True
    )
    sku = fields.Char(string="SKU", readonly=True, required=True)
    lot_name = fields.Char(string="Lot Told", readonly=True)
    location_name = fields.Char(string="Location Told", readonly=True)
    quantity = fields.Float(string="Warehouse Says", readonly=True, digits="Product Unit of Measure")
    implied = fields.Boolean(string="Not Named", readonly=True, help="The report is complete and does not name it.")
    label = fields.Char(compute="_compute_label")
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict", index="btree_not_null")
    lot_id = fields.Many2one("stock.lot", readonly=True, ondelete="restrict")
    location_id = fields.Many2one("stock.location", readonly=True, ondelete="restrict")
    own_quantity = fields.Float(
        string="Odoo Held", readonly=True, digits="Product Unit of Measure", help="On hand at the moment of the report."
    )
    difference = fields.Float(readonly=True, digits="Product Unit of Measure", help="Warehouse minus Odoo.")
    verdict = fields.Selection(
        [
            ("new", "Not compared yet"),
            ("same", "Same"),
            ("within", "Within tolerance"),
            ("differs", "Differs"),
            ("explained", "Explained, waiting"),
            ("unknown", "Not known here"),
            ("overtaken", "Overtaken by a newer report"),
        ],
        default="new",
        required=True,
        readonly=True,
        index=True,
    )
    explanation = fields.Char(readonly=True)
    discrepancy_id = fields.Many2one("logistics.discrepancy", readonly=True, ondelete="set null")
    warehouse_id = fields.Many2one(related="report_id.warehouse_id", store=True, index=True)
    system_id = fields.Many2one(related="report_id.system_id", store=True)
    as_of = fields.Datetime(related="report_id.as_of", store=True)
    company_id = fields.Many2one(related="report_id.company_id", store=True)

    @api.depends("sku", "lot_name", "location_name")
    def _compute_label(self):
        for line in self:
            line.label = " / ".join(part for part in (line.sku, line.lot_name, line.location_name) if part)

    def _point_key(self):
        """Tells what is counted apart: the same product in another warehouse, lot or location is another point."""
        return f"{self.warehouse_id.id}/{self.lot_id.id or ''}/{self.location_id.id or ''}"

    # -- who is meant -----------------------------------------------------------------------------------------

    def _identify(self):
        """Find product, lot and location of what was told; what is not found is said so on the line, and kept."""
        todo = self.filtered(lambda line: not line.implied)
        companies = [False, *self.company_id.ids]
        found = {}
        for product in self.env["product.product"].search(
            [("default_code", "in", todo.mapped("sku")), ("company_id", "in", companies)]
        ):
            found.setdefault(product.default_code, []).append(product)
        for line in todo:
            products = found.get(line.sku, [])
            vals = {"product_id": False, "lot_id": False, "location_id": False}
            problem = ""
            if not products:
                problem = _("No product has this SKU")
            elif len(products) > 1:
                problem = _("%(count)s products have this SKU; one is needed", count=len(products))
            elif products[0].type != "product":
                problem = _("The product is not kept in stock")
            else:
                vals["product_id"] = products[0].id
                problem = line._identify_place(products[0], vals)
            if problem:
                vals.update(product_id=False, verdict="unknown", explanation=problem, own_quantity=0, difference=0)
            elif line.verdict == "unknown":
                vals.update(verdict="new", explanation=False)
            line.write(vals)

    def _identify_place(self, product, vals):
        """Lot and location by name; returns what is wrong with them."""
        if self.lot_name:
            lot = self.env["stock.lot"].search(
                [
                    ("name", "=", self.lot_name),
                    ("product_id", "=", product.id),
                    ("company_id", "in", [False, self.company_id.id]),
                ],
                limit=1,
            )
            if not lot:
                return _("The product has no such lot")
            vals["lot_id"] = lot.id
        if self.location_name:
            places = self._places(self.warehouse_id)
            name = self.location_name
            fitting = places.filtered(lambda place: name in (place.barcode, place.complete_name)) or places.filtered(
                lambda place: place.name == name
            )
            if len(fitting) != 1:
                return _("%(count)s locations of the warehouse fit; one is needed", count=len(fitting))
            vals["location_id"] = fitting.id
        return ""

    def _overtaken(self):
        """Lines of which a newer report speaks."""
        if not self:
            return self
        self.flush_model()
        self.report_id.flush_model()
        self.env.cr.execute(
            """
            SELECT old.id FROM logistics_balance_line old
             WHERE old.id = ANY(%s) AND EXISTS (
                   SELECT 1 FROM logistics_balance_line new
                    WHERE new.warehouse_id = old.warehouse_id AND new.system_id = old.system_id
                      AND new.sku = old.sku
                      AND COALESCE(new.lot_name, '') = COALESCE(old.lot_name, '')
                      AND COALESCE(new.location_name, '') = COALESCE(old.location_name, '')
                      AND (new.as_of, new.report_id) > (old.as_of, old.report_id))
            """,
            [self.ids],
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())
