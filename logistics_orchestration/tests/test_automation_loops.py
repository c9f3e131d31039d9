"""Rules that cause each other are cut, reported, and never take the user's work with them."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from .automation_common import LOGGER, RuleCase

TYPE = "logistics.test.ping"
BACK = "logistics.test.pong"


class LoopCase(RuleCase):
    type_names = (TYPE, BACK)

    def dead(self):
        return self.env["logistics.event.task"].search([("state", "=", "dead")])


class TestLoops(LoopCase):
    @mute_logger(LOGGER)
    def test_a_rule_that_feeds_itself_is_cut_and_the_work_stays(self):
        rule = self.make_rule(TYPE, "Echo", tells=TYPE)
        self.purchase.partner_ref = "kept"
        self.purchase._logistics_emit(TYPE)
        self.env.flush_all()
        self.assertEqual(len(self.events(TYPE)), 6, "the first one, and one per time the rule ran")
        self.assertEqual(self.purchase.partner_ref, "kept")
        task = self.dead()
        self.assertEqual(task.automation_id, rule)
        self.assertIn("'Echo' ran 5 times for the same record", task.last_error)
        self.assertIn("Echo (purchase.order", task.last_error)
        self.assertEqual(task.activity_ids.summary, "Rule 'Echo' goes round in circles")

    @mute_logger(LOGGER)
    def test_somebody_is_told_once_while_it_is_open(self):
        self.make_rule(TYPE, "Echo", tells=TYPE)
        self.purchase._logistics_emit(TYPE)
        self.purchase._logistics_emit(TYPE)
        self.assertEqual(len(self.dead()), 2)
        self.assertEqual(len(self.dead().activity_ids), 1)

    @mute_logger(LOGGER)
    def test_two_rules_that_answer_each_other_are_named_both(self):
        self.make_rule(TYPE, "There", tells=BACK)
        self.make_rule(BACK, "And back", tells=TYPE)
        self.purchase._logistics_emit(TYPE)
        self.assertIn("There (purchase.order", self.dead().last_error)
        self.assertIn("→ And back (purchase.order", self.dead().last_error)

    @mute_logger(LOGGER)
    def test_a_long_chain_over_many_records_is_cut(self):
        code = "record.copy({'notes': ''})._logistics_emit('logistics.test.ping')"
        self.make_rule(TYPE, "Breeder", code=code)
        self.purchase._logistics_emit(TYPE)
        self.assertEqual(len(self.events(TYPE)), 26)
        self.assertIn("25 rules ran, each because of the one before", self.dead().last_error)
        self.assertEqual(max(self.events(TYPE).mapped("depth")), 25)

    @mute_logger(LOGGER)
    def test_the_count_goes_on_in_the_worker(self):
        self.make_rule(TYPE, "Slow echo", tells=TYPE, logistics_timing="later")
        self.purchase._logistics_emit(TYPE)
        for _round in range(8):
            self.run_tasks()
        self.assertEqual(len(self.events(TYPE)), 6)
        self.assertEqual(len(self.dead()), 1)

    @mute_logger(LOGGER)
    def test_a_partner_that_answers_each_fact_is_part_of_the_loop(self):
        """What it names in causationid counts."""
        system = self.make_system("supplier")
        self.handle("test_ping", lambda message, _data: self.purchase.with_env(message.env)._logistics_emit(TYPE))
        self.make_rule(TYPE, "Ask again", code="record.write({'partner_ref': (record.partner_ref or '') + '+'})")
        self.purchase._logistics_emit(TYPE)
        for _round in range(30):
            last = self.events(TYPE)[-1]
            self.receive(system, "test.ping", {}, causationid=last.uid)
        self.assertEqual(self.purchase.partner_ref, "+" * 25)
        self.assertTrue(self.dead())
        self.assertEqual(len(self.dead().activity_ids), 1)

    def test_the_same_rule_may_run_often_when_it_is_not_its_own_doing(self):
        self.make_rule(TYPE, "Count", code="record.write({'partner_ref': (record.partner_ref or '') + '+'})")
        for _time in range(30):
            self.purchase._logistics_emit(TYPE)
        self.assertEqual(self.purchase.partner_ref, "+" * 30)
        self.assertFalse(self.dead())


# Odoo's own triggers are in force only once all modules are loaded
@tagged("post_install", "-at_install")
class TestCustomersRules(LoopCase):
    def test_odoos_own_trigger_with_our_action(self):
        """A customer's rule: when the vendor reference is set, tell it."""
        model = self.env["ir.model"]._get("purchase.order")
        field = self.env["ir.model.fields"]._get("purchase.order", "partner_ref")
        rule = self.env["base.automation"].create(
            {
                "name": "Reference known",
                "model_id": model.id,
                "trigger": "on_create_or_write",
                "trigger_field_ids": [(6, 0, field.ids)],
                "filter_domain": "[('partner_ref', '!=', False)]",
            }
        )
        self.make_action(
            "logistics_emit",
            base_automation_id=rule.id,
            usage="base_automation",
            logistics_event_type_id=self.types[TYPE].id,
        )
        answer = self.make_rule(TYPE, "Answer", code="record.write({'notes': event['type']})")
        self.purchase.partner_ref = "TW-1"
        self.assertEqual(len(self.events(TYPE, self.purchase)), 1)
        self.assertIn(TYPE, self.purchase.notes)
        self.assertFalse(answer.logistics_task_ids)
        self.purchase.date_order = "2026-01-01"
        self.assertEqual(len(self.events(TYPE, self.purchase)), 1, "only when the reference changes")

    def test_later_rules_get_a_time_as_the_others_do(self):
        code = "record.write({'partner_ref': event['occurred_at'].strftime('%Y-%m-%d')})"
        self.make_rule(TYPE, "When", code=code, logistics_timing="later")
        self.purchase._logistics_emit(TYPE, occurred_at=self.env.cr.now().replace(year=2025, month=1, day=2))
        self.run_tasks()
        self.assertEqual(self.purchase.partner_ref, "2025-01-02")
