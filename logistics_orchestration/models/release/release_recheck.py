"""Orders to evaluate again because the cause of a hold may be gone: goods came in, an address was completed, ...

What notices the change (a receipt, a partner's form) only leaves a note here; a worker evaluates after commit, so
nobody's receipt gets slower by the number of orders that wait for it.
"""

from odoo import _, api, fields, models

CHUNK = 200


class ReleaseRecheck(models.Model):
    _name = "logistics.release.recheck"
    _description = "Orders to Evaluate Again"
    _inherit = ["logistics.work.item"]
    _order = "id"
    _rec_name = "cause"

    cause = fields.Char(required=True, readonly=True)
    order_ids = fields.Json(readonly=True, help="These orders.")
    product_ids = fields.Json(readonly=True, help="Held orders that want these products.")
    partner_ids = fields.Json(readonly=True, help="Held orders that go to these addresses.")
    hold_domain = fields.Json(readonly=True, help="Orders with holds like these.")
    dead = fields.Boolean(readonly=True, index=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")

    @api.model
    def _enqueue(self, cause, company=None, at=None, **what):
        """Leave a note for the worker.

        :param str cause: ``receipt``, ``address``, ``cron``, ...; kept on the evaluations
        :param at: not before this time (datetime in UTC); at once when not given
        :param what: one of order_ids, product_ids, partner_ids: list of ids; or hold_domain: domain of holds
        """
        vals = {"cause": cause, "company_id": company.id if company else False, **what}
        if at:
            vals["next_attempt_at"] = at
        # sudo: whoever receives goods or corrects an address leaves the note
        self.sudo().create(vals)
        cron = self.env.ref("logistics_orchestration.cron_release_recheck", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger(at)  # sudo: as above

    @api.model
    def _enqueue_held(self, cause, domain):
        """Leave a note about the orders that such holds stop; none when nothing waits. One query.

        :param list domain: on logistics.hold, of what can be written as JSON
        """
        # sudo: asked on behalf of whoever changes the cause
        if self.env["logistics.hold"].sudo().search([*self._self_lifting(), *domain], limit=1):
            self._enqueue(cause, hold_domain=domain)

    @api.model
    def _is_worth_it(self, domain, company=None):
        """Whether any hold that lifts itself stands on an order matching ``domain`` of sales orders; one query."""
        domain = [("order_id", "any", domain), *self._self_lifting()]
        if company:
            domain.append(("company_id", "=", company.id))
        # sudo: asked on behalf of whoever changes the cause
        return bool(self.env["logistics.hold"].sudo().search(domain, limit=1))

    @api.model
    def _self_lifting(self):
        return [("state", "=", "active"), ("gate_id", "!=", False), ("type_id.auto_release", "=", True)]

    @api.model
    def _timed_kinds(self):
        """Kinds of gates that time alone lets pass."""
        return ["cutoff"]

    def _work_domain(self):
        return [("dead", "=", False), ("next_attempt_at", "<=", fields.Datetime.now())]

    def _work_one(self):
        orders = self._orders()
        cause = self.cause
        self.unlink()
        if len(orders) > CHUNK:
            self._enqueue_chunks(cause, orders)
        elif orders:
            orders._logistics_evaluate(cause)

    @api.model
    def _enqueue_chunks(self, cause, orders):
        """Leave notes about many orders, so many in each that one transaction deals with them quickly."""
        for start in range(0, len(orders), CHUNK):
            self._enqueue(cause, order_ids=orders[start : start + CHUNK].ids)

    def _orders(self):
        """The orders this note is about that still wait."""
        if self.order_ids:
            return self.env["sale.order"].browse(self.order_ids).exists()
        domain = self._self_lifting()
        if self.company_id:
            domain.append(("company_id", "=", self.company_id.id))
        if self.product_ids:
            domain += [("order_id.order_line.product_id", "in", self.product_ids), ("gate_id.kind", "!=", "address")]
        elif self.hold_domain:
            domain += self.hold_domain
        elif self.partner_ids:
            domain += [("order_id.partner_shipping_id", "child_of", self.partner_ids)]
        else:
            return self.env["sale.order"]
        return self.env["logistics.hold"].search(domain).order_id

    def _work_dead(self, error):
        self.write({"dead": True})  # the orders stay held: that is the safe side
        user = self.env.ref("base.user_admin")
        for order in self._orders()[:1]:
            order._logistics_activity(_("Held orders could not be evaluated again"), error, user=user)

    @api.model
    def _cron_run(self):
        """Scheduled action: evaluate what was noted."""
        self._work_run(seconds=40)

    @api.model
    def _cron_periodic(self):
        """Scheduled action: everything that may have changed without anybody noticing, in chunks for the worker.

        Held orders whose hold lifts itself, orders that still wait for their first evaluation, releases that have
        expired, and holds of the automation where release is only observed by now.
        """
        orders = self.env["logistics.hold"].search([("state", "=", "active"), ("origin", "!=", "manual")]).order_id
        orders |= self.env["sale.order"].search(
            [
                ("state", "=", "sale"),
                "|",
                ("logistics_release_state", "=", "pending"),
                "&",
                "&",
                ("logistics_release_state", "in", ("released", "partial")),
                ("logistics_valid_until", "<", fields.Datetime.now()),
                ("delivery_status", "in", ("pending", "partial")),
            ]
        )
        self._enqueue_chunks("cron", orders)
