"""A hold: why an order (or some of its lines, or one transfer) must not go on, who answers for it, until when.

Several stand at once; each is lifted by itself, by somebody its type names. What a hold stops is in
``hold_effects.py``. Holds are lifted, never deleted or edited back: they are the history of the order's release.
"""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..backbone.record_link import open_form

# Only placing and lifting set these; the server sees to it, whatever a client sends.
RESERVED = {
    "state",
    "origin",
    "gate_id",
    "released_by_id",
    "released_at",
    "release_reason",
    "release_value",
    "auto_released",
}
FIXED = RESERVED | {"order_id", "picking_id", "line_ids", "type_id", "company_id"}


class Hold(models.Model):
    _name = "logistics.hold"
    _description = "Hold"
    _inherit = ["logistics.source", "mail.thread", "mail.activity.mixin"]
    _order = "state, due_at, id desc"
    _check_company_auto = True

    name = fields.Char(readonly=True, copy=False, default=lambda self: _("New"))
    state = fields.Selection(
        [("active", "Active"), ("released", "Lifted")],
        default="active",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    order_id = fields.Many2one("sale.order", index="btree_not_null", ondelete="cascade", check_company=True)
    line_ids = fields.Many2many(
        "sale.order.line",
        "logistics_hold_sale_line_rel",
        string="Lines",
        domain="[('order_id', '=', order_id), ('display_type', '=', False)]",
        help="Only these lines are held; empty: the whole order.",
    )
    picking_id = fields.Many2one(
        "stock.picking", string="Transfer", index="btree_not_null", ondelete="cascade", check_company=True
    )
    type_id = fields.Many2one("logistics.hold.type", required=True, index=True, ondelete="restrict", check_company=True)
    color = fields.Integer(related="type_id.color")
    block_procurement = fields.Boolean(related="type_id.block_procurement", store=True)
    block_work = fields.Boolean(related="type_id.block_work", store=True)
    allow_reservation = fields.Boolean(related="type_id.allow_reservation", store=True)
    origin = fields.Selection(
        [("manual", "Placed by hand"), ("gate", "Release gate"), ("rule", "Automation rule")],
        default="manual",
        required=True,
        readonly=True,
        copy=False,
        help="What a person placed always counts; what the automation placed counts where release is enforced.",
    )
    gate_id = fields.Many2one("logistics.release.gate", readonly=True, copy=False, ondelete="set null")
    owner_id = fields.Many2one(
        "res.users",
        compute="_compute_from_type",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        index="btree_not_null",
        domain=[("share", "=", False)],
    )
    due_at = fields.Datetime(
        string="Due", compute="_compute_from_type", store=True, readonly=False, precompute=True, tracking=True
    )
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")
    reason = fields.Text(required=True, tracking=True, help="Why it is held, in words everybody understands.")
    note = fields.Html()
    released_by_id = fields.Many2one("res.users", string="Lifted By", readonly=True, copy=False)
    released_at = fields.Datetime(string="Lifted At", readonly=True, copy=False)
    release_reason = fields.Text(string="Reason for Lifting", readonly=True, copy=False, tracking=True)
    release_value = fields.Float(
        readonly=True, copy=False, help="Value of the order when the hold was lifted: a bigger order is held again."
    )
    auto_released = fields.Boolean(string="Lifted by Itself", readonly=True, copy=False)
    can_release = fields.Boolean(compute="_compute_can_release")
    partner_id = fields.Many2one("res.partner", compute="_compute_document", store=True, string="Customer", index=True)
    warehouse_id = fields.Many2one("stock.warehouse", compute="_compute_document", store=True)
    company_id = fields.Many2one("res.company", compute="_compute_document", store=True, index=True)
    currency_id = fields.Many2one(related="order_id.currency_id")
    amount_total = fields.Monetary(related="order_id.amount_total", string="Order Value", store=True)

    _sql_constraints = [
        (
            "one_document",
            "CHECK(num_nonnulls(order_id, picking_id) = 1)",
            "A hold is on an order or on a transfer: choose one of them.",
        ),
    ]

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_hold_gate_idx ON logistics_hold (order_id, gate_id)"
            " WHERE state = 'active' AND gate_id IS NOT NULL"
        )

    # -- computes and checks -----------------------------------------------------------------------------------

    @api.depends("order_id", "picking_id")
    def _compute_document(self):
        for hold in self:
            order = hold._held_order()
            hold.partner_id = order.partner_id or hold.picking_id.partner_id
            hold.warehouse_id = order.warehouse_id or hold.picking_id.picking_type_id.warehouse_id
            hold.company_id = hold.order_id.company_id or hold.picking_id.company_id

    @api.depends("type_id", "order_id", "picking_id")
    def _compute_from_type(self):
        for hold in self:
            hold.owner_id = hold.type_id and hold.type_id._owner_for(hold._held_order())
            hold.due_at = hold.type_id and hold.type_id._due_at()

    @api.depends("due_at", "state")
    def _compute_overdue(self):
        now = fields.Datetime.now()
        for hold in self:
            hold.overdue = bool(hold.state == "active" and hold.due_at and hold.due_at < now)

    def _search_overdue(self, operator, value):
        overdue = [("state", "=", "active"), ("due_at", "<", fields.Datetime.now())]
        return overdue if (operator == "=") == bool(value) else ["!", "&", *overdue]

    @api.depends("state", "type_id")
    @api.depends_context("uid")
    def _compute_can_release(self):
        for hold in self:
            hold.can_release = hold.state == "active" and hold.type_id._may_release()

    @api.depends("name", "type_id.name", "order_id.name", "picking_id.name")
    def _compute_display_name(self):
        for hold in self:
            document = hold.order_id.name or hold.picking_id.name or ""
            hold.display_name = f"{hold.name} {hold.type_id.name or ''} ({document})"

    @api.constrains("line_ids", "order_id")
    def _check_lines(self):
        for hold in self:
            foreign = hold.line_ids.filtered(lambda line, hold=hold: line.order_id != hold.order_id)
            if foreign:
                raise ValidationError(
                    _(
                        "Lines: %(line)s is no line of %(order)s. Choose lines of the held order, or none.",
                        line=foreign[0].display_name,
                        order=hold.order_id.name or hold.picking_id.name,
                    )
                )

    # -- placing and lifting -----------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Place holds; they count from here on."""
        for vals in vals_list:
            if not self.env.su:
                if vals.get("state", "active") != "active":
                    raise UserError(_("State: a hold is placed active. Lift it with its button, with a reason."))
                for key in RESERVED & set(vals):
                    del vals[key]
            if not (vals.get("reason") or "").strip():
                raise ValidationError(_("Reason: write why it is held, in a few words."))
            if vals.get("name", _("New")) == _("New"):
                vals["name"] = self.env["ir.sequence"].next_by_code("logistics.hold") or _("New")
        with self.env["logistics.event"]._business_call():
            holds = super().create(vals_list)
            if not self.env.su:
                holds.order_id.check_access_rule("read")
                holds.picking_id.check_access_rule("read")
            # sudo: a warehouse worker may stop an order whose other fields are not theirs to write
            holds.sudo()._after_place()
        return holds

    def write(self, vals):
        if not self.env.su and FIXED & set(vals):
            field = self._fields[sorted(FIXED & set(vals))[0]]._description_string(self.env)
            raise UserError(
                _("%(field)s of a hold is never changed by hand. Lift the hold and place another one.", field=field)
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("A hold is part of the order's history: lift it instead of deleting it."))

    def action_release(self, reason=None):
        """Lift these holds.

        :param str reason: why; required
        :returns: True
        :raises UserError: no reason, lifted already, or not the user's to lift
        """
        if not (reason or "").strip():
            raise UserError(_("Reason: write why the hold is lifted."))
        if gone := self.filtered(lambda hold: hold.state != "active"):
            raise UserError(
                _(
                    "%(hold)s was lifted already by %(user)s.",
                    hold=gone[0].display_name,
                    user=gone[0].released_by_id.name or _("the automation"),
                )
            )
        self._check_may_release()
        # sudo: the right to lift is the hold type's group, checked above; the order is not the user's to write
        self.sudo()._release(reason.strip())
        return True

    def action_ask_release(self):
        """Button: ask for the reason, then lift; of several those the user may lift, with a word about the others."""
        if len(self) > 1:
            holds = self.filtered(lambda hold: hold.state == "active")
            if not holds:
                raise UserError(_("None of these holds is active."))
            return self.env["logistics.mass.action"]._open_for("lift", holds)
        self._check_may_release()
        return self.env["logistics.reason.wizard"]._ask(self, "action_release", _("Why is the hold lifted?"))

    def _check_may_release(self):
        denied = self.filtered(lambda hold: not hold.type_id._may_release())
        if denied:
            raise AccessError(self._words_of_denial(denied))

    def _words_of_denial(self, holds):
        """Who has to lift what the current user may not."""
        lines = [
            _(
                "%(hold)s: may be lifted by %(group)s (owner: %(owner)s)",
                hold=hold.display_name,
                # sudo: the name of a group is no secret
                group=hold.sudo().type_id.release_group_id.display_name,
                owner=hold.owner_id.name or _("nobody"),
            )
            for hold in holds
        ]
        return _("You may not lift:\n%(holds)s\nAsk one of them.", holds="\n".join(lines))

    # -- hooks of logistics.source -----------------------------------------------------------------------------

    def _held_order(self):
        """The sales order this hold is about: its own or its transfer's (may be empty)."""
        self.ensure_one()
        # sudo: who may see the hold may know the order it stops
        return self.order_id or self.sudo().picking_id.sale_id.sudo(self.env.su)

    def _logistics_root(self):
        return self._held_order() or self.picking_id or self

    def _logistics_scope(self):
        self.ensure_one()
        order = self._held_order()
        if order:
            return order._logistics_scope()
        return {"company": self.company_id, "warehouse": self.warehouse_id, "partner": self.partner_id}

    @api.model
    def _place(self, documents, hold_type, reason):
        """Holds of ``hold_type`` on orders or transfers; one that stands already for the same reason is kept."""
        field = "order_id" if documents._name == "sale.order" else "picking_id"
        holds = self.browse()
        for document in documents:
            standing = document.logistics_hold_ids.filtered(
                lambda hold: hold.state == "active" and hold.type_id == hold_type and hold.reason == reason
            )
            holds |= standing[:1] or self.create(
                {field: document.id, "type_id": hold_type.id, "reason": reason, "origin": "rule"}
            )
        return holds

    @api.model
    def _new_form(self, document):
        """Action: the form of a new hold on an order or a transfer."""
        field = "order_id" if document._name == "sale.order" else "picking_id"
        manual = self.env["logistics.hold.type"].search([("code", "=", "manual")], limit=1)
        return {
            "type": "ir.actions.act_window",
            "name": _("Place Hold on %(name)s", name=document.name),
            "res_model": self._name,
            "views": [[self.env.ref("logistics_orchestration.hold_view_form_new").id, "form"]],
            "target": "new",
            "context": {f"default_{field}": document.id, "default_type_id": manual.id},
        }

    def action_open_document(self):
        """Open what is held."""
        self.ensure_one()
        document = self.order_id or self.picking_id
        return open_form(document)
