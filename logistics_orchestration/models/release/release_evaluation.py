"""One evaluation of an order's release: the verdict and, per gate, why. Written once, never changed.

Orders, gates and people are kept by id and name: nothing that is deleted later takes the answer to "why was it not
released in March" with it.
"""

import hashlib
import json

from odoo import _, api, fields, models

from ..backbone.record_link import open_form
from ..gate.release_gate import FAILING

VERDICTS = [("pass", "Pass"), ("warn", "Pass with warnings"), ("hold", "Hold")]
# of what made it: only evaluations asked for by somebody or by a fact are kept when nothing is new
PERIODIC = ("cron", "receipt", "address", "payment", "limit", "carrier", "product", "calendar", "system", "gate")
# of a gate's result: what is acted on, not stored
ACTED_ON = {"line_ids", "again_at"}


class ReleaseEvaluation(models.Model):
    _name = "logistics.release.evaluation"
    _description = "Release Evaluation"
    _inherit = ["logistics.audit.mixin"]
    _order = "id desc"
    _rec_name = "order_name"

    order_model = fields.Char(default="sale.order", required=True, readonly=True)
    order_id = fields.Many2oneReference(
        string="Order ID", model_field="order_model", required=True, readonly=True, index=True
    )
    order_name = fields.Char(string="Order", required=True, readonly=True, index=True)
    customer = fields.Char(readonly=True)
    warehouse = fields.Char(readonly=True)
    amount = fields.Float(string="Order Value", readonly=True)
    currency = fields.Char(readonly=True)
    verdict = fields.Selection(VERDICTS, required=True, readonly=True)
    mode = fields.Selection(
        [("observe", "Observed"), ("enforce", "Enforced")],
        required=True,
        readonly=True,
        help="Observed: the verdict is known, nothing was done about it.",
    )
    stage = fields.Selection(
        [("procurement", "Before procurement"), ("release", "Release")], default="release", required=True, readonly=True
    )
    trigger = fields.Char(readonly=True, help="What made it: an event, a person, a scheduled check, a lifted hold.")
    words = fields.Text(string="In Words", readonly=True)
    fingerprint = fields.Char(readonly=True, help="Same verdict for the same reasons: same fingerprint.")
    evaluated_at = fields.Datetime(readonly=True, required=True, default=fields.Datetime.now)
    user_ref = fields.Integer(string="User ID", readonly=True)
    user_name = fields.Char(string="For", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict", index=True)
    result_ids = fields.One2many("logistics.release.evaluation.result", "evaluation_id", readonly=True)

    @api.model
    def _write_all(self, orders, results, stage, trigger, observed):
        """Store the evaluation of many orders; what is not new is not stored again by a periodic check.

        :param dict results: {order id: [result dict]}, see ``logistics.release.gate._result``
        :param observed: those of ``orders`` that are only observed
        :returns: {order id: (evaluation or empty, verdict, words, is new)}
        """
        last = self._latest(orders, stage)
        made, vals_list = {}, []
        for order in orders:
            verdict, words = self._verdict(results[order.id])
            fingerprint = self._fingerprint(results[order.id], verdict, stage)
            new = order.id not in last or last[order.id].fingerprint != fingerprint
            made[order.id] = [self.browse(), verdict, words, new]
            if not new and trigger in PERIODIC:
                continue
            vals_list.append(
                {
                    "order_id": order.id,
                    "order_name": order.name,
                    "customer": order.partner_id.display_name,
                    "warehouse": order.warehouse_id.code,
                    "amount": order.amount_total,
                    "currency": order.currency_id.name,
                    "verdict": verdict,
                    "mode": "observe" if order in observed else "enforce",
                    "stage": stage,
                    "trigger": trigger,
                    "words": words,
                    "fingerprint": fingerprint,
                    "user_ref": self.env.uid,
                    "user_name": self.env.user.name,
                    "company_id": order.company_id.id,
                    "result_ids": [
                        fields.Command.create({key: value for key, value in result.items() if key not in ACTED_ON})
                        for result in results[order.id]
                    ],
                }
            )
        for evaluation in self.create(vals_list):
            made[evaluation.order_id][0] = evaluation
        return made

    @api.model
    def _latest(self, orders, stage="release"):
        """{order id: its newest evaluation}, without reading all the older ones."""
        if not orders.ids:
            return {}
        self.flush_model()
        self.env.cr.execute(
            "SELECT DISTINCT ON (order_id) id FROM logistics_release_evaluation"
            " WHERE order_model = 'sale.order' AND order_id = ANY(%s) AND stage = %s ORDER BY order_id, id DESC",
            [orders.ids, stage],
        )
        found = self.browse([row[0] for row in self.env.cr.fetchall()])
        return {evaluation.order_id: evaluation for evaluation in found}

    @api.model
    def _verdict(self, results):
        """(verdict, words) of a list of gate results."""
        failed = [result for result in results if result["verdict"] in FAILING]
        warned = [result for result in results if result["verdict"] in ("warn", "waived")]
        words = [f"{result['gate_name']}: {result['words']}" for result in failed + warned]
        if failed:
            return "hold", "\n".join(words)
        if warned:
            return "warn", "\n".join(words)
        return "pass", _("All gates passed") if results else _("No gate applies")

    @api.model
    def _fingerprint(self, results, verdict, stage):
        facts = [[r["gate_id"], r["gate_version"], r["verdict"], r["words"]] for r in results]
        return hashlib.sha256(json.dumps([verdict, stage, facts], sort_keys=True).encode()).hexdigest()

    def action_open_order(self):
        """Open the order that was evaluated."""
        self.ensure_one()
        return open_form(self.env[self.order_model].browse(self.order_id))
