"""Deadlines in working hours; silence never approves."""

from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ApprovalCase

MONDAY = "2026-03-02 08:00:00"  # UTC; the calendar works 8-12 and 13-17


@tagged("post_install", "-at_install")
class TestApprovalClock(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id = cls.env["resource.calendar"].create({"name": "Office", "tz": "UTC"})
        cls.step.write({"deadline_hours": 4, "expire_hours": 4})

    def setUp(self):
        super().setUp()
        self.enforce("approvals")
        with freeze_time(MONDAY):
            self.group = self.only_approvers(self.approver)
            self.order = self.make_order(carrier=self.carrier)
            self.request = self.ask(self.order)

    def tick(self, at):
        with freeze_time(at):
            self.Request._work_run()
        self.request.invalidate_recordset()
        self.assertFalse(self.request.last_error)

    def names(self, verb):
        return self.events(f"approval.{verb}", self.request)

    def test_deadlines_follow_the_calendar(self):
        request = self.request
        self.assertEqual(request.remind_at, datetime(2026, 3, 2, 10))
        self.assertEqual(request.due_at, datetime(2026, 3, 2, 12))
        self.assertEqual(request.expires_at, datetime(2026, 3, 2, 17))

    def test_the_clock_pauses_over_the_weekend_and_on_leave(self):
        with freeze_time("2026-03-06 16:00:00"):  # Friday, one hour left
            request = self.ask()
        self.assertEqual(request.due_at, datetime(2026, 3, 9, 11))
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": "2026-03-09 00:00:00",
                "date_to": "2026-03-09 23:59:59",
            }
        )
        with freeze_time("2026-03-06 16:00:00"):
            request = self.ask()
        self.assertEqual(request.due_at, datetime(2026, 3, 10, 11))

    def test_without_a_calendar_hours_are_hours(self):
        self.company.resource_calendar_id = False
        with freeze_time("2026-03-07 16:00:00"):
            self.assertEqual(self.ask().due_at, datetime(2026, 3, 7, 20))

    def test_reminded_once_at_half_time(self):
        self.tick("2026-03-02 09:59:00")
        self.assertFalse(self.names("reminded"))
        self.tick("2026-03-02 10:00:00")
        self.tick("2026-03-02 10:30:00")
        self.tick("2026-03-02 11:30:00")
        self.assertEqual(len(self.names("reminded")), 1)
        self.assertTrue(self.request.reminded_at)

    def test_escalated_at_the_deadline(self):
        self.tick("2026-03-02 10:00:00")
        self.tick("2026-03-02 12:00:00")
        self.assertEqual(self.request.state, "requested")
        self.assertIn(self.manager, self.request.approver_ids)
        self.assertIn(self.approver, self.request.approver_ids)
        self.assertEqual(self.names("escalated").data["why"], "deadline")
        self.assertTrue(self.request.activity_ids.filtered(lambda a: a.user_id == self.manager))
        self.decide(self.request, self.manager)
        self.assertEqual(self.request.state, "approved")

    def test_expired_as_a_rejection(self):
        self.tick("2026-03-02 10:00:00")
        self.tick("2026-03-02 12:00:00")
        self.tick("2026-03-02 17:00:00")
        self.assertEqual(self.request.state, "expired")
        self.assertEqual(self.request.decision_ids.decision, "expired")
        self.assertEqual(len(self.names("expired")), 1)
        self.assertEqual(self.order.picking_ids.carrier_id, self.carrier)
        self.assertFalse(self.request.approver_ids)
        self.assertIn(self.worker, self.request.activity_ids.user_id)
        with self.assertRaises(UserError):
            self.decide(self.request)

    def test_silence_never_approves(self):
        for day in range(2, 28):
            for hour in (9, 12, 17):
                self.tick(f"2026-03-{day:02} {hour:02}:00:00")
        self.assertEqual(self.request.state, "expired")
        self.assertFalse(self.request.executed_at)
        self.assertFalse(self.names("decided"))

    def test_a_stopped_scheduler_escalates_before_it_expires(self):
        self.tick("2026-03-20 09:00:00")
        self.assertEqual(self.request.state, "requested")
        self.assertTrue(self.request.escalated_at)
        self.assertEqual(self.request.expires_at, datetime(2026, 3, 20, 14))

    def test_nobody_there_is_escalated_at_once(self):
        with freeze_time(MONDAY):
            self.group.users = False
            request = self.ask()
        self.assertTrue(request.rerouted_at)
        self.assertIn(self.manager, request.approver_ids)
        self.assertEqual(self.events("approval.escalated", request).data["why"], "absent")

    def test_an_absent_approver_is_escalated_at_once(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Ski",
                "resource_id": self.env["resource.resource"]
                .create({"name": "Approver", "user_id": self.approver.id})
                .id,
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": "2026-03-01 00:00:00",
                "date_to": "2026-03-08 00:00:00",
            }
        )
        with freeze_time(MONDAY):
            request = self.ask()
            self.assertNotIn(self.approver, request.approver_ids)
            self.assertIn(self.manager, request.approver_ids)
            self.assertTrue(request.with_user(self.approver).can_decide, "who comes back early may still decide")

    def test_who_is_archived_is_replaced_at_once(self):
        self.approver.active = False
        self.assertNotIn(self.approver, self.request.approver_ids)
        self.assertIn(self.manager, self.request.approver_ids)
        self.assertTrue(self.request.rerouted_at)

    def test_nobody_at_all_tells_the_requester_and_still_does_not_approve(self):
        with freeze_time(MONDAY):
            empty = self.only_approvers()
            self.step.write({"escalate_group_id": empty.id})
            request = self.ask()
        self.assertEqual(request.state, "requested")
        self.assertFalse(request.approver_ids)
        self.assertIn(self.worker, request.activity_ids.user_id)

    def test_a_changed_document_is_noticed_by_the_clock(self):
        self.order.order_line[0].product_uom_qty = 7
        self.tick("2026-03-02 09:30:00")
        self.assertEqual(self.request.state, "superseded")

    def test_the_requesters_manager(self):
        team = self.env["crm.team"].create(
            {"name": "Team", "user_id": self.second.id, "member_ids": [(4, self.worker.id)]}
        )
        self.assertEqual(self.worker.sale_team_id, team)
        self.step.write({"approver_type": "manager", "min_approvals": 1})
        with freeze_time(MONDAY):
            self.assertEqual(self.ask().approver_ids, self.second)
            self.assertIn(self.manager, self.ask(user=self.approver).approver_ids, "without a leader: escalated")
