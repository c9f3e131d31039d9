"""Priority and transitions, without a database."""

from datetime import datetime, timedelta

from odoo.tests import BaseCase, tagged

from ..core import CLOSED, OPEN, STATES, TRANSITIONS, allowed_verbs, find_transition
from ..scoring import BANDS, WEIGHTS, age_part, band, money_part, score

NOW = datetime(2026, 7, 14, 12)


@tagged("-at_install", "post_install")
class TestScoring(BaseCase):
    def test_the_weights_make_a_hundred(self):
        self.assertEqual(sum(WEIGHTS.values()), 100)
        self.assertEqual(score("critical", 1, "a", 1)[0], 100)

    def test_the_parts_make_the_sum(self):
        for severity in ("low", "medium", "high", "critical"):
            for money in (0, 0.5, 1):
                for customer in ("a", "b", "c", None):
                    for age in (0, 0.3, 1):
                        priority, points = score(severity, money, customer, age)
                        self.assertEqual(priority, round(sum(points.values())))
                        self.assertEqual(set(points), set(WEIGHTS))
                        self.assertTrue(0 <= priority <= 100)

    def test_each_part_only_raises(self):
        base = score("medium", 0.2, "c", 0.2)[0]
        self.assertGreater(score("high", 0.2, "c", 0.2)[0], base)
        self.assertGreater(score("medium", 0.8, "c", 0.2)[0], base)
        self.assertGreater(score("medium", 0.2, "a", 0.2)[0], base)
        self.assertGreater(score("medium", 0.2, "c", 0.9)[0], base)

    def test_an_unranked_customer_is_an_ordinary_one(self):
        self.assertEqual(score("low", 0, None, 0), score("low", 0, "c", 0))

    def test_money_saturates(self):
        self.assertEqual(money_part(0, 5000), 0)
        self.assertEqual(money_part(-10, 5000), 0)
        self.assertEqual(money_part(5000, 5000), 0.5)
        self.assertLess(money_part(10**9, 5000), 1)

    def test_age_is_the_time_used_up(self):
        opened = NOW - timedelta(hours=4)
        self.assertEqual(age_part(opened, opened + timedelta(hours=8), NOW), 0.5)
        self.assertEqual(age_part(opened, NOW - timedelta(hours=1), NOW), 1)
        self.assertEqual(age_part(NOW, opened, NOW), 1)
        self.assertEqual(age_part(opened, None, NOW), 0)
        self.assertEqual(age_part(NOW + timedelta(hours=1), NOW + timedelta(hours=2), NOW), 0)

    def test_bands_cover_everything(self):
        self.assertEqual([band(lowest) for _name, lowest in BANDS], [name for name, _lowest in BANDS])
        self.assertEqual((band(0), band(74), band(75), band(100)), ("low", "high", "critical", "critical"))

    def test_nonsense_is_refused_by_name(self):
        for call in (
            lambda: score("awful", 0, None, 0),
            lambda: score("low", 0, "vip", 0),
            lambda: money_part(1, 0),
        ):
            with self.assertRaises(ValueError):
                call()


@tagged("-at_install", "post_install")
class TestTransitions(BaseCase):
    def test_every_state_is_open_or_closed_and_can_be_left_or_come_back_from(self):
        codes = [code for code, _label in STATES]
        self.assertEqual(sorted(codes), sorted((*OPEN, *CLOSED)))
        for code in codes:
            self.assertTrue(allowed_verbs(code), code)

    def test_each_move_stands_once_and_between_known_states(self):
        moves = [(move.before, move.after) for move in TRANSITIONS]
        self.assertEqual(len(moves), len(set(moves)))
        codes = {code for code, _label in STATES}
        self.assertTrue({state for move in moves for state in move} <= codes)

    def test_a_verb_leads_to_one_state(self):
        for verb in {move.verb for move in TRANSITIONS}:
            self.assertEqual(len({move.after for move in TRANSITIONS if move.verb == verb}), 1, verb)

    def test_ends_are_left_only_by_reopening(self):
        for state in CLOSED:
            self.assertIn(set(allowed_verbs(state)), ({"reopen"}, {"reopen", "close"}))

    def test_what_must_be_said(self):
        self.assertEqual(find_transition("new", "resolved").needs, ("resolution_code", "resolution"))
        self.assertEqual(find_transition("in_progress", "waiting").needs, ("waiting_for",))
        self.assertIsNone(find_transition("new", "closed"))
