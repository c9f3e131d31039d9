"""A fulfilment request: one order, one warehouse, what it is asked to ship and how far it is.

``_transition`` is the only way a state changes; what is allowed stands in ``fulfillment_states.py``. The stock moves
stay Odoo's: a request is about them, it does not replace them. Where people run the warehouse there is no system to
ask; the request then only shows the work.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .fulfillment_states import CANCEL_REQUESTED, OPEN, REQUESTED, STATES, event_of

OPEN_MOVES = ("draft", "waiting", "confirmed", "partially_available", "assigned")


class Fulfillment(models.Model):
    _name = "logistics.fulfillment"
    _description = "Fulfilment Request"
    _inherit = ["logistics.source", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default=lambda self: _("New"))
    state = fields.Selection(
        STATES, default="requested", required=True, readonly=True, copy=False, index=True, tracking=True
    )
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, ondelete="cascade", index=True, check_company=True
    )
    partner_id = fields.Many2one(related="order_id.partner_id", store=True, string="Customer")
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, ondelete="restrict", index=True, check_company=True
    )
    system_id = fields.Many2one(
        "logistics.system",
        string="Warehouse System",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="Who was asked; empty where our own people do the work.",
    )
    move_ids = fields.Many2many(
        "stock.move", "logistics_fulfillment_move_rel", string="Goods", readonly=True, copy=False
    )
    picking_ids = fields.Many2many(
        "stock.picking",
        "logistics_fulfillment_picking_rel",
        string="Transfers",
        readonly=True,
        copy=False,
    )
    picking_count = fields.Integer(compute="_compute_picking_count")
    asked = fields.Json(readonly=True, copy=False, help="The lines as they were last asked for.")
    requested_at = fields.Datetime(readonly=True, copy=False)
    requested_ship_at = fields.Datetime(string="To Ship At", readonly=True, copy=False)
    answer_due_at = fields.Datetime(string="Answer Due", readonly=True, copy=False)
    accepted_at = fields.Datetime(readonly=True, copy=False)
    expected_ship_at = fields.Datetime(string="Warehouse Expects To Ship At", readonly=True, copy=False)
    done_at = fields.Datetime(readonly=True, copy=False)
    reason = fields.Text(readonly=True, copy=False, help="Why it was rejected, taken back or done otherwise.")
    manual = fields.Boolean(
        string="By Hand", readonly=True, copy=False, tracking=True, help="A person did or answered this in Odoo."
    )
    ask_again = fields.Boolean(
        readonly=True, copy=False, help="Taken back for a change or a hold: asked anew when the warehouse has let go."
    )
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_fulfillment_due_idx ON logistics_fulfillment (answer_due_at)"
            " WHERE state = 'requested'"
        )

    # -- computes ----------------------------------------------------------------------------------------------

    @api.depends("picking_ids")
    def _compute_picking_count(self):
        for request in self:
            request.picking_count = len(request.picking_ids)

    @api.depends("answer_due_at", "state")
    def _compute_overdue(self):
        now = fields.Datetime.now()
        for request in self:
            late = request.answer_due_at and request.answer_due_at < now
            request.overdue = bool(
                request.state == "timed_out" or (request.state in ("requested", "cancel_requested") and late)
            )

    def _search_overdue(self, operator, value):
        overdue = [
            "|",
            ("state", "=", "timed_out"),
            "&",
            ("state", "in", ("requested", "cancel_requested")),
            ("answer_due_at", "<", fields.Datetime.now()),
        ]
        return overdue if (operator == "=") == bool(value) else ["!", *overdue]

    def write(self, vals):
        ours = [key for key in vals if not key.startswith(("message_", "activity_"))]
        if ours and not self.env.su:
            raise UserError(
                _("A fulfilment request is changed by its buttons: accept, reject, ask again, take back, mark as done.")
            )
        return super().write(vals)

    # -- hooks of logistics.source -----------------------------------------------------------------------------

    def _logistics_root(self):
        return self.order_id

    def _logistics_scope(self):
        self.ensure_one()
        return {"company": self.company_id, "warehouse": self.warehouse_id, "partner": self.order_id.partner_id}

    def _logistics_subject(self):
        return self.name

    # -- asking ------------------------------------------------------------------------------------------------

    @api.model
    def _request(self, order, warehouse, moves):
        """Ask for ``moves`` of ``order`` to be shipped from ``warehouse``; returns the request."""
        system = self.env["logistics.system"]._for_warehouse(warehouse)
        others = order.logistics_fulfillment_ids.filtered(
            lambda r: r.warehouse_id == warehouse and r.state in ("requested", "accepted", "partially_done")
        )
        request = self.create(
            {
                "name": self.env["ir.sequence"].next_by_code("logistics.fulfillment") or _("New"),
                "order_id": order.id,
                "warehouse_id": warehouse.id,
                "system_id": system.id,
                "state": "requested" if system else "accepted",
                "accepted_at": False if system else fields.Datetime.now(),
                **self._asking_vals(warehouse if system else None, moves),
            }
        )
        event = event_of("new", request.state, "odoo")
        if event:
            request._logistics_emit(event)
        if others:
            request._logistics_emit(
                "logistics.fulfillment.split", {**request._short_data(), "others": others.mapped("name")}
            )
        return request

    def _asking_vals(self, warehouse, moves):
        """Values that go with (again) asking for ``moves``; a warehouse when an answer is expected."""
        return {
            "move_ids": [fields.Command.set(moves.ids)],
            "picking_ids": [fields.Command.set(moves.picking_id.ids)],
            "asked": self._asked_lines(moves),
            "asked_terms": self._terms_of(moves),
            "requested_at": fields.Datetime.now(),
            "requested_ship_at": min(moves.mapped("date"), default=False),
            "answer_due_at": warehouse._logistics_answer_due() if warehouse else False,
            "expected_ship_at": False,
            "done_at": False,
            "reason": False,
            "manual": False,
            "ask_again": False,
            "cancel_order": False,
            "cancel_transfers": False,
            "picked_here": False,
        }

    @api.model
    def _open_for_moves(self, moves):
        """Requests that are about some of ``moves`` and not settled."""
        if not moves:
            return self.browse()
        return self.search([("move_ids", "in", moves.ids), ("state", "in", (*OPEN, "rejected"))])

    def _covered_moves(self):
        """Moves a warehouse may be at: nobody else may be asked for them, also not while it has yet to let go."""
        return self.filtered(lambda request: request.state in OPEN)._open_moves()

    def _open_moves(self):
        return self.move_ids.filtered(lambda move: move.state in OPEN_MOVES)

    # -- the one way a state changes ---------------------------------------------------------------------------

    def _transition(self, to, who, reason=None, **vals):
        """Move requests to state ``to``, record who did it and tell the fact the table names.

        :param str who: odoo, warehouse, person or clock
        :param str reason: kept on the request
        :param vals: further values to write with the state
        :raises UserError: the table knows no such move
        """
        labels = dict(self._fields["state"]._description_selection(self.env))
        for request in self:
            event, stopping = event_of(request.state, to, who), request._asked_to_stop()
            if event is None:
                raise UserError(
                    _(
                        "%(request)s is %(state)s and cannot become %(target)s.",
                        request=request.name,
                        state=labels[request.state].lower(),
                        target=labels[to].lower(),
                    )
                )
            values = {"state": to, **vals}
            if reason:
                values["reason"] = reason
            if who == "person" and to != "requested":
                values["manual"] = True
            if to == "accepted":
                values.setdefault("accepted_at", fields.Datetime.now())
            if to == "done":
                values.setdefault("done_at", fields.Datetime.now())
            request.write(values)
            if reason:
                request.message_post(body=reason, subtype_xmlid="mail.mt_note")
            if to in ("accepted", "done", "cancelled", "requested") and request.activity_ids:
                request.activity_ids.unlink()
            if event:
                request._logistics_emit(event)
            if to == "cancelled" and who in ("warehouse", "person"):
                request._let_go()
            elif stopping and to in ("accepted", "partially_done", "done"):
                request._not_let_go(to, who)

    def _ask_for_rest(self):
        """The warehouse has let go of a request that was only changed: ask anew for what may be shipped now."""
        self.ensure_one()
        order = self.order_id
        if order._logistics_may_ship() and order._logistics_enforced("fulfillment"):
            order._logistics_request_fulfillment()

    # -- taken back, done --------------------------------------------------------------------------------------

    def _withdraw(self, reason, who="odoo", ask_again=False, **then):
        """The purpose is gone: what was not sent is not sent, what was sent is taken back.

        :param bool ask_again: what is still to be shipped is asked for anew once the warehouse has let go
        :param then: what else follows then: ``cancel_order``, ``cancel_transfers``
        """
        for request in self:
            if request.state == "cancel_requested" and then:
                request.write({"ask_again": False, **then})
            if request.state in ("done", "cancelled", "cancel_requested"):
                continue
            left = bool(
                request.system_id
                and not request.picked_here
                and request.state != "rejected"
                and request._logistics_void([REQUESTED], reason)
            )
            if left:
                due = request.warehouse_id._logistics_answer_due()
                request._transition(
                    "cancel_requested", who, reason, ask_again=ask_again, answer_due_at=due, reminded_at=False, **then
                )
            else:
                request._transition("cancelled", who, reason, ask_again=False, **then)

    def _after_transfers(self, pickings):
        """Transfers of these requests were validated: by the warehouse's own word, or by people."""
        told_by = self.env.context.get("logistics_by_warehouse")
        for request in self:
            done = (request.move_ids & pickings.move_ids).filtered(lambda move: move.state == "done")
            if not done:
                continue
            request.move_ids |= request._backorders_of(done)
            request.picking_ids |= request.move_ids.picking_id  # what is left lies in a backorder by now
            to = "partially_done" if request._open_moves() else "done"
            if told_by == request.id:
                request._transition(to, "warehouse")
            elif not request.system_id:
                request._transition(to, "odoo")
            else:
                request._done_by_people(to)

    def _done_by_people(self, to):
        """People were faster than the warehouse: it must not ship the same again."""
        self.ensure_one()
        reason = _("Done by hand in Odoo by %(user)s", user=self.env.user.name)
        expected = self.state in ("requested", "accepted", "timed_out", "partially_done")
        left = (
            not self.picked_here  # taken back when that was decided
            and self._logistics_void([REQUESTED], reason)
            and expected
            and not (self.state == "partially_done" and self.manual)
        )
        self._transition(to, "odoo", reason, manual=True)
        if left:
            self._logistics_emit(CANCEL_REQUESTED)

    def _backorders_of(self, moves):
        """Moves split off ``moves`` that are still to be shipped."""
        origin = self.move_ids
        candidates = moves.picking_id.backorder_ids.move_ids.filtered(lambda move: move.state in OPEN_MOVES)
        return candidates.filtered(
            lambda move: move not in origin
            and any(move.product_id == done.product_id and move.sale_line_id == done.sale_line_id for done in moves)
        )

    # -- time --------------------------------------------------------------------------------------------------

    @api.model
    def _cron_time_out(self):
        """Scheduled action: requests nobody answered in time."""
        domain = [("state", "=", "requested"), ("answer_due_at", "<", fields.Datetime.now())]
        for request in self.search(domain, limit=500, order="answer_due_at"):
            with self.env.cr.savepoint():
                request._time_out()
        self._remind_silent()

    def _time_out(self):
        """Say that no answer came and have somebody look."""
        self.ensure_one()
        words = _(
            "%(system)s did not answer within the time agreed.", system=self.system_id.name or self.warehouse_id.name
        )
        self._transition("timed_out", "clock", words)
        self._tell_owner(_("No answer from the warehouse: %(request)s", request=self.name), words)

    def _tell_owner(self, summary, note):
        """A to-do for who answers for the warehouse's system, else for the order's salesperson."""
        self.ensure_one()
        self._logistics_activity(summary, note, user=self.system_id.user_id or self.order_id.user_id)
