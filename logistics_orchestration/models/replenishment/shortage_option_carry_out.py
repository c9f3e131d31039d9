"""What is done when an option is chosen and nobody has to decide any more: exactly once, with what it made kept.

Documents are made with the rights of who carries it out: the chooser's own, or, after a decision, full ones.
"""

from datetime import datetime, time

from odoo import _, fields, models
from odoo.exceptions import UserError


class ShortageOption(models.Model):
    _inherit = "logistics.shortage.option"

    def _carry_out(self):
        """Do what was chosen; a second call does nothing.

        :raises UserError: it cannot be done, or it is not what was chosen any more
        """
        self.ensure_one()
        option = self.sudo()  # sudo: the option's own row; documents are made with self's rights
        option._lock()
        if option.state != "requested" or option.carried_out_at:
            return
        if changed := option._changed(option._fresh()):
            raise UserError(
                _("%(option)s changed since it was chosen (%(facts)s): choose anew.",
                  option=self.words, facts=", ".join(changed))
            )  # fmt: skip
        result, outcome = getattr(self.with_company(self.company_id), f"_carry_out_{self.kind}")()
        option.write(
            {
                "state": "done",
                "carried_out_at": fields.Datetime.now(),
                "decided_by_id": option.decided_by_id.id or self.env.user.id,
                "result_model": result._name if result else False,
                "result_id": result.id if result else False,
                "outcome": outcome,
            }
        )
        option._done_deciding()
        shortage = option.shortage_id
        (shortage.option_ids - option).filtered(lambda other: other.state == "proposed").write(
            {"state": "superseded", "outcome": _("%(option)s was carried out", option=self.words)}
        )
        shortage.write({"chosen_option_id": option.id, "best_option_id": False})
        shortage.message_post(body=_("%(option)s. %(outcome)s", option=self.words, outcome=outcome))
        shortage._refresh()

    def _carry_out_alternate(self):
        """A purchase order with the other vendor, confirmed; the late one's buyer is told to reduce it."""
        shortage, product = self.shortage_id, self.product_id
        late = shortage.risk_ids.filtered(lambda risk: risk.state == "open").purchase_line_id
        unit = product.uom_po_id
        quantity = product.uom_id._compute_quantity(self.quantity, unit)
        seller = product._select_seller(partner_id=self.supplier_id, quantity=quantity, uom_id=unit)
        arrival = datetime.combine(self.arrival_on, time(12))
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier_id.id,
                "company_id": self.company_id.id,
                "currency_id": seller.currency_id.id,
                "picking_type_id": self.warehouse_id.in_type_id.id,
                "origin": shortage.name,
                "date_planned": arrival,
                "order_line": [
                    fields.Command.create(
                        {
                            "product_id": product.id,
                            "product_qty": quantity,
                            "product_uom": unit.id,
                            "price_unit": seller.price,
                            "discount": seller.discount,
                            "date_planned": arrival,
                            "orderpoint_id": shortage.orderpoint_id.id,
                        }
                    )
                ],
            }
        )
        shortage.sudo().purchase_line_ids = [  # sudo: as in _carry_out
            fields.Command.link(line.id) for line in order.order_line
        ]
        order.button_confirm()
        order._logistics_emit(
            "logistics.purchase.alternate_selected",
            {
                "purchase": order.name,
                "supplier": self.supplier_id.display_name,
                "replaces": ", ".join(late.order_id.mapped("name")),
                "shortage": shortage.name,
                "sku": product.default_code or "",
                "quantity": self.quantity,
                "cost": self.cost,
                "currency": self.currency_id.name,
            },
        )
        order._logistics_request(order.order_line)
        for replaced in late.order_id:
            replaced._logistics_activity(
                _("Reduce or cancel: bought elsewhere"),
                _("%(order)s brings %(product)s sooner.", order=order.name, product=product.display_name),
            )
        return order, _("Ordered as %(order)s", order=order.name)

    def _carry_out_expedite(self):
        """The supplier is asked to be faster, on the agreed terms; the date moves when it promises another one."""
        line = self.purchase_line_id
        order = line.order_id
        day = self.arrival_on
        data = {
            **order._logistics_purchase_data(line),
            "shortage": self.shortage_id.name,
            "wanted_at": f"{day.isoformat()}T00:00:00Z",
            "extra_cost": self.cost,
        }
        if order._logistics_enforced("replenishment"):
            order._logistics_emit("logistics.purchase.expedite_requested", data, certainty="requested")
        else:
            order._logistics_observe("replenishment", _("Would have asked the supplier to expedite"), self.cost)
        order.sudo()._logistics_activity(  # sudo: a to-do for the buyer
            _("Expedite until %(day)s", day=day),
            _("Agreed to spend %(cost)s on it. Enter the supplier's new date as a promise.", cost=self.cost),
        )
        return order, _("%(supplier)s is asked to expedite", supplier=order.partner_id.display_name)

    def _carry_out_transfer(self):
        """A transfer between the warehouses, reserved."""
        origin, goal = self.from_warehouse_id, self.warehouse_id
        destination = self.shortage_id._stock_place()
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": origin.int_type_id.id,
                "location_id": origin.lot_stock_id.id,
                "location_dest_id": destination.id,
                "company_id": self.company_id.id,
                "origin": self.shortage_id.name,
                "scheduled_date": datetime.combine(self.arrival_on, time(12)),
                "move_ids": [
                    fields.Command.create(
                        {
                            "name": self.product_id.display_name,
                            "product_id": self.product_id.id,
                            "product_uom_qty": self.quantity,
                            "product_uom": self.product_id.uom_id.id,
                            "location_id": origin.lot_stock_id.id,
                            "location_dest_id": destination.id,
                            "company_id": self.company_id.id,
                            "date": datetime.combine(self.arrival_on, time(12)),
                            "orderpoint_id": self.shortage_id.orderpoint_id.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        return picking, _("Moved by %(picking)s to %(warehouse)s", picking=picking.name, warehouse=goal.name)

    def _carry_out_substitute(self):
        """Those who sell are asked to offer it: what a customer gets is the customer's word."""
        orders = self.shortage_id.demand_ids.sale_order_id
        for order in orders:
            order._logistics_activity(
                _("Offer %(product)s instead", product=self.substitute_id.display_name),
                _("%(product)s is short: %(reason)s", product=self.product_id.display_name, reason=self.reason),
            )
        if not orders:
            self._logistics_activity(_("Offer %(product)s instead", product=self.substitute_id.display_name))
        return self.env["sale.order"], _("Asked for %(count)s order(s)", count=len(orders))

    def _carry_out_replan(self):
        """Orders that wait get a delivery date they can keep; a manufacturing order's planner is told."""
        day = datetime.combine(self.arrival_on, time(12))
        # sudo: who plans inbound moves the date customers are told, without rights on sales
        orders = self.shortage_id.sudo().demand_ids.sale_order_id
        for order in orders.filtered(lambda order: order.state == "sale"):
            if not order.commitment_date or order.commitment_date < day:
                order.commitment_date = day
            order.message_post(
                body=_("Delivery is planned for %(day)s: %(product)s is short (%(shortage)s).",
                       day=self.arrival_on, product=self.product_id.display_name, shortage=self.shortage_id.name)
            )  # fmt: skip
        for line in self.shortage_id.demand_ids.filtered(lambda line: line.kind == "production"):
            self._logistics_activity(
                _("Re-plan %(order)s", order=line.document),
                _("%(product)s comes on %(day)s.", product=self.product_id.display_name, day=self.arrival_on),
            )
        return self.env["sale.order"], _("%(count)s order(s) get %(day)s", count=len(orders), day=self.arrival_on)
