"""What people see of the gates: one mark per gate in the order in which they were asked, and what they may do."""

from markupsafe import Markup

from odoo import api, fields, models

# verdict: colour, sign
MARKS = {
    "pass": ("success", "fa-check"),
    "warn": ("warning", "fa-exclamation-triangle"),
    "waived": ("info", "fa-user"),
    "hold": ("danger", "fa-hand-paper-o"),
    "split": ("danger", "fa-scissors"),
    "error": ("dark", "fa-bug"),
}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    logistics_gate_strip = fields.Html(
        string="Gates", compute="_compute_logistics_gate_strip", compute_sudo=True, sanitize=False
    )
    logistics_can_release = fields.Boolean(string="May Be Released", compute="_compute_logistics_can_release")

    @api.depends("state", "logistics_release_state", "logistics_hold_ids.state")
    @api.depends_context("uid")
    def _compute_logistics_can_release(self):
        """Whether the user's press on Release is accepted: see ``_logistics_check_manual_release``."""
        for order in self:
            waits = order.state == "sale" and order.logistics_release_state in ("pending", "held", "partial")
            # sudo: a hold counts also for those who may not read it; the right to lift is asked as the user
            holds = order.sudo().logistics_hold_ids.filtered(lambda hold: hold.state == "active")
            types = holds.type_id.with_env(self.env)
            order.logistics_can_release = waits and all(hold_type._may_release() for hold_type in types)

    @api.depends("logistics_evaluation_ids")
    def _compute_logistics_gate_strip(self):
        for order in self:
            results = order.logistics_result_ids
            labels = dict(results._fields["verdict"]._description_selection(self.env))
            marks = Markup("").join(
                Markup(
                    '<span class="badge rounded-pill text-bg-%(colour)s me-1 mb-1 fs-6 fw-normal" title="%(title)s">'
                    '<i class="fa %(sign)s me-1" role="img" aria-label="%(label)s"></i>%(gate)s</span>'
                )
                % {
                    "colour": MARKS[result.verdict][0],
                    "sign": MARKS[result.verdict][1],
                    "title": f"{labels[result.verdict]}: {result.words or ''}",
                    "label": labels[result.verdict],
                    "gate": result.gate_name,
                }
                for result in results
            )
            order.logistics_gate_strip = marks and Markup('<div class="d-flex flex-wrap">%s</div>') % marks
