"""Partners report, comment and resolve cases; only the owner of the fact does so with effect."""

from odoo.tests import tagged

from .common import ExceptionsCase


@tagged("-at_install", "post_install")
class TestInbox(ExceptionsCase):
    def setUp(self):
        super().setUp()
        self.system = self.make_system("middleware")
        self.crm = self.make_system("crm")
        self.order = self.make_order(2)

    def opened(self, system=None, **data):
        return self.receive(
            system or self.system,
            "exception.opened",
            {"type": "damaged", "order": self.order.name, "case": "TCK-77", "summary": "Crushed", **data},
        )

    def test_a_report_opens_a_case(self):
        self.enforce("exceptions")
        message = self.opened(description="Photo in the ticket")
        self.assertEqual(message.state, "processed", message.reason)
        case = self.cases(self.order)
        self.assertEqual((message.res_model, message.res_id), (case._name, case.id))
        self.assertEqual((case.system_id, case.external_reference), (self.system, "TCK-77"))
        self.assertEqual((case.title, case.description), ("Crushed", "Photo in the ticket"))
        self.opened()
        self.assertEqual((len(self.cases(self.order)), case.repeat_count), (1, 1))

    def test_observing_notes_the_report(self):
        message = self.opened()
        self.assertEqual(message.state, "processed")
        self.assertFalse(self.cases(self.order))
        self.assertEqual(len(self.observations()), 1)

    def test_a_parcels_number_leads_to_its_shipment(self):
        self.enforce("exceptions")
        shipment = self.ship()
        shipment.parcel_ids[0].sudo().tracking_number = "TRACK-1"
        message = self.opened(order=None, tracking_number="TRACK-1")
        self.assertEqual(message.state, "processed", message.reason)
        self.assertEqual(self.cases(shipment).order_id, shipment.order_id)

    def test_who_does_not_own_the_fact_only_states_it(self):
        self.enforce("exceptions")
        message = self.opened(system=self.crm)
        self.assertIn("does not own", message.reason)
        self.assertFalse(self.cases(self.order))
        case = self.open_case(self.order)
        message = self.receive(self.crm, "exception.resolved", {"case": case.name, "resolution": "All well"})
        self.assertIn("does not own", message.reason)
        self.assertTrue(case.is_open)
        self.assertEqual(len(self.env["logistics.statement"].search([("fact", "=like", "exception.%")])), 2)

    def test_anybody_may_add_a_word(self):
        case = self.open_case(self.order)
        message = self.receive(self.crm, "exception.updated", {"case": case.name, "note": "The customer is angry"})
        self.assertEqual(message.state, "processed", message.reason)
        self.assertIn("The customer is angry", case.message_ids[0].body)
        self.assertEqual(case.state, "new")

    def test_the_partners_own_number_is_enough_to_resolve(self):
        self.enforce("exceptions")
        self.opened()
        case = self.cases(self.order)
        data = {"case": "TCK-77", "resolution": "Credited in the shop", "resolution_code": "refunded"}
        message = self.receive(self.system, "exception.resolved", data)
        self.assertEqual(message.state, "processed", message.reason)
        self.assertEqual((case.state, case.resolution_code), ("resolved", "refunded"))
        self.assertEqual(case.resolution, "Credited in the shop")
        self.assertEqual(self.receive(self.system, "exception.resolved", data).state, "discarded")
        other = self.make_system("middleware")
        self.assertEqual(self.receive(other, "exception.resolved", data).state, "quarantined", "not that system's case")

    def test_what_is_not_known_waits_in_quarantine(self):
        self.enforce("exceptions")
        case = self.open_case(self.order, self.other)
        for type_name, data, words in (
            ("exception.opened", {"type": "damaged", "order": "S99999"}, "S99999"),
            ("exception.opened", {"type": "damaged"}, "shipment"),
            ("exception.opened", {"order": self.order.name}, "type"),
            ("exception.updated", {"case": "EXC/99999", "note": "x"}, "EXC/99999"),
            ("exception.updated", {"case": case.name}, "note"),
            ("exception.resolved", {"case": case.name}, "resolution"),
            ("exception.resolved", {"case": case.name, "resolution": "x", "resolution_code": "magic"}, "magic"),
        ):
            with self.subTest(type_name=type_name, data=data):
                message = self.receive(self.system, type_name, data)
                self.assertEqual(message.state, "quarantined")
                self.assertIn(words, message.reason)
        self.assertEqual(case.state, "new")
