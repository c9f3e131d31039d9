"""What is told fits its schema and its size, or it is said where not."""

import hashlib
import json

from odoo import fields
from odoo.exceptions import ValidationError

from .common import LogisticsCase

NAME = "logistics.test.measured"
SCHEMA = {
    "type": "object",
    "required": ["lines"],
    "properties": {
        "at": {"type": "string"},
        "note": {"type": "string"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"quantity": {"type": "number"}}}},
    },
}
GOOD = {"lines": [{"quantity": 2}]}
BAD = {"lines": [{"quantity": 2}, {"quantity": "two"}]}


class TestSchema(LogisticsCase):
    def setUp(self):
        super().setUp()
        # other tests refuse everything that does not fit; here is what happens to a customer's own types
        self.patch(self.registry["logistics.event"], "_all_strict", False)
        self.type = self.env["logistics.event.type"].create(
            {"name": NAME, "res_model": "purchase.order", "schema": json.dumps(SCHEMA), "example": json.dumps(GOOD)}
        )
        supplier = self.env["res.partner"].create({"name": "Timber & Co"})
        self.purchase = self.env["purchase.order"].create({"partner_id": supplier.id})
        self.env.cr.flush()

    def tell(self, data):
        uid = self.purchase._logistics_emit(NAME, data)[0]
        self.env.cr.flush()
        return self.env["logistics.event"].search([("uid", "=", uid)])

    def test_what_fits_leaves_no_note(self):
        event = self.tell(GOOD)
        self.assertFalse(event.schema_error)
        self.assertEqual((event.oversize, event.full_body), (False, False))
        self.assertEqual(event.size, len(event.body.encode()))

    def test_a_misfit_is_noted_with_path_and_value_and_goes_out(self):
        event = self.tell(BAD)
        self.assertIn("data.lines[1].quantity must be number", event.schema_error)
        self.assertIn('"two"', event.schema_error)
        self.env.cr.execute("SELECT count(*) FROM logistics_outbox_pointer WHERE event_id = %s", [event.id])
        self.assertEqual(self.env.cr.fetchone(), (1,))
        self.assertIn(event, self.env["logistics.event"].search([("schema_error", "!=", False)]))
        self.assertEqual(self.type.misfit_count, 1)

    def test_a_number_that_json_does_not_have_goes_out_as_null(self):
        event = self.tell({"lines": [{"quantity": float("nan")}, {"quantity": float("-inf")}]})
        self.assertEqual(json.loads(event.body)["data"], {"lines": [{"quantity": None}, {"quantity": None}]})
        self.assertIn("data.lines[0].quantity must be number", event.schema_error)

    def test_somebody_is_told_once_while_it_is_open(self):
        self.type.user_id = self.env.ref("base.user_admin")
        self.tell(BAD)
        self.tell(BAD)
        self.assertEqual(len(self.type.activity_ids), 1)
        self.assertEqual(self.type.activity_ids.user_id, self.type.user_id)
        self.assertIn("quantity", self.type.activity_ids.note)
        self.type.activity_ids.action_feedback()
        self.tell(BAD)
        self.assertEqual(len(self.type.activity_ids), 1, "and again when it was thought to be over")

    def test_a_strict_type_refuses_in_words(self):
        self.type.strict = True
        with self.assertRaises(ValidationError) as refused, self.env.cr.savepoint():
            self.tell(BAD)
        words = str(refused.exception)
        for part in (NAME, self.purchase.name, "data.lines[1].quantity", '"two"', "Strict"):
            self.assertIn(part, words)
        self.assertFalse(self.events(NAME))
        self.assertTrue(self.tell(GOOD))

    def test_it_is_the_wire_that_has_a_schema(self):
        event = self.tell({"lines": ({"quantity": 1.5},), "at": fields.Datetime.now()})
        self.assertFalse(event.schema_error)

    def test_a_schema_is_compiled_once_and_a_change_counts(self):
        self.tell(GOOD)
        with self.assertQueryCount(2):
            self.purchase._logistics_emit(NAME, GOOD)
            self.env.cr.flush()
        self.type.schema = json.dumps({**SCHEMA, "properties": {**SCHEMA["properties"], "lines": {}}})
        self.assertFalse(self.tell(BAD).schema_error)

    def test_large_is_noted(self):
        event = self.tell({"lines": [], "note": "x" * 30_000})
        self.assertTrue(event.oversize)
        self.assertFalse(event.full_body)
        self.assertEqual(json.loads(event.body)["data"]["note"], "x" * 30_000)

    def test_bytes_count_not_characters(self):
        self.assertTrue(self.tell({"lines": [], "note": "€" * 7_000}).oversize)

    def test_too_large_becomes_a_link_and_the_whole_is_kept(self):
        data = {"lines": [], "note": "€" * 30_000}
        event = self.tell(data)
        sent = json.loads(event.body)
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        self.assertEqual(sent["data"]["link"], f"{base}/logistics/events/{event.uid}")
        self.assertEqual(sent["data"]["bytes"], event.size)
        self.assertEqual(sent["data"]["sha256"], hashlib.sha256(event.full_body.encode()).hexdigest())
        self.assertEqual({**sent, "data": data}, json.loads(event.full_body))
        self.assertEqual(event.data, data, "rules and lists still read all of it")


class TestGrowth(LogisticsCase):
    """Partners rely on a schema once events of it were told."""

    def setUp(self):
        super().setUp()
        self.type = self.env["logistics.event.type"].create(
            {"name": NAME, "res_model": "purchase.order", "schema": json.dumps(SCHEMA), "example": json.dumps(GOOD)}
        )

    def without_note(self):
        return json.dumps({**SCHEMA, "properties": {k: v for k, v in SCHEMA["properties"].items() if k != "note"}})

    def tell(self):
        supplier = self.env["res.partner"].create({"name": "Timber & Co"})
        self.env["purchase.order"].create({"partner_id": supplier.id})._logistics_emit(NAME, GOOD)
        self.env.cr.flush()

    def test_what_was_never_told_may_change(self):
        self.type.schema = self.without_note()

    def test_what_was_told_only_grows(self):
        self.tell()
        with self.assertRaisesRegex(ValidationError, "data.note is not there any more.*\n.*make version 2"):
            self.type.schema = self.without_note()
        self.type.schema = json.dumps({**SCHEMA, "properties": {**SCHEMA["properties"], "more": {"type": "string"}}})
        second = self.type.copy({"version": 2, "schema": self.without_note()})
        self.assertEqual(self.env["logistics.event.type"]._current(NAME).id, second.id)

    def test_every_type_of_ours_is_current_and_documented(self):
        for event_type in self.env["logistics.event.type"].search([("name", "not like", "logistics.test.")]):
            with self.subTest(event_type.name):
                self.assertTrue(event_type.description)
                self.assertEqual(event_type._schema_error(json.loads(event_type.example)), "")


class TestTypeChecks(LogisticsCase):
    def make(self, **vals):
        return self.env["logistics.event.type"].create(
            {
                "name": NAME,
                "res_model": "logistics.fulfillment",
                "schema": json.dumps(SCHEMA),
                "example": json.dumps(GOOD),
                **vals,
            }
        )

    def refused(self, words, **vals):
        with self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
            self.make(**vals)

    def test_personal_paths(self):
        self.refused("the schema has no phone", personal_paths="phone")
        self.refused("lines can be left out", personal_paths="lines")
        self.refused("not a path", personal_paths="a b")
        self.make(personal_paths="note\nlines[].quantity")

    def test_validity(self):
        state = self.env["ir.model.fields"]._get("logistics.fulfillment", "state")
        order = self.env["ir.model.fields"]._get("logistics.fulfillment", "order_id")
        self.refused("must be a stored text or selection", valid_field_id=order.id, valid_values="x")
        self.refused("enter the values", valid_field_id=state.id)
        self.refused("is never gone.*requested", valid_field_id=state.id, valid_values="requested,gone")
        self.refused("0 \\(always\\)", valid_minutes=-1)
        made = self.make(valid_field_id=state.id, valid_values="requested, accepted")
        self.assertEqual((made.valid_table, made.valid_column), ("logistics_fulfillment", "state"))

    def test_validity_of_our_own_types_names_columns_that_are_there(self):
        for event_type in self.env["logistics.event.type"].search([("valid_field_id", "!=", False)]):
            self.env.cr.execute(
                "SELECT 1 FROM information_schema.columns WHERE table_name = %s AND column_name = %s",
                [event_type.valid_table, event_type.valid_column],
            )
            self.assertTrue(self.env.cr.fetchone(), event_type.name)

    def test_no_type_makes_itself_void(self):
        made = self.make()
        with self.assertRaisesRegex(ValidationError, "cannot make itself void"):
            made.voids_type_ids = made
