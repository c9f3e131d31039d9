"""The pull feed over real HTTP: token, order, cursor, conditions, what is not kept any more."""

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .relay_common import RelayCase

TOKEN = "pull-token-of-the-test-0123456789"


@tagged("post_install", "-at_install")
class TestPullFeed(HttpCase, RelayCase):
    def setUp(self):
        super().setUp()
        self.env["logistics.feed.entry"].search([]).unlink()
        self.system.write({"delivery": "pull", "pull_token": TOKEN})

    def get(self, token=TOKEN, **query):
        arguments = "&".join(f"{key}={value}" for key, value in query.items())
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.url_open(f"/logistics/events?{arguments}", headers=headers)

    def numbers(self, answer):
        return [event["data"]["number"] for event in answer.json()["events"]]

    def tell(self, *numbers):
        for number in numbers:
            self.emit(number)
        self.drain()

    def test_pages_and_cursor(self):
        self.tell(*range(1, 6))
        self.assertFalse(self.partner.requests, "nothing is sent to who fetches")
        self.assertFalse(self.env["logistics.outbox.message"].search([("system_id", "=", self.system.id)]))
        first = self.get(limit=2)
        self.assertEqual((first.status_code, self.numbers(first), first.json()["more"]), (200, [1, 2], True))
        self.assertEqual(first.headers["Content-Type"], "application/json")
        second = self.get(limit=2, after=first.json()["cursor"])
        self.assertEqual(self.numbers(second), [3, 4])
        self.assertEqual(self.get(limit=2, after=first.json()["cursor"]).content, second.content, "stable")
        last = self.get(after=second.json()["cursor"])
        self.assertEqual((self.numbers(last), last.json()["more"]), ([5], False))
        again = self.get(after=last.json()["cursor"])
        self.assertEqual((self.numbers(again), again.json()["cursor"]), ([], last.json()["cursor"]))
        self.tell(6)
        self.assertEqual(self.numbers(self.get(after=last.json()["cursor"])), [6])

    def test_the_envelope_is_the_stored_one(self):
        event = self.emit(1)
        self.drain()
        self.assertIn(event.body, self.get().text)

    def test_only_what_is_subscribed_to(self):
        self.subscription.domain = "[('data.number', '>', 2)]"
        self.tell(1, 2, 3)
        self.assertEqual(self.numbers(self.get()), [3])
        self.assertEqual(self.numbers(self.get(types="purchase.requested")), [3])
        self.assertEqual(self.numbers(self.get(types="logistics.purchase.requested,order.released")), [3])
        self.assertEqual(self.numbers(self.get(types="order.released")), [])
        self.subscription.active = False
        self.assertEqual(self.numbers(self.get()), [])

    def test_the_cursor_moves_past_what_is_for_others(self):
        self.subscription.domain = "[('data.number', '>', 2)]"
        self.tell(1, 2)
        cursor = self.get().json()["cursor"]
        newest = self.env["logistics.feed.entry"].search([], order="id desc", limit=1)
        self.assertEqual(cursor, f"f1-{newest.id}", "else retention would overtake who waits for something rare")

    def test_another_company_s_facts_are_not_told(self):
        company = self.env["res.company"].create({"name": "Sister"})
        self.system.company_id = company
        self.tell(1)
        self.assertEqual(self.numbers(self.get()), [])

    def test_void_facts_are_not_told(self):
        event = self.emit(1)
        self.env["logistics.outbox.message"]._void_events(event.ids, "Never mind")
        self.drain()
        self.assertEqual(self.numbers(self.get()), [])

    def test_who_may_read(self):
        self.tell(1)
        for token in (None, "x", TOKEN[:-1] + "x", "'; --" + "x" * 30, "é" * 30):
            with self.subTest(token=token):
                answer = self.get(token.encode().decode("latin-1") if token else None)
                self.assertEqual((answer.status_code, answer.json()), (401, {"error": "Unauthorized"}))
        self.system.state = "disabled"
        self.assertEqual(self.get().status_code, 401)
        self.system.state = "paused"
        answer = self.get()
        self.assertEqual((answer.status_code, answer.headers["Retry-After"]), (503, "300"))
        self.system.write({"state": "active", "delivery": "push"})
        self.assertEqual(self.get().status_code, 503)

    def test_bad_questions(self):
        for query in ({"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"after": "12"}, {"after": "f1-x"}):
            with self.subTest(query=query):
                self.assertEqual(self.get(**query).status_code, 400)

    def test_what_is_not_kept_any_more(self):
        self.tell(1, 2, 3)
        first = self.get(limit=1).json()["cursor"]
        entries = self.env["logistics.feed.entry"].search([], order="id")
        self.env.cr.execute(
            "UPDATE logistics_feed_entry SET created_at = '2020-01-01' WHERE id = ANY(%s)", [entries[:2].ids]
        )
        self.env["logistics.retention"].search([("kind", "!=", "feed")]).active = False
        self.env["logistics.retention"]._cron_purge()
        gone = self.get(after=first)
        self.assertEqual(gone.status_code, 410)
        self.assertEqual(self.numbers(self.get(after=gone.json()["oldest"])), [3])
        self.assertEqual(self.numbers(self.get()), [3], "who begins, begins with the oldest that is kept")

    def test_token(self):
        self.assertFalse(self.system.pull_token, "it cannot be read back")
        self.assertTrue(self.system.pull_token_set)
        self.assertNotIn(TOKEN, self.system.pull_token_hash)
        with self.assertRaises(ValidationError):
            self.system.pull_token = "short"
        shown = self.system.action_generate_pull_token()["context"]["default_pull_token"]
        self.assertEqual(self.get().status_code, 401)
        self.assertEqual(self.get(shown).status_code, 200)
        find = self.env["logistics.system"]._from_pull_token
        self.assertEqual(find(f"Bearer {shown}"), self.system)
        for header in (None, "", shown, f"Basic {shown}", "Bearer", "Bearer "):
            self.assertFalse(find(header), header)

    @mute_logger("odoo.sql_db")
    def test_the_answer_is_bounded(self):
        line = {"line": 1, "sku": "DESK", "quantity": 2.0}
        data = {"purchase": "P1", "supplier": "Timber & Co", "lines": [line], "note": "x" * 60_000}
        for _number in range(20):
            self.purchase._logistics_emit("logistics.purchase.requested", data)
        self.env.cr.flush()
        self.drain()
        answer = self.get()
        self.assertEqual((len(answer.json()["events"]), answer.json()["more"]), (16, True))
        self.assertLess(len(answer.content), 1_001_000)
        rest = self.get(after=answer.json()["cursor"])
        self.assertEqual((len(rest.json()["events"]), rest.json()["more"]), (4, False))
