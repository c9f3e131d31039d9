"""Which warehouse ships a confirmed order: alone, split, in parts, waiting; what only observing changes."""

from odoo.exceptions import AccessError, UserError, ValidationError

from .allocation_common import AllocationCase


class TestChoice(AllocationCase):
    def test_observing_changes_nothing_and_says_what_it_would_have_done(self):
        self.enforce("release")
        self.stock(self.liege, 9)
        order = self.order()
        self.assertEqual(self.at_sites(order), {"WH": 5})
        self.assertEqual(order.logistics_allocation_state, "observed")
        self.assertFalse(order.logistics_allocation_id)
        note = self.env["logistics.observation"].search([("capability", "=", "allocation"), ("res_id", "=", order.id)])
        self.assertRegex(note.summary, "Would have looked elsewhere for .*: from LIE")

    def test_one_warehouse_no_choice(self):
        self.enforce("release", "allocation")
        (self.liege | self.paris).active = False
        order = self.order()
        self.assertFalse(order.logistics_allocation_ids)
        with self.assertRaisesRegex(UserError, "no choice of warehouses"):
            order.with_user(self.user).action_logistics_allocate()

    def test_the_nearest_that_has_it_ships_before_anything_is_procured(self):
        self.enforce("release", "allocation")
        self.stock(self.liege, 9)
        self.stock(self.paris, 9)
        order = self.order()
        self.assertEqual(self.at_sites(order), {"LIE": 5})
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertEqual(order.logistics_release_state, "released", "the stock gate looks where the goods are")
        self.assertEqual(order.logistics_ships_from, "LIE")
        allocation = order.logistics_allocation_id
        self.assertEqual((allocation.state, allocation.chosen_by), ("in_force", "rule"))
        chosen = allocation.chosen_id
        self.assertEqual((chosen.coverage, chosen.shipments, chosen.distance_basis), (100, 1, "coordinates"))
        self.assertAlmostEqual(chosen.distance, 104, delta=5)
        self.assertEqual((chosen.cost, chosen.words), (10, "5 Lamp from LIE"))
        paris = allocation.candidate_ids.filtered(lambda c: c.name == "PAR")
        self.assertLess(paris.score, chosen.score)
        self.assertLess(paris.part_distance, chosen.part_distance)

    def test_handling_costs_of_the_warehouse_count(self):
        self.enforce("release", "allocation")
        self.stock(self.warehouse, 9)
        self.stock(self.liege, 9)
        self.warehouse.logistics_handling_cost = 500
        order = self.order()
        self.assertEqual(order.logistics_ships_from, "LIE")
        home = order.logistics_candidate_ids.filtered(lambda c: c.name == "WH")
        self.assertEqual(home.cost, 510)

    def test_price_rules_of_the_carrier_count_per_shipment(self):
        self.enforce("release", "allocation")
        rules = [
            {"variable": "weight", "operator": "<=", "max_value": 3, "list_base_price": 4},
            {"variable": "weight", "operator": "<=", "max_value": 50, "list_base_price": 30},
        ]
        self.carrier.write({"delivery_type": "base_on_rule", "price_rule_ids": [(0, 0, rule) for rule in rules]})
        self.stock(self.warehouse, 2)
        self.stock(self.liege, 3)
        order = self.order()  # 1.5 kg each: 3 kg from one, 4.5 kg from the other
        split = order.logistics_candidate_ids.filtered(lambda c: c.shipments == 2)[:1]
        self.assertEqual(split.cost, 34)

    def test_a_split_within_the_policy_is_made(self):
        self.enforce("release", "allocation")
        self.stock(self.warehouse, 3)
        self.stock(self.liege, 2)
        order = self.order()
        self.assertEqual(self.at_sites(order), {"WH": 3, "LIE": 2})
        self.assertEqual(len(order.picking_ids), 2)
        self.assertEqual(set(order.picking_ids.mapped("state")), {"assigned"})
        self.assertEqual(order.logistics_release_state, "released")
        self.assertFalse(order.logistics_hold_ids)

    def test_a_split_order_that_grows_and_shrinks_keeps_to_its_warehouses(self):
        self.enforce("release", "allocation")
        self.stock(self.warehouse, 3)
        self.stock(self.liege, 2)
        order = self.order()
        order.order_line.product_uom_qty = 7
        self.assertEqual(sum(self.at_sites(order).values()), 7)
        order.order_line.product_uom_qty = 2
        self.assertEqual(sum(self.at_sites(order).values()), 2)

    def test_pick_pack_ship_is_moved_as_a_chain(self):
        self.liege.delivery_steps = "pick_pack_ship"
        self.enforce("release", "allocation")
        self.stock(self.liege, 5)
        order = self.order()
        self.assertEqual(self.at_sites(order), {"LIE": 5})
        self.assertEqual(len(order.picking_ids), 3)
        self.stock(self.paris, 9)
        order.with_user(self.planner).action_logistics_allocate()
        paris = order.logistics_candidate_ids.filtered(lambda c: c.name == "PAR")
        paris.with_user(self.planner).action_choose()
        live = order.picking_ids.filtered(lambda p: p.state != "cancel")
        self.assertEqual((self.at_sites(order), len(live)), ({"PAR": 5}, 1))
        gone = order.picking_ids - live
        self.assertEqual(set(gone.mapped("state")), {"cancel"})
        lamps = self.env["stock.quant"]._get_available_quantity(self.lamp, self.liege.lot_stock_id)
        self.assertEqual(lamps, 5, "what was reserved is free again")

    def test_what_is_there_goes_and_the_rest_follows(self):
        self.enforce("release", "allocation")
        self.stock(self.liege, 3)
        order = self.order()
        self.assertEqual(self.at_sites(order), {"LIE": 5})
        self.assertIn("2 Lamp short", order.logistics_allocation_id.chosen_id.words)

    def test_goods_that_are_nowhere_are_waited_for_and_found_where_they_arrive(self):
        self.enforce("release", "allocation")
        self.customer.logistics_ship_complete = True
        self.stock(self.liege, 3)
        order = self.order()
        self.assertEqual((order.logistics_allocation_state, self.at_sites(order)), ("waiting", {"WH": 5}))
        self.assertEqual(order.logistics_release_state, "held")
        self.stock(self.liege, 8)
        order._logistics_evaluate("receipt")
        self.assertEqual(self.at_sites(order), {"LIE": 5})
        self.assertEqual(order.logistics_release_state, "released")

    def test_lines_that_are_not_taken_from_stock_stay_out(self):
        self.enforce("release", "allocation")
        self.stock(self.liege, 9)
        route = self.env["stock.route"].create({"name": "Special", "sale_selectable": True})
        order = self.order(confirm=False)
        order.order_line.route_id = route
        self.assertFalse(order._logistics_allocate("test"))

    def test_a_quotation_gets_a_proposal_only(self):
        self.stock(self.liege, 9)
        order = self.order(confirm=False)
        order.with_user(self.user).action_logistics_allocate()
        self.assertEqual(order.logistics_allocation_state, "observed")
        self.assertEqual(order.logistics_candidate_ids.sorted("rank")[0].name, "LIE")
        self.assertFalse(self.env["logistics.observation"].search([("res_id", "=", order.id)]))

    def test_the_first_policy_that_fits_decides(self):
        tag = self.env["res.partner.category"].create({"name": "French"})
        self.customer.category_id = tag
        policy = self.env["logistics.allocation.policy"].create(
            {
                "name": "French customers",
                "sequence": 1,
                "partner_category_ids": [(6, 0, tag.ids)],
                "warehouse_ids": [(6, 0, self.paris.ids)],
            }
        )
        self.enforce("release", "allocation")
        self.stock(self.liege, 9)
        self.stock(self.paris, 9)
        order = self.order()
        self.assertEqual((order.logistics_ships_from, order.logistics_allocation_id.policy_id), ("PAR", policy))
        self.customer.category_id = False
        self.assertEqual(self.order().logistics_ships_from, "LIE")

    def test_bad_policies_are_refused_with_the_field_named(self):
        for vals, field in (
            ({"weight_cost": -1}, "Cost"),
            (dict.fromkeys(("weight_cost", "weight_distance", "weight_coverage", "weight_shipments"), 0), "weight"),
            ({"max_shipments": 0}, "Shipments per Order"),
            ({"max_extra_cost": -5}, "Extra Cost"),
            ({"order_domain": "[('nothing', '=', 1)]"}, "Applies To"),
        ):
            with self.subTest(field=field), self.assertRaisesRegex(ValidationError, field), self.env.cr.savepoint():
                self.policy.write(vals)

    # -- people ------------------------------------------------------------------------------------------------

    def test_a_planner_chooses_another_warehouse_and_nobody_else_does(self):
        self.enforce("release", "allocation")
        self.stock(self.liege, 9)
        self.stock(self.paris, 9)
        order = self.order()
        paris = order.logistics_candidate_ids.filtered(lambda c: c.name == "PAR")
        self.assertTrue(paris.with_user(self.planner).can_choose)
        self.assertFalse(paris.with_user(self.user).can_choose)
        with self.assertRaises(AccessError):
            paris.with_user(self.user).action_choose()
        paris.with_user(self.planner).action_choose()
        self.assertEqual(self.at_sites(order), {"PAR": 5})
        self.assertEqual(order.logistics_allocation_id.chosen_by, "person")
        self.assertEqual(order.picking_ids.filtered(lambda p: p.state != "cancel").state, "assigned")

    def test_what_was_begun_stays(self):
        self.enforce("release", "allocation")
        self.stock(self.liege, 9)
        self.stock(self.paris, 9)
        order = self.order()
        order.picking_ids.move_ids.picked = True
        paris = order.logistics_candidate_ids.filtered(lambda c: c.name == "PAR")
        with self.assertRaisesRegex(UserError, "has been started"):
            paris.with_user(self.planner).action_choose()
        self.assertEqual(self.at_sites(order), {"LIE": 5})

    def test_an_older_list_is_not_chosen_from(self):
        self.enforce("release", "allocation")
        self.stock(self.liege, 9)
        order = self.order()
        old = order.logistics_candidate_ids.filtered(lambda c: c.name == "LIE")
        self.stock(self.paris, 9)
        order.with_user(self.user).action_logistics_allocate()
        with self.assertRaisesRegex(UserError, "newer list"):
            old.with_user(self.planner).action_choose()

    def test_a_cancelled_order_forgets_its_warehouses(self):
        self.enforce("release", "allocation")
        self.stock(self.liege, 9)
        order = self.order()
        order._action_cancel()
        self.assertFalse(order.logistics_allocation_id)
        order.action_draft()
        self.stock(self.warehouse, 9)
        order.action_confirm()
        self.assertEqual(order.logistics_ships_from, "WH")
