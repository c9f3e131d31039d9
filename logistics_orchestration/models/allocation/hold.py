"""Holds that wait for a choice of warehouses: lifting them is the decision."""

from odoo import models


class Hold(models.Model):
    _inherit = "logistics.hold"

    def _after_place(self):
        """What is on hold now leaves its wave: one held transfer would stop all the others in it."""
        result = super()._after_place()
        self.filtered("block_work")._moves().picking_id._logistics_leave_waves()
        return result

    def _release(self, reason, auto=False, resume=True, evaluate=True):
        """Who lifts a split hold agrees to the split; who lifts *No warehouse left* wants all of them asked anew."""
        decided = self.browse() if auto else self.filtered(lambda hold: hold.state == "active" and hold.order_id)
        decided.filtered(lambda hold: hold.type_id.code == "split_warehouses").order_id._logistics_split_agreed()
        for order in decided.filtered(lambda hold: hold.type_id.code == "no_warehouse").order_id:
            allocation = order._logistics_last_allocation()
            if allocation.state == "exhausted":
                allocation._supersede()
        return super()._release(reason, auto=auto, resume=resume, evaluate=evaluate)
