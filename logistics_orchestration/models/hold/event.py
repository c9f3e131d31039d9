"""Facts after which the conditions of holds are looked at again."""

from odoo import models


class Event(models.Model):
    _inherit = "logistics.event"

    def _moment(self, record, event):
        super()._moment(record, event)
        type_ids = self.env["logistics.hold.type"]._events_looked_at().get(event["type"])
        if not type_ids:
            return
        order = record._logistics_root()
        if order._name != "sale.order":
            return
        # sudo: whoever causes the event leaves the note
        holds = order.sudo().logistics_hold_ids.filtered(
            lambda hold: hold.state == "active" and hold.release_domain and hold.type_id.id in type_ids
        )
        if holds:
            self.env["logistics.release.recheck"]._enqueue(event["type"], order_ids=order.ids)
