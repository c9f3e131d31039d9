"""A kit goes whole or not at all: its parts leave together, as many of each as make whole kits.

Where Manufacturing is not installed there are no kits, and nothing here happens.
"""

from odoo import _, models
from odoo.exceptions import UserError
from odoo.tools import float_compare


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _logistics_check_kits(self):
        """Stop people who would send a part of a kit; what a warehouse has sent is noted for a person.

        :raises UserError: naming the kit and its parts; only where fulfilment is enforced
        """
        for picking in self if "bom_line_id" in self.env["stock.move"]._fields else ():
            if not (words := picking._logistics_broken_kits()):
                continue
            if request := self.env.context.get("logistics_by_warehouse"):
                # sudo: the to-do is for whoever answers for the request
                request = self.env["logistics.fulfillment"].sudo().browse(request)
                request._tell_owner(_("A part of a kit was sent: %(request)s", request=request.name), words)
            elif picking._logistics_enforced("fulfillment"):
                raise UserError(
                    _(
                        "%(words)s\nA kit goes whole or not at all. Pick as many of each part as make whole kits; the"
                        " rest follows with a backorder. Parts that go by themselves need lines of their own.",
                        words=words,
                    )
                )
            else:
                picking._logistics_observe(
                    "fulfillment", _("Would have stopped a part of a kit: %(words)s", words=words)
                )

    def _logistics_broken_kits(self):
        """In words, the kits of which this delivery would send unequal parts; empty when none."""
        self.ensure_one()
        outgoing = self.move_ids.filtered(
            lambda move: move.bom_line_id
            and move.sale_line_id
            and move.location_dest_id.usage == "customer"
            and move.state not in ("done", "cancel")
        )
        words = []
        for line, moves in outgoing.grouped("sale_line_id").items():
            parts = [
                self._logistics_share_of_kit(line, part, mine) for part, mine in moves.grouped("product_id").items()
            ]
            shares = [share for _part, _taken, _asked, share in parts]
            # four digits: a share is a fraction of the ordered kits
            if shares and float_compare(min(shares), max(shares), precision_digits=4):
                said = ", ".join(f"{taken:g} / {asked:g} {part.display_name}" for part, taken, asked, _share in parts)
                words.append(_("%(kit)s: %(parts)s", kit=line.product_id.display_name, parts=said))
        return "\n".join(words)

    def _logistics_share_of_kit(self, line, part, moves):
        """(part, quantity sent after this delivery, quantity asked for, which share that is) of one part of a kit."""
        known = line.move_ids.filtered(
            lambda move: move.product_id == part
            and move.state != "cancel"
            and move.bom_line_id
            and move.location_dest_id.usage == "customer"
        )
        done = sum(move.product_qty for move in known if move.state == "done")
        now = sum(
            move.product_uom._compute_quantity(move.quantity, part.uom_id, round=False) for move in moves if move.picked
        )
        asked = sum(known.mapped("product_qty"))
        return part, done + now, asked, (done + now) / asked if asked else 0.0
