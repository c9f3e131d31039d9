"""Holding what is on its way against the need of a shortage (see ``inbound_risk``)."""

from datetime import timedelta
from math import ceil

from odoo import _, api, fields, models

from .shortage import ACTIVE


class Shortage(models.Model):
    _inherit = "logistics.shortage"

    risk_ids = fields.One2many("logistics.inbound.risk", "shortage_id", string="Inbound", readonly=True)
    risk_count = fields.Integer(compute="_compute_risk_count", string="Inbound at Risk")

    @api.depends("risk_ids.state")
    def _compute_risk_count(self):
        for shortage in self:
            shortage.risk_count = len(shortage.risk_ids.filtered(lambda risk: risk.state == "open"))

    def _refresh_risks(self):
        """Hold what is on its way against the need, line by line."""
        for shortage in self:
            late = shortage._late_lines() if shortage.state in ACTIVE else {}
            known = {risk.purchase_line_id: risk for risk in shortage.risk_ids if risk.state == "open"}
            for line, vals in late.items():
                risk = known.pop(line, None)
                if risk:
                    if changed := {name: value for name, value in vals.items() if risk[name] != value}:
                        risk.write(changed)
                else:
                    risk = self.env["logistics.inbound.risk"].create(
                        {**vals, "purchase_line_id": line.id, "shortage_id": shortage.id}
                    )
                risk._tell()
            for risk in known.values():
                risk.write({"state": "over", "closed_at": fields.Datetime.now()})

    def _late_lines(self):
        """{purchase line: values of a risk} of confirmed lines that will be on the shelf after the need."""
        lines = self.purchase_line_ids._logistics_outstanding()
        lines = lines.filtered(lambda line: line.state in ("purchase", "done"))
        if not lines:
            return {}
        needed_on = self._needed_without(lines)
        result = {}
        for line in lines if needed_on else ():
            vals = self._arrival_of(line)
            if vals["available_on"] > needed_on:
                late_days = (vals["available_on"] - needed_on).days
                result[line] = dict(vals, needed_on=needed_on, late_days=late_days)
        return result

    def _needed_without(self, lines):
        """The day the stock runs out without what these lines bring; None when it does not by any known demand."""
        rule = self.orderpoint_id
        if not rule:
            return self.projected_stockout_date or None
        moves = lines.move_ids.filtered(lambda move: move.state not in ("draft", "done", "cancel"))
        flows = [(day, move.product_qty) for move, day in moves._logistics_usable_on().items()]
        position = rule._logistics_positions(less={rule: flows})[rule]
        return position["projected_stockout_date"]

    def _arrival_of(self, line):
        """When a line will be on the shelf, with the parts of it."""
        promises = line.logistics_promise_ids.sorted(lambda promise: (promise.given_at, promise.id))
        newest = promises.filtered(lambda promise: promise.given_at == promises[-1:].given_at)
        promised_at = max(newest.mapped("promised_at"), default=line.date_planned or fields.Datetime.now())
        promised_on = max(promised_at.date(), fields.Date.context_today(self))  # what is overdue may come today
        transit = line.order_id.partner_id.logistics_transit_days
        dock = self.warehouse_id._logistics_dock_days(line.order_id.partner_id)
        left = line.product_qty - line.qty_received
        return {
            "quantity": line.product_uom._compute_quantity(left, line.product_id.uom_id),
            "promised_on": promised_on,
            "is_promised": bool(promises),
            "transit_days": transit,
            "dock_days": dock,
            "available_on": promised_on + timedelta(days=ceil(transit + dock)),
        }

    def _link_inbound(self):
        """What is on order for the product and warehouse anyway covers a need a scan has seen."""
        for shortage in self:
            lines = self.env["purchase.order.line"].search(
                [
                    ("product_id", "=", shortage.product_id.id),
                    ("company_id", "=", shortage.company_id.id),
                    ("state", "!=", "cancel"),
                    ("order_id.receipt_status", "!=", "full"),
                    ("order_id.picking_type_id.warehouse_id", "=", shortage.warehouse_id.id),
                ]
            )
            new = lines._logistics_outstanding() - shortage.purchase_line_ids
            if new:
                shortage.purchase_line_ids = [fields.Command.link(line.id) for line in new]

    def action_open_risks(self):
        """Smart button: what comes too late."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_inbound_risk")
        return dict(action, name=_("Inbound of %(name)s", name=self.name), domain=[("shortage_id", "=", self.id)])
