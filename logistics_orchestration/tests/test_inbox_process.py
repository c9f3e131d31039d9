"""The inbound address over real HTTP, and what becomes of a message."""

import json
import time
import uuid

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.inbox.inbox_errors import Discard, Late
from ..relay.signature import sign
from .common import InboxMixin, LogisticsCase

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CONTROLLER = "odoo.addons.logistics_orchestration.controllers.inbox"


@tagged("post_install", "-at_install")
class TestInboundAddress(InboxMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.system = self.env["logistics.system"].create(
            {"name": "WMS", "code": f"wms-{uuid.uuid4().hex[:6]}", "kind": "warehouse", "secret_in": SECRET}
        )
        self.body = json.dumps({"type": "logistics.picking.completed", "data": {"fulfillment": "F1"}}).encode()

    def post(self, body=None, slug=None, message_id="msg_1", secret=SECRET, **headers):
        body = self.body if body is None else body
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign([secret], message_id, timestamp, body),
            **headers,
        }
        return self.url_open(f"/logistics/inbox/{slug or self.system.inbound_slug}", data=body, headers=headers)

    def stored(self):
        return self.env["logistics.inbox.message"].search([("system_id", "=", self.system.id)])

    def test_stored_as_it_came_and_nothing_else(self):
        answer = self.post()
        self.assertEqual((answer.status_code, answer.json()["status"]), (202, "accepted"))
        message = self.stored()
        self.assertEqual(message.id, answer.json()["id"])
        self.assertEqual((message.raw, message.state), (self.body.decode(), "received"))
        self.assertNotIn("webhook-signature", message.headers)

    def test_duplicate_is_answered_and_counted(self):
        self.post()
        answer = self.post()
        self.assertEqual((answer.status_code, answer.json()["status"]), (202, "duplicate"))
        self.assertEqual((len(self.stored()), self.stored().duplicate_count), (1, 1))

    @mute_logger(CONTROLLER)
    def test_wrong_signature_unknown_and_disabled_address_look_alike(self):
        wrong = self.post(secret="whsec_" + "A" * 43 + "=")
        unknown = self.post(slug="nobody")
        self.system.secret_in_enc = False
        missing = self.post()
        self.system.write({"secret_in": SECRET, "state": "disabled"})
        disabled = self.post()
        self.assertEqual({r.status_code for r in (wrong, unknown, missing, disabled)}, {401})
        self.assertEqual(len({r.text for r in (wrong, unknown, missing, disabled)}), 1)
        self.assertFalse(self.stored())

    @mute_logger(CONTROLLER)
    def test_changed_body_is_refused(self):
        timestamp = int(time.time())
        headers = {"webhook-signature": sign([SECRET], "msg_1", timestamp, b"{}"), "webhook-timestamp": str(timestamp)}
        self.assertEqual(self.post(**headers).status_code, 401)

    def test_unreadable_is_told_so(self):
        self.assertEqual(self.post(body=b"no json").status_code, 400)
        self.assertEqual(self.post(body=b"[]").status_code, 400)
        self.assertEqual(self.post(body=b'{"data": {}}').status_code, 400)
        self.assertEqual(self.post(**{"Content-Type": "text/plain"}).status_code, 415)
        self.assertEqual(self.post(body=b'{"type": "x", "pad": "' + b"x" * 1_100_000 + b'"}').status_code, 413)
        self.assertFalse(self.stored())


class TestInboxProcessing(LogisticsCase):
    def setUp(self):
        super().setUp()
        self.system = self.make_system("warehouse")

    def handler_for(self, function):
        cls = self.env.registry["logistics.inbox.message"]
        cls._handle_test_fact = function
        self.addCleanup(delattr, cls, "_handle_test_fact")
        return "test.fact"

    def test_handler_gets_the_data_and_its_record_is_kept(self):
        partner = self.customer
        seen = []

        def handle(message, data):
            seen.append((data, message.env.company, message.system_id))
            return partner

        message = self.receive(self.system, self.handler_for(handle), {"a": 1})
        self.assertEqual(seen, [({"a": 1}, self.company, self.system)])
        self.assertEqual((message.state, message.res_model, message.res_id), ("processed", "res.partner", partner.id))

    def test_unknown_type_waits_in_quarantine_for_a_person_and_can_be_replayed(self):
        message = self.receive(self.system, "nobody.knows", {})
        self.assertEqual(message.state, "quarantined")
        self.assertIn("nobody.knows", message.reason)
        self.assertTrue(message.activity_ids)
        self.env.registry["logistics.inbox.message"]._handle_nobody_knows = lambda message, data: None
        self.addCleanup(delattr, self.env.registry["logistics.inbox.message"], "_handle_nobody_knows")
        message.action_replay()
        message._work_attempt()
        self.assertEqual(message.state, "processed")
        self.assertFalse(message.activity_ids)

    def test_missing_key_is_named(self):
        message = self.receive(self.system, self.handler_for(lambda m, data: m._require(data, "fulfillment")), {})
        self.assertEqual(message.state, "quarantined")
        self.assertIn("fulfillment", message.reason)

    def test_quarantine_undoes_what_the_handler_began(self):
        partner = self.customer

        def handle(message, data):
            partner.name = "half"
            message._require(data, "missing")

        self.receive(self.system, self.handler_for(handle), {})
        self.assertEqual(partner.name, "Northwind Retail")

    def test_late_and_discarded_keep_their_reason(self):
        for outcome, state in ((Late, "late"), (Discard, "discarded")):

            def handle(message, data, outcome=outcome):
                raise outcome("because", self.customer)

            self.env.registry["logistics.inbox.message"]._handle_test_fact = handle
            message = self.receive(self.system, "test.fact", {})
            self.assertEqual((message.state, message.reason, message.res_id), (state, "because", self.customer.id))
        del self.env.registry["logistics.inbox.message"]._handle_test_fact

    @mute_logger("odoo.addons.logistics_orchestration.models.backbone.work_item")
    def test_failure_is_tried_again_then_dead(self):
        def handle(message, data):
            raise ZeroDivisionError("boom")

        message = self.receive(self.system, self.handler_for(handle), {})
        self.assertEqual((message.state, message.attempt_count), ("failed", 1))
        for _attempt in range(message._work_max_attempts):
            message.next_attempt_at = "2026-01-01"
            message._work_attempt()
        self.assertEqual(message.state, "dead")
        self.assertIn("boom", message.reason)

    def test_a_processed_message_has_no_second_effect(self):
        calls = []
        message = self.receive(self.system, self.handler_for(lambda m, data: calls.append(1)), {})
        message._work_attempt()
        self.env["logistics.inbox.message"]._work_run()
        self.assertEqual(calls, [1])

    def test_a_non_owner_only_states(self):
        carrier = self.make_system("carrier")
        customer = self.customer

        def handle(message, data):
            if not message._owns("picking.completed"):
                message._state_only("picking.completed", data, customer)
            customer.name = "changed"

        handler = self.handler_for(handle)
        message = self.receive(carrier, handler, {"quantity": 3})
        self.assertEqual((message.state, customer.name), ("processed", "Northwind Retail"))
        statement = self.env["logistics.statement"].search([("system_id", "=", carrier.id)])
        self.assertEqual((statement.value, statement.res_id), ({"quantity": 3}, customer.id))
        self.receive(self.system, handler, {"quantity": 3})
        self.assertEqual(customer.name, "changed", "the warehouse owns picks")

    def test_a_rule_moves_the_ownership(self):
        self.env["logistics.authority.rule"].create(
            {"fact": "picking.*", "owner": "odoo", "warehouse_id": self.warehouse.id}
        )
        owns = self.env["logistics.authority.rule"]._owns
        self.assertFalse(owns("picking.completed", self.system, self.warehouse))
        self.assertTrue(owns("picking.completed", self.system))


class TestSecrets(LogisticsCase):
    def test_secrets_can_be_written_and_never_read(self):
        system = self.make_system("carrier", secret_out=SECRET)
        self.assertEqual(system._get_secret("secret_out"), SECRET)
        self.assertFalse(system.secret_out)
        self.assertNotIn(SECRET[6:], str(system.sudo().read()))
        admin = self.env.ref("base.user_admin")
        self.assertNotIn("secret_out_enc", system.with_user(admin).read()[0])
        self.assertFalse(any(name.endswith("_enc") for name in system.with_user(admin).fields_get()))

    def test_empty_leaves_the_secret(self):
        system = self.make_system("carrier", secret_out=SECRET)
        system.write({"secret_out": False, "name": "Renamed"})
        self.assertEqual(system._get_secret("secret_out"), SECRET)

    def test_generated_secrets_are_shown_once(self):
        system = self.make_system("carrier")
        action = system.action_generate_secrets()
        shown = action["context"]["default_secret_out"]
        self.assertEqual(system._get_secret("secret_out"), shown)
        self.env.cr.flush()
        self.env.cr.execute("SELECT 1 FROM logistics_secret_show")
        self.assertFalse(self.env.cr.fetchall(), "nothing is stored")
