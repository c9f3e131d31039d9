"""Asking: a carrier about parcels it is silent about, an aggregator for what changed."""

import json
from datetime import timezone

from odoo import fields
from odoo.tests import tagged

from odoo.addons.logistics_orchestration.models.system.system_columns import system_row
from odoo.addons.logistics_orchestration.relay import fetch
from odoo.addons.logistics_orchestration.relay.outgoing import SystemConfig

from .. import adapters
from ..adapters.port import CarrierAdapter, TrackingEvent
from ..adapters.registry import register
from . import tracking_samples as samples
from .aggregator_server import Aggregator
from .test_tracking_rules import TrackingCase


class _Told:
    """What the carrier below knows and was asked."""

    events, asked, down = {}, [], False


def _adapter_class():
    """A carrier that can only be asked; known to the registry once."""
    try:
        return adapters.adapter_class("test_asked")
    except LookupError:

        @register
        class Asked(CarrierAdapter):
            code, name, needs_url = "test_asked", "A carrier that can be asked", False

            def abilities(self):
                return frozenset({"book", "track"})

            def book(self, request):
                raise adapters.NotSupported("It is asked, no more.")

            def track(self, tracking_number):
                if _Told.down:
                    raise adapters.TransientCarrierError("The carrier is down.")
                _Told.asked.append(tracking_number)
                return _Told.events.get(tracking_number, [])

        return Asked


@tagged("post_install", "-at_install")
class TestTrackingAsk(TrackingCase):
    def setUp(self):
        super().setUp()
        _adapter_class()
        _Told.events, _Told.asked, _Told.down = {}, [], False
        self.account = self.env["logistics.carrier.account"].create(
            {"name": "Asked", "adapter": "test_asked", "system_id": self.carrier_system.id, "track_hours": 12}
        )
        self.carrier.logistics_account_id = self.account

    def booked(self, number, hours_ago, **vals):
        """A booked and dispatched parcel that was last heard of so long ago."""
        shipment = self.ship(tracking=number, carrier=self.carrier)
        self.env["logistics.carrier.booking"].sudo().search([("shipment_id", "=", shipment.id)]).unlink()
        self.env["logistics.carrier.booking"].sudo().create(
            {
                "shipment_id": shipment.id, "account_id": self.account.id, "carrier_id": self.carrier.id,
                "company_id": self.company.id, "reference": f"REF-{number}", "state": "booked", **vals,
            }
        )  # fmt: skip
        moment = fields.Datetime.subtract(fields.Datetime.now(), hours=hours_ago)
        shipment.sudo().write({"dispatched_at": moment})
        return shipment

    def knows(self, number, code, hours_ago):
        moment = fields.Datetime.subtract(fields.Datetime.now(), hours=hours_ago).replace(tzinfo=timezone.utc)
        _Told.events[number] = [TrackingEvent(code, moment, description="Said when asked", place="Gent")]

    def test_only_the_silent_are_asked_about_and_once(self):
        silent, fresh = self.booked("S1", 20), self.booked("S2", 2)
        self.knows("S1", "VAN", 3)
        self.account._cron_track()
        self.assertEqual(_Told.asked, ["S1"])
        self.work()
        self.assertEqual((silent.milestone, fresh.milestone), ("out_for_delivery", "unknown"))
        self.account._cron_track()
        self.assertEqual(_Told.asked, ["S1"], "it was asked just now")

    def test_a_service_may_scan_less_often(self):
        self.env["logistics.carrier.service"].create(
            {"account_id": self.account.id, "name": "Sea", "code": "SEA", "track_hours": 72}
        )
        self.booked("S1", 20, service="SEA")
        self.booked("S2", 20, service="AIR")
        self.account._cron_track()
        self.assertEqual(_Told.asked, ["S2"])

    def test_what_was_pushed_is_recognised(self):
        shipment = self.booked("S1", 20)
        self.scan("S1", "VAN", hours=-3)
        self.env["logistics.milestone"].flush_model()
        moment = shipment.milestone_ids.filtered(lambda r: r.raw_code == "VAN").occurred_at
        _Told.events["S1"] = [TrackingEvent("VAN", moment.replace(tzinfo=timezone.utc))]
        shipment.parcel_ids.sudo().asked_at = False
        self.account.track_hours = 0
        self.account._track_silent()
        self.work()
        self.assertEqual(len(shipment.milestone_ids.filtered(lambda r: r.raw_code == "VAN")), 1)

    def test_a_carrier_that_is_down_is_left_alone(self):
        self.booked("S1", 20)
        _Told.down = True
        self.account._cron_track()
        self.assertTrue(self.account.hold_until)
        _Told.down = False
        self.account._cron_track()
        self.assertEqual(_Told.asked, [])

    def test_an_aggregator_is_asked_page_by_page(self):
        parcel = self.parcel_of("easypost")
        begin = self.begin
        trackers = []
        way = samples.way("easypost", begin)
        for number, scans in (("OTHER", way[:1]), (parcel.tracking_number, way)):
            raw, _headers = samples.write("easypost", number, scans)[0]
            trackers.append(json.loads(raw)["result"])
        with Aggregator([{"trackers": [one], "has_more": at == 0} for at, one in enumerate(trackers)]) as server:
            system = self.sender("easypost", outbound_url=server.url, allow_http=True, allowed_networks="127.0.0.0/8")
            poll = self.env["logistics.poll"].create(
                {"system_id": system.id, "what": "tracking_easypost", "url": server.url}
            )
            poll._work_attempt()
            self.work()
            self.assertFalse(poll.last_error)
            self.assertEqual(parcel.milestone, "delivered")
            self.assertEqual(poll.message_count, poll.missed_count)
            self.assertIn("before_id=trk_77", server.asked[1])
            self.assertEqual(poll.cursor, trackers[1]["updated_at"])
            poll.next_attempt_at = fields.Datetime.now()
            server.pages = [{"trackers": [trackers[1]], "has_more": False}]
            poll._work_attempt()
            self.assertIn("start_datetime=", server.asked[2])
            self.assertEqual(poll.message_count - poll.missed_count, len(trackers[1]["tracking_details"]))

    def test_an_answer_that_is_none_is_told(self):
        with Aggregator([{"error": "no"}]) as server:
            system = self.sender("aftership", outbound_url=server.url, allow_http=True, allowed_networks="127.0.0.0/8")
            config = SystemConfig(dict(system_row(system), signing="none"), system._secret_box())
            found, cursor = self.env["logistics.poll"]._poll_tracking("aftership", config, server.url, "")
            self.assertEqual((found, cursor), ([], ""))
            server.pages = [["nothing"]]
            with self.assertRaises(fetch.FetchError):
                self.env["logistics.poll"]._poll_tracking("aftership", config, server.url, "")
