"""The plain rules: states, duties, deadlines, snapshots. No database."""

from datetime import datetime, timedelta

from odoo.tests.common import BaseCase, tagged

from ..core import deadline, duties, snapshot, transitions


@tagged("post_install", "-at_install")
class TestTransitions(BaseCase):
    def test_nothing_leaves_a_closed_state(self):
        for state in ("rejected", "expired", "superseded", "cancelled", "not_required"):
            self.assertFalse(transitions.TRANSITIONS[state])

    def test_only_a_waiting_request_is_approved(self):
        sources = [old for old in transitions.STATES if transitions.can_move(old, "approved")]
        self.assertEqual(sources, ["requested"])

    def test_what_was_carried_out_never_moves(self):
        self.assertTrue(transitions.can_move("approved", "cancelled"))
        self.assertFalse(transitions.can_move("approved", "cancelled", executed=True))

    def test_unknown_states_go_nowhere(self):
        self.assertFalse(transitions.can_move("nonsense", "approved"))
        self.assertFalse(transitions.can_move("requested", "nonsense"))


@tagged("post_install", "-at_install")
class TestDuties(BaseCase):
    def why(self, actor, **kw):
        base = {"active": True, "requesters": (2,), "deciders": (3, 4, 5)}
        return duties.why_not_decide(actor, **{**base, **kw})

    def test_an_approver_decides(self):
        self.assertIsNone(self.why(3))

    def test_each_duty_is_its_own(self):
        self.assertEqual(self.why(duties.ROBOT_ID, deciders=(1,)), duties.ROBOT)
        self.assertEqual(self.why(3, active=False), duties.INACTIVE)
        self.assertEqual(self.why(2, deciders=(2, 3)), duties.REQUESTER)
        self.assertEqual(self.why(3, beneficiaries=(3,)), duties.BENEFICIARY)
        self.assertEqual(self.why(3, responsible=3), duties.RESPONSIBLE)
        self.assertEqual(self.why(3, decided=(3,)), duties.DECIDED)
        self.assertEqual(self.why(9), duties.NOT_ASKED)

    def test_delegation_is_one_hop(self):
        found = duties.deciders([3], [(3, 4), (4, 5)], barred=set())
        self.assertEqual(found, {3: 3, 4: 3})

    def test_the_requester_cannot_decide_through_a_deputy(self):
        self.assertEqual(duties.deciders([2, 3], [(2, 4)], barred={2}), {3: 3})

    def test_a_deputy_who_asked_is_no_deputy(self):
        self.assertEqual(duties.deciders([3], [(3, 2)], barred={2}), {3: 3})

    def test_an_approver_acts_for_himself_before_others(self):
        self.assertEqual(duties.deciders([3, 4], [(3, 4)], barred=set()), {3: 3, 4: 4})


@tagged("post_install", "-at_install")
class TestDeadline(BaseCase):
    def setUp(self):
        super().setUp()
        self.start = datetime(2026, 3, 2, 8)
        self.clock = {
            "remind_at": self.start + timedelta(hours=2),
            "due_at": self.start + timedelta(hours=4),
            "expires_at": self.start + timedelta(hours=8),
            "reminded": False,
            "escalated": False,
        }

    def due(self, hours, **kw):
        return deadline.due(self.start + timedelta(hours=hours), **{**self.clock, **kw})

    def test_the_way_of_an_unanswered_request(self):
        self.assertIsNone(self.due(1))
        self.assertEqual(self.due(2), deadline.REMIND)
        self.assertIsNone(self.due(3, reminded=True))
        self.assertEqual(self.due(4, reminded=True), deadline.ESCALATE)
        self.assertIsNone(self.due(5, reminded=True, escalated=True))
        self.assertEqual(self.due(8, reminded=True, escalated=True), deadline.EXPIRE)

    def test_a_stopped_scheduler_does_not_expire_what_was_never_escalated(self):
        self.assertEqual(self.due(100), deadline.ESCALATE)

    def test_next_look(self):
        self.assertEqual(deadline.next_look(**self.clock), self.clock["remind_at"])
        self.assertEqual(deadline.next_look(**{**self.clock, "reminded": True}), self.clock["due_at"])
        self.assertEqual(deadline.next_look(**{**self.clock, "escalated": True}), self.clock["expires_at"])


@tagged("post_install", "-at_install")
class TestSnapshot(BaseCase):
    def test_order_of_keys_and_float_noise_do_not_matter(self):
        self.assertEqual(snapshot.digest({"b": [1, 2.0], "a": 0.1 + 0.2}), snapshot.digest({"a": 0.3, "b": (1.0, 2)}))

    def test_any_other_value_matters(self):
        base = {"carrier": 5, "goods": {"7": 2}}
        for other in (
            {"carrier": 6, "goods": {"7": 2}},
            {"carrier": 5, "goods": {"7": 3}},
            {"carrier": 5, "goods": {}},
        ):
            self.assertNotEqual(snapshot.digest(base), snapshot.digest(other))

    def test_true_is_not_one_and_none_is_not_zero_in_the_text(self):
        self.assertNotEqual(snapshot.text(True), snapshot.text(1))
        self.assertNotEqual(snapshot.text(None), snapshot.text(0))

    def test_differences_name_the_leaf(self):
        old = {"facts": {"goods": {"7": 2, "8": 1}, "zip": "2000"}}
        new = {"facts": {"goods": {"7": 3}, "zip": "2000"}}
        self.assertEqual(
            snapshot.differences(old, new), [(("facts", "goods", "7"), 2, 3), (("facts", "goods", "8"), 1, None)]
        )

    def test_a_value_json_does_not_know_is_refused(self):
        with self.assertRaises(TypeError):
            snapshot.digest({"at": datetime(2026, 1, 1)})
