"""Gate kind ``customs``: does an export have what the customs ask for?"""

from odoo import _, api, fields, models


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    kind = fields.Selection(selection_add=[("customs", "Customs documents")], ondelete={"customs": "cascade"})
    customs_incoterm = fields.Boolean(string="Incoterm Needed", default=True)
    customs_eori = fields.Boolean(
        string="EORI or VAT Needed", default=True, help="Of the exporter, and of consignees who are companies."
    )

    @api.model
    def _kinds_by_line(self):
        return super()._kinds_by_line() | {"customs"}

    def _facts_customs(self, orders):
        return {"union": self.env["res.country"]._logistics_customs_union()}

    def _gate_customs(self, order, facts):
        """Goods that leave the customs territory have HS code, origin and value; the order has its incoterm and the
        two parties their numbers."""
        lines = order._logistics_lines_to_ship()
        start = order.warehouse_id.partner_id.country_id or order.company_id.country_id
        end = order.partner_shipping_id.country_id
        inputs = {"from": start.code or "", "to": end.code or ""}
        if not lines:
            return {"passed": True, "words": _("Nothing to ship"), "inputs": inputs}
        if not start._logistics_is_export(end, facts["union"]):
            return {"passed": True, "words": _("No export"), "inputs": inputs}
        if not end:
            return {"passed": False, "words": _("The country it goes to is not known"), "inputs": inputs}
        missing, failing = self._missing_of_lines(lines)
        if of_order := self._missing_of_order(order):
            missing, failing = [*of_order, *missing], lines
        if missing:
            words = _("Export to %(country)s lacks %(what)s", country=end.name, what="; ".join(missing))
        else:
            words = _("Export to %(country)s: papers can be made", country=end.name)
        return {
            "passed": not missing,
            "words": words,
            "inputs": dict(inputs, missing=missing),
            "line_ids": failing.ids if missing else [],
        }

    def _missing_of_lines(self, lines):
        """(words, lines): what the products do not say."""
        missing, failing = [], lines.browse()
        for line in lines:
            product = line.product_id
            lacks = [
                label
                for label, value in (
                    (_("HS code"), product.hs_code),
                    (_("country of origin"), product.country_of_origin),
                    (_("value"), line.price_unit or product.lst_price),
                )
                if not value
            ]
            if lacks:
                failing |= line
                missing.append(_("%(what)s of %(product)s", what=", ".join(lacks), product=product.name))
        return missing, failing

    def _missing_of_order(self, order):
        """What order and parties do not say."""
        missing = []
        if self.customs_incoterm and not order.incoterm:
            missing.append(_("the incoterm"))
        if self.customs_eori:
            company = order.company_id.partner_id
            if not (company.logistics_eori or company.vat):
                missing.append(_("EORI or VAT number of %(partner)s", partner=company.name))
            consignee = order.partner_shipping_id.commercial_partner_id
            if consignee.is_company and not (consignee.logistics_eori or consignee.vat):
                missing.append(_("EORI or VAT number of %(partner)s", partner=consignee.name))
        return missing
