"""Batches that are waves of a rule: their cut-off, and starting them in time."""

from datetime import timedelta

from odoo import api, fields, models


class StockPickingBatch(models.Model):
    _inherit = "stock.picking.batch"

    logistics_wave_rule_id = fields.Many2one(
        "logistics.wave.rule",
        string="Wave Rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The rule that fills this wave.",
    )
    logistics_cut_off_at = fields.Datetime(string="Cut-off", readonly=True, copy=False, index="btree_not_null")
    logistics_order_words = fields.Char(related="logistics_wave_rule_id.order_words")

    logistics_places = fields.Text(
        string="Places", compute="_compute_logistics_places", help="Who is picked first, and why."
    )

    @api.depends("picking_ids.logistics_wave_position", "picking_ids.logistics_wave_why")
    def _compute_logistics_places(self):
        for batch in self:
            ranked = batch.picking_ids.filtered("logistics_wave_position").sorted("logistics_wave_position")
            batch.logistics_places = "\n".join(
                f"{picking.logistics_wave_position}. {picking.name} ({picking.logistics_wave_why})"
                for picking in ranked
            )

    @api.model
    def _logistics_start_due(self):
        """Start the waves whose rule says that their time has come."""
        now = fields.Datetime.now()
        waves = self.search([("state", "=", "draft"), ("logistics_cut_off_at", "!=", False)])
        for wave in waves:
            rule = wave.logistics_wave_rule_id
            if not rule.start_hours or not wave.picking_ids or not rule._is_enforced():
                continue
            if wave.logistics_cut_off_at - timedelta(hours=rule.start_hours) <= now:
                wave.action_confirm()
