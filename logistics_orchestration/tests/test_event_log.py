"""The event log: written with the fact or not at all, in order, never changed."""

import json

import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import LogisticsCase

TYPE = "logistics.purchase.requested"
DATA = {"purchase": "P1", "supplier": "Timber & Co", "lines": [{"line": 1, "sku": "DESK", "quantity": 2.0}]}


class TestEvent(LogisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.supplier = cls.env["res.partner"].create({"name": "Timber & Co"})
        cls.purchase = cls.env["purchase.order"].create({"partner_id": cls.supplier.id})
        cls.env.cr.flush()

    def emit(self, purchase=None, **kwargs):
        return (purchase or self.purchase)._logistics_emit(TYPE, DATA, **kwargs)[0]

    def test_written_at_flush_with_its_pointer(self):
        uid = self.emit()
        self.assertFalse(self.env["logistics.event"].search([("uid", "=", uid)]), "nothing is written before the flush")
        event = self.events(TYPE, self.purchase)
        self.assertEqual(event.uid, uid)
        self.env.cr.execute("SELECT count(*) FROM logistics_outbox_pointer WHERE event_id = %s", [event.id])
        self.assertEqual(self.env.cr.fetchone(), (1,))

    def test_envelope_is_cloudevents(self):
        self.emit(certainty="planned")
        event = self.events(TYPE, self.purchase)
        body = json.loads(event.body)
        self.assertEqual(body["specversion"], "1.0")
        self.assertEqual(body["id"], event.uid)
        self.assertEqual(body["type"], TYPE)
        self.assertEqual(body["data"], DATA)
        self.assertEqual(body["orderingkey"], f"purchase.order/{self.purchase.id}")
        self.assertEqual(body["companyid"], str(self.company.id))
        self.assertEqual(body["certainty"], "planned")
        self.assertEqual(event.data, body["data"])

    def test_rolled_back_savepoint_takes_its_events_and_leaves_earlier_ones(self):
        kept = self.emit()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.emit()
            raise ZeroDivisionError
        self.assertEqual(self.events(TYPE, self.purchase).mapped("uid"), [kept])

    def test_events_of_a_flushed_savepoint_roll_back_too(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.emit()
            self.env.cr.flush()
            raise ZeroDivisionError
        self.assertFalse(self.events(TYPE, self.purchase))

    def test_order_of_emission_is_order_of_ids(self):
        uids = [self.emit() for _n in range(20)]
        events = self.events(TYPE, self.purchase)
        self.assertEqual(events.mapped("uid"), uids)

    def test_one_flow_one_correlation(self):
        other = self.purchase.copy()
        self.emit()
        self.emit()
        self.emit(other)
        correlations = self.events(TYPE, self.purchase).mapped("correlation_uid")
        self.assertEqual(len(set(correlations)), 1)
        self.assertNotEqual(self.events(TYPE, other).correlation_uid, correlations[0])

    def test_emission_costs_few_queries(self):
        self.emit()
        self.env.cr.flush()
        with self.assertQueryCount(4):
            self.emit()
            self.emit()
            self.env.cr.flush()

    def test_unknown_type_is_refused_by_name(self):
        with self.assertRaisesRegex(ValidationError, "logistics.nothing.happened"):
            self.purchase._logistics_emit("logistics.nothing.happened", {})

    def test_append_only_in_orm(self):
        self.emit()
        event = self.events(TYPE, self.purchase)
        with self.assertRaises(UserError):
            event.subject = "other"
        with self.assertRaises(UserError):
            event.unlink()

    @mute_logger("odoo.sql_db")
    def test_append_only_in_the_database(self):
        self.emit()
        event = self.events(TYPE, self.purchase)
        for statement in (
            "UPDATE logistics_event SET subject = 'x' WHERE id = %s",
            "DELETE FROM logistics_event WHERE id = %s",
        ):
            with self.assertRaisesRegex(psycopg2.Error, "append-only"), self.env.cr.savepoint():
                self.env.cr.execute(statement, [event.id])

    @mute_logger("odoo.sql_db")
    def test_only_the_purge_may_delete(self):
        self.emit()
        event = self.events(TYPE, self.purchase)
        self.env.cr.execute("DELETE FROM logistics_outbox_pointer")
        self.env.cr.execute("SET LOCAL logistics.purge = 'on'")
        with self.assertRaisesRegex(psycopg2.Error, "append-only"), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE logistics_event SET subject = 'x' WHERE id = %s", [event.id])
        self.env.cr.execute("DELETE FROM logistics_event WHERE id = %s", [event.id])
        self.env.cr.execute("SET LOCAL logistics.purge = 'off'")
        self.env.invalidate_all()
        self.assertFalse(self.events(TYPE, self.purchase))


class TestEventType(LogisticsCase):
    def test_every_example_fits_its_schema(self):
        types = self.env["logistics.event.type"].search([])
        self.assertTrue(types)
        for event_type in types:
            with self.subTest(event_type.name):
                self.assertEqual(event_type._schema_error(json.loads(event_type.example)), "")

    def test_broken_schema_names_the_type(self):
        for values in (
            {"schema": "{", "example": "{}"},
            {"schema": '{"type": "nonsense"}', "example": "{}"},
            {"schema": '{"type": "object", "required": ["order"]}', "example": "{}"},
        ):
            refused = self.assertRaisesRegex(ValidationError, "logistics.test.broken")
            with self.subTest(values), refused, self.env.cr.savepoint():
                self.env["logistics.event.type"].create({"name": "logistics.test.broken", **values})
