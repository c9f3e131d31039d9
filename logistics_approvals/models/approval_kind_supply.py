"""Emergency procurement (confirm a purchase order now) and inventory override (apply a counted quantity)."""

from odoo import SUPERUSER_ID, _, api, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    # -- emergency procurement --------------------------------------------------------------------------------

    def _missing_emergency_procurement(self, purchase):
        if purchase.state not in ("draft", "sent", "to approve"):
            return _("%(purchase)s is confirmed or cancelled already.", purchase=purchase.name)
        if not purchase.order_line.filtered(lambda line: not line.display_type):
            return _("%(purchase)s has no lines: add what has to be bought first.", purchase=purchase.name)
        return ""

    def _amount_emergency_procurement(self, purchase):
        return purchase.amount_total, purchase.currency_id

    def _summary_emergency_procurement(self, purchase):
        return _("Buy now from %(supplier)s: %(purchase)s", supplier=purchase.partner_id.name, purchase=purchase.name)

    def _changes_emergency_procurement(self, purchase):
        labels = dict(purchase._fields["state"]._description_selection(self.env))
        yield _("Purchase order"), labels[purchase.state], labels["purchase"]
        yield _("Supplier"), "", purchase.partner_id.display_name
        for line in purchase.order_line.filtered(lambda line: not line.display_type):
            price = formatLang(self.env, line.price_subtotal, currency_obj=purchase.currency_id)
            yield (
                line.product_id.display_name or line.name,
                "",
                f"{line.product_qty:g} {line.product_uom.name}, {price}",
            )

    def _snapshot_emergency_procurement(self, purchase):
        return {
            "state": "open" if purchase.state in ("draft", "sent", "to approve") else purchase.state,
            "partner_id": purchase.partner_id.id,
            "order_value": purchase.amount_total,
            "bought": {
                str(line.id): [line.product_id.id, line.product_qty, line.price_unit]
                for line in purchase.order_line
                if not line.display_type
            },
        }

    def _execute_emergency_procurement(self):
        purchase = self._subject()
        if purchase.state in ("draft", "sent"):
            purchase.button_confirm()
        if purchase.state == "to approve":
            purchase.button_approve()  # see purchase.order._approval_allowed: the decision counts as the manager's
        if purchase.state not in ("purchase", "done"):
            raise UserError(
                _("%(purchase)s is still not confirmed: it waits for a purchase manager.", purchase=purchase.name)
            )
        self._tell_document(purchase, _("Emergency procurement confirmed"))

    # -- inventory override -----------------------------------------------------------------------------------

    def _missing_inventory_override(self, quant):
        if not quant.inventory_quantity_set:
            return _("%(quant)s: enter the counted quantity first, then ask to apply it.", quant=quant.display_name)
        return ""

    def _amount_inventory_override(self, quant):
        company = quant.company_id or self.company_id
        cost = quant.product_id.with_company(company).standard_price
        return company.currency_id.round(abs(quant.inventory_diff_quantity) * cost), company.currency_id

    def _summary_inventory_override(self, quant):
        return _(
            "Set the stock of %(product)s in %(location)s: %(before)g → %(after)g",
            product=quant.product_id.display_name,
            location=quant.location_id.display_name,
            before=quant.quantity,
            after=quant.inventory_quantity,
        )

    def _changes_inventory_override(self, quant):
        unit = quant.product_uom_id.name
        yield _("On hand"), f"{quant.quantity:g} {unit}", f"{quant.inventory_quantity:g} {unit}"
        yield _("Reserved"), f"{quant.reserved_quantity:g} {unit}", ""

    def _snapshot_inventory_override(self, quant):
        return {
            "product_id": quant.product_id.id,
            "location_id": quant.location_id.id,
            "lot_id": quant.lot_id.id,
            "on_hand": quant.quantity,
            "counted": quant.inventory_quantity if quant.inventory_quantity_set else None,
            "reserved": quant.reserved_quantity,
        }

    def _execute_inventory_override(self):
        quant = self._subject()
        if self.env.su:
            # Odoo asks for a stock manager even of the superuser's mode; the decision stands in for one
            quant = quant.with_user(SUPERUSER_ID)
        name = _("%(request)s: %(reason)s", request=self.name, reason=self.reason)
        answer = quant.with_context(inventory_name=name).action_apply_inventory()
        if answer:
            raise UserError(
                _(
                    "%(quant)s cannot be applied as it is: its lot is missing or it was moved since it was counted. "
                    "Count it again and ask anew.",
                    quant=quant.display_name,
                )
            )

    @api.model
    def _snapshot_words(self):
        return {
            **super()._snapshot_words(),
            "bought": (_("Line"), "{purchase.order.line:text}"),
            "product_id": (_("Product"), "product.product"),
            "location_id": (_("Location"), "stock.location"),
            "lot_id": (_("Lot"), "stock.lot"),
            "on_hand": (_("On hand"), "float"),
            "counted": (_("Counted"), "float"),
            "reserved": (_("Reserved"), "float"),
        }
