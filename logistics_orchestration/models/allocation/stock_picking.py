"""Transfers in waves: their place, and why it is theirs."""

from odoo import _, fields, models
from odoo.tools.misc import format_date, format_datetime

from ...scoring.waves import Work


class StockPicking(models.Model):
    _inherit = "stock.picking"

    logistics_wave_position = fields.Integer(string="Place in Wave", readonly=True, copy=False)
    logistics_wave_why = fields.Char(string="Why This Place", readonly=True, copy=False)

    def _logistics_work(self, cut_off):
        """The transfer as ``scoring.waves`` ranks it."""
        self.ensure_one()
        order = self.sale_id.sudo()  # sudo: whoever fills waves, the promise counts
        return Work(
            self.id,
            urgent=self.priority == "1",
            promised=order.commitment_date or self.date_deadline or None,
            cut_off=cut_off,
            ordered=order.date_order or self.create_date,
            lines=len(self.move_ids),
            weight=self.weight,
        )

    def _logistics_rank_words(self, work):
        """What gave the transfer its place."""
        words = [_("urgent")] if work.urgent else []
        if work.promised:
            words.append(_("promised %(date)s", date=format_date(self.env, work.promised)))
        if work.cut_off:
            words.append(_("cut-off %(time)s", time=format_datetime(self.env, work.cut_off, dt_format="short")))
        words.append(_("ordered %(date)s", date=format_date(self.env, work.ordered)))
        return ", ".join(words)

    def _logistics_leave_waves(self):
        """Take these transfers out of waves that have not been done; those of people's own batches stay."""
        leaving = self.filtered(
            lambda picking: picking.batch_id.logistics_wave_rule_id and picking.batch_id.state != "done"
        )
        for batch in leaving.batch_id:
            names = ", ".join((leaving & batch.picking_ids).mapped("name"))
            batch.message_post(body=_("On hold or moved, taken out of the wave: %(names)s", names=names))
        if leaving:
            leaving.write({"batch_id": False, "logistics_wave_position": 0, "logistics_wave_why": False})
