"""How many receipts a plan has seen of one product from one supplier: sampling counts by it.

Two receipts that get ready at the same moment would both count the same receipts before them, and both or neither be
the one of so many. The number is drawn by an update of one row: who comes second at Odoo's REPEATABLE READ gets a
serialization failure, and Odoo's own retry counts anew.
"""

from odoo import api, fields, models
from odoo.tools import SQL


class ReceiptCheckSeries(models.Model):
    _name = "logistics.receipt.check.series"
    _description = "Sampling of a Product and Supplier"
    _order = "plan_id, id"
    _rec_name = "product_id"

    plan_id = fields.Many2one(
        "logistics.receipt.check.plan", required=True, readonly=True, ondelete="cascade", index=True
    )
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade", index=True)
    partner_id = fields.Many2one("res.partner", string="Supplier", readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    taken = fields.Integer(
        string="Receipts", readonly=True, default=0, help="Seen so far, looked at or not; cancelled ones do not count."
    )

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_receipt_check_series_uniq ON logistics_receipt_check_series"
            " (plan_id, product_id, COALESCE(partner_id, 0))"
        )

    @api.model
    def _draw(self, plan, product, supplier):
        """The number of the next receipt, from 1; the row is locked until the transaction is over."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO logistics_receipt_check_series AS series
                       (plan_id, product_id, partner_id, company_id, taken,
                        create_uid, write_uid, create_date, write_date)
                VALUES (%(plan)s, %(product)s, %(partner)s, %(company)s, 1 + (
                            SELECT COUNT(*) FROM logistics_receipt_check seen
                             WHERE seen.plan_id = %(plan)s AND seen.product_id = %(product)s
                               AND seen.partner_id IS NOT DISTINCT FROM %(partner)s
                               AND seen.repeat_of_id IS NULL AND seen.state <> 'cancelled'),
                        %(user)s, %(user)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
                ON CONFLICT (plan_id, product_id, COALESCE(partner_id, 0))
                DO UPDATE SET taken = series.taken + 1, write_date = now() AT TIME ZONE 'UTC'
                RETURNING taken
                """,
                plan=plan.id,
                product=product.id,
                partner=supplier.id or None,
                company=plan.company_id.id,
                user=self.env.uid,
            )
        )
        self.invalidate_model(["taken"])
        return self.env.cr.fetchone()[0]

    @api.model
    def _give_back(self, check):
        """A receipt that did not come does not count."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE logistics_receipt_check_series SET taken = GREATEST(taken - 1, 0)"
                " WHERE plan_id = %s AND product_id = %s AND partner_id IS NOT DISTINCT FROM %s",
                check.plan_id.id,
                check.product_id.id,
                check.partner_id.id or None,
            )
        )
        self.invalidate_model(["taken"])
