"""The flow page, the roles, and callers from outside over XML-RPC."""

from xmlrpc.client import dumps

from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user

from .fulfillment_common import FulfillmentCase

MODELS = (
    "logistics.hold.type",
    "logistics.hold",
    "logistics.release.gate",
    "logistics.release.evaluation",
    "logistics.release.evaluation.result",
    "logistics.fulfillment",
)


class TestFlow(FulfillmentCase):
    def steps(self, order):
        return {step["key"]: step for step in order.logistics_flow()["steps"]}

    def test_from_release_to_picked(self):
        order = self.make_order()
        steps = self.steps(order)
        self.assertEqual(steps["release"]["state"], "done")
        self.assertEqual(steps["fulfillment"]["state"], "waiting")
        self.assertEqual(steps["fulfillment"]["owner"], self.wms.name)
        self.assertTrue(steps["fulfillment"]["deadline"])
        self.assertEqual(steps["picking"]["state"], "current")
        request = order.logistics_fulfillment_ids
        self.say("fulfillment.accepted", request)
        steps = self.steps(order)
        self.assertEqual(steps["fulfillment"]["state"], "done")
        self.assertEqual(steps["fulfillment"]["spoke"]["who"], self.wms.name)
        self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual(self.steps(order)["picking"]["state"], "done")

    def test_held(self):
        steps = self.steps(self.make_order(qty=110))
        self.assertEqual(steps["release"]["state"], "current")
        self.assertIn("short 10 of 110", steps["release"]["summary"])
        self.assertEqual(steps["release"]["action"]["method"], "action_ask_release")
        self.assertTrue(steps["release"]["deadline"])
        self.assertEqual(steps["fulfillment"]["state"], "pending")
        self.assertEqual(steps["picking"]["state"], "pending")

    def test_nobody_answers(self):
        order = self.make_order()
        order.logistics_fulfillment_ids._time_out()
        step = self.steps(order)["fulfillment"]
        self.assertEqual((step["state"], step["action"]["method"]), ("stalled", "action_request_again"))

    def test_observed(self):
        self.env["logistics.switch"].search([]).mode = "observe"
        steps = self.steps(self.make_order())
        self.assertEqual([steps[key]["state"] for key in ("release", "fulfillment")], ["observe", "observe"])

    def test_quotations_and_cancelled_orders_have_a_page_too(self):
        order = self.make_order(confirm=False)
        self.assertEqual(self.steps(order)["release"]["state"], "pending")
        order._action_cancel()
        self.assertEqual(self.steps(order)["release"]["state"], "skipped")

    def test_released_by_hand(self):
        order = self.make_order(qty=110)
        order.with_user(self.planner).action_logistics_release("Ship what there is")
        summary = self.steps(order)["release"]["summary"]
        self.assertIn("release_planner", summary)
        self.assertIn("Ship what there is", summary)


class TestRoles(FulfillmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.auditor = new_test_user(cls.env, "release_auditor", groups="logistics_orchestration.group_auditor")

    def records(self):
        order = self.make_order(qty=110)
        order.with_user(self.planner).action_logistics_release("Go")
        return {
            "logistics.hold.type": order.logistics_hold_ids.type_id,
            "logistics.hold": order.logistics_hold_ids,
            "logistics.release.gate": order.logistics_hold_ids.gate_id,
            "logistics.release.evaluation": order.logistics_evaluation_ids[:1],
            "logistics.release.evaluation.result": order.logistics_result_ids[:1],
            "logistics.fulfillment": order.logistics_fulfillment_ids,
        }

    def test_auditor_reads_everything_and_changes_nothing(self):
        for model, record in self.records().items():
            seen = record.with_user(self.auditor)
            self.assertTrue(seen.read(), model)
            for operation in ("write", "create", "unlink"):
                self.assertFalse(seen.check_access_rights(operation, raise_exception=False), (model, operation))

    def test_only_managers_change_the_policy(self):
        for model in ("logistics.hold.type", "logistics.release.gate"):
            for user in (self.salesman, self.worker, self.user, self.planner, self.approver):
                allowed = self.env[model].with_user(user).check_access_rights("write", raise_exception=False)
                self.assertFalse(allowed, (model, user.login))
            self.assertTrue(self.env[model].with_user(self.manager).check_access_rights("write"))

    def test_other_companies_are_out_of_sight(self):
        records = self.records()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "release_stranger",
            groups="logistics_orchestration.group_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for model in ("logistics.hold", "logistics.release.evaluation", "logistics.fulfillment"):
            self.assertFalse(self.env[model].with_user(stranger).search([("id", "in", records[model].ids)]), model)
            with self.assertRaises(AccessError):
                records[model].with_user(stranger).read(["display_name"])

    def test_salespeople_see_the_holds_of_their_own_orders_only(self):
        seller = new_test_user(self.env, "release_seller", groups="sales_team.group_sale_salesman")
        own = self.make_order(qty=110, user_id=seller.id).logistics_hold_ids
        other = self.make_order(qty=110, user_id=self.salesman.id).logistics_hold_ids
        self.assertEqual(self.env["logistics.hold"].with_user(seller).search([("id", "in", (own | other).ids)]), own)

    def test_sales_and_stock_users_work_without_a_logistics_role(self):
        order = self.make_order(qty=110, confirm=False, user_id=self.salesman.id)
        order.with_user(self.salesman).action_confirm()
        self.assertEqual(order.logistics_release_state, "held")
        order.with_user(self.salesman).order_line.product_uom_qty = 2
        order.with_user(self.salesman).action_logistics_evaluate()
        self.assertEqual(order.logistics_release_state, "released")
        order.picking_ids.with_user(self.worker).button_validate()
        self.assertEqual(order.logistics_fulfillment_ids.filtered("manual").state, "done")
        other = self.make_order(qty=110, user_id=self.salesman.id)
        other.with_user(self.salesman)._action_cancel()
        self.assertEqual(other.logistics_release_state, "cancelled")

    def test_forms_open_for_every_role(self):
        order = self.make_order(qty=110)
        for user in (self.salesman, self.user, self.manager):
            orders = self.env["sale.order"].with_user(user)
            view = orders.get_view(view_type="form")
            self.assertIn("logistics_release_state", view["arch"])
            # what the client reads: the view's fields, less those (of other addons) the role may not see
            names = [name for name in view["models"]["sale.order"] if name.startswith("logistics_")]
            fields = list(orders.fields_get(names))
            self.assertTrue(order.with_user(user).read(fields))
        for model in MODELS:
            self.env[model].with_user(self.auditor).get_view(view_type="tree")


class TestXmlRpc(FulfillmentCase):
    def test_every_public_action_answers_with_what_xml_rpc_can_carry(self):
        order = self.make_order(qty=110)
        hold = order.logistics_hold_ids
        answers = [
            order.action_logistics_evaluate(),
            order.with_user(self.planner).action_logistics_ask_release(),
            order.action_logistics_place_hold(),
            order.action_logistics_holds(),
            order.action_logistics_evaluations(),
            hold.action_ask_release(),
            hold.action_open_document(),
            hold.type_id.action_open_holds(),
            order.with_user(self.planner).action_logistics_release("Go"),
        ]
        request = order.logistics_fulfillment_ids
        answers += [
            order.action_logistics_fulfillments(),
            request.action_open_order(),
            request.action_open_transfers(),
            request.action_ask_cancel(),
            request.action_accept(),
            request.action_reject("No"),
            request.action_request_again(),
            request.action_cancel("Stop"),
            order.action_logistics_request_fulfillment(),
            self.request(order).action_mark_done("Done"),
            order.picking_ids.action_logistics_holds(),
            order.picking_ids.action_logistics_fulfillments(),
            order.picking_ids.action_logistics_place_hold(),
            order.logistics_evaluation_ids[:1].action_open_order(),
            order.logistics_flow(),
        ]
        for number, answer in enumerate(answers):
            with self.subTest(number):
                self.assertIsNotNone(answer)
                self.assertTrue(dumps((self._plain(answer),), methodresponse=True))

    def _plain(self, value):
        """As Odoo's own marshaller does: texts of translated and safe kinds are texts."""
        if isinstance(value, dict):
            return {str(key): self._plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item) for item in value]
        return str(value) if isinstance(value, str) else value
