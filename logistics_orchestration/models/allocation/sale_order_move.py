"""What follows from a look at the warehouses: in force, asked for, waiting; and the transfers that follow it.

Moving an order takes back what another warehouse was asked for, cancels its open transfers and lets Odoo procure anew,
in one transaction. How much is procured anew is what Odoo itself finds missing, so nothing is lost and nothing doubled.
"""

from odoo import _, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ..fulfillment.fulfillment import OPEN_MOVES
from ..fulfillment.fulfillment_states import OPEN


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # -- deciding ----------------------------------------------------------------------------------------------

    def _logistics_note_choice(self, vals, kept, chosen, last):
        """Only observed: keep the comparison, and note it where it would change something."""
        vals["state"] = "observed"
        if last.fingerprint == vals["fingerprint"] and last.state == "observed":
            return last
        self.logistics_allocation_ids.filtered(lambda a: a.state == "observed")._supersede()
        allocation = self.env["logistics.allocation"].create(vals)
        if chosen:
            allocation.chosen_id = allocation.candidate_ids.sorted("rank")[kept.index(chosen)]
        elsewhere = chosen and set(chosen.sites) != set(self.warehouse_id.ids)
        if self.state == "sale" and (elsewhere or not chosen):
            how = allocation.chosen_id._in_words() if chosen else allocation.words
            self._logistics_observe(
                "allocation",
                _("Would have looked elsewhere for %(order)s: %(how)s", order=self.name, how=how),
                self.amount_total / (self.currency_rate or 1.0),
            )
        return allocation

    def _logistics_apply_choice(self, vals, verdict, index, scope):
        """Do what the verdict of a look says; returns the allocation."""
        open_looks = self.logistics_allocation_ids.filtered(lambda a: a.state not in ("in_force", "superseded"))
        settled = self._logistics_settled_holds(open_looks, vals["state"])
        open_looks._supersede()
        allocation = self.env["logistics.allocation"].create(vals)
        candidate = allocation.candidate_ids.sorted("rank")[index] if index is not None else None
        lines = self.env["sale.order.line"].browse([need.line for need in scope["needs"]])
        if allocation.state == "in_force":
            self._logistics_in_force(candidate, "rule")
        elif allocation.state == "proposed":
            words = _("%(why)s: %(how)s", why=allocation.words, how=candidate._in_words())
            self._logistics_ask_warehouses(candidate, words)
        elif allocation.state == "exhausted":
            self._logistics_no_warehouse(lines, allocation)
        if settled:
            settled.with_context(logistics_allocating=True)._release(allocation.words, auto=True, evaluate=False)
        return allocation

    def _logistics_settled_holds(self, looks, state):
        """Holds that earlier ``looks`` asked for and that have nothing to wait for when the new look is ``state``."""
        codes = set()
        if looks.asked_id and state != "proposed":
            codes.add("split_warehouses")
        if state != "exhausted" and looks.filtered(lambda look: look.state == "exhausted"):
            codes.add("no_warehouse")
        return self._logistics_choice_holds().filtered(lambda hold: hold.type_id.code in codes)

    def _logistics_in_force(self, candidate, who):
        """Ship the order as ``candidate`` says from now on."""
        allocation = candidate.allocation_id
        (self.logistics_allocation_ids - allocation)._supersede()
        vals = {
            "chosen_id": candidate.id,
            "chosen_by": who,
            "decided_by_id": self.env.uid,
            "decided_at": fields.Datetime.now(),
        }
        if who == "rule":
            allocation.write(vals)
        else:
            allocation._move_to("in_force", who, **vals)
        self.logistics_allocation_id = allocation
        self._logistics_follow(candidate, allocation)

    def _logistics_decide_allocation(self, candidate):
        """A person (on the list, a hold or an approval) chose ``candidate``."""
        self._logistics_in_force(candidate, "person")
        self.message_post(
            body=_("%(user)s: ship %(how)s", user=self.env.user.name, how=candidate._in_words()),
            subtype_xmlid="mail.mt_note",
        )
        candidate.allocation_id.refused = {}
        holds = self._logistics_choice_holds()
        if holds:
            holds._release(_("Shipped %(how)s", how=candidate._in_words()), auto=True)

    def _logistics_choice_holds(self):
        """Active holds that wait for a choice of warehouses."""
        return self.logistics_hold_ids.filtered(
            lambda hold: hold.state == "active" and hold.type_id.code in ("split_warehouses", "no_warehouse")
        )

    # -- asking ------------------------------------------------------------------------------------------------

    def _logistics_ask_warehouses(self, candidate, words):
        """The order can only go out in more shipments than agreed: hold it until somebody has decided.

        A manager lifts the hold, or an approval of kind ``split_shipment`` does where approvals are on.

        :param candidate: the logistics.allocation.candidate to carry out when it is agreed to
        :param str words: what people read
        """
        self.ensure_one()
        candidate.allocation_id.asked_id = candidate
        hold_type = self._logistics_hold_type("split_warehouses")
        standing = self._logistics_choice_holds().filtered(lambda hold: hold.type_id == hold_type)
        if standing:
            standing[0].reason = words
        elif hold_type:
            self._logistics_place_hold(hold_type, words)
        if not hold_type or self._logistics_enforced("approvals"):
            self._logistics_request_approval("split_shipment", words)
        self._logistics_tell_account_manager(_("Split shipment to decide"), words)

    def _logistics_split_asked(self):
        """The candidate that waits for somebody's agreement; empty when none does."""
        self.ensure_one()
        return self._logistics_last_allocation().asked_id

    def _logistics_split_agreed(self):
        """Somebody agreed to ship in more parts: do so. The hold is lifted by whoever calls."""
        for order in self:
            order.logistics_split_approved = True
            candidate = order._logistics_split_asked()
            if candidate and candidate.allocation_id.state != "superseded" and not candidate.is_chosen:
                order._logistics_in_force(candidate, "person")

    def _logistics_no_warehouse(self, lines, allocation):
        """Nobody will ship it: hold what is concerned and have a planner look."""
        refusals = ", ".join(
            _(
                "%(warehouse)s: %(why)s",
                warehouse=self.env["stock.warehouse"].browse(key).code,
                why=(why or "").rstrip("."),
            )
            for key, why in allocation._refused_sites().items()
        )
        words = _("No warehouse is left (%(refusals)s)", refusals=refusals)
        hold_type = self._logistics_hold_type("no_warehouse")
        hold = hold_type and self._logistics_place_hold(hold_type, words)
        if hold and lines != self.order_line.filtered(lambda line: not line.display_type):
            hold.line_ids = lines
        self._logistics_activity(_("Find a warehouse for %(order)s", order=self.name), words)
        self._logistics_tell_account_manager(_("No warehouse ships it"), words)

    def _logistics_hold_type(self, code):
        """The hold type with ``code`` of the order's company, or the one for all companies."""
        return self.env["logistics.hold.type"].search(
            [("code", "=", code), ("company_id", "in", [self.company_id.id, False])], order="company_id", limit=1
        )

    def _logistics_tell_account_manager(self, summary, words):
        """A to-do for the salesperson of a customer the policy calls important."""
        policy = self.env["logistics.allocation.policy"]._for_order(self)
        if policy and self.user_id and policy._is_priority(self.partner_id):
            self._logistics_activity(
                _("%(customer)s: %(what)s", customer=self.partner_id.name, what=summary), words, user=self.user_id
            )

    # -- carrying out ------------------------------------------------------------------------------------------

    def _logistics_follow(self, candidate, allocation, keep=None):
        """Make open transfers follow ``candidate``; what was not procured yet will follow it by itself.

        :param keep: a logistics.fulfillment that goes on with the new moves of its warehouse, without being asked anew
        :raises UserError: what would have to be moved is being picked
        """
        self.ensure_one()
        doomed = self._logistics_misplaced(candidate._shares_by_line())
        if not doomed:
            return
        started = doomed.filtered(lambda move: not move._logistics_not_begun())
        if started:
            raise UserError(
                _(
                    "%(order)s: %(transfers)s has been started. Finish it or undo what was picked, then choose again.",
                    order=self.name,
                    transfers=", ".join(started.picking_id.mapped("name")),
                )
            )
        moved = self.logistics_fulfillment_ids.filtered(
            lambda request: request != keep
            and (request.state in OPEN or request.state == "rejected")
            and request.state != "cancel_requested"
            and request._open_moves()
            and request._open_moves() <= doomed
        )
        # one change: what the moves go through on the way is told at its end
        with self.env["logistics.event"]._business_call():
            moved._logistics_move_away(candidate, allocation)
            chain = self.env["stock.move"].browse(doomed._rollup_move_origs()) | doomed
            chain.picking_id._logistics_leave_waves()
            chain.filtered(lambda move: move.state in OPEN_MOVES and not (move.move_dest_ids - chain))._action_cancel()
            self.with_context(logistics_allocating=True)._logistics_launch_procurement()
            if keep:
                keep._logistics_take_on(self._logistics_moves())
            self._logistics_renew_requests()
            if self._logistics_enforced("fulfillment") and self._logistics_may_ship():
                requests = self._logistics_request_fulfillment()
                if moved:
                    requests.write({"moved_from_id": moved[:1].id})

    def _logistics_misplaced(self, shares):
        """Open last-step moves in warehouses that are to ship less of their line than they have now."""
        misplaced = self.env["stock.move"]
        for line in self.order_line:
            target = shares.get(line.id)
            if not target:
                continue
            for warehouse, there in line._logistics_at_sites().items():
                rounding = line.product_id.uom_id.rounding
                if float_compare(there, target.get(warehouse.id, 0.0), precision_rounding=rounding) > 0:
                    misplaced |= line.move_ids.filtered(
                        lambda move, warehouse=warehouse: move.state in OPEN_MOVES
                        and move.location_dest_id.usage == "customer"
                        and move.picking_type_id.warehouse_id == warehouse
                    )
        return misplaced

    # -- a warehouse that ships after all ----------------------------------------------------------------------

    def _logistics_wins_late(self, request):
        """Whether a late acceptance settles the search for a warehouse; the hold that waited for it is lifted then."""
        self.ensure_one()
        holds = self._logistics_choice_holds().filtered(lambda hold: hold.type_id.code == "no_warehouse")
        lines = request.move_ids.sale_line_id
        holds = holds.filtered(lambda hold: not hold.line_ids or hold.line_ids & lines)
        if not holds or not request._open_moves():
            return False
        self._logistics_last_allocation().filtered(lambda a: a.state == "exhausted")._supersede()
        request.ask_again = False
        holds._release(_("%(request)s was accepted late", request=request.name), auto=True, evaluate=False)
        return True

    def _logistics_back_to(self, request):
        """The warehouse of ``request`` ships its lines after all: the transfers go back there."""
        self.ensure_one()
        lines = request.move_ids.sale_line_id
        shares, warehouse = [], request.warehouse_id
        for line in self.order_line:
            for site, quantity in line._logistics_at_sites().items():
                site = warehouse if line in lines and site in request._logistics_replacements() else site
                shares.append([line.id, site.id, quantity])
        merged = {}
        for line, site, quantity in shares:
            merged[line, site] = merged.get((line, site), 0.0) + quantity
        allocation = self.env["logistics.allocation"].create(
            {
                "order_id": self.id,
                "state": "waiting",
                "policy_id": self.logistics_allocation_id.policy_id.id,
                "policy_name": self.logistics_allocation_id.policy_name,
                "home_id": self.warehouse_id.id,
                "trigger": "cancel_refused",
                "words": _("%(warehouse)s could not stop any more and ships it", warehouse=warehouse.name),
                "candidate_ids": [
                    fields.Command.create(
                        {
                            "rank": 1,
                            "name": warehouse.code,
                            "warehouse_ids": [fields.Command.set(warehouse.ids)],
                            "shares": [[line, site, quantity] for (line, site), quantity in merged.items()],
                            "coverage": 100.0,
                            "shipments": 1,
                        }
                    )
                ],
            }
        )
        candidate = allocation.candidate_ids
        (self.logistics_allocation_ids - allocation)._supersede()
        allocation._move_to(
            "in_force", "person", chosen_id=candidate.id, chosen_by="rule", decided_at=fields.Datetime.now()
        )
        self.logistics_allocation_id = allocation
        self._logistics_follow(candidate, allocation, keep=request)
