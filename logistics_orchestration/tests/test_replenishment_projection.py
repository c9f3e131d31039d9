"""The figures behind a shortage, without a database."""

from datetime import date

from odoo.tests import BaseCase, tagged

from ..models.replenishment.projection import demand_at_risk, recovered, stockout, week_bucket

TODAY = date(2026, 7, 14)


@tagged("-at_install", "post_install")
class TestProjection(BaseCase):
    def test_runs_out_on_the_day_demand_exceeds_stock(self):
        flows = [(date(2026, 7, 20), -6), (date(2026, 7, 16), -5), (date(2026, 7, 18), 2)]
        self.assertEqual(stockout(8, flows, TODAY), (date(2026, 7, 20), "known"))

    def test_a_receipt_before_the_demand_saves_it(self):
        self.assertEqual(stockout(5, [(date(2026, 7, 20), -9), (date(2026, 7, 19), 4)], TODAY), (None, "none"))

    def test_what_is_overdue_counts_today(self):
        self.assertEqual(stockout(3, [(date(2026, 7, 1), -4)], TODAY), (TODAY, "known"))

    def test_negative_stock_is_out_today(self):
        self.assertEqual(stockout(-1, [(TODAY, 10)], TODAY), (TODAY, "known"))

    def test_without_dated_demand_consumption_tells(self):
        self.assertEqual(stockout(10, [], TODAY, daily_demand=4), (date(2026, 7, 16), "estimated"))
        self.assertEqual(stockout(0, [], TODAY, daily_demand=4), (TODAY, "estimated"))
        self.assertEqual(stockout(10, [], TODAY), (None, "none"))

    def test_at_risk_is_what_supply_comes_too_late_for(self):
        flows = [(date(2026, 7, 15), -6), (date(2026, 7, 18), -6), (date(2026, 7, 25), -50)]
        self.assertEqual(demand_at_risk(8, flows, TODAY, date(2026, 7, 20)), 4)
        self.assertEqual(demand_at_risk(8, flows, TODAY, date(2026, 7, 16)), 0)
        self.assertEqual(demand_at_risk(-3, [], TODAY, TODAY), 3)

    def test_buckets_are_iso_weeks_over_the_turn_of_the_year(self):
        self.assertEqual(week_bucket(date(2026, 12, 31)), "2026-W53")
        self.assertEqual(week_bucket(date(2027, 1, 3)), "2026-W53")
        self.assertEqual(week_bucket(date(2027, 1, 4)), "2027-W01")

    def test_recovery_needs_some_way_above_the_minimum(self):
        self.assertFalse(recovered(10, 10, 40))
        self.assertFalse(recovered(12.9, 10, 40))
        self.assertTrue(recovered(13, 10, 40))

    def test_recovery_at_the_minimum_where_it_is_the_maximum(self):
        self.assertTrue(recovered(10, 10, 10))
        self.assertTrue(recovered(0, 0, 0))
        self.assertFalse(recovered(-1, 0, 0))
