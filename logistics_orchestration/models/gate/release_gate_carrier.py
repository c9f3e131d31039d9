"""Gate kind ``carrier``: does the shipping method take these goods to this address?"""

from odoo import _, api, fields, models


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    kind = fields.Selection(selection_add=[("carrier", "Carrier takes it")], ondelete={"carrier": "cascade"})
    carrier_needed = fields.Boolean(
        string="Shipping Method Needed", help="An order that ships and has no shipping method fails."
    )

    @api.model
    def _kinds_by_line(self):
        return super()._kinds_by_line() | {"carrier"}

    def _facts_carrier(self, orders):
        """{(carrier id, address id): whether it goes there}, filled when asked."""
        return {}

    def _gate_carrier(self, order, facts):
        """The order's shipping method exists, goes there, and takes weight, size and kind of goods."""
        carrier, lines = order.carrier_id, order._logistics_lines_to_ship()
        if not lines:
            return {"passed": True, "words": _("Nothing to ship"), "inputs": {}}
        if not carrier:
            words = _("No shipping method was chosen")
            return {"passed": not self.carrier_needed, "words": words, "inputs": {}}
        problems, failing = self._goods_problems(carrier, lines)
        partner = order.partner_shipping_id
        key = (carrier.id, partner.id)
        if key not in facts:
            facts[key] = carrier._match_address(partner)
        if not facts[key]:
            where = partner.country_id.name or _("an unknown country")
            place = f"{partner.zip} {where}" if partner.zip else where
            problems.insert(0, _("%(carrier)s does not go to %(place)s", carrier=carrier.name, place=place))
            failing = lines
        if reason := carrier._logistics_unavailable(order):
            problems.insert(0, reason)
            failing = lines
        weight, volume = self._weight(lines), self._volume(lines)
        for total, field, unit in ((weight, "logistics_max_weight", "kg"), (volume, "logistics_max_volume", "m³")):
            if carrier[field] and total > carrier[field]:
                problems.append(
                    _(
                        "%(total)s %(unit)s, %(carrier)s takes %(limit)s %(unit)s",
                        total=f"{total:g}",
                        unit=unit,
                        carrier=carrier.name,
                        limit=f"{carrier[field]:g}",
                    )
                )
                failing = lines
        return {
            "passed": not problems,
            "words": "; ".join(problems) or _("%(carrier)s takes it", carrier=carrier.name),
            "inputs": {
                "carrier_id": carrier.id,
                "carrier": carrier.name,
                "country": partner.country_id.code or "",
                "weight": weight,
                "volume": volume,
                "dangerous": any(line.product_id.logistics_hazmat for line in lines),
            },
            "line_ids": failing.ids if problems else [],
        }

    def _goods_problems(self, carrier, lines):
        """(words, lines) of the goods the method does not take piece by piece."""
        problems, failing = [], lines.browse()
        for line in lines:
            product = line.product_id
            reasons = []
            if product.logistics_hazmat and not carrier.logistics_hazmat:
                reasons.append(_("dangerous goods"))
            if carrier.logistics_max_piece_weight and product.weight > carrier.logistics_max_piece_weight:
                reasons.append(_("a piece weighs %(weight)s kg", weight=f"{product.weight:g}"))
            if carrier.logistics_max_length_cm and product.logistics_length_cm > carrier.logistics_max_length_cm:
                reasons.append(_("a piece is %(length)s cm long", length=f"{product.logistics_length_cm:g}"))
            if reasons:
                failing |= line
                problems.append(
                    _(
                        "%(carrier)s does not take %(product)s: %(why)s",
                        carrier=carrier.name,
                        product=product.name,
                        why=", ".join(reasons),
                    )
                )
        return problems, failing

    @staticmethod
    def _weight(lines):
        """kg of what is still to ship."""
        return round(sum(line.product_id.weight * _pieces(line) for line in lines), 3)

    @staticmethod
    def _volume(lines):
        """m³ of what is still to ship."""
        return round(sum(line.product_id.volume * _pieces(line) for line in lines), 4)


def _pieces(line):
    """What is still to ship of a line, in the product's unit."""
    open_qty = line.product_uom_qty - line.qty_delivered
    return line.product_uom._compute_quantity(open_qty, line.product_id.uom_id, round=False)
