"""What the warehouse picked becomes done transfers: earlier steps of the chain first, packages, lots, backorder.

The warehouse owns what left its door. What cannot be right (more than ordered, an unknown line, a held order) goes to
quarantine for a person; nothing of the message is applied then.
"""

from datetime import timedelta

from odoo import _, fields, models
from odoo.tools import float_compare

from ...relay.envelope import EnvelopeError, parse_time
from ..inbox.inbox_errors import Late, Quarantine
from .fulfillment import OPEN_MOVES
from .pick_parts import PickError, pack, parse_lines, parse_weight

# A warehouse's clock may be ahead of ours by so much.
CLOCK_SKEW = timedelta(minutes=5)


class Fulfillment(models.Model):
    _inherit = "logistics.fulfillment"

    found_short = fields.Boolean(
        string="Nothing Found",
        readonly=True,
        copy=False,
        help="Rejected because the warehouse could pick nothing. If it finds the goods later, that counts.",
    )

    def _apply_pick(self, lines, packages=None, key="quantity", done_at=None):
        """Validate the transfers with what was picked.

        :param list lines: the message's lines
        :param list packages: the message's packages
        :param str key: where a line's quantity stands
        :param done_at: naive UTC time of it, as the warehouse says; see ``_done_at``
        :returns: True when something was picked at all
        :raises Quarantine: it does not add up with what was asked, or the order is held
        :raises Late: everything was done already
        """
        self.ensure_one()
        try:
            picked = parse_lines(lines, key)
            parts = pack(picked, packages)
            weights = [parse_weight(package) for package in packages or []]
        except PickError as error:
            raise Quarantine(_("%(request)s: %(why)s.", request=self.name, why=error), self) from error
        wanted = self._match_or_restore(parts)
        if not wanted:
            return False
        held = self.env["stock.move"].union(*wanted)._logistics_holds("block_work")
        if held:
            raise Quarantine(self.move_ids._logistics_words_of_hold(held), self)
        with self.env["logistics.event"]._business_call():
            boxes = [self._box(package, weight) for package, weight in zip(packages or [], weights, strict=True)]
            context = {"logistics_by_warehouse": self.id, "logistics_done_at": done_at}
            self.with_context(**context)._do_moves(wanted, boxes)
        return True

    def _done_at(self, said):
        """When the warehouse says it was done, where that can be: not before it was asked, and not in the future.

        What cannot be is noted on the request, and the time of the message's processing counts.

        :param said: ISO 8601, or nothing
        :returns: naive UTC time, or None
        """
        self.ensure_one()
        if not said:
            return None
        now = fields.Datetime.now()
        try:
            moment = parse_time(said).replace(microsecond=0)
        except EnvelopeError:
            moment = None
        asked_at = self.requested_at or self.create_date
        if moment and asked_at - CLOCK_SKEW <= moment <= now + CLOCK_SKEW:
            return min(max(moment, asked_at), now)
        self.message_post(
            body=_("The warehouse says it was done at %(said)s, which cannot be: now is taken.", said=str(said)[:50]),
            subtype_xmlid="mail.mt_note",
        )
        return None

    # -- the rest of a short pick ------------------------------------------------------------------------------

    def _names_all(self, rows):
        """Whether the lines of a message name everything that is still open.

        :param list rows: objects with ``line`` or ``sku``
        """
        lines = {int(row["line"]) for row in rows if row.get("line") not in (None, "")}
        skus = {str(row.get("sku") or "") for row in rows if row.get("line") in (None, "")} - {""}
        named = self.move_ids.filtered(lambda move: move.id in lines)
        family = {(move.product_id, move.sale_line_id) for move in named}
        return all(
            (move.product_id, move.sale_line_id) in family
            or {move.product_id.default_code, move.product_id.barcode} & skus
            for move in self._open_moves()
        )

    def _may_find_rest(self):
        """Whether a warehouse that found nothing may still deliver: nobody else was asked for it meanwhile."""
        moves = self._open_moves()
        others = (self._open_for_moves(moves) - self).filtered(lambda request: request.state != "rejected")
        return self.state == "rejected" and self.found_short and bool(moves) and not others

    def _match_or_restore(self, parts):
        """``_match``; where the warehouse was asked to stop and picked what was asked for before, that is what counts.

        :raises Quarantine: as ``_match``
        """
        try:
            self._check_workable()
            return self._match(parts)
        except Quarantine:
            if not self._asked_to_stop() or not self._restore_asked():
                raise
        self._check_workable()
        return self._match(parts)

    def _check_workable(self):
        """Whether there is anything left the warehouse can have picked."""
        if self._open_moves():
            return
        if any(move.state == "done" for move in self.move_ids):
            words = _("done by hand") if self.manual else _("done")
            raise Late(_("%(request)s was %(done)s already.", request=self.name, done=words), self)
        raise Quarantine(
            _(
                "%(request)s: the goods were picked, but their transfers are cancelled. Take them back to stock,"
                " or ship them with a new transfer, then discard this message.",
                request=self.name,
            ),
            self,
        )

    # -- matching ----------------------------------------------------------------------------------------------

    def _match(self, parts):
        """{move: [(quantity in the product's unit, lot, package index)]} for what was picked.

        :raises Quarantine: unknown line, or more than is open
        """
        left = {move: move.product_uom_qty for move in self._open_moves().sorted("id")}
        wanted = {}
        for part in parts:
            quantity = part.quantity
            for move in self._candidates(part):
                rounding = move.product_uom.rounding
                taken = min(quantity, left[move])
                if float_compare(taken, 0.0, precision_rounding=rounding) <= 0:
                    continue
                left[move] -= taken
                quantity -= taken
                in_unit = move.product_uom._compute_quantity(taken, move.product_id.uom_id, round=False)
                wanted.setdefault(move, []).append((in_unit, part.lot, part.package))
            if float_compare(quantity, 0.0, precision_digits=6) > 0:
                raise Quarantine(
                    _(
                        "%(request)s: %(extra)g more of %(sku)s than is open on it. Correct the order or the count,"
                        " then replay.",
                        request=self.name,
                        extra=quantity,
                        sku=part.sku or part.line,
                    ),
                    self,
                )
        return wanted

    def _candidates(self, part):
        """Open moves a part can be of: the one it names, then those split off it; by article when it names none."""
        open_moves = self._open_moves().sorted("id")
        if part.line:
            named = self.move_ids.filtered(lambda move: move.id == part.line)
            if not named or (part.sku and named.product_id.default_code and part.sku != named.product_id.default_code):
                raise Quarantine(
                    _(
                        "%(request)s has no line %(line)s with article %(sku)s.",
                        request=self.name,
                        line=part.line,
                        sku=part.sku or "-",
                    ),
                    self,
                )
            family = open_moves.filtered(
                lambda move: move.product_id == named.product_id and move.sale_line_id == named.sale_line_id
            )
            return (named & open_moves) | family
        found = open_moves.filtered(lambda move: part.sku in (move.product_id.default_code, move.product_id.barcode))
        if not found:
            raise Quarantine(
                _("%(request)s has no open line with article %(sku)s.", request=self.name, sku=part.sku), self
            )
        return found

    # -- doing -------------------------------------------------------------------------------------------------

    def _do_moves(self, wanted, boxes=()):
        """Set what was picked and validate, the steps before these moves first."""
        earlier = self._earlier(wanted)
        if earlier:
            self._do_moves(earlier)
        moves = self.env["stock.move"].union(*wanted)
        for picking in moves.picking_id:
            others = picking.move_ids.filtered(lambda move: move.state in OPEN_MOVES) - moves
            others.filtered("picked").picked = False  # started by somebody, not what was picked
        for move, parts in wanted.items():
            self._set_picked(
                move, [(quantity, lot, boxes[box] if boxes and box >= 0 else None) for quantity, lot, box in parts]
            )
        for picking in moves.picking_id:
            no_backorder = picking.picking_type_id.create_backorder == "never"
            picking.with_context(cancel_backorder=no_backorder)._action_done()

    def _earlier(self, wanted):
        """What the steps before these moves still have to bring, in the form of ``wanted``."""
        earlier = {}
        for move, parts in wanted.items():
            origins = move.move_orig_ids.filtered(lambda origin: origin.state in OPEN_MOVES)
            if not origins:
                continue
            here = sum(move.move_line_ids.mapped("quantity_product_uom"))
            missing = sum(quantity for quantity, _lot, _box in parts) - here
            left = {
                origin: origin.product_qty - sum(quantity for quantity, _lot, _box in earlier.get(origin, []))
                for origin in origins
            }
            for quantity, lot, _box in parts:
                for origin in origins:
                    taken = min(quantity, left[origin], missing)
                    if float_compare(taken, 0.0, precision_rounding=move.product_id.uom_id.rounding) <= 0:
                        continue
                    left[origin] -= taken
                    missing -= taken
                    quantity -= taken
                    earlier.setdefault(origin, []).append((taken, lot, -1))
        return earlier

    def _set_picked(self, move, parts):
        """Replace the move's reservation by what was really taken: from where, which lot, into which package."""
        pool = [
            [
                line.quantity_product_uom,
                line.location_id,
                line.lot_id,
                line.package_id,
                line.owner_id,
                line.result_package_id,
            ]
            for line in move.move_line_ids
        ]
        move.move_line_ids.unlink()
        vals_list = []
        for quantity, lot_name, box in parts:
            lot = self._lot(move, lot_name) if lot_name else None
            for source in pool + self._in_stock(move, lot):
                free, location, source_lot, package, owner, result_package = source
                taken = min(free, quantity)
                if taken <= 0 or (lot and source_lot != lot):
                    continue
                source[0] -= taken
                quantity -= taken
                target = box or result_package
                vals_list.append(self._line_vals(move, taken, location, source_lot, package, owner, target))
            if float_compare(quantity, 0.0, precision_rounding=move.product_id.uom_id.rounding) > 0:
                if move.product_id.tracking != "none" and not lot:
                    raise Quarantine(
                        _(
                            "%(request)s: %(product)s is tracked, and the message does not say which lot was picked.",
                            request=self.name,
                            product=move.product_id.display_name,
                        ),
                        self,
                    )
                # the warehouse had it in its hands: Odoo's count is what is wrong, and shows so below zero
                vals_list.append(self._line_vals(move, quantity, move.location_id, lot, None, None, box))
        self.env["stock.move.line"].create(vals_list)

    def _in_stock(self, move, lot):
        """Unreserved stock under the move's location, as sources for ``_set_picked``."""
        quants = self.env["stock.quant"]._gather(move.product_id, move.location_id, lot_id=lot, strict=False)
        return [
            [q.quantity - q.reserved_quantity, q.location_id, q.lot_id, q.package_id, q.owner_id, q.package_id.browse()]
            for q in quants
            if q.quantity > q.reserved_quantity
        ]

    def _line_vals(self, move, quantity, location, lot, package, owner, target):
        return {
            "move_id": move.id,
            "picking_id": move.picking_id.id,
            "product_id": move.product_id.id,
            "product_uom_id": move.product_id.uom_id.id,
            "quantity": quantity,
            "location_id": location.id,
            "location_dest_id": move.location_dest_id.id,
            "lot_id": lot.id if lot else False,
            "package_id": package.id if package else False,
            "owner_id": owner.id if owner else False,
            "result_package_id": target.id if target else False,
            "picked": True,
        }

    def _lot(self, move, name):
        """The lot called ``name``, made where the transfer's type may make lots."""
        product = move.product_id
        if product.tracking == "none":
            return None
        Lot = self.env["stock.lot"]
        lot = Lot.search(
            [("name", "=", name), ("product_id", "=", product.id), ("company_id", "in", [move.company_id.id, False])],
            limit=1,
        )
        if lot:
            return lot
        if not move.picking_type_id.use_create_lots:
            raise Quarantine(
                _(
                    "%(request)s: lot %(lot)s of %(product)s is unknown.",
                    request=self.name,
                    lot=name,
                    product=product.display_name,
                ),
                self,
            )
        return Lot.create({"name": name, "product_id": product.id, "company_id": move.company_id.id})

    def _box(self, package, weight):
        """A package of the warehouse as ours; weight in kg becomes the database's unit."""
        kilogram = self.env.ref("uom.product_uom_kgm")
        unit = self.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
        vals = {"shipping_weight": kilogram._compute_quantity(weight, unit, round=False) if weight else 0.0}
        if package.get("reference"):
            vals["name"] = str(package["reference"])
        for field in ("length_cm", "width_cm", "height_cm"):
            value = package.get(field)
            if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
                vals[f"logistics_{field}"] = value
        return self.env["stock.quant.package"].create(vals)
