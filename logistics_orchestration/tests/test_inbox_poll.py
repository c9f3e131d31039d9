"""Asking partners for what they have to say, over real HTTP; and noticing who says nothing."""

import json
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .common import LogisticsCase

POLL = "odoo.addons.logistics_orchestration.models.inbox.poll"


class Partner:
    """A partner with a feed: answers as it is told, remembers what it was asked."""

    def __init__(self):
        self.asked, self.events, self.page = [], [], 2
        self.status, self.headers, self.body = 200, {}, None
        partner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                query = parse_qs(urlparse(self.path).query)
                partner.asked.append((query.get("after", [""])[0], self.headers.get("Authorization")))
                after = int(query.get("after", ["0"])[0] or 0)
                part = partner.events[after : after + partner.page]
                cursor = after + len(part)
                answer = {"events": part, "cursor": str(cursor), "more": cursor < len(partner.events)}
                raw = json.dumps(answer).encode() if partner.body is None else partner.body
                self.send_response(partner.status)
                for name, value in partner.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *args):
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/events"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def tell(self, *uids):
        """More events in the feed."""
        self.events += [{"id": uid, "type": "logistics.nobody.knows", "data": {"n": uid}} for uid in uids]

    def close(self):
        """Stop."""
        self.server.shutdown()
        self.server.server_close()


class TestPoll(LogisticsCase):
    def setUp(self):
        super().setUp()
        self.partner = Partner()
        self.addCleanup(self.partner.close)
        self.system = self.make_system(
            "carrier",
            allow_http=True,
            allowed_networks="127.0.0.0/8",
            auth_type="bearer",
            auth_secret="pull-me",
        )
        self.poll = self.env["logistics.poll"].create({"system_id": self.system.id, "url": self.partner.url})

    def ask(self):
        self.poll.next_attempt_at = "2026-01-01"
        self.assertEqual(self.poll._work_attempt(), 1)

    def found(self):
        return self.env["logistics.inbox.message"].search([("system_id", "=", self.system.id)], order="id")

    def test_it_is_named_after_whom_it_asks_for_what(self):
        self.assertEqual(self.poll.display_name, f"{self.system.name}: Feed of our envelope")

    def test_pages_are_read_to_the_end_and_the_cursor_is_kept(self):
        self.partner.tell("a", "b", "c", "d", "e")
        self.ask()
        self.assertFalse(self.poll.last_error)
        self.assertEqual(self.found().mapped("external_id"), ["a", "b", "c", "d", "e"])
        self.assertEqual([after for after, _auth in self.partner.asked], ["", "2", "4"])
        self.assertEqual(self.partner.asked[0][1], "Bearer pull-me")
        self.assertEqual((self.poll.cursor, self.poll.missed_count), ("5", 5))
        self.partner.tell("f")
        self.ask()
        self.assertEqual((len(self.found()), self.poll.message_count), (6, 6))

    def test_what_was_pushed_is_a_duplicate(self):
        self.receive(self.system, "nobody.knows", {"n": "a"}, message_id="a")
        self.partner.tell("a", "b")
        self.ask()
        self.assertEqual((len(self.found()), self.poll.message_count, self.poll.missed_count), (2, 2, 1))

    def test_one_event_that_cannot_be_read_stops_no_other(self):
        self.partner.events = [{"id": "a", "type": "x.y", "data": {}}, {"id": "b"}, 3, {"id": "c", "type": "x.y"}]
        self.ask()
        self.assertEqual(self.found().mapped("type"), ["x.y", "unread", "unread", "x.y"])

    @mute_logger(POLL)
    def test_failures_are_told_in_words_and_asked_again_at_the_next_turn(self):
        for set_up, words in (
            ({"status": 500}, "HTTP 500"),
            ({"status": 302, "headers": {"Location": "http://127.0.0.1/"}}, "redirects are not followed"),
            ({"body": b"no"}, "not JSON"),
            ({"body": b"[]"}, "no list"),
            ({"body": b"x" * (4 * 1024 * 1024 + 1)}, "larger than"),
        ):
            self.partner.status, self.partner.headers, self.partner.body = 200, {}, None
            vars(self.partner).update(set_up)
            self.ask()
            self.assertIn(words, self.poll.last_error)
            self.assertNotIn("127.0.0.1", self.poll.last_error)
            self.assertFalse(self.poll.cursor)
            self.assertGreater(self.poll.next_attempt_at, fields.Datetime.now())
        self.assertTrue(self.poll.activity_ids)
        self.partner.status, self.partner.headers, self.partner.body = 200, {}, None
        self.partner.tell("a")
        self.ask()
        self.assertFalse(self.poll.last_error or self.poll.activity_ids)
        self.assertEqual(len(self.found()), 1)

    def test_a_pause_is_kept(self):
        self.partner.status, self.partner.headers = 429, {"Retry-After": "7200"}
        self.ask()
        self.assertGreater(self.poll.next_attempt_at, fields.Datetime.now() + timedelta(minutes=100))

    def test_the_guard_of_deliveries_counts_here_too(self):
        self.system.allowed_networks = False
        self.ask()
        self.assertIn("not a public address", self.poll.last_error)
        self.assertFalse(self.partner.asked)
        with self.assertRaises(ValidationError):
            self.poll.url = "ftp://partner.example/"

    def test_a_disabled_system_is_not_asked(self):
        self.system.state = "disabled"
        self.poll.next_attempt_at = "2026-01-01"
        self.assertEqual(self.poll._work_attempt(), 0)


class TestFeedWatch(LogisticsCase):
    def setUp(self):
        super().setUp()
        self.system = self.make_system("carrier")
        self.watch = self.env["logistics.feed.watch"].create(
            {"system_id": self.system.id, "type_pattern": "shipment.*", "expected_minutes": 60}
        )
        # a Wednesday
        self.now = datetime(2026, 3, 4, 12, 0)
        self.env.cr.execute("UPDATE logistics_feed_watch SET create_date = '2026-03-01 00:00:00'")
        self.watch.invalidate_recordset()

    def hear(self, moment, kind="shipment.status_changed"):
        message = self.receive(self.system, kind, {})
        self.env.flush_all()
        self.env.cr.execute("UPDATE logistics_inbox_message SET received_at = %s WHERE id = %s", [moment, message.id])

    def look(self, minutes=0):
        self.watch._look(self.now + timedelta(minutes=minutes))

    def silences(self):
        return self.events("integration.feed_silent", self.system)

    def test_a_silence_is_told_once_and_closed_when_it_speaks_again(self):
        self.hear(self.now - timedelta(minutes=50))
        self.look()
        self.assertEqual(self.watch.state, "ok")
        for minutes in (11, 20, 300):
            self.look(minutes)
        self.assertEqual((self.watch.state, self.watch.silence_count), ("silent", 1))
        event = self.silences()
        self.assertEqual(len(event), 1)
        self.assertEqual((event.data["type"], event.data["expected_minutes"]), ("shipment.*", 60))
        self.assertFalse(event.type_id._schema_error(event.data))
        self.assertEqual(len(self.watch.activity_ids), 1)
        self.hear(self.now + timedelta(minutes=310))
        self.look(311)
        self.assertEqual(self.watch.state, "ok")
        self.assertFalse(self.watch.activity_ids)
        self.look(400)
        self.assertEqual((len(self.silences()), self.watch.silence_count), (2, 2))

    def test_other_words_do_not_count_and_never_heard_counts_from_the_start(self):
        self.hear(self.now, "pod.received")
        self.look()
        self.assertEqual((self.watch.state, self.watch.last_at), ("silent", False))
        self.assertIsNone(self.silences().data["last_at"])

    def test_nights_and_weekends_are_no_silence(self):
        self.watch.calendar_id = self.env["resource.calendar"].create({"name": "Days", "tz": "UTC"})
        self.hear(datetime(2026, 3, 6, 16, 30))  # Friday afternoon; work ends at 17
        self.watch._look(datetime(2026, 3, 9, 8, 20))  # Monday, work begins at 8
        self.assertEqual(self.watch.state, "ok")
        self.watch._look(datetime(2026, 3, 9, 8, 40))
        self.assertEqual(self.watch.state, "silent")

    def test_patterns(self):
        for pattern in ("*", "shipment.*", "shipment.status_changed"):
            self.watch.type_pattern = pattern
            self.hear(self.now + timedelta(minutes=len(pattern)))
            self.look()
            self.assertEqual(self.watch.last_at, self.now + timedelta(minutes=len(pattern)))
        for pattern in ("ship*", "%", "*.x", "shipment.%"):
            with self.assertRaises(ValidationError):
                self.watch.type_pattern = pattern

    def test_a_disabled_system_may_be_silent(self):
        self.system.state = "disabled"
        self.env["logistics.feed.watch"]._cron_watch()
        self.assertEqual(self.watch.state, "ok")
