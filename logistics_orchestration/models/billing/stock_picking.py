"""What is shipped needs a proof, what comes back needs none any more."""

from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _logistics_done(self):
        super()._logistics_done()
        # sudo: what may be billed follows from what moved, whoever moved it
        moves = self.sudo().filtered(lambda p: p.picking_type_code != "internal").move_ids
        (moves.sale_line_id | moves.origin_returned_move_id.sale_line_id)._logistics_refresh_proof()

    def _logistics_create_shipments(self):
        shipments = super()._logistics_create_shipments()
        # sudo: as above; also for a shipment made afterwards by hand
        shipments.sudo().picking_ids.move_ids.sale_line_id._logistics_refresh_proof()
        return shipments
