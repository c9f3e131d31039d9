"""Rules on logistics events: once, after the business call, never in its way."""

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import LogisticsCase

TYPE = "logistics.purchase.requested"
DATA = {"purchase": "P1", "supplier": "Timber & Co", "lines": [{"line": 1, "sku": "DESK", "quantity": 2.0}]}
LOGGER = "odoo.addons.logistics_orchestration.models.automation.base_automation"


class TestRules(LogisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["base.automation"].search([("trigger", "=", "on_logistics_event")]).active = False
        supplier = cls.env["res.partner"].create({"name": "Timber & Co"})
        cls.purchase = cls.env["purchase.order"].create({"partner_id": supplier.id, "notes": ""})
        cls.event_type = cls.env["logistics.event.type"].search([("name", "=", TYPE)])

    def make_rule(self, code=None, state="code", model="purchase.order", **vals):
        model_id = self.env["ir.model"]._get(model).id
        action = vals.pop("action", {})
        rule = self.env["base.automation"].create(
            {
                "name": "Test rule",
                "model_id": model_id,
                "trigger": "on_logistics_event",
                "logistics_event_type_ids": [(6, 0, self.event_type.ids)],
                **vals,
            }
        )
        self.env["ir.actions.server"].create(
            {
                "name": "Test action",
                "model_id": model_id,
                "base_automation_id": rule.id,
                "usage": "base_automation",
                "state": state,
                "code": code or "",
                **action,
            }
        )
        return rule

    def count_rule(self, **vals):
        return self.make_rule("record.write({'partner_ref': (record.partner_ref or '') + '+'})", **vals)

    def emit(self):
        self.purchase._logistics_emit(TYPE, DATA)

    def test_runs_at_once_without_a_business_call(self):
        self.count_rule()
        self.emit()
        self.assertEqual(self.purchase.partner_ref, "+")

    def test_waits_for_the_outermost_business_call(self):
        self.count_rule()
        event = self.env["logistics.event"]
        with event._business_call():
            with event._business_call():
                self.emit()
            self.assertFalse(self.purchase.partner_ref, "the inner call is not the end")
        self.assertEqual(self.purchase.partner_ref, "+")

    def test_a_failing_business_call_runs_nothing(self):
        self.count_rule()
        with self.assertRaises(UserError), self.env["logistics.event"]._business_call():
            self.emit()
            raise UserError("no")
        self.assertFalse(self.purchase.partner_ref)

    def test_handler_sees_the_event(self):
        self.make_rule("record.write({'partner_ref': event['type'] + ' ' + event['data']['purchase']})")
        self.emit()
        self.assertEqual(self.purchase.partner_ref, f"{TYPE} P1")

    def test_filter_domain_counts(self):
        self.count_rule(filter_domain="[('partner_ref', '=', 'never')]")
        self.emit()
        self.assertFalse(self.purchase.partner_ref)

    def test_archived_rule_is_silent(self):
        rule = self.count_rule()
        rule.active = False
        self.emit()
        self.assertFalse(self.purchase.partner_ref)

    def test_later_runs_in_the_worker_once(self):
        rule = self.count_rule(logistics_timing="later")
        self.emit()
        self.assertFalse(self.purchase.partner_ref)
        self.assertEqual(rule.logistics_task_ids.state, "pending")
        self.run_tasks()
        self.run_tasks()
        self.assertEqual(self.purchase.partner_ref, "+")
        self.assertEqual(rule.logistics_task_ids.state, "done")

    @mute_logger(LOGGER)
    def test_a_failing_rule_does_not_block_and_is_tried_again(self):
        rule = self.make_rule("record.write({'partner_ref': 'half'})\nraise UserError('broken')")
        self.emit()
        self.assertFalse(self.purchase.partner_ref, "its half work is undone")
        task = rule.logistics_task_ids
        self.assertEqual((task.state, task.attempt_count), ("pending", 1))
        self.assertIn("broken", task.last_error)
        rule.action_server_ids.code = "record.write({'partner_ref': 'repaired'})"
        task.action_retry()
        self.run_tasks()
        self.assertEqual((task.state, self.purchase.partner_ref), ("done", "repaired"))

    @mute_logger(LOGGER, "odoo.addons.logistics_orchestration.models.backbone.work_item")
    def test_a_rule_that_always_fails_ends_dead_and_somebody_is_told(self):
        rule = self.make_rule("raise UserError('broken')")
        self.emit()
        task = rule.logistics_task_ids
        for _attempt in range(task._work_max_attempts):
            task.next_attempt_at = "2026-01-01"
            task._work_attempt()
        self.assertEqual(task.state, "dead")
        self.assertTrue(task.activity_ids)

    def test_consequences_carry_the_cause(self):
        self.make_rule(state="logistics_emit", action={"logistics_event_type_id": self.other_type().id})
        self.emit()
        cause = self.events(TYPE, self.purchase)
        effect = self.events("logistics.test.effect", self.purchase)
        self.assertEqual(effect.causation_uid, cause.uid)
        self.assertEqual(effect.correlation_uid, cause.correlation_uid)

    def other_type(self):
        return self.env["logistics.event.type"].create({"name": "logistics.test.effect", "res_model": "purchase.order"})

    def test_only_observing_leaves_a_note_and_changes_nothing(self):
        self.make_rule(state="logistics_case", action={"logistics_case_code": "damaged"})
        self.emit()
        self.run_tasks()
        self.assertFalse(self.purchase.activity_ids)
        note = self.env["logistics.observation"].search(
            [("res_model", "=", "purchase.order"), ("res_id", "=", self.purchase.id)]
        )
        self.assertEqual(note.capability, "exceptions")

    def test_enforced_effect_has_a_sensible_default(self):
        self.enforce("carrier")
        self.make_rule(state="logistics_book")
        self.emit()
        self.assertIn("carrier", self.purchase.activity_ids.summary)

    def test_rule_needs_types_and_a_model_that_tells(self):
        with self.assertRaisesRegex(ValidationError, "event type"):
            self.make_rule(logistics_event_type_ids=False)
        with self.assertRaisesRegex(ValidationError, "tells no logistics events"):
            self.make_rule(model="res.country")


class TestSwitch(LogisticsCase):
    def enforced(self, **scope):
        return self.env["logistics.switch"]._is_enforced("release", self.company, **scope)

    def test_observe_is_the_default(self):
        self.assertFalse(self.enforced())

    def test_customer_before_warehouse_before_company(self):
        switch = self.env["logistics.switch"]
        switch.create({"capability": "release", "mode": "enforce"})
        switch.create({"capability": "release", "mode": "observe", "warehouse_id": self.warehouse.id})
        switch.create({"capability": "release", "mode": "enforce", "partner_id": self.customer.id})
        other = self.customer.copy()
        self.assertTrue(self.enforced())
        self.assertFalse(self.enforced(warehouse=self.warehouse))
        self.assertFalse(self.enforced(warehouse=self.warehouse, partner=other))
        self.assertTrue(self.enforced(warehouse=self.warehouse, partner=self.customer))

    def test_a_change_counts_at_once(self):
        switch = self.env["logistics.switch"].create({"capability": "release", "mode": "enforce"})
        self.assertTrue(self.enforced())
        switch.action_observe()
        self.assertFalse(self.enforced())
        switch.action_enforce()
        self.assertTrue(self.enforced())
        switch.unlink()
        self.assertFalse(self.enforced())

    def test_other_company_is_another_matter(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.enforce("release", company=other)
        self.assertFalse(self.enforced())

    def test_warehouse_or_customer_not_both(self):
        with self.assertRaises(ValidationError):
            self.env["logistics.switch"].create(
                {"capability": "release", "warehouse_id": self.warehouse.id, "partner_id": self.customer.id}
            )
