"""The warehouse's system is down or silent past its time: people pick in Odoo, and what it says later is reconciled."""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from .fulfillment_states import CANCEL_REQUESTED, OPEN, REQUESTED

# A line in these states takes no message, or has been stopped because it takes none.
DOWN = ("suspended", "disabled")
UNANSWERED = ("requested", "timed_out")
PICKABLE = ("requested", "timed_out", "accepted", "partially_done", "rejected")


class Fulfillment(models.Model):
    _inherit = "logistics.fulfillment"

    picked_here = fields.Boolean(
        string="Picked in Odoo",
        readonly=True,
        copy=False,
        tracking=True,
        help="The warehouse's system did not answer: our people pick from a printed list and validate in Odoo.",
    )
    not_answering = fields.Boolean(
        compute="_compute_not_answering",
        search="_search_not_answering",
        string="Warehouse Not Answering",
        help="Its system is down, or has not answered for longer than the time set for it.",
    )
    manual_way = fields.Boolean(compute="_compute_manual_way", help="People may pick it in Odoo now.")
    reminded_at = fields.Datetime(readonly=True, copy=False)

    # -- who does not answer -----------------------------------------------------------------------------------

    @api.depends("state", "answer_due_at", "picked_here", "system_id.state", "system_id.failing_since")
    def _compute_not_answering(self):
        now = fields.Datetime.now()
        for request in self:
            # sudo: how the line is doing decides what people may do; they need not read the system
            system = request.sudo().system_id
            limit = now - timedelta(hours=request.company_id.logistics_manual_hours)
            request.not_answering = bool(
                system
                and request.state in OPEN
                and not request.picked_here
                and (
                    system.state in DOWN
                    or (system.failing_since and system.failing_since < limit)
                    or (request.state in UNANSWERED and request.answer_due_at and request.answer_due_at < limit)
                )
            )

    def _search_not_answering(self, operator, value):
        now, found = fields.Datetime.now(), []
        # sudo: as in _compute_not_answering
        System = self.env["logistics.system"].sudo()
        for company in self.env["res.company"].sudo().search([]):  # sudo: time limits of every company
            limit = now - timedelta(hours=company.logistics_manual_hours)
            down = System.search(
                [("company_id", "=", company.id), "|", ("state", "in", DOWN), ("failing_since", "<", limit)]
            )
            domain = [
                ("state", "in", OPEN),
                ("picked_here", "=", False),
                ("company_id", "=", company.id),
                "|",
                ("system_id", "in", down.ids),
                "&",
                "&",
                ("system_id", "!=", False),
                ("state", "in", UNANSWERED),
                ("answer_due_at", "<", limit),
            ]
            found += self.sudo().search(domain).ids  # sudo: whoever searches sees what their rules allow
        positive = (operator == "=") == bool(value)
        return [("id", "in" if positive else "not in", found)]

    @api.depends("not_answering", "state", "picked_here", "system_id")
    def _compute_manual_way(self):
        for request in self:
            request.manual_way = bool(
                request.system_id
                and not request.picked_here
                and request.state in PICKABLE
                and (request.not_answering or request.state in ("timed_out", "rejected"))
            )

    @api.model
    def _remind_silent(self):
        """Tell once about warehouses that do not say whether they let go, and about those that do not answer at all."""
        domain = [
            ("state", "=", "cancel_requested"),
            ("reminded_at", "=", False),
            ("answer_due_at", "<", fields.Datetime.now()),
        ]
        for request in self.search(domain, limit=500):
            request._tell_owner(
                _("No answer to the cancellation: %(request)s", request=request.name),
                _("Call %(system)s, then press Cancellation Confirmed, or Accepted if it ships.",
                  system=request.system_id.name),
            )  # fmt: skip
            request.reminded_at = fields.Datetime.now()
        silent = self.search([("not_answering", "=", True), ("reminded_at", "=", False)], limit=500)
        for request in silent.filtered("manual_way"):
            request._tell_owner(
                _("%(request)s: the warehouse does not answer", request=request.name),
                _("%(system)s is down or silent. Press Pick in Odoo to print the pick list and do it by hand.",
                  system=request.system_id.name),
            )  # fmt: skip
            request.reminded_at = fields.Datetime.now()

    # -- picked here -------------------------------------------------------------------------------------------

    def action_pick_by_hand(self):
        """People pick in Odoo: what the warehouse is still owed is cancelled, what it has got is taken back.

        :returns: the action that prints the pick list
        :raises AccessError: the user has no logistics role
        :raises UserError: the warehouse answers, or the request is settled
        """
        with self.env["logistics.event"]._business_call():
            for request in self._as_person():
                if not request.manual_way:
                    raise UserError(
                        _("%(request)s: the warehouse answers, or there is nothing left to pick. Take it back instead.",
                          request=request.name)
                    )  # fmt: skip
                request._pick_here()
        return self.action_print_pick_list()

    def _pick_here(self):
        self.ensure_one()
        reason = _("Picked in Odoo by hand: %(system)s does not answer", system=self.system_id.name)
        left = self.state != "rejected" and self._logistics_void([REQUESTED], reason)
        vals = {"picked_here": True, "answer_due_at": False, "ask_again": False}
        if self.state in ("accepted", "partially_done"):
            self.write({"manual": True, "reason": reason, **vals})
            self.message_post(body=reason, subtype_xmlid="mail.mt_note")
            self.activity_ids.unlink()
        else:
            self._transition("accepted", "person", reason, **vals)
        if left:
            # it stands in line behind the request: a warehouse that comes back reads both
            self._logistics_emit(CANCEL_REQUESTED)

    def action_print_pick_list(self):
        """Print what is to be picked, with places, lots and room for what was found."""
        self.check_access_rule("read")
        return self.env.ref("logistics_orchestration.action_report_pick_list").report_action(self, config=False)

    def _pick_list_rows(self):
        """What the printed list shows: one row per reservation, one per quantity without one.

        :returns: list of dictionaries
        """
        self.ensure_one()
        rows = []
        moves = self._open_moves()
        first = moves | moves.browse(moves._rollup_move_origs())
        # the first open step of each chain is where people walk
        first = first.filtered(
            lambda move: move.state not in ("done", "cancel")
            and not move.move_orig_ids.filtered(lambda origin: origin.state not in ("done", "cancel"))
        )
        for move in first.sorted(lambda move: (move.location_id.complete_name or "", move.id)):
            left = move.product_qty
            common = {"transfer": move.picking_id.name, "product": move.product_id, "uom": move.product_id.uom_id.name}
            for line in move.move_line_ids:
                left -= line.quantity_product_uom
                rows.append({
                    **common, "location": line.location_id.display_name, "lot": line.lot_id.name or line.lot_name or "",
                    "package": line.package_id.name or "", "quantity": line.quantity_product_uom,
                })  # fmt: skip
            if float_compare(left, 0.0, precision_rounding=move.product_id.uom_id.rounding) > 0:
                rows.append(
                    {**common, "location": move.location_id.display_name, "lot": "", "package": "", "quantity": left}
                )
        return rows

    # -- the warehouse is back ---------------------------------------------------------------------------------

    def _back_to_us(self, reason, refused):
        """The warehouse answers about a request people pick (or picked) in Odoo.

        :param str reason: its words
        :param bool refused: it does not let go: it has shipped, or will
        """
        self.ensure_one()
        self.message_post(body=_("The warehouse is back: %(reason)s", reason=reason), subtype_xmlid="mail.mt_note")
        if refused:
            self._tell_owner(
                _("%(request)s is shipped by the warehouse too", request=self.name),
                _("%(reason)s. Stop one of the two: it was picked in Odoo while the system was down.", reason=reason),
            )
