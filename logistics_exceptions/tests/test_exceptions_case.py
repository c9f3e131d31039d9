"""A case opens itself: from a carrier's word, by a rule, once, with everything on it that its owner needs."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ExceptionsCase


@tagged("-at_install", "post_install")
class TestCase(ExceptionsCase):
    def report(self, shipment, code="damaged", **vals):
        """A carrier's scan arrived: the shipment tells the exception."""
        data = shipment._logistics_data("logistics.shipment.exception_detected")
        data.update(exception_code=code, parcel=shipment.parcel_ids[:1]._logistics_parcel_data(), **vals)
        shipment._logistics_emit("logistics.shipment.exception_detected", data=data)

    # -- from the event to the case ------------------------------------------------------------------------------

    def test_a_damaged_shipment_opens_a_case_that_knows_its_flow(self):
        self.enforce("exceptions")
        shipment = self.ship()
        self.report(shipment, description="Crushed at the depot")
        case = self.cases(shipment)
        self.assertEqual(len(case), 1)
        self.assertRegex(case.name, r"^EXC/\d{5}$")
        self.assertEqual(case.type_id, self.damaged)
        self.assertEqual(case.title, "Crushed at the depot")
        self.assertEqual((case.order_id, case.shipment_id), (shipment.order_id, shipment))
        self.assertEqual(case.partner_id, self.customer)
        self.assertEqual(case.exception_code, "damaged")
        self.assertEqual(case.money_at_risk, 200)
        self.assertEqual(case.state, "new")
        self.assertEqual(case.group_id, self.env.ref("logistics_orchestration.group_planner"))
        self.assertEqual(len(case.action_ids), 4)
        opened = self.events("exception.opened", case)
        self.assertEqual(len(opened), 1)
        self.assertEqual(opened.ordering_key, f"sale.order/{shipment.order_id.id}")
        self.assertEqual(opened.data["type"], "damaged")
        self.assertEqual(opened.causation_uid, self.events("shipment.exception_detected", shipment).uid)

    def test_a_carriers_own_word_opens_it_all_the_way(self):
        self.enforce("exceptions", "shipment")
        shipment = self.ship()
        shipment.parcel_ids[0].sudo().tracking_number = "TRACK-1"
        carrier = self.make_system("carrier")
        self.env["logistics.status.map"].create(
            {"system_id": carrier.id, "raw_code": "CRUSHED", "exception_code": "damaged"}
        )
        data = {"tracking_number": "TRACK-1", "code": "CRUSHED", "description": "Fork went through"}
        message = self.receive(carrier, "shipment.status_changed", data)
        self.assertEqual(message.state, "processed", message.reason)
        case = self.cases(shipment)
        self.assertEqual((case.type_id, case.title), (self.damaged, "Fork went through"))
        self.assertEqual(case.order_id, shipment.order_id)

    def test_each_carrier_code_leads_to_its_type(self):
        self.enforce("exceptions")
        shipment = self.ship()
        for code, xmlid in (
            ("destroyed", "type_damaged"),
            ("recipient_unavailable", "type_attempt_failed"),
            ("weather", "type_delayed"),
            ("customs_documents", "type_customs_hold"),
            ("a_code_nobody_knows", "type_other"),
        ):
            with self.subTest(code=code):
                self.report(shipment, code)
                self.assertEqual(self.cases(shipment)[-1].type_id, self.env.ref(f"logistics_exceptions.{xmlid}"))

    def test_every_exception_code_of_the_shipments_has_a_type(self):
        known = set(self.env["logistics.exception.code"].search([]).mapped("code"))
        codes = {code for code, _label in self.env["logistics.shipment"]._fields["exception_code"].selection}
        self.assertEqual(codes - known, set())

    def test_the_same_trouble_again_is_noted_on_the_open_case(self):
        self.enforce("exceptions")
        shipment = self.ship()
        self.report(shipment, description="Crushed at the depot")
        self.report(shipment, description="Wet as well")
        self.report(shipment, "lost")
        cases = self.cases(shipment)
        self.assertEqual(cases.mapped("type_id.code"), ["damaged", "lost"])
        damaged = cases[0]
        self.assertEqual(damaged.repeat_count, 1)
        self.assertTrue(damaged.last_repeat_at)
        self.assertIn("Wet as well", damaged.message_ids[0].body)
        self.assertEqual(len(self.events("exception.opened", damaged)), 1)
        self.assertEqual(len(self.events("exception.updated", damaged)), 1)

    def test_the_same_trouble_after_it_was_resolved_reopens_the_case(self):
        self.enforce("exceptions")
        shipment = self.ship()
        self.report(shipment)
        case = self.cases(shipment)
        case.write({"resolution_code": "replaced", "resolution": "Sent anew", "state": "resolved"})
        self.report(shipment)
        self.assertEqual(self.cases(shipment), case)
        self.assertEqual((case.state, case.reopened_count), ("in_progress", 1))
        case.write({"resolution_code": "replaced", "resolution": "Sent anew", "state": "resolved"})
        case.action_close()
        self.report(shipment)
        self.assertEqual(len(self.cases(shipment)), 2, "a closed case stays closed")

    def test_observing_opens_nothing_and_notes_it(self):
        shipment = self.ship()
        before = shipment.message_ids, shipment.activity_ids
        self.report(shipment)
        self.run_tasks()
        self.assertFalse(self.cases(shipment))
        self.assertEqual((shipment.message_ids, shipment.activity_ids), before)
        note = self.observations()
        self.assertEqual((note.res_model, note.res_id), (shipment._name, shipment.id))
        self.assertFalse(shipment._logistics_open_case("damaged"), "nor when code calls it")
        self.assertEqual(len(self.observations()), 2)

    def test_a_rule_that_names_no_type_on_an_event_without_code_says_so(self):
        self.enforce("exceptions")
        with self.assertRaisesRegex(UserError, "Which exception"):
            self.make_order(1)._logistics_open_case("")

    def test_without_any_fitting_type_the_code_is_named(self):
        self.enforce("exceptions")
        self.other.active = False
        with self.assertRaisesRegex(UserError, "moth_damage"):
            self.make_order(1)._logistics_open_case("moth_damage")

    def test_a_companys_own_type_goes_before_the_common_one(self):
        self.enforce("exceptions")
        own = self.damaged.copy({"company_id": self.company.id, "name": "Damaged, here"})
        self.assertEqual(self.make_order(1)._logistics_open_case("damaged").type_id, own)

    # -- by hand -----------------------------------------------------------------------------------------------------

    def test_a_case_opened_by_hand_works_while_observing(self):
        order = self.make_order(3)
        case = self.Case.create({"type_id": self.other.id, "subject_ref": f"sale.order,{order.id}", "title": "Odd"})
        self.assertEqual((case.subject_model, case.subject_id), ("sale.order", order.id))
        self.assertEqual(case.subject_ref, order)
        self.assertEqual(case.money_at_risk, 300)
        self.assertEqual(len(self.events("exception.opened", case)), 1)

    def test_a_second_open_case_by_hand_is_refused_and_the_first_named(self):
        case = self.open_case()
        order = case.order_id
        with self.assertRaisesRegex(UserError, case.name):
            self.open_case(order)
        second = self.open_case(order, self.other)
        with self.assertRaisesRegex(UserError, case.name):
            second.type_id = self.damaged
        self.assertEqual(second.type_id, self.other)

    def test_what_it_is_about_must_exist(self):
        for vals in (
            {"subject_model": "sale.order", "subject_id": 0},
            {"subject_model": "res.users", "subject_id": self.env.uid},
            {"subject_model": "logistics.exception", "subject_id": self.open_case().id},
            {},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "About"):
                self.Case.create({"type_id": self.damaged.id, **vals})
        with self.assertRaisesRegex(UserError, "Type"):
            self.Case.create({"subject_ref": f"sale.order,{self.make_order(1).id}"})

    def test_a_late_purchase_is_a_case_with_its_supplier(self):
        supplier = self.env["res.partner"].create({"name": "Timber Works"})
        purchase = self.env["purchase.order"].create(
            {
                "partner_id": supplier.id,
                "order_line": [(0, 0, {"product_id": self.product.id, "product_qty": 10, "price_unit": 30})],
            }
        )
        case = self.open_case(purchase, self.env.ref("logistics_exceptions.type_supplier_delay"))
        self.assertEqual((case.purchase_id, case.partner_id), (purchase, supplier))
        self.assertEqual(case.money_at_risk, purchase.amount_total)
        opened = self.events("exception.opened", case)
        self.assertEqual(opened.ordering_key, f"purchase.order/{purchase.id}")

    def test_the_documents_lead_to_their_cases_and_back(self):
        self.enforce("exceptions")
        shipment = self.ship()
        self.report(shipment)
        case = self.cases(shipment)
        for document in (shipment, shipment.order_id):
            document.invalidate_recordset()
            self.assertEqual(document.logistics_case_count, 1)
            self.assertEqual(document.action_logistics_cases()["res_id"], case.id)
        self.assertEqual(case.action_open_subject()["res_id"], shipment.id)
        self.assertEqual(case.action_open_order()["res_id"], shipment.order_id.id)

    def test_the_flow_page_shows_trouble_only_where_there_is_some(self):
        self.enforce("exceptions")
        shipment = self.ship()
        order = shipment.order_id

        def step():
            return next((s for s in order.logistics_flow()["steps"] if s["key"] == "exceptions"), None)

        self.assertIsNone(step())
        self.report(shipment)
        case = self.cases(shipment)
        self.assertEqual(step()["state"], "current")
        self.assertEqual(step()["action"]["id"], case.id)
        case.due_at = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        self.assertEqual(step()["state"], "stalled")
        case.write({"resolution_code": "replaced", "resolution": "Sent anew", "state": "resolved"})
        self.assertEqual(step()["state"], "done")
