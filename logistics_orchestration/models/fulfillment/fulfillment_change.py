"""A released order is changed or cancelled: the warehouse is asked to let go, and Odoo follows its answer.

Let go: the order or the transfers are cancelled, or asked for anew as they are now. Refused, or picked all the same:
Odoo goes back to what the warehouse works on (quantities, address, carrier), and a person is told.
"""

from odoo import _, fields, models
from odoo.tools import float_compare

from ..release.wire import wire_time
from .fulfillment_states import HELD_BY_WAREHOUSE

# A transfer's fields that a warehouse was told with its request.
TERMS = {"partner_id", "carrier_id", "scheduled_date"}


class Fulfillment(models.Model):
    _inherit = "logistics.fulfillment"

    asked_terms = fields.Json(readonly=True, copy=False, help="Address, carrier and date as they were last asked for.")
    cancel_order = fields.Boolean(
        string="Cancels the Order", readonly=True, copy=False, help="The order is cancelled when the warehouse lets go."
    )
    cancel_transfers = fields.Json(
        readonly=True, copy=False, help="Ids of the transfers that are cancelled when the warehouse lets go."
    )

    # -- what was asked, what is needed now --------------------------------------------------------------------

    def _terms_of(self, moves):
        """Address, carrier and date that go with asking for ``moves``."""
        pickings = moves.picking_id
        return {
            "partner_id": pickings[:1].partner_id.id,
            "carrier_id": pickings.carrier_id[:1].id,
            "ship_at": wire_time(min(moves.mapped("date"), default=False)),
        }

    def _is_outdated(self):
        """Whether something else is needed now than was asked for: goods, address, carrier or date."""
        self.ensure_one()
        moves = self._open_moves()
        if self.state == "partially_done":
            return self._rest_is_outdated(moves)
        now, asked = (
            sorted([line.get("sku"), line.get("product"), line["quantity"], line.get("uom")] for line in lines)
            for lines in (self._asked_lines(moves), self.asked or [])
        )
        return now != asked or bool(self.asked_terms and moves and self._terms_of(moves) != self.asked_terms)

    def _rest_is_outdated(self, moves):
        """Whether what was shipped and what is open come to something else than was asked for."""
        sums = {}
        for line in self.asked or []:
            key = (line.get("sku"), line.get("product"), line.get("uom"))
            sums[key] = sums.get(key, 0.0) - line["quantity"]
        shipped = self.move_ids.filtered(lambda move: move.state == "done")
        for line in self._asked_lines(moves) + [
            dict(line, quantity=move.quantity)
            for move in shipped.sorted("id")
            for line in self._asked_lines(move)
        ]:  # fmt: skip
            key = (line.get("sku"), line.get("product"), line.get("uom"))
            sums[key] = sums.get(key, 0.0) + line["quantity"]
        return any(float_compare(rest, 0.0, precision_digits=6) for rest in sums.values())

    # -- the warehouse lets go ---------------------------------------------------------------------------------

    def _let_go(self):
        """The warehouse has let go (or it never had it): do what the request was taken back for."""
        self.ensure_one()
        if self.cancel_order:
            self.order_id._logistics_cancel_answered()
        elif self.cancel_transfers:
            pickings = self.env["stock.picking"].browse(self.cancel_transfers).exists()
            self.cancel_transfers = False
            pickings.filtered(lambda picking: picking.state not in ("done", "cancel")).action_cancel()
            self._ask_for_rest()
        elif self.ask_again:
            self._ask_for_rest()

    def _asked_to_stop(self):
        """Whether the warehouse has yet to say if it lets go (of what it has not shipped so far)."""
        self.ensure_one()
        pending = self.ask_again or self.cancel_order or self.cancel_transfers
        return self.state == "cancel_requested" or bool(self.state == "partially_done" and pending)

    # -- the warehouse does not let go -------------------------------------------------------------------------

    def _not_let_go(self, to, who):
        """The warehouse was asked to stop, and ships: Odoo follows, and whoever planned otherwise is told.

        :param str to: the state the request is in now
        :param str who: see ``_transition``
        """
        self.ensure_one()
        if to == "partially_done":
            return  # it has yet to say what becomes of the rest
        cancels_order = self.cancel_order
        words = [_("The warehouse was asked to stop, and ships %(request)s all the same.", request=self.name)]
        if to == "accepted":
            words += [self.reason] if self.reason else []
            words += self._restore_asked()
        self.write({"ask_again": False, "cancel_order": False, "cancel_transfers": False})
        if cancels_order:
            words.append(
                _("%(order)s stays confirmed. Have the customer refuse the goods, or take them back with a return.",
                  order=self.order_id.name)
            )  # fmt: skip
            self.order_id._logistics_cancel_refused(self)
        if who in ("warehouse", "person"):
            self._tell_owner(_("%(request)s is shipped all the same", request=self.name), " ".join(words))
            self.order_id.message_post(body=" ".join(words), subtype_xmlid="mail.mt_note")

    def _restore_asked(self):
        """Go back to what the warehouse works on; what is needed beyond it is asked for on its own.

        :returns: what was done, in words
        """
        self.ensure_one()
        words = self._restore_terms()
        asked = {}
        for line in self.asked or []:
            move = self.env["stock.move"].browse(line["line"]).exists()
            if move.sale_line_id:
                asked[move.sale_line_id] = asked.get(move.sale_line_id, 0.0) + move.product_uom._compute_quantity(
                    line["quantity"], move.sale_line_id.product_uom, round=False
                )
        grown = False
        for line, quantity in asked.items():
            there = sum(
                move.product_uom._compute_quantity(
                    move.quantity if move.state == "done" else move.product_uom_qty, line.product_uom, round=False
                )
                for move in self.move_ids
                if move.sale_line_id == line and move.state != "cancel"
            )
            difference = float_compare(quantity, there, precision_rounding=line.product_uom.rounding)
            if difference > 0:
                open_there = line.product_uom_qty - max(line._get_qty_procurement(), 0.0)
                less = max(quantity - there - max(open_there, 0.0), 0.0)
                words.append(
                    _("%(product)s: %(old)g again instead of %(new)g.", product=line.product_id.display_name,
                      old=line.product_uom_qty + less if less else quantity,
                      new=line.product_uom_qty if less else there)
                )  # fmt: skip
                self._restore_line(line, less)
            elif difference < 0:
                self._set_apart(line, there - quantity)
                grown = True
        if grown:
            self.ask_again = False
            self._ask_for_rest()
        return words

    def _restore_line(self, line, missing):
        """Have the warehouse's goods on transfers again.

        :param missing: how much more is ordered again (unit of the line); 0 where only the transfer had been changed
        """
        order = line.order_id
        locked = order.locked
        if locked:
            # the lock guards against users, not against what the warehouse does
            order.with_context(tracking_disable=True).locked = False
        line = line.with_context(logistics_restoring=True)
        if missing:
            line.product_uom_qty += missing
        else:
            line._action_launch_stock_rule()
        if locked:
            order.with_context(tracking_disable=True).locked = True
        others = (order.logistics_fulfillment_ids - self)._covered_moves()
        found = order._logistics_moves().filtered(
            lambda move: move.sale_line_id == line and move.location_dest_id.usage == "customer"
        )
        self.move_ids |= found - others
        self.picking_ids |= (found - others).picking_id

    def _set_apart(self, line, extra):
        """Split off ``extra`` (unit of the order line) that the warehouse was not asked for."""
        for move in self._open_moves().filtered(lambda move: move.sale_line_id == line):
            in_unit = line.product_uom._compute_quantity(extra, move.product_uom, round=False)
            taken = min(in_unit, move.product_uom_qty)
            if float_compare(taken, 0.0, precision_rounding=move.product_uom.rounding) <= 0:
                return
            if float_compare(taken, move.product_uom_qty, precision_rounding=move.product_uom.rounding) == 0:
                self.move_ids -= move
            else:
                apart = move.with_context(logistics_restoring=True)  # the warehouse keeps what it was asked for
                vals = apart._split(move.product_uom._compute_quantity(taken, move.product_id.uom_id, round=False))
                rest = self.env["stock.move"].create(vals)
                rest._action_confirm(merge=False)
                rest._action_assign()
            extra -= move.product_uom._compute_quantity(taken, line.product_uom, round=False)

    def _restore_terms(self):
        """Give the transfers back the address and the carrier the warehouse was told."""
        terms, words = self.asked_terms or {}, []
        pickings = self._open_moves().picking_id
        for field, model in (("partner_id", "res.partner"), ("carrier_id", "delivery.carrier")):
            if field not in terms:
                continue
            told = self.env[model].browse(terms[field] or []).exists()
            for picking in pickings.filtered(lambda picking, field=field, told=told: picking[field] != told):
                words.append(
                    _("%(transfer)s: %(field)s %(old)s again instead of %(new)s.", transfer=picking.name,
                      field=picking._fields[field]._description_string(self.env), old=told.display_name or "-",
                      new=picking[field].display_name or "-")
                )  # fmt: skip
                picking.with_context(logistics_restoring=True)[field] = told
        return words

    # -- who may be at it --------------------------------------------------------------------------------------

    def _at_warehouse(self):
        """Those of these requests a warehouse's system may be working on, where that is enforced."""
        return self.filtered(
            lambda request: request.system_id
            and not request.picked_here
            and request.state in (*HELD_BY_WAREHOUSE, "cancel_requested")
            and request._logistics_enforced("fulfillment")
        )
