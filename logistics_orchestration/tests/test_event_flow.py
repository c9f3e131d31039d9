"""Who caused what: carried through handlers, workers, inbox and nested calls, so that a flow can be drawn."""

from .automation_common import RuleCase
from .release_common import ReleaseCase
from .shipment_common import ShipmentCase

TYPE = "logistics.test.cause"
EFFECT = "logistics.test.effect"


class FlowMixin:
    def check_connected(self, events):
        """Every event of a beginning hangs on another of the same beginning, on a partner's message, or is a first
        fact of a person's act."""
        self.assertTrue(events)
        messages = set(self.env["logistics.inbox.message"].search([]).mapped("external_id"))
        for origin in set(events.mapped("origin_uid")):
            tree = events.filtered(lambda event, origin=origin: event.origin_uid == origin)
            uids = set(tree.mapped("uid"))
            for event in tree:
                if event.causation_uid:
                    self.assertIn(event.causation_uid, uids | messages, event.type_name)
                else:
                    self.assertIn(origin, uids, f"{event.type_name} began with nothing that is known")
            # what hangs on an event comes after it, so there are no circles
            for event in tree.filtered("causation_uid"):
                cause = tree.filtered(lambda one, event=event: one.uid == event.causation_uid)
                self.assertTrue(not cause or cause.id < event.id)
        return events


class TestCausation(FlowMixin, RuleCase):
    """Each way in which one thing leads to another."""

    def effect(self, count=1):
        effects = self.events(EFFECT)
        self.assertEqual(len(effects), count)
        return effects[-1:]

    def check(self, count=1):
        cause, effect = self.events(TYPE)[-1:], self.effect(count)
        self.assertEqual(effect.causation_uid, cause.uid)
        self.assertEqual(effect.correlation_uid, cause.correlation_uid)
        self.assertEqual(effect.origin_uid, cause.origin_uid)
        self.assertEqual((cause.depth, effect.depth), (0, 1))
        self.check_connected(cause | effect)

    def test_handler_with_the_fact(self):
        self.make_rule(TYPE, tells=EFFECT)
        self.purchase._logistics_emit(TYPE)
        self.check()

    def test_later_handler(self):
        self.make_rule(TYPE, tells=EFFECT, logistics_timing="later")
        self.purchase._logistics_emit(TYPE)
        self.run_tasks()
        self.check()

    def test_handler_that_failed_first(self):
        rule = self.make_rule(TYPE, code=f"if not record.partner_ref:\n    raise UserError('no')\n{self.tell_code()}")
        with self.assertLogs(self.logger, "WARNING"):
            self.purchase._logistics_emit(TYPE)
        self.purchase.partner_ref = "there"
        rule.logistics_task_ids.action_retry()
        self.run_tasks()
        self.check()

    def tell_code(self):
        return "record._logistics_emit('logistics.test.effect')"

    def test_nested_business_calls(self):
        event = self.env["logistics.event"]
        self.make_rule(TYPE, tells=EFFECT)
        with event._business_call():
            with event._business_call():
                self.purchase._logistics_emit(TYPE)
            self.purchase._logistics_emit(TYPE)
        first, second = self.events(TYPE)
        self.assertEqual((first.origin_uid, second.origin_uid), (first.uid, first.uid), "one act, one beginning")
        self.assertEqual(self.events(EFFECT).mapped("causation_uid"), [first.uid, second.uid])
        self.check_connected(self.events(TYPE) | self.events(EFFECT))

    def test_two_acts_have_two_beginnings(self):
        event = self.env["logistics.event"]
        for _act in range(2):
            with event._business_call():
                self.purchase._logistics_emit(TYPE)
        self.assertEqual(len(set(self.events(TYPE).mapped("origin_uid"))), 2)

    def test_code_that_makes_an_environment_of_its_own(self):
        self.make_rule(TYPE, code=f"record = record.with_context({{}})\n{self.tell_code()}")
        self.purchase._logistics_emit(TYPE)
        self.check()

    def test_actions_that_run_other_actions(self):
        inner = self.make_action("logistics_emit", logistics_event_type_id=self.types[EFFECT].id)
        rule = self.make_rule(TYPE, code="True")
        rule.action_server_ids.write({"state": "multi", "child_ids": [(6, 0, inner.ids)]})
        self.purchase._logistics_emit(TYPE)
        self.check()

    def test_what_a_partner_said(self):
        self.make_rule(TYPE, tells=EFFECT)
        self.handle("test_cause", lambda message, _data: self.purchase.with_env(message.env)._logistics_emit(TYPE))
        message = self.receive(self.make_system("supplier"), "test.cause", {})
        cause, effect = self.events(TYPE), self.effect()
        self.assertEqual((cause.causation_uid, cause.origin_uid), (message.external_id, message.external_id))
        self.assertEqual((effect.causation_uid, effect.origin_uid), (cause.uid, message.external_id))
        self.assertEqual((cause.source, effect.source), (message.system_id.code, "odoo"))
        self.check_connected(cause | effect)

    def test_work_left_for_later_remembers_why(self):
        """Any work item: here a recheck, which a receipt leaves behind."""
        code = "env['logistics.release.recheck']._enqueue('receipt', order_ids=[])"
        self.make_rule(TYPE, code=code)
        self.purchase._logistics_emit(TYPE)
        work = self.env["logistics.release.recheck"].search([], order="id desc", limit=1)
        self.assertEqual(work.work_cause["uid"], self.events(TYPE).uid)
        seen = []
        self.patch(type(work), "_work_one", lambda item: seen.append(item.env["logistics.event"]._kept_cause()["uid"]))
        work._work_attempt()
        self.assertEqual(seen, [self.events(TYPE).uid])

    def test_a_failing_handler_leaves_no_cause_behind(self):
        self.make_rule(TYPE, code="raise UserError('no')")
        with self.assertLogs(self.logger, "WARNING"):
            self.purchase._logistics_emit(TYPE)
        self.assertFalse(self.env["logistics.event"]._cause())
        self.purchase._logistics_emit(EFFECT)
        self.assertFalse(self.effect().causation_uid)

    def test_tree_and_flow_of_the_form(self):
        self.make_rule(TYPE, tells=EFFECT)
        self.purchase._logistics_emit(TYPE)
        cause, effect = self.events(TYPE), self.effect()
        self.assertEqual((effect.cause_id, cause.effect_ids, cause.flow_count), (cause, effect, 2))
        tree = str(cause.tree)
        self.assertLess(tree.index(TYPE), tree.index(EFFECT))
        self.assertEqual(tree.count("<ul"), 2, "the effect lies below its cause")
        flow = self.env["logistics.event"].search(effect.action_open_flow()["domain"])
        self.assertEqual(flow, effect | cause)
        self.purchase.partner_ref = "<script>"
        self.assertNotIn("<script>", str(cause.tree))


class TestStory(FlowMixin, ReleaseCase, ShipmentCase):
    """One order from confirmation to proof of delivery, everything enforced."""

    def test_every_fact_of_the_story_hangs_together(self):
        self.enforce("release", "fulfillment", "shipment", "billing")
        warehouse = self.make_system("warehouse")
        order = self.make_order(carrier=self.carrier)
        self.run_tasks()
        request = order.logistics_fulfillment_ids
        self.assertEqual(request.state, "requested")
        self.receive(warehouse, "fulfillment.accepted", {"fulfillment": request.name})
        lines = [{"line": line["line"], "quantity": line["quantity"]} for line in request.asked]
        done = self.receive(
            warehouse,
            "picking.completed",
            {"fulfillment": request.name, "lines": lines, "packages": [{"reference": "P1", "tracking_number": "T1"}]},
        )
        self.assertEqual(done.state, "processed", done.reason)
        self.run_tasks()
        shipment = order.logistics_shipment_ids
        if not shipment.dispatched_at:
            shipment.action_dispatch()
        shipment.parcel_ids.tracking_number = "T1"
        for said in (self.scan("T1", "DELIVERED"), self.send_pod("T1")):
            self.assertEqual(said.state, "processed", said.reason or said.last_error)
        self.run_tasks()
        self.env.cr.flush()
        flow = self.env["logistics.event"].search([("ordering_key", "=", f"sale.order/{order.id}")])
        types = {name.removeprefix("logistics.") for name in flow.mapped("type_name")}
        wanted = {"order.confirmed", "order.evaluated", "order.released", "fulfillment.requested", "picking.completed"}
        wanted |= {"shipment.dispatched", "delivery.confirmed", "pod.verified", "invoice.released"}
        self.assertLessEqual(wanted, types)
        self.check_connected(flow)
        self.assertEqual(len(set(flow.mapped("correlation_uid"))), 1)
        by_type = {event.type_name.removeprefix("logistics."): event for event in flow}
        self.assertEqual(by_type["picking.completed"].origin_uid, done.external_id)
        released = by_type["order.released"]
        self.assertEqual(released.origin_uid, by_type["order.confirmed"].uid)
        self.assertEqual(by_type["fulfillment.requested"].causation_uid, released.uid)
