"""From new to closed: only the moves of the table, with what must be said, whoever tries."""

from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from ..core import STATES, TRANSITIONS, find_transition
from .common import ExceptionsCase

SAID = {
    "waiting_for": "carrier",
    "resolution_code": "replaced",
    "resolution": "Sent anew",
    "dismiss_reason": "Told by mistake",
}


@tagged("-at_install", "post_install")
class TestLifecycle(ExceptionsCase):
    def case_in(self, state):
        """A case brought to ``state`` by allowed moves."""
        way = {
            "new": [],
            "triaged": ["triaged"],
            "in_progress": ["in_progress"],
            "waiting": ["waiting"],
            "resolved": ["resolved"],
            "closed": ["resolved", "closed"],
            "dismissed": ["dismissed"],
        }
        case = self.open_case()
        for target in way[state]:
            needs = find_transition(case.state, target).needs
            case._move(target, **{name: SAID[name] for name in needs})
        return case

    def test_every_pair_of_states(self):
        codes = [code for code, _label in STATES]
        for before in codes:
            for after in codes:
                if before == after:
                    continue
                with self.subTest(before=before, after=after):
                    case = self.case_in(before)
                    self.assertEqual(case.state, before)
                    move = find_transition(before, after)
                    if not move:
                        with self.assertRaisesRegex(UserError, case.name):
                            case.state = after
                        self.assertEqual(case.state, before)
                        continue
                    case.write({**{name: SAID[name] for name in move.needs}, "state": after})
                    self.assertEqual(case.state, after)

    def test_what_must_be_said_is_asked_for_by_name(self):
        case = self.open_case()
        with self.assertRaisesRegex(UserError, "Waiting For"):
            case.action_wait()
        with self.assertRaisesRegex(UserError, "Resolution Code, Resolution"):
            case.action_resolve()
        case.resolution_code = "replaced"
        with self.assertRaisesRegex(UserError, "Resolution"):
            case.action_resolve()
        case.resolution = "Sent anew"
        case.action_resolve()
        self.assertEqual(case.state, "resolved")
        self.assertTrue(case.resolved_at)

    def test_resolving_is_told_and_ends_the_to_dos(self):
        owner = new_test_user(self.env, "exc_owner", groups="base.group_user,logistics_orchestration.group_user")
        case = self.open_case(owner_id=owner.id)
        self.assertEqual(case.activity_ids.user_id, owner)
        case.write({"resolution_code": "replaced", "resolution": "Sent anew", "state": "resolved"})
        self.assertFalse(case.activity_ids)
        told = self.events("exception.resolved", case)
        self.assertEqual(len(told), 1)
        self.assertEqual((told.data["resolution_code"], told.data["resolution"]), ("replaced", "Sent anew"))

    def test_reopening_asks_why_starts_anew_and_is_told(self):
        case = self.case_in("closed")
        action = case.action_reopen()
        self.assertEqual(action["res_model"], "logistics.reason.wizard")
        case.action_reopen(reason="The customer wrote again")
        self.assertEqual((case.state, case.reopened_count), ("in_progress", 1))
        self.assertFalse(case.resolution_code or case.resolution or case.closed_at or case.resolved_at)
        self.assertGreater(case.due_at, case.create_date)
        self.assertEqual(len(self.events("exception.reopened", case)), 1)
        with self.assertRaises(UserError):
            case.action_resolve()

    def test_reopening_beside_an_open_case_of_the_kind_is_refused(self):
        case = self.case_in("closed")
        twin = self.open_case(case.order_id)
        with self.assertRaisesRegex(UserError, twin.name):
            case.action_reopen(reason="again")

    def test_dismissing_asks_why(self):
        case = self.open_case()
        self.assertEqual(case.action_dismiss()["res_model"], "logistics.reason.wizard")
        case.action_dismiss(reason="Test scan of the carrier")
        self.assertEqual((case.state, case.dismiss_reason), ("dismissed", "Test scan of the carrier"))
        self.assertFalse(case.is_open)

    def test_waiting_says_for_whom_and_forgets_it_when_it_goes_on(self):
        case = self.open_case(waiting_for="supplier")
        case.action_wait()
        self.assertEqual(self.events("exception.updated", case)[-1].data["waiting_for"], "supplier")
        case.action_start()
        self.assertFalse(case.waiting_for)

    def test_a_new_owner_is_told_and_asked_once(self):
        owner = new_test_user(self.env, "exc_owner", groups="base.group_user,logistics_orchestration.group_user")
        self.damaged.group_id = False
        case = self.open_case()
        self.assertFalse(case.owner_id)
        case.owner_id = owner
        case.owner_id = owner
        self.assertEqual(len(self.events("exception.assigned", case)), 1)
        self.assertEqual(case.activity_ids.user_id, owner)
        self.assertEqual(case.activity_ids.date_deadline, case.due_at.date())
        case.with_user(owner).action_take()
        self.assertEqual(len(self.events("exception.assigned", case)), 1)

    def test_a_new_case_goes_to_whoever_of_the_team_has_the_fewest(self):
        group = self.env["res.groups"].create({"name": "Claims desk"})
        people = [
            new_test_user(self.env, f"exc_desk_{n}", groups="base.group_user,logistics_orchestration.group_user")
            for n in range(2)
        ]
        group.users = [(4, user.id) for user in people]
        self.damaged.group_id = group
        cases = [self.open_case() for _n in range(3)]
        self.assertEqual([case.owner_id for case in cases], [people[0], people[1], people[0]])
        self.damaged.user_id = people[1]
        self.assertEqual(self.open_case().owner_id, people[1], "the type's own owner comes first")

    def test_whoever_starts_an_unowned_case_owns_it(self):
        worker = new_test_user(self.env, "exc_worker", groups="base.group_user,logistics_orchestration.group_user")
        self.damaged.group_id = False
        case = self.open_case()
        case.with_user(worker).action_start()
        self.assertEqual(case.owner_id, worker)

    def test_the_buttons_follow_the_table(self):
        arch = self.env["logistics.exception"].get_view(view_type="form")["arch"]
        for verb in {move.verb for move in TRANSITIONS}:
            self.assertIn(f"'{verb}' not in allowed_verbs", arch)
        self.assertEqual(self.open_case().allowed_verbs.split(), ["triage", "start", "wait", "resolve", "dismiss"])

    def test_the_whole_case_on_one_screen(self):
        order = self.make_order(2)
        with Form(self.Case) as form:
            form.type_id = self.damaged
            form.subject_ref = order
            form.title = "Two desks crushed"
        case = form.record
        self.assertEqual(len(case.action_ids), 4)
        with Form(case) as form:
            form.resolution_code = "replaced"
            form.resolution = "Sent anew"
            form.fault_party = "carrier"
        case.action_resolve()
        self.assertEqual(case.state, "resolved")
