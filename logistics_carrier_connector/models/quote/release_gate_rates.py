"""Gate kind ``rates``: the carriers have been asked, before the warehouse gets the order.

The gate itself only looks. What it finds missing is asked for after all gates were asked: an intent, which a worker
carries out after the commit. The order waits; it is looked at again when the last carrier has answered, or when the
time is up, whichever is first.
"""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    kind = fields.Selection(selection_add=[("rates", "Carriers' offers are here")], ondelete={"rates": "cascade"})
    rates_minutes = fields.Float(
        string="Wait at Most (Minutes)", default=15.0, help="For the carriers' answers, from when they were asked."
    )
    rates_hours = fields.Float(string="Offers Good For (Hours)", default=24.0, help="After that they are asked again.")
    rates_late = fields.Selection(
        [("go", "Go on without offers"), ("hold", "Stay on hold until a person decides")],
        string="When Nobody Answers",
        required=True,
        default="go",
    )

    @api.constrains("rates_minutes", "rates_hours")
    def _check_rates(self):
        for gate in self.filtered(lambda gate: gate.kind == "rates"):
            if gate.rates_minutes <= 0 or gate.rates_hours <= 0:
                raise ValidationError(_("Gate %(name)s: write a time above 0 to wait, and for offers.", name=gate.name))

    def _facts_rates(self, orders):
        """{order id: its latest requests}, read at once."""
        found = {}
        # sudo: gates look whoever asks
        ratings = self.env["logistics.order.rating"].sudo().search([("order_id", "in", orders.ids)], order="id desc")
        for rating in ratings:
            known = found.get(rating.order_id.id)
            if not known or known[0].batch == rating.batch:
                found[rating.order_id.id] = rating if not known else known | rating
        return {"ratings": found, "now": fields.Datetime.now()}

    def _gate_rates(self, order, facts):
        """Offers for just this order are here, or the time to wait for them is up."""
        if not order._logistics_planned_lines():
            return {"passed": True, "words": _("Nothing to ship"), "inputs": {}}
        ratings = facts["ratings"].get(order.id)
        now = facts["now"]
        fresh = ratings and ratings[0].content == order._logistics_rates_content()
        if fresh and ratings[0].create_date < now - timedelta(hours=self.rates_hours):
            fresh = False
        if not fresh:
            if not self.env["logistics.order.rating"]._accounts(order):
                return {"passed": True, "words": _("No carrier with an interface delivers there"), "inputs": {}}
            until = now + timedelta(minutes=self.rates_minutes)
            return {
                "passed": False,
                "words": _("Waiting for rates: the carriers are asked"),
                "inputs": {"ask": True},
                "again_at": until,
            }
        inputs = {"batch": ratings[0].batch, "offers": [one.name for one in ratings.offer_ids]}
        until = min(ratings.mapped("create_date")) + timedelta(minutes=self.rates_minutes)
        waiting = ratings.filtered(lambda one: one.state == "requested")
        if waiting and until > now:
            names = ", ".join(waiting.account_id.mapped("name"))
            words = _("Waiting for rates of %(carriers)s", carriers=names)
            return {"passed": False, "words": words, "inputs": inputs, "again_at": until}
        if ratings.offer_ids:
            best = ratings.offer_ids.filtered("recommended")[:1] or ratings.offer_ids[:1]
            words = _("%(count)s offers, best: %(name)s", count=len(ratings.offer_ids), name=best.name)
            return {"passed": True, "words": words, "inputs": inputs}
        words = _("No carrier made an offer within %(minutes)s minutes", minutes=f"{self.rates_minutes:g}")
        if not waiting:
            words = _("No carrier made an offer: %(why)s", why="; ".join(one.error or "-" for one in ratings))
        return {"passed": self.rates_late == "go", "words": words, "inputs": inputs}

    @api.model
    def _run(self, orders, gates=None):
        results = super()._run(orders, gates)
        for order in orders:
            asks = [one for one in results[order.id] if one["gate_kind"] == "rates" and one["inputs"].get("ask")]
            if asks:
                self.env["logistics.order.rating"]._request_for_order(order)
        return results
