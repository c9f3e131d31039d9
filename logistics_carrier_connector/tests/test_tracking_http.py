"""The door: each sender gets in with its own signature, and with nothing else."""

from odoo import fields
from odoo.tests import HttpCase, tagged

from . import tracking_samples as samples

SECRET = "a-secret-of-the-sender"


@tagged("post_install", "-at_install")
class TestTrackingHttp(HttpCase):
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

    def post(self, system, raw, headers):
        return self.url_open(f"/logistics/inbox/{system.inbound_slug}", data=raw, headers=headers)
