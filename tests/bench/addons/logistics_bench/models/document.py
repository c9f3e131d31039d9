"""A document whose creation calls a partner, in a job or inside the transaction."""

import json
import time
import uuid

import requests
from standardwebhooks import Webhook

from odoo import fields, models

# kept between jobs, which is more than most do: a new connection per call would be slower still
SESSION = requests.Session()


class BenchDocument(models.Model):
    _name = "logistics.bench.document"
    _description = "Document of a Benchmark"

    name = fields.Char()
    note = fields.Text()

    def bench_enqueue(self, count, url, secret, size):
        """So many jobs, each of which makes one signed call."""
        self.ensure_one()
        for number in range(count):
            self.with_delay()._bench_post(f"{url}/{number % 8}", secret, number, size)
        return True

    def _bench_post(self, url, secret, number, size):
        """The call of one job: the same body and signature as a delivery of the relay."""
        uid = str(uuid.uuid4())
        data = {"key": f"SO/{number}", "number": number, "pad": "x" * size}
        body = json.dumps({"specversion": "1.0", "id": uid, "type": "logistics.test", "data": data})
        now = fields.Datetime.now()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": uid,
            "webhook-timestamp": str(int(time.time())),
            "webhook-signature": Webhook(secret).sign(uid, now, body),
        }
        answer = SESSION.post(url, data=body, headers=headers, timeout=5)
        answer.raise_for_status()
        return answer.status_code

    def bench_rule(self, url):
        """Odoo's own way: a rule that calls a webhook when a document is created."""
        model = self.env["ir.model"]._get(self._name)
        rule = self.env["base.automation"].create(
            {"name": "Bench", "model_id": model.id, "trigger": "on_create_or_write", "active": True}
        )
        wanted = [field.id for field in model.field_id if field.name in ("name", "note")]
        self.env["ir.actions.server"].create(
            {
                "name": "Bench",
                "model_id": model.id,
                "state": "webhook",
                "webhook_url": url,
                "webhook_field_ids": [(6, 0, wanted)],
                "base_automation_id": rule.id,
                "usage": "base_automation",
            }
        )
        return rule.id
