"""The door: each sender gets in with its own signature, and with nothing else."""

import json

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.logistics_orchestration.tests.common import InboxMixin

from . import tracking_samples as samples

SECRET = "a-secret-of-the-sender"


def _all_texts(value, strange):
    """A JSON value in which something strange stands for every text that may be a number, a time or an id."""
    if isinstance(value, dict):
        kept = ("object", "event", "action", "eventClassifierCode")
        return {key: one if key in kept else _all_texts(one, strange) for key, one in value.items()}
    if isinstance(value, list):
        return [_all_texts(one, strange) for one in value]
    return strange if isinstance(value, str) else value


@tagged("post_install", "-at_install")
class TestTrackingHttp(InboxMixin, HttpCase):
    def test_each_sender_is_verified_as_it_signs(self):
        begin = fields.Datetime.subtract(fields.Datetime.now(), hours=12)
        for code in samples.SENDERS:
            with self.subTest(sender=code):
                system = self.env["logistics.system"].new({"inbound_adapter": code})
                system._onchange_inbound_adapter()
                names = ("inbound_scheme", "inbound_header", "inbound_encoding", "inbound_prefix")
                system = self.env["logistics.system"].create(
                    {
                        "name": code, "code": f"http-{code}", "kind": "carrier", "inbound_adapter": code,
                        "secret_in": SECRET, **{name: system[name] for name in names},
                    }
                )  # fmt: skip
                self.env.flush_all()
                raw, headers = samples.write(code, samples.number_of(code), samples.way(code, begin))[0]
                proof = samples.signed(code, raw, SECRET)
                answer = self.post(system, raw, {**headers, **proof})
                self.assertEqual(answer.status_code, 202, answer.text)
                self.assertEqual(answer.json()["status"], "accepted")
                self.assertEqual(self.post(system, raw, {**headers, **proof}).json()["status"], "duplicate")
                self.assertEqual(self.post(system, raw, headers).status_code, 401)
                wrong = samples.signed(code, raw, SECRET + "x")
                self.assertEqual(self.post(system, raw, {**headers, **wrong}).status_code, 401)
                cut = raw[: len(raw) // 2]
                # who signs the body is refused for the signature, who does not for what cannot be read
                self.assertIn(self.post(system, cut, {**headers, **proof}).status_code, (400, 401))
                count = self.env["logistics.inbox.message"].search_count([("system_id", "=", system.id)])
                self.assertEqual(count, len(answer.json().get("messages", [1])))

    def test_a_hostile_body_is_stored_or_refused_and_never_breaks_the_door(self):
        """Half characters, ids without end, times beyond the calendar: 202 and kept, or 400."""
        begin = fields.Datetime.subtract(fields.Datetime.now(), hours=12)
        for code in sorted({*samples.SENDERS} - {*samples.EDI}):
            raw, headers = samples.write(code, samples.number_of(code), samples.way(code, begin))[0]
            body = json.loads(raw)
            system = self.env["logistics.system"].create(
                {"name": code, "code": f"hostile-{code}", "kind": "carrier", "inbound_adapter": code,
                 "inbound_scheme": "token", "secret_in": SECRET}
            )  # fmt: skip
            self.env.flush_all()
            headers = {**headers, "X-Api-Key": SECRET}
            for strange in ("\ud800", "9" * 9_000, "0001-01-01T00:00:00+14:00", [[]], None):
                with self.subTest(sender=code, strange=str(strange)[:30].encode("ascii", "replace")):
                    answer = self.post(system, json.dumps(_all_texts(body, strange)).encode(), headers)
                    self.assertIn(answer.status_code, (202, 400), answer.text)
            kept = self.env["logistics.inbox.message"].search([("system_id", "=", system.id)])
            self.assertGreaterEqual(len(kept), 3)
            deep = b'{"data": ' + b"[" * 300_000 + b"]" * 300_000 + b"}"
            self.assertEqual(self.post(system, deep, headers).status_code, 400)
            self.assertEqual(self.post(system, b" " * 10_000_000, headers).status_code, 413)

    def test_a_shop_s_order_with_half_a_character_is_stored(self):
        system = self.env["logistics.system"].create(
            {"name": "Shop", "code": "hostile-orders", "kind": "carrier", "inbound_adapter": "shopify",
             "inbound_scheme": "token", "secret_in": SECRET}
        )  # fmt: skip
        self.env.flush_all()
        body = {"name": "#7", "note": "\ud800", "currency": "EUR", "email": "a\ud800@example.com",
                "line_items": [{"sku": "A\ud800", "quantity": 1, "price": "5.00", "title": "\ud800"}]}  # fmt: skip
        headers = {"X-Api-Key": SECRET, "x-shopify-topic": "orders/create", "content-type": "application/json"}
        self.assertEqual(self.post(system, json.dumps(body).encode(), headers).status_code, 202)

    def post(self, system, raw, headers):
        return self.url_open(f"/logistics/inbox/{system.inbound_slug}", data=raw, headers=headers)
