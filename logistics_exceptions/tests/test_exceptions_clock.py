"""Deadlines in working hours, escalation once, and priorities that grow."""

from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .common import ExceptionsCase

FRIDAY = datetime(2026, 7, 10, 14, 0)


@tagged("-at_install", "post_install")
class TestClock(ExceptionsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "UTC"
        cls.manager = new_test_user(
            cls.env, "exc_manager", groups="base.group_user,logistics_orchestration.group_manager"
        )

    def late_case(self, **vals):
        return self.open_case(due_at=fields.Datetime.subtract(fields.Datetime.now(), hours=1), **vals)

    def test_a_deadline_counts_working_hours(self):
        with freeze_time(FRIDAY):
            case = self.open_case()
        self.assertEqual(case.due_at, datetime(2026, 7, 13, 14, 0), "three hours on Friday, five on Monday with lunch")

    def test_without_working_hours_the_clock_on_the_wall_counts(self):
        self.company.resource_calendar_id.attendance_ids.unlink()
        with freeze_time(FRIDAY):
            self.assertEqual(self.open_case().due_at, datetime(2026, 7, 10, 22, 0))

    def test_a_deadline_is_more_than_nothing(self):
        with self.assertRaisesRegex(ValidationError, "more than zero"):
            self.damaged.deadline_hours = 0

    def test_the_manager_is_asked_once_per_deadline(self):
        self.damaged.manager_id = self.manager
        case = self.late_case()
        self.assertTrue(case.is_overdue)
        self.assertIn(case, self.Case.search([("is_overdue", "=", True)]))
        for _run in range(2):
            self.Case._cron_clock()
        asked = case.activity_ids.filtered(lambda a: a.summary.startswith("Overdue"))
        self.assertEqual((len(asked), asked.user_id), (1, self.manager))
        self.assertTrue(case.escalated_at)
        asked.action_done()
        case.due_at = fields.Datetime.subtract(fields.Datetime.now(), minutes=5)
        self.Case._cron_clock()
        self.assertTrue(case.activity_ids.filtered(lambda a: a.summary.startswith("Overdue")), "a new deadline, missed")

    def test_without_a_named_manager_one_of_the_company_is_asked_but_not_the_owner(self):
        case = self.late_case(owner_id=self.manager.id)
        user = case._escalation_user()
        self.assertTrue(user.has_group("logistics_orchestration.group_manager"))
        self.assertNotEqual(user, self.manager)
        self.assertFalse(user._is_superuser())

    def test_what_is_not_late_or_over_is_left_alone(self):
        case = self.open_case()
        over = self.late_case()
        over.action_dismiss(reason="Test scan")
        self.Case._cron_clock()
        self.assertFalse(case.escalated_at or over.escalated_at)
        self.assertNotIn(case, self.Case.search([("is_overdue", "=", True)]))
        self.assertIn(case, self.Case.search([("is_overdue", "=", False)]))
        self.assertIn(over, self.Case.search([("is_overdue", "!=", True)]))

    def test_more_than_a_batch_goes_on_at_once(self):
        clock = "odoo.addons.logistics_exceptions.models.exception_case_clock.BATCH"
        cases = self.late_case() | self.late_case(case_type=self.other) | self.late_case(case_type=self.other)
        cron = self.env.ref("logistics_exceptions.cron_exception_clock")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        with patch(clock, 2):
            self.Case._cron_clock()
            self.assertEqual(len(cases.filtered("escalated_at")), 2)
            self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), triggers + 1)
            self.Case._cron_clock()
        self.assertEqual(len(cases.filtered("escalated_at")), 3)

    # -- priority ----------------------------------------------------------------------------------------------------

    def test_priority_is_the_sum_of_what_is_shown(self):
        self.customer.logistics_tier = "a"
        case = self.open_case(severity="critical", money_at_risk=5000)
        self.assertEqual(
            (case.priority_severity, case.priority_money, case.priority_customer, case.priority_age), (40, 12.5, 20, 0)
        )
        self.assertEqual((case.priority, case.priority_band), (72, "high"))
        self.assertIn("money 12.5", case.priority_words)

    def test_the_worklist_is_sorted_by_it(self):
        low = self.open_case(severity="low")
        high = self.open_case(severity="critical")
        found = self.Case.search([("id", "in", (low | high).ids)])
        self.assertEqual(found[0], high)

    def test_it_grows_with_age_until_the_case_is_over(self):
        with freeze_time(FRIDAY):
            case = self.open_case(due_at=datetime(2026, 7, 10, 18, 0))
        self.env.cr.execute("UPDATE logistics_exception SET create_date = %s WHERE id = %s", [FRIDAY, case.id])
        case.invalidate_recordset()
        with freeze_time(FRIDAY):
            self.env.add_to_compute(case._fields["priority"], case)
            fresh = case.priority
        with freeze_time(datetime(2026, 7, 10, 16, 0)):
            self.Case._cron_clock()
        self.assertEqual((case.priority_age, case.priority), (7.5, round(fresh + 7.5)))
        with freeze_time(datetime(2026, 7, 10, 17, 0)):
            case.write({"resolution_code": "replaced", "resolution": "Sent anew", "state": "resolved"})
        with freeze_time(datetime(2026, 7, 20, 17, 0)):
            self.env.add_to_compute(case._fields["priority"], case)
            self.assertAlmostEqual(case.priority_age, 11.2)

    def test_a_customers_rank_and_the_amount_count_at_once(self):
        case = self.open_case()
        before = case.priority
        self.customer.logistics_tier = "a"
        self.assertEqual(case.priority, before + 14)
        case.money_at_risk = 50000
        self.assertGreater(case.priority_money, 20)

    def test_nonsense_in_the_parameter_falls_back(self):
        for value in ("", "lots", "-3", "0"):
            self.env["ir.config_parameter"].set_param("logistics_exceptions.money_half_at", value)
            self.assertEqual(self.Case._money_half_at(), 5000)
        self.env["ir.config_parameter"].set_param("logistics_exceptions.money_half_at", "250")
        self.assertEqual(self.Case._money_half_at(), 250)
