"""Waves: which transfers, in which order, until when, how many; held ones leave; nothing is batched twice."""

from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import ValidationError

from .allocation_common import AllocationCase


class TestWaves(AllocationCase):
    def setUp(self):
        super().setUp()
        self.enforce("release", "allocation")
        (self.liege | self.paris).active = False
        self.stock(self.warehouse, 500)
        self.type = self.warehouse.out_type_id

    def rule(self, **vals):
        """A wave rule for deliveries."""
        values = {"name": "Parcels", "picking_type_id": self.type.id, "max_transfers": 0, **vals}
        return self.env["logistics.wave.rule"].create(values)

    def cut_off(self, hour, carrier=None):
        """The warehouse's cut-off, in Brussels time."""
        self.warehouse.logistics_calendar_id = self.env["resource.calendar"].create(
            {"name": "Brussels", "tz": "Europe/Brussels"}
        )
        values = {"warehouse_id": self.warehouse.id, "hour": hour, "carrier_id": carrier.id if carrier else False}
        return self.env["logistics.cutoff"].create(values)

    def orders(self, count, **vals):
        """Transfers of so many released orders."""
        return [self.order(1, **vals).picking_ids for _number in range(count)]

    def waves(self, rule):
        """Transfers per wave, in their order."""
        return [
            list(batch.picking_ids.sorted("logistics_wave_position"))
            for batch in rule.batch_ids.filtered(lambda b: b.state == "draft").sorted("id")
        ]

    def test_released_transfers_fill_waves_in_the_stated_order(self):
        late, promised, urgent = self.orders(3)
        promised.sale_id.commitment_date = "2026-01-05 10:00:00"
        urgent.priority = "1"
        rule = self.rule(max_transfers=2)
        rule.action_fill()
        self.assertEqual(self.waves(rule), [[urgent, promised], [late]])
        self.assertEqual(urgent.logistics_wave_position, 1)
        self.assertIn("urgent", urgent.logistics_wave_why)
        self.assertIn("promised", promised.logistics_wave_why)

    def test_filling_again_adds_only_what_is_new(self):
        first, second = self.orders(2)
        rule = self.rule(max_transfers=3)
        rule.action_fill()
        rule.action_fill()
        self.assertEqual(self.waves(rule), [[first, second]])
        third, fourth = self.orders(2)
        rule.action_fill()
        self.assertEqual(self.waves(rule), [[first, second, third], [fourth]])
        self.assertEqual([p.logistics_wave_position for p in (first, second, third, fourth)], [1, 2, 3, 1])

    def test_lines_and_weight_are_capacities_too(self):
        pickings = self.orders(3)  # 1.5 kg each
        rule = self.rule(max_weight=3.0)
        rule.action_fill()
        self.assertEqual(self.waves(rule), [pickings[:2], pickings[2:]])

    def test_held_unreleased_and_unreserved_work_stays_out(self):
        free, held = self.orders(2)
        self.place(held.sale_id)
        short = self.order(900).picking_ids
        rule = self.rule()
        rule.action_fill()
        self.assertEqual(self.waves(rule), [[free]])
        self.assertFalse((held | short).batch_id)

    def test_a_hold_takes_its_transfer_out_of_the_wave(self):
        first, second = self.orders(2)
        rule = self.rule()
        rule.action_fill()
        hold = self.place(second.sale_id)
        self.assertEqual(self.waves(rule), [[first]])
        self.assertFalse(second.logistics_wave_position)
        batch = rule.batch_ids
        batch.action_confirm()
        first.move_ids.picked = True
        batch.action_done()
        self.assertEqual((first.state, second.state), ("done", "assigned"))
        hold.action_release("Fine")
        rule.action_fill()
        self.assertEqual(self.waves(rule), [[second]])

    def test_what_a_partner_system_picks_is_not_ours_to_batch(self):
        self.enforce("fulfillment")
        self.make_system("warehouse")
        self.orders(1)
        rule = self.rule()
        rule.action_fill()
        self.assertFalse(rule.batch_ids)

    def test_the_rule_that_says_most_gets_the_transfer(self):
        express = self.make_carrier("Express", 30)
        near, far, fast = self.orders(3)
        far.partner_id = self.env["res.partner"].create(
            {"name": "Ghent", "zip": "9000", "country_id": self.customer.country_id.id}
        )
        fast.carrier_id = express
        anything = self.rule(name="Anything", sequence=1)
        zone = self.rule(
            name="Ghent", sequence=2, zip_prefixes="8, 90", country_ids=[(6, 0, self.customer.country_id.ids)]
        )
        carrier = self.rule(name="Express", sequence=3, carrier_ids=[(6, 0, express.ids)])
        anything.action_fill()
        self.assertEqual([self.waves(rule) for rule in (anything, zone, carrier)], [[[near]], [[far]], [[fast]]])

    def test_the_cut_off_is_the_next_working_day_in_the_zone_of_the_calendar(self):
        self.cut_off(16.5)
        rule = self.rule()

        def following(now):
            none = self.env["delivery.carrier"]
            return rule._cut_offs(self.env["stock.picking"], now)[none]

        friday = datetime(2026, 3, 6, 15, 0)  # 16:00 in Brussels
        self.assertEqual(following(friday), datetime(2026, 3, 6, 15, 30))
        self.assertEqual(following(datetime(2026, 3, 6, 15, 30)), datetime(2026, 3, 9, 15, 30))
        # summer time began in between
        self.assertEqual(following(datetime(2026, 3, 27, 16, 0)), datetime(2026, 3, 30, 14, 30))

    def test_each_shipping_method_has_its_own_cut_off_and_wave(self):
        express = self.make_carrier("Express", 30)
        self.cut_off(14)
        self.cut_off(17, express)
        normal, fast, other = self.orders(3)
        fast.carrier_id = express
        rule = self.rule()
        self.assertIn("all others 14:00, Express 17:00", rule.cutoff_words)
        with freeze_time("2026-03-02 09:00:00"):
            rule.action_fill()
        self.assertEqual(self.waves(rule), [[normal, other], [fast]])
        self.assertEqual(
            rule.batch_ids.sorted("id").mapped("logistics_cut_off_at"),
            [datetime(2026, 3, 2, 13, 0), datetime(2026, 3, 2, 16, 0)],
        )
        # the gate says the same: one source
        day = self.warehouse._logistics_ship_day(express, datetime(2026, 3, 2, 15, 59))[0]
        self.assertEqual(str(day), "2026-03-02")
        self.assertEqual(rule.action_open_cutoffs()["domain"], [("warehouse_id", "=", self.warehouse.id)])

    def test_waves_start_by_themselves_before_the_cut_off(self):
        self.cut_off(16)
        rule = self.rule(start_hours=1)
        self.orders(2)
        with freeze_time("2026-03-02 09:00:00"):
            self.env["logistics.wave.rule"]._cron_fill()
        wave = rule.batch_ids
        self.assertEqual(wave.state, "draft")
        self.assertTrue(wave.logistics_cut_off_at)
        with freeze_time(wave.logistics_cut_off_at):
            self.env["stock.picking.batch"]._logistics_start_due()
        self.assertEqual(wave.state, "in_progress")

    def test_observing_notes_once_and_batches_nothing(self):
        self.env["logistics.switch"].search([("capability", "=", "allocation")]).mode = "observe"
        [picking] = self.orders(1)
        rule = self.rule()
        self.env["logistics.wave.rule"]._cron_fill()
        self.env["logistics.wave.rule"]._cron_fill()
        self.assertFalse(rule.batch_ids)
        notes = self.env["logistics.observation"].search(
            [("res_model", "=", "stock.picking"), ("res_id", "=", picking.id), ("capability", "=", "allocation")]
        )
        self.assertEqual(len(notes), 1)
        rule.with_user(self.user).action_fill()
        self.assertEqual(self.waves(rule), [[picking]], "by hand it works at any time")

    def test_bad_rules_are_refused_with_the_field_named(self):
        rule = self.rule()
        for vals, field in (
            ({"max_weight": -1}, "Weight per Wave"),
            ({"start_hours": 2}, "Starts Before Cut-off"),
        ):
            with self.subTest(field=field), self.assertRaisesRegex(ValidationError, field), self.env.cr.savepoint():
                rule.write(vals)
        self.type.write({"auto_batch": True, "batch_group_by_partner": True})
        with self.assertRaisesRegex(ValidationError, "Automatic Batches"):
            self.rule()

    def test_new_warehouses_batch_by_themselves_only_where_others_do(self):
        Warehouse = self.env["stock.warehouse"]
        self.assertFalse(Warehouse.create({"name": "Third", "code": "TRD"}).out_type_id.auto_batch)
        self.type.write({"auto_batch": True, "batch_group_by_partner": True})
        self.assertTrue(Warehouse.create({"name": "Fourth", "code": "FTH"}).out_type_id.auto_batch)
