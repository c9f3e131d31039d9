"""What one fact makes void of others, as the event types say."""

from .relay_common import TYPE, RelayCase

TAKEN_BACK = "logistics.test.taken_back"


class TestVoids(RelayCase):
    def setUp(self):
        super().setUp()
        self.asked = self.env["logistics.event.type"].search([("name", "=", TYPE)])
        self.back = self.env["logistics.event.type"].create(
            {"name": TAKEN_BACK, "res_model": "purchase.order", "voids_type_ids": [(6, 0, self.asked.ids)]}
        )
        self.told = []
        self.patch(
            self.registry["purchase.order"],
            "_logistics_voided",
            lambda record, type_name, under_way: self.told.append((record, type_name, under_way)),
        )

    def route(self):
        """Fan out, with nobody to be called."""
        self.system.state = "paused"
        self.drain()

    def test_what_is_owed_is_cancelled(self):
        event = self.emit()
        self.route()
        self.assertEqual(self.message(event).state, "pending")
        self.purchase._logistics_emit(TAKEN_BACK)
        self.env.cr.flush()
        message = self.message(event)
        self.assertEqual((message.state, message.cancel_reason), ("cancelled", f"Overtaken by {TAKEN_BACK}"))
        self.assertFalse(self.told, "nothing had left")

    def test_also_what_is_told_in_the_same_transaction(self):
        event = self.emit()
        self.purchase._logistics_emit(TAKEN_BACK)
        self.env.cr.flush()
        self.route()
        self.assertEqual(self.message(event).state, "cancelled")

    def test_what_comes_later_is_not(self):
        self.purchase._logistics_emit(TAKEN_BACK)
        event = self.emit()
        self.drain()
        self.assertEqual(self.message(event).state, "delivered")

    def test_another_record_is_not(self):
        event = self.emit(purchase=self.purchase.copy())
        self.purchase._logistics_emit(TAKEN_BACK)
        self.drain()
        self.assertEqual(self.message(event).state, "delivered")

    def test_the_same_root_where_the_type_says_so(self):
        other = self.purchase.copy()
        self.patch(self.registry["purchase.order"], "_logistics_root", lambda record: self.purchase)
        event = self.emit(purchase=other)
        self.purchase._logistics_emit(TAKEN_BACK)
        self.route()
        self.assertEqual(self.message(event).state, "pending", "about the same record only, if not told otherwise")
        self.back.void_scope = "root"
        self.purchase._logistics_emit(TAKEN_BACK)
        self.env.cr.flush()
        self.assertEqual(self.message(event).state, "cancelled")

    def test_what_has_left_is_told_to_the_record(self):
        event = self.emit()
        self.drain()
        self.assertEqual(self.message(event).state, "delivered")
        self.purchase._logistics_emit(TAKEN_BACK)
        self.assertEqual(self.told, [(self.purchase, TYPE, event)])

    def test_a_rollback_leaves_it_owed(self):
        event = self.emit()
        self.route()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.purchase._logistics_emit(TAKEN_BACK)
            raise ZeroDivisionError
        self.assertEqual(self.message(event).state, "pending")
