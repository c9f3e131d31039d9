"""What a warehouse says it picked, taken apart; plain Python."""

from odoo.tests.common import BaseCase

from ..models.fulfillment.fulfillment_states import OPEN, STATES, TRANSITIONS, event_of, targets_of
from ..models.fulfillment.pick_parts import PickError, pack, parse_lines, parse_weight


def shape(parts):
    return [(part.sku, part.quantity, part.package) for part in parts]


class TestPickParts(BaseCase):
    def test_lines_become_parts(self):
        parts = parse_lines(
            [{"line": 7, "sku": "DESK", "quantity": 2, "lot": "L1"}, {"sku": "LAMP", "quantity": "1.5"}]
        )
        self.assertEqual(
            [(p.line, p.sku, p.quantity, p.lot) for p in parts], [(7, "DESK", 2.0, "L1"), (0, "LAMP", 1.5, "")]
        )

    def test_nothing_picked_is_no_part(self):
        self.assertEqual(parse_lines([{"sku": "DESK", "picked": 0}], key="picked"), [])

    def test_what_cannot_be_read_is_named(self):
        cases = {
            "neither 'line' nor 'sku'": [{"quantity": 1}],
            "'quantity' of DESK is None": [{"sku": "DESK"}],
            "not a number": [{"sku": "DESK", "quantity": "many"}],
            "is True": [{"sku": "DESK", "quantity": True}],
            "write 0 or more": [{"sku": "DESK", "quantity": -1}],
            "nan": [{"sku": "DESK", "quantity": float("nan")}],
            "no line number": [{"line": "first", "quantity": 1}],
            "no object": ["DESK"],
            "no list": {"sku": "DESK"},
        }
        for words, lines in cases.items():
            with self.subTest(words), self.assertRaisesRegex(PickError, words):
                parse_lines(lines)

    def test_goods_are_spread_over_packages_and_the_rest_stays_loose(self):
        parts = parse_lines([{"line": 7, "sku": "DESK", "quantity": 5}])
        packages = [
            {"reference": "A", "lines": [{"line": 7, "quantity": 2}]},
            {"lines": [{"sku": "DESK", "quantity": 2}]},
        ]
        self.assertEqual(shape(pack(parts, packages)), [("DESK", 2.0, 0), ("DESK", 2.0, 1), ("DESK", 1.0, -1)])

    def test_lots_find_their_package(self):
        parts = parse_lines([{"sku": "PC", "quantity": 1, "lot": "S1"}, {"sku": "PC", "quantity": 1, "lot": "S2"}])
        packed = pack(parts, [{"lines": [{"sku": "PC", "quantity": 1, "lot": "S2"}]}])
        self.assertEqual([(p.lot, p.package) for p in packed], [("S2", 0), ("S1", -1)])

    def test_the_only_package_holds_everything(self):
        parts = parse_lines([{"sku": "DESK", "quantity": 2}])
        self.assertEqual(shape(pack(parts, [{"reference": "A"}])), [("DESK", 2.0, 0)])
        self.assertEqual(shape(pack(parts, [])), [("DESK", 2.0, -1)])

    def test_packages_that_do_not_add_up_are_named(self):
        parts = parse_lines([{"sku": "DESK", "quantity": 2}])
        with self.assertRaisesRegex(PickError, "B holds 1 more of DESK"):
            pack(parts, [{"reference": "B", "lines": [{"sku": "DESK", "quantity": 3}]}])
        with self.assertRaisesRegex(PickError, "C does not say"):
            pack(parts, [{"reference": "C"}, {"reference": "D"}])
        with self.assertRaisesRegex(PickError, "no list of objects"):
            pack(parts, "A")

    def test_weights(self):
        self.assertEqual(parse_weight({"weight_kg": "4.5"}), 4.5)
        self.assertEqual(parse_weight({}), 0.0)
        with self.assertRaisesRegex(PickError, "weight_kg"):
            parse_weight({"weight_kg": "heavy"})


class TestFulfillmentStates(BaseCase):
    def test_the_table_speaks_of_known_states_and_is_unambiguous(self):
        known = dict(STATES)
        self.assertEqual(len({row[:3] for row in TRANSITIONS}), len(TRANSITIONS))
        for source, target, who, event in TRANSITIONS:
            self.assertIn(source, {*known, "new"})
            self.assertIn(target, known)
            self.assertIn(who, ("odoo", "warehouse", "person", "clock"))
            self.assertTrue(not event or event.startswith("logistics.fulfillment."))

    def test_every_open_state_has_a_way_out_by_hand(self):
        for state in (*OPEN, "rejected"):
            self.assertTrue(targets_of(state, "person"), state)

    def test_what_the_table_lacks_is_no_move(self):
        self.assertIsNone(event_of("done", "requested", "person"))
        self.assertIsNone(event_of("requested", "timed_out", "warehouse"))
        self.assertEqual(event_of("accepted", "done", "warehouse"), "")
