"""What a partner gets: fewer fields, no personal data it has no need for, a form of its own; and large events."""

import json

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from .relay_common import RelayCase

REQUESTED = "logistics.fulfillment.requested"


class TestShapeForm(RelayCase):
    """What is entered is checked against the types' schemas and examples."""

    def setUp(self):
        super().setUp()
        self.requested = self.env["logistics.event.type"].search([("name", "=", REQUESTED)])
        self.crm = self.make_system("crm", **self.line())

    def make(self, system=None, types=None, **vals):
        types = types or self.requested
        return self.env["logistics.subscription"].create(
            {
                "name": "Shaped",
                "system_id": (system or self.crm).id,
                "event_type_ids": [(6, 0, types.ids)],
                **vals,
            }
        )

    def refused(self, words, **vals):
        with self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
            self.make(**vals)

    def test_who_needs_personal_data(self):
        kinds = {kind: self.make_system(kind).personal_data for kind in ("warehouse", "carrier", "crm", "finance")}
        self.assertEqual(kinds, {"warehouse": True, "carrier": True, "crm": False, "finance": False})

    def test_paths_that_lead_nowhere_are_named(self):
        self.refused("field consignee.town", field_list="order\nconsignee.town")
        self.refused("has no field order_ref", payload_mapping='{"ref": "order_ref"}')
        self.refused("not JSON", payload_mapping='{"ref"')
        self.refused("same number", payload_mapping='{"ref": "lines[].sku"}')
        self.refused("not a path", field_list="order, city")

    def test_every_type_must_have_what_is_mapped(self):
        both = self.requested | self.env["logistics.event.type"].search([("name", "=", "logistics.pod.verified")])
        self.refused(
            "logistics.pod.verified has no field consignee.city", types=both, payload_mapping='{"t": "consignee.city"}'
        )
        self.make(types=both, field_list="consignee.city\npod", payload_mapping=False)

    def test_what_is_mapped_must_be_sent(self):
        self.refused("mapped but left out", field_list="order", payload_mapping='{"town": "consignee.city"}')
        self.refused("consignee.phone of .* mapped but left out", payload_mapping='{"call": "consignee.phone"}')
        self.make(field_list="consignee.phone", payload_mapping='{"call": "consignee.phone"}')
        self.make(system=self.make_system("carrier"), payload_mapping='{"call": "consignee.phone"}')

    def test_preview(self):
        plain = self.make(system=self.make_system("warehouse"))
        self.assertFalse(plain.is_shaped)
        self.assertEqual(json.loads(plain.preview)["data"], json.loads(self.requested.example))
        thin = self.make()
        self.assertTrue(thin.is_shaped)
        self.assertIn("consignee.phone", thin.left_out)
        self.assertNotIn("Dock Street", thin.preview)
        self.assertIn("Antwerp", thin.preview)
        mapped = self.make(payload_mapping='{"kind": {"const": 1}, "town": "consignee.city", "what": "type"}')
        self.assertEqual(json.loads(mapped.preview), {"kind": 1, "town": "Antwerp", "what": REQUESTED})


class TestShapeSent(RelayCase):
    """The relay puts it into the message."""

    def tell(self, subscription=None, **data):
        event = self.emit()
        self.drain()
        return event, self.env["logistics.outbox.message"].search(
            [("event_id", "=", event.id), ("subscription_id", "=", (subscription or self.subscription).id)]
        )

    def test_the_events_own_bytes_where_nothing_is_to_be_changed(self):
        event, message = self.tell()
        self.assertFalse(message.payload)
        self.assertEqual(self.partner.requests[-1][1].decode(), event.body)

    def test_field_list(self):
        self.subscription.field_list = "purchase\nlines[].sku"
        event, message = self.tell()
        self.assertEqual(json.loads(message.payload)["data"], {"purchase": "P1", "lines": [{"sku": "DESK"}]})
        self.assertEqual(json.loads(self.partner.requests[-1][1]), json.loads(message.payload))
        self.assertEqual(json.loads(message.payload)["id"], event.uid)

    def test_a_list_that_names_everything_costs_no_copy(self):
        self.subscription.field_list = "purchase\nsupplier\nlines"
        self.env["logistics.event.type"].search([("name", "=", "logistics.purchase.requested")])
        purchase = self.purchase
        uid = purchase._logistics_emit(
            "logistics.purchase.requested",
            {"purchase": "P1", "supplier": "T", "lines": [{"line": 1, "sku": "DESK", "quantity": 1.0}]},
        )[0]
        self.env.cr.flush()
        self.drain()
        event = self.env["logistics.event"].search([("uid", "=", uid)])
        self.assertFalse(self.message(event).payload)

    def test_mapping(self):
        self.subscription.payload_mapping = '{"ref": "purchase", "items[].code": "lines[].sku", "v": {"const": 2}}'
        self.tell()
        self.assertEqual(json.loads(self.partner.requests[-1][1]), {"ref": "P1", "items": [{"code": "DESK"}], "v": 2})

    def test_personal_data(self):
        event_type = self.env["logistics.event.type"].search([("name", "=", "logistics.purchase.requested")])
        # the supplier's name is no personal data; here it stands for some
        schema = json.loads(event_type.schema)
        schema["required"].remove("supplier")
        event_type.write({"schema": json.dumps(schema), "personal_paths": "supplier"})
        other = self.make_system("carrier", **self.line())
        gets_all = self.subscribe(other)
        _event, message = self.tell()
        self.assertNotIn("supplier", json.loads(message.payload)["data"])
        _event, message = self.tell(gets_all)
        self.assertFalse(message.payload)
        self.system.personal_data = True
        self.assertFalse(self.tell()[1].payload)

    def test_a_mapping_that_cannot_be_read_does_not_stop_the_line(self):
        self.subscription.field_list = "purchase"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE logistics_subscription SET payload_mapping = '{' WHERE id = %s", [self.subscription.id]
        )
        with self.assertLogs("odoo.addons.logistics_orchestration.relay.shaping", "ERROR"):
            _event, message = self.tell()
        self.assertEqual(json.loads(message.payload)["data"], {"purchase": "P1"})

    def test_a_field_list_that_cannot_be_read_lets_nothing_through(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE logistics_subscription SET field_list = 'a b' WHERE id = %s", [self.subscription.id]
        )
        with self.assertLogs("odoo.addons.logistics_orchestration.relay.shaping", "ERROR"):
            _event, message = self.tell()
        self.assertEqual(json.loads(message.payload)["data"], {})

    def test_conditions_and_forms_see_all_of_a_large_event(self):
        self.subscription.write({"field_list": "purchase", "domain": "[('data.supplier', 'like', 'xxx')]"})
        data = {"purchase": "P1", "supplier": "x" * 70_000, "lines": [{"line": 1, "sku": "D", "quantity": 1}]}
        uid = self.purchase._logistics_emit("logistics.purchase.requested", data)[0]
        self.env.cr.flush()
        self.drain()
        event = self.env["logistics.event"].search([("uid", "=", uid)])
        self.assertIn("link", json.loads(event.body)["data"])
        self.assertEqual(json.loads(self.message(event).payload)["data"], {"purchase": "P1"})
        self.subscription.field_list = "supplier"
        self.assertIn("link", json.loads(event.body)["data"])


@tagged("post_install", "-at_install")
class TestCatalogueAddresses(HttpCase):
    """What partners read over HTTP: the document, schemas, and events too large to be posted."""

    TOKEN = "a-token-of-the-partner-that-is-long-enough"

    def setUp(self):
        super().setUp()
        self.type = self.env["logistics.event.type"].search([("name", "=", "logistics.purchase.requested")])
        self.system = self.env["logistics.system"].create(
            {"name": "Supplier", "code": "sup", "kind": "supplier", "pull_token": self.TOKEN}
        )
        self.subscription = self.env["logistics.subscription"].create(
            {"name": "Orders", "system_id": self.system.id, "event_type_ids": [(6, 0, self.type.ids)]}
        )
        supplier = self.env["res.partner"].create({"name": "Timber & Co"})
        self.purchase = self.env["purchase.order"].create({"partner_id": supplier.id})
        data = {"purchase": "P1", "supplier": "x" * 70_000, "lines": [{"line": 1, "sku": "D", "quantity": 1}]}
        uid = self.purchase._logistics_emit(self.type.name, data)[0]
        self.env.cr.flush()
        self.event = self.env["logistics.event"].search([("uid", "=", uid)])

    def get(self, token=TOKEN, uid=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.url_open(f"/logistics/events/{uid or self.event.uid}", headers=headers)

    def test_document(self):
        answer = self.url_open("/logistics/asyncapi.json")
        self.assertEqual((answer.status_code, answer.headers["Content-Type"]), (200, "application/json"))
        document = answer.json()
        self.assertEqual(document["asyncapi"], "3.0.0")
        active = self.env["logistics.event.type"].search([])
        self.assertEqual(len(document["channels"]["events"]["messages"]), len(active))
        said = document["components"]["messages"]["said"]["payload"]["allOf"][1]["properties"]["type"]["enum"]
        self.assertIn("logistics.pod.received", said)

    def test_the_envelope_leads_to_its_schema(self):
        answer = self.url_open(f"/logistics/schemas/{self.type.name}/1")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["properties"], json.loads(self.type.schema)["properties"])
        self.assertTrue(json.loads(self.event.body)["dataschema"].endswith(f"/logistics/schemas/{self.type.name}/1"))
        self.assertEqual(answer.json()["$id"], json.loads(self.event.body)["dataschema"])
        self.type.active = False
        self.assertEqual(self.url_open(f"/logistics/schemas/{self.type.name}/1").status_code, 200, "told ones stay")
        self.assertEqual(self.url_open(f"/logistics/schemas/{self.type.name}/7").status_code, 404)

    def test_a_large_event_is_fetched_with_the_token(self):
        answer = self.get()
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.text, self.event.full_body)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")

    def test_it_is_fetched_in_the_partners_own_form(self):
        self.subscription.field_list = "purchase"
        self.assertEqual(self.get().json()["data"], {"purchase": "P1"})

    def test_who_may_not(self):
        self.assertEqual(self.get(token=None).status_code, 401)
        self.assertEqual(self.get(token="x" * 40).status_code, 401)
        self.assertEqual(self.get(uid="0198-nothing").status_code, 404)
        self.subscription.domain = "[('data.purchase', '=', 'other')]"
        self.assertEqual(self.get().status_code, 404)
        self.subscription.domain = "[]"
        self.subscription.event_type_ids = [(5, 0, 0)]
        self.assertEqual(self.get().status_code, 404)
        self.system.state = "disabled"
        self.assertEqual(self.get().status_code, 401)
