"""The windows of shipments, proofs and billing open for every role that may see them, and forms can be filled in."""

from odoo.tests import Form, tagged

from .shipment_common import ShipmentCase

ACTIONS = [
    "action_shipment",
    "action_shipment_ready",
    "action_shipment_in_transit",
    "action_shipment_exception",
    "action_shipment_will_be_late",
    "action_shipment_analysis",
    "action_parcel",
    "action_milestone",
    "action_pod",
    "action_status_map",
    "action_dispute",
]


@tagged("post_install", "-at_install")
class TestShipmentViews(ShipmentCase):
    def test_windows_open_for_every_role(self):
        shipment = self.ship()
        self.deliver(shipment)
        for role in ("group_user", "group_planner", "group_manager", "group_auditor"):
            user = self.make_user(f"view_{role}", role)
            for name in ACTIONS:
                action = self.env.ref(f"logistics_orchestration.{name}")
                self.assertTrue(action.help, name)
                model = self.env[action.res_model].with_user(user)
                views = [(False, mode) for mode in action.view_mode.split(",")] + [(action.search_view_id.id, "search")]
                model.get_views(views)
                for record in model.search([], limit=1):
                    Form(record)

    def test_the_documents_open_for_their_own_people(self):
        self.enforce("billing")
        shipment = self.ship()
        self.deliver(shipment)
        order, invoice = shipment.order_id, shipment.order_id.invoice_ids
        cases = [
            (order, "sales_team.group_sale_salesman_all_leads"),
            (shipment.picking_ids, "stock.group_stock_user"),
            (invoice, "account.group_account_invoice"),
            (self.customer, "base.group_partner_manager"),
        ]
        for record, group in cases:
            user = self.make_user(f"own_{record._name}", group)
            Form(record.with_user(user))

    def test_a_proof_is_entered_in_its_form(self):
        planner = self.make_user("formplanner", "group_planner")
        shipment = self.ship()
        context = shipment.with_user(planner).action_upload_pod()["context"]
        form = Form(self.env["logistics.pod"].with_user(planner).with_context(**context))
        form.signed_by = "C. Receiver"
        form.signed_at = "2026-03-01 10:00:00"
        with form.evidence_ids.new() as evidence:
            evidence.kind = "signature"
            evidence.filename = "signed.png"
            evidence.content = self.evidence()["content_base64"]
        pod = form.save()
        self.assertFalse(pod.missing)
        pod.action_verify()
        self.assertEqual((pod.state, pod.line_ids.delivered), ("verified", 2.0))

    def test_a_milestone_is_set_in_its_window(self):
        planner = self.make_user("formplanner2", "group_planner")
        shipment = self.ship(qty=2, packages=2)
        context = shipment.with_user(planner).action_set_milestone()["context"]
        form = Form(self.env["logistics.shipment.milestone.wizard"].with_user(planner).with_context(**context))
        form.milestone = "in_transit"
        form.reason = "Driver called"
        form.save().action_apply()
        self.assertEqual(shipment.parcel_ids.mapped("milestone"), ["in_transit", "in_transit"])

    def test_a_dispute_is_entered_in_its_form(self):
        self.enforce("billing")
        shipment = self.ship()
        self.deliver(shipment)
        invoice = shipment.order_id.invoice_ids
        accountant = self.make_user("formaccountant", "account.group_account_invoice")
        form = Form(self.env["logistics.dispute"].with_user(accountant))
        form.invoice_id = invoice
        form.reason = "Wrong price"
        dispute = form.save()
        self.assertEqual(dispute.line_ids.move_line_id, invoice.invoice_line_ids)

    def test_the_worklists_of_the_control_tower(self):
        shipment = self.ship()
        tile = self.env.ref("logistics_orchestration.tile_shipment_dispatch")
        self.assertIn(shipment, self.env["logistics.shipment"].search(tile._domain()))
        self.deliver(shipment)
        self.assertNotIn(shipment, self.env["logistics.shipment"].search(tile._domain()))
        for name in ("shipment_exception", "shipment_late", "shipment_pod_missing", "invoice_blocked", "dispute_open"):
            self.assertIsInstance(self.env.ref(f"logistics_orchestration.tile_{name}").count, int)
