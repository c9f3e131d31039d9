"""Transfers: what is done becomes a fact, and what leaves becomes a shipment.

The hook is ``_action_done``, which every way of validating passes (button, barcode, batch, backorder window, a
warehouse's message). Warehouse staff need no logistics role for it.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

LEAVING = ("outgoing", "dropship")


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "logistics.source"]

    logistics_shipment_ids = fields.Many2many("logistics.shipment", string="Shipments", copy=False, readonly=True)
    logistics_shipment_count = fields.Integer(compute="_compute_logistics_shipment_count", compute_sudo=True)

    @api.depends("logistics_shipment_ids")
    def _compute_logistics_shipment_count(self):
        for picking in self:
            picking.logistics_shipment_count = len(picking.logistics_shipment_ids)

    # -- the choke point -----------------------------------------------------------------------------------------

    def _action_done(self):
        todo = self.filtered(lambda p: p.state != "done")
        with self.env["logistics.event"]._business_call():
            result = super()._action_done()
            # exists: merging and cancelling inside may have removed some
            todo.exists().filtered(lambda p: p.state == "done" and p.date_done)._logistics_done()
        return result

    def _logistics_done(self):
        """These transfers were just done: make shipments of what leaves and tell it; internal steps tell nothing."""
        leaving = self.filtered(lambda p: p.picking_type_code in LEAVING)
        if leaving:
            leaving._logistics_create_shipments()
            leaving._logistics_emit("logistics.picking.completed")
        arrived = self.filtered(lambda p: p.picking_type_code == "incoming")
        if arrived:
            arrived._logistics_emit("logistics.receipt.completed")

    def write(self, vals):
        self._logistics_carrier_written(vals)
        result = super().write(vals)
        if vals.get("carrier_tracking_ref"):
            # sudo: a number typed on the transfer counts for its shipment, whoever types it
            self.sudo().logistics_shipment_ids._take_tracking(vals["carrier_tracking_ref"])
            self._logistics_booked_by_hand()
        if "carrier_id" in vals:
            # sudo: what has not left yet follows its transfer
            waiting = self.sudo().logistics_shipment_ids.filtered("can_dispatch")
            waiting.filtered(lambda s: s.carrier_id.id != vals["carrier_id"]).carrier_id = vals["carrier_id"]
        return result

    def _logistics_carrier_told(self):
        if self.state in ("draft", "cancel") or self.picking_type_code != "outgoing":
            return False
        order = self.sudo().sale_id  # sudo: the state of its release, whoever writes
        return not order or order._logistics_may_ship()

    def _logistics_booked_by_hand(self):
        """A number was typed: whoever was asked to book by hand has done so."""
        # sudo: the to-do may be somebody else's
        asked = self.sudo().activity_ids.filtered(lambda a: a.summary == _("Book the carrier by hand"))
        if asked:
            asked.action_feedback(feedback=_("Booked"))

    # -- shipments -----------------------------------------------------------------------------------------------

    def _logistics_needs_shipment(self):
        """Whether goods leave with this transfer; handed over at the shop counter they do not."""
        self.ensure_one()
        if self.picking_type_code not in LEAVING or self.state != "done":
            return False
        if "pos_session_id" in self._fields and self.pos_session_id:
            return False
        return any(line.quantity for line in self.move_line_ids)

    def _logistics_create_shipments(self):
        """One shipment per done outgoing transfer that has none (or only cancelled ones).

        :returns: the new shipments
        """
        pickings = self.sudo()  # sudo: a record of what left; validating needs no logistics role
        vals_list = []
        for picking in pickings:
            live = picking.logistics_shipment_ids.filtered(lambda s: s.milestone != "cancelled")
            if not live and picking._logistics_needs_shipment():
                vals_list.append(picking._prepare_logistics_shipment_vals())
        shipments = pickings.env["logistics.shipment"].with_context(mail_notrack=True).create(vals_list)
        for shipment in shipments:
            shipment._take_tracking(shipment.picking_ids[:1].carrier_tracking_ref)
        return self.env["logistics.shipment"].browse(shipments.ids)

    def _prepare_logistics_shipment_vals(self):
        """Values of the shipment of this transfer, parcels included; override to add."""
        self.ensure_one()
        orders = self.sale_id | self.move_ids.sale_line_id.order_id
        order = self.sale_id or orders[:1]
        packages = self.move_line_ids.filtered(lambda line: line.quantity).result_package_id
        parcels = [{"package_id": package.id, "weight_kg": self._logistics_weight(package)} for package in packages]
        loose = self.move_line_ids.filtered(lambda line: line.quantity and not line.result_package_id)
        if loose or not parcels:
            parcels.append({"weight_kg": self._logistics_weight()})
        return {
            "order_id": order.id,
            "order_ids": [fields.Command.set(orders.ids)],
            "picking_ids": [fields.Command.set(self.ids)],
            "partner_id": (self.partner_id or order.partner_shipping_id).id,
            "warehouse_id": self.picking_type_id.warehouse_id.id,
            "company_id": self.company_id.id,
            "carrier_id": self.carrier_id.id,
            "promised_at": order.commitment_date or self.date_deadline or order.expected_date,
            "user_id": self.user_id.id,
            "parcel_ids": [fields.Command.create(vals) for vals in parcels],
        }

    def _logistics_weight(self, package=None):
        """Weight in kg of a package, or of what is in none: weighed where it was weighed, else that of the products."""
        self.ensure_one()
        lines = self.move_line_ids.filtered(
            lambda line: line.quantity and line.result_package_id == (package or line.browse().result_package_id)
        )
        weight = sum(line.quantity_product_uom * line.product_id.weight for line in lines)
        if package:
            weight = package.shipping_weight or weight + package.package_type_id.base_weight
        unit = self.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
        return unit._compute_quantity(weight, self.env.ref("uom.product_uom_kgm"), round=False)

    def action_logistics_shipments(self):
        """Smart button: the shipments of these transfers."""
        return self.logistics_shipment_ids.action_open()

    def action_logistics_create_shipment(self):
        """Make the shipment of a transfer that has none, e.g. one done before the app was there."""
        if wrong := self.filtered(lambda p: not p._logistics_needs_shipment()):
            raise UserError(
                _("%(name)s is no outgoing transfer that is done: there is nothing to ship yet.", name=wrong[0].name)
            )
        shipments = self._logistics_create_shipments()
        return (shipments or self.logistics_shipment_ids).action_open()

    # -- events --------------------------------------------------------------------------------------------------

    def _logistics_root(self):
        picking = self.sudo()  # sudo: the key is a reference; whoever validates need not see the order
        return (picking.sale_id or picking.purchase_id or picking).with_env(self.env)

    def _logistics_scope(self):
        picking = self.sudo()  # sudo: as above
        return {
            "company": picking.company_id,
            "warehouse": picking.picking_type_id.warehouse_id,
            "partner": picking.sale_id.partner_id or picking.partner_id,
        }

    def _logistics_subject(self):
        return self.name

    def _logistics_data(self, type_name):
        self.ensure_one()
        picking = self.sudo()  # sudo: partners are told the same whoever validates
        data = {
            "transfer": picking.name,
            "order": picking.sale_id.name or "",
            "purchase": picking.purchase_id.name or "",
            "warehouse": picking.picking_type_id.warehouse_id.code or "",
            "lines": [
                {
                    "line": move.id,
                    "sku": move.product_id.default_code or "",
                    "product": move.product_id.display_name,
                    "quantity": move.quantity,
                    "uom": move.product_uom.name,
                }
                for move in picking.move_ids
                if move.state == "done" and move.quantity
            ],
            "done_at": picking.date_done and picking.date_done.isoformat(timespec="seconds") + "Z",
        }
        if type_name == "logistics.picking.completed":
            data["shipment"] = picking.logistics_shipment_ids[:1].name or ""
            data["packages"] = [
                {"reference": parcel.reference, "weight_kg": parcel.weight_kg}
                for parcel in picking.logistics_shipment_ids[:1].parcel_ids
            ]
        elif type_name == "logistics.receipt.completed":
            data["return"] = bool(picking.move_ids.origin_returned_move_id)
            data["supplier"] = picking.purchase_id.partner_id.name or ""
        return data
