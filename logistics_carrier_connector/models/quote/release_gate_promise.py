"""Gate kind ``date`` knows the carriers' offers: where none keeps the promise, it says so before anything is packed."""

from odoo import _, models


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    def _facts_date(self, orders):
        facts = super()._facts_date(orders)
        # sudo: gates look whoever asks
        offers = self.env["logistics.order.offer"].sudo().search([("order_id", "in", orders.ids)])
        facts["offers"] = offers.grouped("order_id") if offers else {}
        return facts

    def _gate_date(self, order, facts):
        answer = super()._gate_date(order, facts)
        offers = facts["offers"].get(order)
        if not offers or not order.commitment_date:
            return answer
        batch = order.sudo()._logistics_last_rates()  # sudo: as above
        offers = offers.filtered(
            lambda one: one.rating_id in batch and one.carrier_id and one.keeps_promise in ("yes", "no")
        )
        if not offers or batch[0].content != order._logistics_rates_content():
            return answer
        kept = offers.filtered(lambda one: one.keeps_promise == "yes")
        fastest = offers.sorted("arrives_on")[0]
        answer["inputs"]["offers"] = {one.name: str(one.arrives_on) for one in offers}
        promised = self._day(order.commitment_date.date())
        if kept:
            words = _(
                "%(words)s; %(count)s of %(all)s services keep it",
                words=answer["words"],
                count=len(kept),
                all=len(offers),
            )
            return dict(answer, words=words)
        words = _(
            "No service keeps the promise of %(promised)s: the fastest, %(name)s, arrives on %(day)s",
            promised=promised,
            name=fastest.name,
            day=self._day(fastest.arrives_on),
        )
        return dict(answer, passed=False, words=words)
