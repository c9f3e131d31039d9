"""An order that can go only in part: whether its customer takes it in parts, and who is asked where not.

A gate whose effect is *split* holds the lines that fail. Where the terms allow another delivery, the others go at once.
Where they do not, the whole order waits for a decision: a hold of type ``split``. Lifting it by hand says yes, for
these lines and this value; what fails later and was not asked about is asked about again.
"""

from datetime import timedelta

from odoo import _, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # -- terms -------------------------------------------------------------------------------------------------

    def _logistics_terms_against_split(self):
        """Why the order must not go in one more part than it has to, in words; empty when it may."""
        self.ensure_one()
        partner = self.partner_id.commercial_partner_id
        if partner.logistics_ship_complete:
            return _("%(customer)s takes orders complete or not at all", customer=partner.display_name)
        if self.picking_policy == "one":
            return _("the order says: deliver all at once")
        limit = partner.logistics_max_shipments
        if limit and self._logistics_shipments_done() + 2 > limit:  # one now, one for the rest
            return _("%(customer)s takes at most %(limit)s deliveries per order", customer=partner.name, limit=limit)
        return ""

    def _logistics_shipments_done(self):
        """How many deliveries of this order have left."""
        self.ensure_one()
        return len(self.picking_ids.filtered(lambda p: p.state == "done" and p.picking_type_code == "outgoing"))

    # -- what a split gate leads to ----------------------------------------------------------------------------

    def _logistics_split_results(self, results):
        """Results with what a split comes to: nothing else to send is a plain hold; terms against it are asked about.

        :param list results: gate results of this order, see ``logistics.release.gate._result``
        :returns: the results, with the lines that are really held
        """
        self.ensure_one()
        ships = self._logistics_lines_to_ship()
        held, words, settled = self.env["sale.order.line"], [], []
        for result in results:
            if result["verdict"] == "split":
                lines = self.env["sale.order.line"].browse(result["line_ids"])
                if ships <= lines:
                    result = dict(result, line_ids=[])  # nothing is left that could go first
                else:
                    held |= lines
                    words.append(result["words"])
            settled.append(result)
        whole = any(result["verdict"] in ("hold", "error", "split") and not result["line_ids"] for result in settled)
        against = held and not whole and self._logistics_terms_against_split()
        if against and not self._logistics_split_decided(held):
            self._logistics_ask_split(held, _("%(why)s; %(terms)s", why="; ".join(words), terms=against))
        else:
            self._logistics_split_holds()._release(_("There is nothing to decide any more"), auto=True, evaluate=False)
        return settled

    def _logistics_lines_to_ship(self):
        """Lines with something left to go through the warehouse."""
        self.ensure_one()
        return self.order_line.filtered(
            lambda line: not line.display_type
            and line.product_id.type in ("product", "consu")
            and line.product_uom_qty > line.qty_delivered
        )

    def _logistics_ask_split(self, lines, words):
        """Ask somebody whether the order may go without ``lines``; it waits for the answer.

        A hold of type ``split`` on the whole order, which a manager decides about by lifting it, or whoever the
        approval asks where approvals are enforced. One that stands is kept and told the newest words.

        :param lines: the sale.order.line that would follow later
        :param str words: why it cannot go as a whole, and which terms are against a split
        :returns: the hold
        """
        self.ensure_one()
        reason = _("%(lines)s would follow later; %(words)s", lines=", ".join(lines.mapped("name")), words=words)
        standing = self._logistics_split_holds()[:1]
        vals = {"reason": reason, "split_line_ids": [(6, 0, lines.ids)]}
        if not standing:
            hold_type = self.env["logistics.hold.type"]._for_split(self.company_id)
            standing = self.env["logistics.hold"].create(
                dict(vals, order_id=self.id, type_id=hold_type.id, origin="rule", split=True)
            )
            if self._logistics_enforced("approvals"):
                self._logistics_request_approval("split_shipment", reason)
            return standing
        if standing.reason != reason or standing.split_line_ids != lines:
            standing.write(vals)
        return standing

    def _logistics_split_holds(self):
        """The open question whether this order may be split."""
        self.ensure_one()
        return self.logistics_hold_ids.filtered(lambda hold: hold.state == "active" and hold.split)

    def _logistics_split_decided(self, lines):
        """Whether a person has said yes to sending the order without ``lines``, and that still counts."""
        self.ensure_one()
        company, now = self.company_id, fields.Datetime.now()
        for hold in self.logistics_hold_ids.filtered(lambda h: h.split and h.state == "released"):
            limit = hold.release_value * (1 + company.logistics_value_tolerance / 100)
            if (
                not hold.auto_released
                and lines <= hold.split_line_ids
                and hold.released_at + timedelta(days=company.logistics_release_days) >= now
                and self.currency_id.compare_amounts(self.amount_total, limit) <= 0
            ):
                return True
        return False

    def _logistics_after_holds(self):
        """The question was answered with yes: the lines that no hold stops go now."""
        result = super()._logistics_after_holds()
        waiting = self.filtered(lambda order: order.state == "sale" and order.logistics_release_state == "held")
        for order in waiting:
            standing = order._logistics_standing()
            if all(hold.line_ids for hold in standing) and order._logistics_free_lines(standing):
                order._logistics_evaluate("hold_lifted")
        return result

    # -- causes that pass by themselves ------------------------------------------------------------------------

    def _logistics_look_again(self, results):
        """Have the worker look again when a gate said that time alone mends it."""
        self.ensure_one()
        moments = {result["again_at"] for result in results if result["verdict"] in ("hold", "split")} - {None, False}
        if not moments or not self.id:
            return
        Recheck, at = self.env["logistics.release.recheck"], min(moments)
        noted = [("cause", "=", "calendar"), ("next_attempt_at", "=", at), ("company_id", "=", self.company_id.id)]
        # one note per moment and company stands for every order that waits for it
        if not Recheck.search(noted, limit=1):
            Recheck._enqueue(
                "calendar", self.company_id, at=at, hold_domain=[("gate_id.kind", "in", Recheck._timed_kinds())]
            )
