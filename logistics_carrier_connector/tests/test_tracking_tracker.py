"""Numbers an aggregator watches for us: told once, whatever happens on the way."""

import json

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from . import tracking_samples as samples
from .aggregator_server import DROP, SLOW, Aggregator
from .common import Killed
from .test_tracking_rules import TrackingCase

REFUSED = (422, {"error": {"code": "TRACKER.CREATE.ERROR", "message": "Carrier is not supported"}})
NOT_LET_IN = (401, {"error": {"code": "APIKEY.INACTIVE", "message": "This api key is no longer active."}})


@tagged("post_install", "-at_install")
class TestTracker(TrackingCase):
    def setUp(self):
        super().setUp()
        self.server = Aggregator(answer=self.easypost).__enter__()
        self.addCleanup(self.server.__exit__)
        self.scans = []
        self.system = self.watcher("easypost", tracker_url=self.server.url)
        self.carrier.write({"logistics_tracker_system_id": self.system.id, "logistics_tracker_code": "USPS"})
        self.trackers = self.env["logistics.tracker"]
        # the worker meets those of this test alone
        self.trackers.search([("state", "!=", "closed")])._close()

    def watcher(self, code, **vals):
        return self.sender(
            code, allow_http=True, allowed_networks="127.0.0.0/8", auth_type="bearer", auth_secret="EZTK-secret",
            timeout=1, **vals,
        )  # fmt: skip

    def easypost(self, body, _known):
        """The tracker, the same one each time, with what was scanned so far."""
        number = body["tracker"]["tracking_code"]
        raw, _headers = samples.write("easypost", number, self.scans or samples.way("easypost", self.begin))[0]
        known = json.loads(raw)["result"]
        if not self.scans:
            known.update(status="unknown", status_detail="unknown", tracking_details=[])
        return 201, {**known, "id": f"trk_{number}"}

    def parcel(self, number="E1", carrier=None):
        return self.ship(tracking=number, carrier=carrier or self.carrier).parcel_ids

    def tracker_of(self, parcel):
        return self.trackers.search([("parcel_id", "=", parcel.id)])

    def register(self, over=False):
        """The worker's turn; `over`: every wait and claim has run out."""
        self.env.flush_all()
        if over:
            self.trackers.search([("state", "=", "requested")]).next_attempt_at = fields.Datetime.now()
        return self.trackers._work_run()

    def codes(self):
        return [body["tracker"]["tracking_code"] for _path, _headers, body in self.server.told]

    # -- the way ---------------------------------------------------------------------------------------------------

    def test_a_number_is_registered_once_and_its_answer_is_taken(self):
        self.scans = samples.way("easypost", self.begin)[:3]
        parcel = self.parcel()
        tracker = self.tracker_of(parcel)
        self.assertEqual((tracker.state, tracker.carrier_code, tracker.system_id), ("requested", "USPS", self.system))
        self.assertFalse(self.server.told, "nothing is called in the transaction of a user")
        self.register()
        self.assertEqual((tracker.state, tracker.partner_ref, tracker.call_count), ("registered", "trk_E1", 1))
        ((path, headers, body),) = self.server.told
        self.assertEqual(path, "/v2/trackers")
        self.assertEqual(body, {"tracker": {"tracking_code": "E1", "carrier": "USPS"}})
        self.assertEqual(
            (headers["authorization"], headers["content-type"]), ("Bearer EZTK-secret", "application/json")
        )
        self.work()
        self.assertEqual(parcel.milestone, "in_transit")
        # pushed as well: known
        self.assertFalse(self.tell(self.system, "E1", self.scans))
        parcel.tracking_number = "E1"
        self.register(over=True)
        self.assertEqual((len(self.tracker_of(parcel)), self.codes()), (1, ["E1"]))

    def test_nothing_is_told_where_nobody_named_a_system(self):
        self.carrier.logistics_tracker_system_id = False
        self.assertFalse(self.tracker_of(self.parcel()))
        account = self.env["logistics.carrier.account"].create(
            {"name": "Feed", "adapter": "manual", "system_id": self.system.id}
        )
        self.carrier.logistics_account_id = account
        self.assertFalse(self.tracker_of(self.parcel("E2")), "a feed is told nothing by itself")
        account.tracker_code = "USPS"
        self.assertEqual(self.tracker_of(self.parcel("E3")).system_id, self.system)

    def test_another_carrier_of_the_shipment_is_watched_through_its_own_system(self):
        other = self.carrier.copy({"logistics_tracker_system_id": False})
        parcel = self.parcel(carrier=other)
        self.assertFalse(self.tracker_of(parcel))
        parcel.shipment_id.carrier_id = self.carrier
        self.assertEqual(self.tracker_of(parcel).state, "requested")

    def test_a_company_tells_nothing_through_the_system_of_another(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.carrier.company_id = False
        self.system.company_id = other
        self.assertFalse(self.tracker_of(self.parcel()))
        self.carrier.logistics_tracker_system_id = False
        with self.assertRaises(ValidationError):
            self.carrier.write({"company_id": self.company.id, "logistics_tracker_system_id": self.system.id})

    def test_an_address_that_is_none_and_a_system_that_watches_nothing_are_refused(self):
        with self.assertRaises(ValidationError):
            self.system.tracker_url = "ftp://aggregator.example"
        with self.assertRaises(ValidationError):
            self.carrier.logistics_tracker_system_id = self.sender("x12_214")

    # -- faults ----------------------------------------------------------------------------------------------------

    def test_an_answer_that_was_lost_makes_no_second_tracker(self):
        parcel = self.parcel()
        self.server.meets = [DROP]
        self.register()
        tracker = self.tracker_of(parcel)
        self.assertEqual((tracker.state, tracker.attempt_count), ("requested", 1))
        self.assertIn("hung up", tracker.last_error)
        self.assertEqual(self.register(), 0, "it waits before it asks again")
        self.register(over=True)
        self.assertEqual((tracker.state, tracker.last_error), ("registered", False))
        self.assertEqual((self.codes(), len(self.server.trackers)), (["E1", "E1"], 1))

    def test_a_worker_that_dies_leaves_work_for_the_next_one(self):
        parcel = self.parcel()
        cls = type(self.trackers)
        call = cls._call

        def dies(*args):
            call(*args)
            raise Killed

        self.patch(cls, "_call", staticmethod(dies))
        with self.assertRaises(Killed):
            # no savepoint of assertRaises around it: what the worker had committed stays
            tracker = self.tracker_of(parcel)
            tracker._work_attempt()
        self.patch(cls, "_call", staticmethod(call))
        self.register(over=True)
        tracker = self.tracker_of(parcel)
        self.assertEqual((len(tracker), tracker.state, len(self.server.trackers)), (1, "registered", 1))

    def test_a_claim_keeps_a_second_worker_off(self):
        tracker = self.tracker_of(self.parcel())
        cls = type(self.trackers)
        call, second = cls._call, []

        def meanwhile(*args):
            second.append(tracker._work_attempt())
            return call(*args)

        self.patch(cls, "_call", staticmethod(meanwhile))
        self.register()
        self.assertEqual((second, tracker.state, len(self.server.told)), ([0], "registered", 1))

    def test_a_system_that_is_slow_is_left_alone_with_all_its_numbers(self):
        first, second = self.tracker_of(self.parcel("E1")), self.tracker_of(self.parcel("E2"))
        self.server.meets = [SLOW]
        self.register()
        self.assertEqual(self.codes(), ["E1"])
        self.assertIn("no answer within 1 s", first.last_error)
        self.assertGreater(second.next_attempt_at, fields.Datetime.now())
        self.register(over=True)
        self.assertEqual({first.state, second.state}, {"registered"})

    def test_a_poisoned_number_holds_up_no_other(self):
        """Errors about one number, again and again, while the others are taken: each is heard at its first turn."""
        parcel = self.parcel("BAD")
        bad = self.tracker_of(parcel)
        for turn, status in enumerate((424, 500, 502, 424, 504, 500)):
            good = self.tracker_of(self.parcel(f"GOOD{turn}"))
            bad.next_attempt_at = fields.Datetime.subtract(fields.Datetime.now(), hours=1)  # the first in the row
            self.server.meets = [(status, {"error": {"message": "The carrier does not answer"}})]
            self.register()
            self.assertEqual(self.codes()[-2:], ["BAD", f"GOOD{turn}"], status)
            self.assertEqual((bad.state, bad.attempt_count, good.state), ("requested", turn + 1, "registered"))
            self.assertGreater(bad.next_attempt_at, fields.Datetime.now())
        self.register(over=True)
        self.assertEqual((bad.state, bad.erred_at), ("registered", False))

    def test_a_system_that_answers_every_number_with_an_error_is_left_alone(self):
        trackers = self.trackers.concat(*(self.tracker_of(self.parcel(f"E{turn}")) for turn in range(4)))
        self.server.meets = [(500, {}), (502, {})]
        self.register()
        self.assertEqual(self.codes(), ["E0", "E1"], "two in a row, and none taken: it is the system")
        self.assertTrue(all(tracker.next_attempt_at > fields.Datetime.now() for tracker in trackers))
        longest = max(trackers.mapped("next_attempt_at")) - fields.Datetime.now()
        self.assertLess(longest.total_seconds(), 100)
        self.register(over=True)
        self.assertEqual(set(trackers.mapped("state")), {"registered"})

    def test_told_to_slow_down_then_registered(self):
        tracker = self.tracker_of(self.parcel())
        self.server.meets = [(429, {"error": {"message": "Too many"}}, {"Retry-After": "1800"})]
        self.register()
        self.assertEqual(tracker.state, "requested")
        wait = (tracker.next_attempt_at - fields.Datetime.now()).total_seconds()
        self.assertTrue(1700 <= wait <= 1900, wait)
        self.register(over=True)
        self.assertEqual(tracker.state, "registered")

    @mute_logger("odoo.addons.logistics_carrier_connector.models.tracking.tracker_work")
    def test_nobody_answers_for_long_and_a_person_is_told(self):
        tracker = self.tracker_of(self.parcel())
        self.server.meets = [(503, {})] * tracker._work_max_attempts
        for _attempt in range(tracker._work_max_attempts):
            self.register(over=True)
        self.assertEqual(tracker.state, "failed")
        self.assertIn("HTTP 503", tracker.activity_ids.note)
        self.assertIn("two days", tracker.activity_ids.note)

    def test_a_refused_number_is_a_to_do_and_is_registered_again(self):
        self.system.user_id = self.env.user
        tracker = self.tracker_of(self.parcel())
        self.server.meets = [REFUSED]
        self.register()
        self.assertEqual(tracker.state, "failed")
        self.assertEqual(tracker.activity_ids.user_id, self.env.user)
        for said in ("E1", "USPS", "Carrier is not supported", "Register Again"):
            self.assertIn(said, tracker.activity_ids.note)
        planner = self.make_user("tracker_planner", "group_planner")
        tracker.with_user(planner).action_register_again()
        self.assertEqual((tracker.state, tracker.activity_ids.ids), ("requested", []))
        self.register()
        self.assertEqual(tracker.state, "registered")
        with self.assertRaises(UserError):
            tracker.action_register_again()

    def test_a_refused_key_is_told_once_and_its_numbers_follow_when_it_is_right(self):
        first, second = self.tracker_of(self.parcel("E1")), self.tracker_of(self.parcel("E2"))
        self.server.meets = [NOT_LET_IN, NOT_LET_IN]
        self.register()
        self.assertEqual((self.codes(), second.state), (["E1"], "requested"), "nobody knocks again at once")
        self.register(over=True)
        self.assertEqual({first.state, second.state}, {"failed"})
        self.assertEqual(len((first + second).activity_ids), 1)
        self.assertIn("does not let us in", first.activity_ids.note)
        self.assertNotIn("EZTK-secret", first.activity_ids.note)
        first.action_register_again()
        self.register()
        self.register(over=True)
        self.assertEqual({first.state, second.state}, {"registered"})
        self.assertFalse((first + second).activity_ids)

    def test_an_echoed_key_is_not_kept(self):
        tracker = self.tracker_of(self.parcel())
        self.server.meets = [(422, {"error": {"message": "bad key EZTK-secret"}})]
        self.register()
        self.assertNotIn("EZTK-secret", tracker.last_error + tracker.activity_ids.note)

    # -- the end ---------------------------------------------------------------------------------------------------

    def test_what_has_arrived_is_not_asked_about(self):
        parcel = self.parcel()
        tracker = self.tracker_of(parcel)
        parcel.sudo().write({"milestone": "delivered"})
        self.register()
        self.assertEqual((tracker.state, self.server.told), ("closed", []))
        late = self.parcel("E9")
        self.register()
        late.sudo().write({"milestone": "returned"})
        self.trackers._cron_register()
        self.assertEqual(self.tracker_of(late).state, "closed")

    def test_a_number_taken_off_is_not_registered_and_one_used_again_is(self):
        parcel = self.parcel()
        tracker = self.tracker_of(parcel)
        parcel.tracking_number = False
        self.register()
        self.assertEqual((tracker.state, self.server.told), ("closed", []))
        again = self.parcel("E1")
        self.assertEqual((tracker.state, tracker.parcel_id), ("requested", again))
        self.register()
        self.assertEqual((tracker.state, self.codes()), ("registered", ["E1"]))

    def test_a_disabled_or_paused_system_is_told_nothing(self):
        tracker = self.tracker_of(self.parcel())
        self.system.state = "paused"
        self.assertEqual(self.register(), 0)
        self.system.state = "disabled"
        self.assertFalse(self.tracker_of(self.parcel("E2")))
        self.system.state = "active"
        self.register()
        self.assertEqual(tracker.state, "registered")

    def test_fields_are_the_worker_s_and_a_user_only_reads(self):
        tracker = self.tracker_of(self.parcel())
        with self.assertRaises(UserError):
            tracker.with_user(self.make_user("tracker_p", "group_planner")).state = "registered"
        tracker.sudo().state = "failed"
        with self.assertRaises(AccessError):
            tracker.with_user(self.make_user("tracker_u", "group_user")).action_register_again()
        shipment = tracker.shipment_id
        self.assertEqual(shipment.tracker_count, 1)
        self.assertEqual(self.trackers.search(shipment.action_open_trackers()["domain"]), tracker)
        self.assertEqual(tracker.action_open_parcel()["res_id"], tracker.parcel_id.id)

    # -- other senders ---------------------------------------------------------------------------------------------

    def test_aftership_knows_the_number_already(self):
        exists = {"meta": {"code": 4003, "type": "BadRequest", "message": "Tracking already exists."},
                  "data": {"id": "as_1", "tracking_number": "A1", "slug": "usps"}}  # fmt: skip
        self.server.answer = lambda _body, _known: (400, exists)
        self.carrier.logistics_tracker_system_id = self.watcher(
            "aftership", tracker_url=f"{self.server.root}/tracking/2024-10/trackings"
        )
        tracker = self.tracker_of(self.parcel("A1"))
        self.register()
        self.assertEqual((tracker.state, tracker.partner_ref), ("registered", "as_1"))
        self.assertEqual(self.server.told[0][2], {"tracking_number": "A1", "slug": "USPS"})

    def poll(self, code, path):
        system = self.watcher(code, tracker_url=f"{self.server.root}/{path}")
        self.carrier.logistics_tracker_system_id = system
        return self.env["logistics.poll"].create(
            {"system_id": system.id, "what": f"tracking_{code}", "url": f"{self.server.root}/{path}"}
        )

    def test_shippo_is_asked_about_each_number(self):
        poll = self.poll("shippo", "tracks")
        scans = samples.way("shippo", self.begin)
        track = {number: json.loads(samples.write("shippo", number, scans)[-1][0])["data"] for number in ("S1", "S2")}
        fresh = {"tracking_status": None, "tracking_history": []}
        self.server.answer = lambda body, _known: (201, {**track[body["tracking_number"]], **fresh})
        first, second = self.parcel("S1"), self.parcel("S2")
        self.register()
        self.assertEqual({self.tracker_of(first).state, self.tracker_of(second).state}, {"registered"})
        self.server.pages = [(404, {"detail": "Not found."}), track["S2"]]
        poll._work_attempt()
        self.work()
        self.assertFalse(poll.last_error)
        self.assertEqual(self.server.asked, ["/tracks/USPS/S1", "/tracks/USPS/S2"])
        self.assertEqual((first.milestone, second.milestone), ("unknown", "delivered"))
        poll.next_attempt_at = fields.Datetime.now()
        poll._work_attempt()
        self.assertEqual(self.server.asked[2:], ["/tracks/USPS/S1"], "what has arrived is not asked about")

    def test_sendcloud_needs_no_registration_and_speaks_in_words_when_asked(self):
        poll = self.poll("sendcloud", "api/v2/tracking")
        parcel = self.parcel("SC1")
        tracker = self.tracker_of(parcel)
        self.assertEqual((tracker.state, self.register()), ("registered", 0))
        moments = [fields.Datetime.add(self.begin, hours=hour) for hour in range(3)]
        words = ("driver-on-route", "shipment-on-route", "ready-to-send")
        self.server.pages = [
            {
                "parcel_id": "629", "carrier_code": "postnl",
                "statuses": [
                    {"carrier_update_timestamp": f"{moment}.615997+00:00", "parcel_status_history_id": "8",
                     "parent_status": word, "carrier_code": "postnl", "carrier_message": word}
                    for word, moment in zip(words, reversed(moments), strict=True)
                ],
            }
        ]  # fmt: skip
        poll._work_attempt()
        self.work()
        self.assertFalse(poll.last_error)
        self.assertEqual(self.server.asked, ["/api/v2/tracking/SC1"])
        self.assertEqual(parcel.milestone, "out_for_delivery")
        scans = parcel.milestone_ids.filtered(lambda row: row.who == "carrier")
        self.assertEqual(sorted(scans.mapped("raw_code")), ["1000", "91", "92"])
        poll.next_attempt_at = fields.Datetime.now()
        poll._work_attempt()
        self.work()
        self.assertEqual(poll.missed_count, 3, "what is known is recognised")

    def test_a_poll_by_number_that_gets_no_answer_says_so(self):
        poll = self.poll("sendcloud", "api/v2/tracking")
        self.parcel("SC1")
        self.server.pages = [(401, {"error": {"message": "no"}})]
        poll._work_attempt()
        self.assertIn("HTTP 401", poll.last_error)
