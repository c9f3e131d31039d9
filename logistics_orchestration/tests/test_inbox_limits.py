"""The inbound address over real HTTP: schemes, batches, ids, and what is too much."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers import inbox as controller
from ..relay import inbound, limits
from ..relay.signature import sign
from .common import InboxMixin

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CONTROLLER = "odoo.addons.logistics_orchestration.controllers.inbox"
BATCH = "application/cloudevents-batch+json"


@tagged("post_install", "-at_install")
class TestInboundLimits(InboxMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.system = self.env["logistics.system"].create(
            {"name": "WMS", "code": f"wms-{uuid.uuid4().hex[:6]}", "kind": "warehouse", "secret_in": SECRET}
        )

    def event(self, uid="e1", **more):
        return {"id": uid, "type": "logistics.picking.completed", "data": {"fulfillment": "F1"}, **more}

    def post(self, body, signed=True, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        timestamp, uid = int(time.time()), headers.pop("webhook_id", "msg_1")
        headers = {"Content-Type": "application/json", **headers}
        if signed:
            headers.update(
                {
                    "webhook-id": uid,
                    "webhook-timestamp": str(timestamp),
                    "webhook-signature": sign([SECRET], uid, timestamp, raw),
                }
            )
        return self.url_open(f"/logistics/inbox/{self.system.inbound_slug}", data=raw, headers=headers)

    def stored(self):
        return self.env["logistics.inbox.message"].search([("system_id", "=", self.system.id)], order="id")

    # -- schemes ----------------------------------------------------------------------------------------------

    def test_a_partner_signs_in_its_own_header(self):
        self.system.write(
            {
                "inbound_scheme": "hmac_sha256",
                "inbound_header": "X-Partner-Sign",
                "inbound_encoding": "base64",
                "inbound_prefix": False,
                "secret_in": "s3cret",
            }
        )
        body = json.dumps(self.event()).encode()
        good = base64.b64encode(hmac.new(b"s3cret", body, hashlib.sha256).digest()).decode()
        self.assertEqual(self.post(body, signed=False, **{"X-Partner-Sign": good}).status_code, 202)
        self.assertEqual(self.post(body, signed=False, **{"X-Partner-Sign": good[:-2]}).status_code, 401)
        self.assertEqual(self.stored().external_id, "e1", "the envelope's own id")

    def test_a_token_for_who_cannot_sign(self):
        self.system.write({"inbound_scheme": "token", "inbound_header": "Authorization", "secret_in": "tok"})
        self.system.inbound_prefix = "Bearer"
        self.assertEqual(self.post(self.event(), signed=False, Authorization="Bearer tok").status_code, 202)
        self.assertEqual(self.post(self.event(), signed=False, Authorization="Bearer tak").status_code, 401)

    def test_user_and_password(self):
        self.system.write({"inbound_scheme": "basic", "inbound_user": "n8n", "secret_in": "pass:word"})
        good = "Basic " + base64.b64encode(b"n8n:pass:word").decode()
        self.assertEqual(self.post(self.event(), signed=False, Authorization=good).status_code, 202)
        self.assertEqual(self.post(self.event(), signed=False, Authorization="Basic bm8=").status_code, 401)
        with self.assertRaises(ValidationError):
            self.system.inbound_user = False

    def test_the_usual_prefix_follows_the_scheme(self):
        self.system.inbound_scheme = "hmac_sha256"
        self.assertEqual(self.system.inbound_prefix, "sha256=")
        self.system.inbound_scheme = "token"
        self.assertFalse(self.system.inbound_prefix)

    # -- ids and batches --------------------------------------------------------------------------------------

    def test_the_id_is_taken_from_where_the_partner_writes_it(self):
        self.system.inbound_id_path = "data.fulfillment"
        self.assertEqual(self.post(self.event()).json()["status"], "accepted")
        self.assertEqual(self.post(self.event(), webhook_id="msg_2").json()["status"], "duplicate")
        self.assertEqual(self.stored().external_id, "F1")

    def test_a_batch_is_stored_in_parts_all_or_none(self):
        events = [self.event("a"), self.event("b", subject="S")]
        answer = self.post(events, **{"Content-Type": BATCH})
        self.assertEqual((answer.status_code, answer.json()["status"]), (202, "accepted"))
        self.assertEqual(self.stored().mapped("external_id"), ["a", "b"])
        self.assertEqual(json.loads(self.stored()[1].raw), events[1])
        again = self.post([self.event("b"), self.event("c")], **{"Content-Type": BATCH}).json()
        self.assertEqual([part["status"] for part in again["messages"]], ["duplicate", "accepted"])
        self.assertEqual(again["messages"][0]["id"], self.stored()[1].id)
        broken = self.post([self.event("d"), {"id": "e"}], **{"Content-Type": BATCH})
        self.assertEqual((broken.status_code, len(self.stored())), (400, 3))

    @mute_logger(CONTROLLER)
    def test_an_adapter_that_breaks_loses_nothing(self):
        def broken(_raw, _headers):
            raise ZeroDivisionError

        body = self.event()
        with patch.dict(inbound.ADAPTERS, {"native": inbound.Adapter(broken)}):
            self.assertEqual(self.post(body).status_code, 202)
            self.stored()._work_attempt()
        kept = self.stored()
        self.assertEqual((kept.type, kept.state), ("unread", "quarantined"))
        kept.action_replay()
        kept._work_attempt()
        self.assertEqual(kept.state, "processed")
        self.assertEqual((self.stored() - kept).type, "picking.completed")

    # -- limits -----------------------------------------------------------------------------------------------

    def test_too_fast_is_told_when_to_come_again(self):
        self.system.inbound_rate = 2
        codes = [self.post(self.event(), webhook_id=f"m{n}").status_code for n in range(3)]
        self.assertEqual(codes, [202, 202, 429])
        answer = self.post(self.event(), webhook_id="m9")
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertEqual(len(self.stored()), 2)
        self.assertEqual(self.stored()[0].duplicate_count, 0)

    def test_size_type_and_form_are_bounded(self):
        self.system.inbound_max_kb = 1
        self.assertEqual(self.post(self.event(pad="x" * 1024)).status_code, 413)
        self.assertEqual(self.post(self.event(), **{"Content-Type": "text/xml"}).status_code, 415)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(self.post(b"a=b", **form).status_code, 415)
        self.assertFalse(self.stored())
        with self.assertRaises(ValidationError):
            self.system.inbound_max_kb = 0

    @mute_logger(CONTROLLER)
    def test_wrong_signatures_are_counted_on_the_system_not_stored(self):
        clock = [1000.0]
        with (
            patch.object(controller, "strangers", limits.Strangers(limit=3)),
            patch.object(limits.time, "monotonic", lambda: clock[0]),
            patch(
                "odoo.addons.logistics_orchestration.models.inbox.refusal._tally",
                limits.Tally(clock=lambda: clock[0]),
            ),
        ):
            for _attempt in range(3):
                clock[0] += 2
                self.assertEqual(self.post(self.event(), signed=False).status_code, 401)
            self.assertEqual(self.post(self.event(), signed=False).status_code, 429)
            self.assertEqual(self.post(self.event()).status_code, 202, "who signs is not locked out")
        self.system.invalidate_recordset()
        self.assertEqual(self.system.inbound_refused_count, 3)
        self.assertTrue(self.system.inbound_refused_at)
        self.assertIn("webhook-id", self.system.inbound_refused_why)
        self.env["logistics.refusal"].search([]).write({"at": fields.Datetime.subtract(fields.Datetime.now(), days=2)})
        self.system.invalidate_recordset()
        self.assertEqual(self.system.inbound_refused_count, 0, "no news any more")

    def test_made_up_addresses_do_not_fill_the_cache(self):
        cache = self.env.registry._Registry__caches["default"]
        self.env["logistics.system"]._inbound_entry("somebody")
        before = len(cache.d)
        for number in range(5):
            self.assertIsNone(self.env["logistics.system"]._inbound_entry(f"nobody-{number}"))
        self.assertEqual(len(cache.d), before)

    def test_a_changed_secret_counts_at_once(self):
        self.assertEqual(self.post(self.event()).status_code, 202)
        self.system.secret_in = "whsec_" + base64.b64encode(b"n" * 32).decode()
        self.assertEqual(self.post(self.event(), webhook_id="m2").status_code, 202, "the old one overlaps")
        self.system.action_end_overlap()
        with mute_logger(CONTROLLER):
            self.assertEqual(self.post(self.event(), webhook_id="m3").status_code, 401)

    def test_one_wake_up_per_message_is_not_needed(self):
        """What a request costs in statements, beyond Odoo's own: the INSERT, and the trigger of the first."""
        self.post(self.event(), webhook_id="warm")
        stored = self.env["logistics.inbox.message"]
        named = inbound.name_messages(inbound.native(json.dumps(self.event("x")).encode(), {}), b"", {})
        ids = self.system.id, self.system.company_id.id
        with patch.object(type(stored), "_work_wake", lambda *args, **kwargs: None), self.assertQueryCount(1):
            stored._store(*ids, named, {})
