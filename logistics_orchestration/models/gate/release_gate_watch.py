"""How a gate is doing: what it holds now, whether it could be evaluated, what it said."""

from odoo import api, fields, models


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    hold_ids = fields.One2many("logistics.hold", "gate_id", readonly=True)
    held_count = fields.Integer(compute="_compute_held", string="Holds Now")
    error_count = fields.Integer(compute="_compute_held", string="Held by Its Failure")
    error_words = fields.Char(compute="_compute_held", string="Why It Failed")

    @api.depends("hold_ids.state", "hold_ids.gate_error")
    def _compute_held(self):
        holds = self.env["logistics.hold"]
        groups = holds._read_group(
            [("gate_id", "in", self.ids), ("state", "=", "active")], ["gate_id", "gate_error"], ["__count", "id:max"]
        )
        found = {(gate.id, error): (count, last) for gate, error, count, last in groups}
        for gate in self:
            right, wrong = found.get((gate.id, False), (0, 0)), found.get((gate.id, True), (0, 0))
            gate.held_count = right[0] + wrong[0]
            gate.error_count = wrong[0]
            gate.error_words = holds.browse(wrong[1]).reason if wrong[1] else False

    def action_open_holds(self):
        """The holds this gate has placed and that stand."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_hold")
        return dict(action, domain=[("gate_id", "in", self.ids)], context={"search_default_active": 1})

    def action_open_results(self):
        """The evaluations in which this gate was asked."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_release_evaluation")
        return dict(action, domain=[("result_ids.gate_id", "in", self.ids)], context={})
