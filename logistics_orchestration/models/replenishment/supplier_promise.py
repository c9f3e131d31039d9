"""Every date a supplier ever gave for a line: append-only, so that a slip can be seen and counted."""

from itertools import pairwise

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class SupplierPromise(models.Model):
    _name = "logistics.supplier.promise"
    _description = "Supplier Promise"
    _inherit = ["logistics.audit.mixin"]
    _order = "given_at desc, id desc"
    _check_company_auto = True

    purchase_line_id = fields.Many2one(
        "purchase.order.line", required=True, ondelete="restrict", index=True, check_company=True
    )
    order_id = fields.Many2one("purchase.order", required=True, ondelete="restrict", index=True, check_company=True)
    partner_id = fields.Many2one("res.partner", string="Supplier", required=True, ondelete="restrict", index=True)
    product_id = fields.Many2one("product.product", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict")
    promised_at = fields.Datetime(string="Promised For", required=True)
    quantity = fields.Float(digits="Product Unit of Measure", required=True, help="How many for that date.")
    source = fields.Selection(
        [("supplier", "Supplier's system"), ("link", "Mail link"), ("person", "Entered by a person")],
        default="person",
        required=True,
    )
    source_name = fields.Char(string="Said By", help="Code of the system, or name of the person who entered it.")
    message_ref = fields.Char(string="Message", help="The supplier's id of its message.")
    given_at = fields.Datetime(required=True, default=fields.Datetime.now)
    requested_at = fields.Datetime(string="Asked For", help="Planned date of the line when the promise came.")
    slip_days = fields.Integer(help="Later than the promise before it; negative: earlier.", group_operator="sum")
    total_slip_days = fields.Integer(
        string="Slip Since First", help="Later than the first date asked for or promised.", group_operator="max"
    )

    @api.constrains("quantity", "order_id", "purchase_line_id")
    def _check_promise(self):
        for promise in self:
            if promise.quantity <= 0:
                raise ValidationError(
                    _("Quantity %(quantity)s: a promise is for more than zero.", quantity=promise.quantity)
                )
            if promise.purchase_line_id.display_type or not promise.product_id:
                raise ValidationError(_("Choose a line with a product: sections and notes promise nothing."))

    @api.onchange("purchase_line_id")
    def _onchange_purchase_line_id(self):
        line = self.purchase_line_id
        self.order_id = line.order_id or self.order_id
        self.quantity = self.quantity or line.product_qty - line.qty_received
        self.promised_at = self.promised_at or line.date_planned

    @api.model_create_multi
    def create(self, vals_list):
        """Complete each promise from its line; what a person enters also plans the receipt, as the buyer decided so."""
        latest = {}
        for vals in vals_list:
            if not vals.get("purchase_line_id") or not vals.get("promised_at"):
                raise ValidationError(_("A promise needs a purchase order line and a promised date."))
            line = self.env["purchase.order.line"].browse(vals["purchase_line_id"])
            promised_at = fields.Datetime.to_datetime(vals["promised_at"])
            # sudo: the history counts whole, also for who may not read another's entries
            history = line.sudo().logistics_promise_ids.sorted(lambda p: (p.given_at, p.id))
            # one message may split a line over several dates: the whole line is there with the last of them
            newest = history.filtered_domain([("given_at", "=", history[-1:].given_at)])
            previous = max(newest.mapped("promised_at"), default=None)
            first = history[:1].requested_at or history[:1].promised_at or line.date_planned
            vals.setdefault("source_name", self.env.user.name)
            vals.setdefault("requested_at", line.date_planned)
            vals.update(
                order_id=line.order_id.id,
                partner_id=line.order_id.partner_id.id,
                product_id=line.product_id.id,
                company_id=line.company_id.id,
                slip_days=(promised_at.date() - (previous or line.date_planned or promised_at).date()).days,
                total_slip_days=(promised_at.date() - (first or promised_at).date()).days,
            )
            if vals.get("source", "person") == "person":
                latest[line] = max(latest.get(line, promised_at), promised_at)
        promises = super().create(vals_list)
        for line, promised_at in latest.items():
            # sudo: who may record a promise plans the receipt by it, also without the right to buy
            line.sudo()._logistics_apply_promise(promised_at)
        promises.filtered(lambda promise: promise.source == "person")._confirm_by_hand()
        return promises

    def _confirm_by_hand(self):
        """What a person entered counts as the supplier's answer: the order is not asked about it any more."""
        for line, promises in self.sudo().grouped("purchase_line_id").items():  # sudo: as above
            line.logistics_answer_code = "IA"
            line.logistics_confirmed_quantity = sum(promises.mapped("quantity"))
        for order in self.sudo().order_id:  # sudo: as above
            order._logistics_settle_acknowledgement(fields.Datetime.now())

    def _slip(self):
        """First and last promise of one line, days between them, and how often it slipped.

        A line promised in parts is there with the last of its dates.
        """
        batches = {}
        for promise in self.sorted(lambda p: (p.given_at, p.id)):
            batches.setdefault(promise.given_at, []).append(promise.promised_at)
        dates = [max(batch) for batch in batches.values()]
        if not dates:
            return {"first": False, "last": False, "days": 0, "count": 0}
        return {
            "first": dates[0],
            "last": dates[-1],
            "days": (dates[-1].date() - dates[0].date()).days,
            "count": sum(later.date() > before.date() for before, later in pairwise(dates)),
        }

    @api.depends("order_id", "promised_at")
    def _compute_display_name(self):
        for promise in self:
            day = fields.Date.to_string(promise.promised_at) if promise.promised_at else ""
            promise.display_name = f"{promise.order_id.name or ''} {day}".strip()
