"""What the gates said, as a strip: one mark per gate in the order in which they were asked."""

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
