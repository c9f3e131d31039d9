"""Transfers: holds of their own, requests they belong to, and what follows when they are done."""

from contextlib import nullcontext

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from .fulfillment_change import TERMS

# How a transfer's form writes its goods.
GOODS = {"move_ids", "move_ids_without_package"}


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "logistics.source"]

    logistics_hold_ids = fields.One2many("logistics.hold", "picking_id", string="Holds", readonly=True)
    logistics_held = fields.Boolean(
        readonly=True, copy=False, help="This transfer itself is on hold, whatever its order is."
    )
    logistics_hold_words = fields.Text(compute="_compute_logistics_hold_words", compute_sudo=True, string="On Hold")
    logistics_fulfillment_ids = fields.Many2many(
        "logistics.fulfillment",
        "logistics_fulfillment_picking_rel",
        string="Fulfilment Requests",
        readonly=True,
        copy=False,
    )
    logistics_fulfillment_count = fields.Integer(compute="_compute_logistics_fulfillment_count", compute_sudo=True)

    @api.depends("logistics_held", "move_ids.state", "logistics_hold_ids.state")
    def _compute_logistics_hold_words(self):
        for picking in self:
            words = ""
            if picking.state not in ("done", "cancel"):
                held = picking.move_ids._logistics_holds("block_work")
                holds = self.env["logistics.hold"].union(*held.values()) if held else []
                words = "\n".join(
                    _("%(hold)s: %(reason)s", hold=hold.display_name, reason=hold.reason) for hold in holds
                )
            picking.logistics_hold_words = words

    @api.depends("logistics_fulfillment_ids")
    def _compute_logistics_fulfillment_count(self):
        for picking in self:
            picking.logistics_fulfillment_count = len(picking.logistics_fulfillment_ids)

    # -- the choke point ---------------------------------------------------------------------------------------

    def _action_done(self):
        with self.env["logistics.event"]._business_call():
            self._logistics_check_kits()
            short = self._logistics_shortfalls()
            result = super()._action_done()
            # sudo: requests and notes to the worker are ours, whoever validates
            done = self.sudo().exists().filtered(lambda picking: picking.state == "done")
            done._logistics_date(self.env.context.get("logistics_done_at"))
            done._logistics_settle(short)
        return result

    def _logistics_date(self, done_at):
        """Date transfers that are done, and their moves, to when the warehouse says it was.

        Stock as of a moment, balances and on-time figures go by these dates; what is valued goes by its own.
        """
        if done_at and self:
            self.date_done = done_at
            moves = self.move_ids.filtered(lambda move: move.state == "done")
            moves.date = done_at
            moves.move_line_ids.date = done_at

    def action_cancel(self):
        """Transfers a warehouse works on are cancelled when it has let go of them."""
        with self.env["logistics.event"]._business_call():
            waiting = self.sudo()._logistics_cancel_later()  # sudo: requests are ours, whoever cancels
            result = super(StockPicking, self - waiting.with_env(self.env)).action_cancel()
        return result

    def _logistics_cancel_later(self):
        """Take back what warehouses were asked of these transfers; returns those that wait for an answer."""
        waiting = self.browse()
        for picking in self.filtered(lambda picking: picking.state not in ("done", "cancel")):
            moves = picking.move_ids | picking.move_ids.browse(picking.move_ids._rollup_move_dests())
            asked = self.env["logistics.fulfillment"]._open_for_moves(moves)._at_warehouse()
            if not asked:
                continue
            for request in asked:
                also = {"cancel_transfers": sorted({*(request.cancel_transfers or []), picking.id})}
                request._withdraw(_("The transfer was cancelled"), **({} if request.cancel_order else also))
            if any(request._asked_to_stop() for request in asked):
                waiting |= picking
                picking.message_post(
                    body=_("The warehouse was asked to stop. The transfer is cancelled as soon as it lets go."),
                    subtype_xmlid="mail.mt_note",
                )
        return waiting

    def unlink(self):
        self._logistics_check_unlink()  # deleting begins with cancelling the moves, so this comes before
        return super().unlink()

    def _logistics_check_unlink(self):
        """Refuse to delete what a warehouse works on.

        :raises UserError: naming the request and the way out
        """
        asked = self.sudo().logistics_fulfillment_ids._at_warehouse()[:1]  # sudo: as in action_cancel
        if asked:
            raise UserError(
                _(
                    "%(transfer)s: %(system)s works on it (%(request)s). Cancel it: the warehouse is asked first.",
                    transfer=(asked.picking_ids & self)[:1].name,
                    system=asked.system_id.name,
                    request=asked.name,
                )
            )

    def write(self, vals):
        goods = GOODS & set(vals) and not self.move_ids._logistics_told_by_caller()
        with self.env["logistics.event"]._business_call() if goods else nullcontext():
            result = super().write(vals)
            if goods:
                self.move_ids._logistics_tell_warehouse()  # once for all lines of the form
        if TERMS & set(vals) and not self.env.context.get("logistics_restoring"):
            requests = self.sudo().logistics_fulfillment_ids._at_warehouse()  # sudo: as in action_cancel
            for order in requests.order_id:
                order._logistics_renew_requests()
        return result

    def _logistics_shortfalls(self):
        """{transfer id: lines} of deliveries about to be validated with less than was asked."""
        short = {}
        held = self.move_ids._logistics_holds("block_work")
        for move in self.move_ids:
            if move.id in held:
                continue  # left out on purpose
            if move.location_dest_id.usage != "customer" or move.state in ("done", "cancel"):
                continue
            picked = move.quantity if move.picked else 0.0
            if float_compare(picked, move.product_uom_qty, precision_rounding=move.product_uom.rounding) < 0:
                short.setdefault(move.picking_id.id, []).append(
                    {
                        "line": move.id,
                        "sku": move.product_id.default_code or "",
                        "ordered": move.product_uom_qty,
                        "picked": picked,
                    }
                )
        return short

    def _logistics_settle(self, short):
        """Requests these transfers were for, shortages to tell, held orders that waited for what came in."""
        for picking in self:
            if short.get(picking.id):
                picking._logistics_emit("logistics.picking.short", picking._logistics_short_data(short[picking.id]))
        self.env["logistics.fulfillment"]._open_for_moves(self.move_ids)._after_transfers(self)
        arrived = self.filtered(lambda picking: picking.picking_type_code == "incoming")
        Recheck = self.env["logistics.release.recheck"]
        for company in arrived.company_id:
            received = arrived.filtered(lambda picking, company=company: picking.company_id == company)
            products = received.move_ids.filtered(lambda move: move.state == "done").product_id._logistics_with_kits()
            if products and Recheck._is_worth_it([("order_line.product_id", "in", products.ids)], company):
                Recheck._enqueue("receipt", company, product_ids=products.ids)

    def _logistics_short_data(self, lines):
        return {
            "transfer": self.name,
            "order": self.sale_id.name or "",
            "warehouse": self.picking_type_id.warehouse_id.code or "",
            "fulfillment": self.logistics_fulfillment_ids[:1].name or "",
            "lines": lines,
        }

    # -- holds -------------------------------------------------------------------------------------------------

    def _logistics_place_hold(self, hold_type, reason):
        """Place a hold of ``hold_type`` on each transfer; one that stands already for the same reason is kept.

        :returns: the holds
        """
        return self.env["logistics.hold"]._place(self, hold_type, reason)

    def action_logistics_place_hold(self):
        """Button: form of a new hold on this transfer."""
        self.ensure_one()
        return self.env["logistics.hold"]._new_form(self)

    def action_logistics_holds(self):
        """Smart button: holds of this transfer and its order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_hold")
        order = self.sudo().sale_id  # sudo: its holds are shown with their own rights
        domain = ["|", ("picking_id", "=", self.id), ("order_id", "in", order.ids)]
        return dict(action, domain=domain, context={"search_default_active": 1})

    def action_logistics_fulfillments(self):
        """Smart button: the requests to warehouses this transfer belongs to."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_fulfillment")
        return dict(action, domain=[("id", "in", self.logistics_fulfillment_ids.ids)], context={})
