"""Suppliers confirm in time, line by line, or are reminded; what each answer leads to; nothing while observing."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..models.replenishment import purchase_clock
from .replenishment_common import ReplenishmentCase


@tagged("-at_install", "post_install")
class TestConfirmation(ReplenishmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chair = cls.make_product("CHAIR", "Chair")
        cls.buyer = cls.env.ref("base.user_admin")
        cls.env["res.lang"]._activate_lang("fr_FR")

    def setUp(self):
        super().setUp()
        self.system = self.make_system("supplier", supplier_ids=[(6, 0, self.supplier.ids)])
        self.order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "user_id": self.buyer.id,
                "order_line": [
                    (0, 0, {"product_id": p.id, "product_qty": 50, "price_unit": 30, "date_planned": self.in_days(40)})
                    for p in (self.product, self.chair)
                ],
            }
        )
        self.desk_line, self.chair_line = self.order.order_line

    def confirm(self, *capabilities):
        if capabilities:
            self.enforce(*capabilities)
        self.order.button_confirm()

    def answer(self, *items, fact="purchase.acknowledged", **envelope):
        lines = [{"line": self.desk_line.id, **item} for item in items]
        return self.receive(self.system, fact, {"purchase": self.order.name, "lines": lines}, **envelope)

    def strike(self, **later):
        """Let the scheduled action run so much later."""
        moment = fields.Datetime.now() + timedelta(**later)
        with patch.object(purchase_clock.fields.Datetime, "now", staticmethod(lambda *_args: moment)):
            self.env["purchase.order"]._cron_supplier_clock()
        self.env.cr.flush()

    def todos(self, words, order=None):
        return (order or self.order).activity_ids.filtered(lambda a: words in (a.summary or ""))

    def mails(self):
        return self.env["mail.mail"].search([("model", "=", "purchase.order"), ("res_id", "=", self.order.id)])

    # -- the clock --------------------------------------------------------------------------------------------

    def test_the_time_is_the_companys_working_time(self):
        self.company.resource_calendar_id.tz = "UTC"
        self.company.logistics_ack_hours = 8
        friday = fields.Datetime.to_datetime("2026-07-17 16:00:00")
        due = self.order._logistics_work_time(friday, 8)
        self.assertEqual(due, fields.Datetime.to_datetime("2026-07-20 16:00:00"))
        self.company.resource_calendar_id = False
        self.assertEqual(self.order._logistics_work_time(friday, 8), friday + timedelta(hours=8))

    def test_a_supplier_may_have_its_own_time(self):
        self.supplier.logistics_ack_hours = 100
        self.company.resource_calendar_id = False
        self.confirm()
        wait = self.order.logistics_ack_due_at - fields.Datetime.now()
        self.assertAlmostEqual(wait.total_seconds() / 3600, 100, delta=0.1)
        self.assertEqual(self.order.logistics_ack_state, "due")

    def test_overdue_is_reminded_then_a_person_calls(self):
        self.confirm("replenishment")
        self.strike(hours=1)
        self.assertFalse(self.mails())
        self.strike(days=10)
        self.assertEqual((self.order.logistics_ack_state, self.order.logistics_ack_reminders), ("overdue", 1))
        mail = self.mails()
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.supplier)
        self.assertIn(self.order.name, mail.subject)
        self.assertIn("/logistics/answer/", mail.body_html)
        self.assertIn("[DESK] Desk", mail.body_html)
        self.assertTrue(self.todos("has not confirmed yet"))
        event = self.events("purchase.acknowledgement_overdue", self.order)
        self.assertEqual(len(event), 1)
        self.strike(days=20)
        self.strike(days=30)
        self.assertEqual((len(self.mails()), self.order.logistics_ack_reminders), (2, 2))
        self.assertEqual(self.todos("Call Timber Works").user_id, self.buyer)
        self.assertFalse(self.order.logistics_ack_next_at)
        self.strike(days=40)
        self.assertEqual(len(self.mails()), 2)

    def test_while_observing_nobody_is_written_to(self):
        self.confirm()
        self.strike(days=10)
        self.assertFalse(self.mails())
        self.assertFalse(self.order.activity_ids)
        self.assertFalse(self.events("purchase.acknowledgement_overdue", self.order))
        note = self.env["logistics.observation"].search([("res_id", "=", self.order.id)])
        self.assertIn("reminded", note.mapped("summary")[0])
        self.strike(days=20)
        self.assertEqual(len(self.env["logistics.observation"].search([("res_id", "=", self.order.id)])), len(note))

    def test_an_answer_stops_the_clock_and_closes_the_to_do(self):
        self.confirm("replenishment")
        self.strike(days=10)
        self.answer({"code": "IA"})
        self.assertEqual(self.order.logistics_ack_state, "partial")
        self.assertTrue(self.order.logistics_ack_next_at)
        self.answer({"line": self.chair_line.id, "code": "IA"})
        self.assertEqual(self.order.logistics_ack_state, "confirmed")
        self.assertFalse(self.order.logistics_ack_next_at)
        self.assertFalse(self.todos("has not confirmed yet"))

    def test_a_date_entered_by_hand_counts_as_an_answer(self):
        self.confirm()
        for line in self.order.order_line:
            self.env["logistics.supplier.promise"].create(
                {"purchase_line_id": line.id, "promised_at": self.in_days(15), "quantity": 50}
            )
        self.assertEqual(self.order.logistics_ack_state, "confirmed")

    def test_asked_again_before_the_goods_are_due(self):
        self.confirm("replenishment")
        self.answer({"code": "IA"}, {"line": self.chair_line.id, "code": "IA"})
        self.assertEqual(self.order.logistics_reconfirm_at, self.in_days(26))
        self.strike(days=20)
        self.assertFalse(self.mails())
        self.strike(days=27)
        self.assertEqual(self.order.logistics_ack_state, "due")
        self.assertIn("due soon", self.mails().body_html)
        self.assertTrue(self.events("purchase.reconfirmation_requested", self.order))
        self.answer({"code": "IA"}, {"line": self.chair_line.id, "code": "IA"}, fact="purchase.promise_changed")
        self.assertEqual(self.order.logistics_ack_state, "confirmed")

    def test_an_order_due_soon_is_not_asked_again(self):
        self.order.order_line.date_planned = self.in_days(10)
        self.confirm("replenishment")
        self.answer({"code": "IA"}, {"line": self.chair_line.id, "code": "IA"})
        self.assertFalse(self.order.logistics_reconfirm_at)

    def test_what_is_received_or_cancelled_awaits_nothing(self):
        self.confirm("replenishment")
        self.receive_goods(self.order)
        self.strike(days=10)
        self.assertFalse(self.mails())
        self.assertFalse(self.order.logistics_ack_next_at)
        other = self.order.copy()
        other.button_confirm()
        other.button_cancel()
        self.assertFalse(other.logistics_ack_next_at)

    def test_a_supplier_without_address_is_asked_by_a_person(self):
        self.supplier.email = False
        self.confirm("replenishment")
        self.strike(days=10)
        self.assertFalse(self.mails())
        self.assertTrue(self.todos("by hand"))

    def test_one_order_that_fails_keeps_no_other_waiting(self):
        self.confirm("replenishment")
        other = self.order.copy()
        other.button_confirm()
        right = type(other)._logistics_clock_struck

        def wrong(order, now):
            if order == self.order:
                raise UserError("no")
            return right(order, now)

        with patch.object(type(other), "_logistics_clock_struck", wrong), self.assertLogs(level="ERROR"):
            self.strike(days=10)
        self.assertEqual(other.logistics_ack_state, "overdue")
        self.assertEqual(self.order.logistics_ack_state, "due")

    def test_figures_that_make_no_sense_are_refused(self):
        for name in ("logistics_ack_hours", "logistics_link_days"):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.company[name] = 0
        with self.assertRaises(ValidationError):
            self.supplier.logistics_ack_hours = -1

    # -- the codes --------------------------------------------------------------------------------------------

    def test_accepted_without_a_date_is_for_the_planned_one(self):
        self.confirm("replenishment")
        message = self.answer({"code": "IA"})
        self.assertEqual(message.state, "processed", message.reason)
        promise = self.desk_line.logistics_promise_ids
        self.assertEqual((promise.quantity, promise.promised_at), (50, self.in_days(40)))
        self.assertEqual(self.desk_line.logistics_answer_code, "IA")

    def test_another_date(self):
        self.confirm("replenishment")
        self.answer({"code": "DR", "promised_at": self.in_days(45).isoformat()})
        self.assertEqual(self.desk_line.date_planned, self.in_days(45))
        self.assertEqual(self.answer({"code": "DR"}).state, "quarantined")

    def test_part_now_the_rest_later_is_two_promises(self):
        self.confirm("replenishment")
        self.answer(
            {
                "code": "BP",
                "quantity": 30,
                "promised_at": self.in_days(38).isoformat(),
                "backorder_at": self.in_days(60).isoformat(),
            }
        )
        promises = self.desk_line.logistics_promise_ids.sorted("promised_at")
        self.assertEqual(promises.mapped("quantity"), [30, 20])
        self.assertEqual(self.desk_line.date_planned, self.in_days(60))
        self.assertEqual(self.desk_line.product_qty, 50)

    def test_backordered_without_a_date_asks_the_buyer(self):
        self.confirm("replenishment")
        self.answer({"code": "IB"})
        self.assertFalse(self.desk_line.logistics_promise_ids)
        self.assertTrue(self.todos("Ask for a date"))
        self.assertEqual(self.order.logistics_ack_state, "partial")
        self.answer({"code": "IB", "promised_at": self.in_days(70).isoformat()})
        self.assertEqual(self.desk_line.date_planned, self.in_days(70))

    def test_a_cut_quantity_leaves_the_order_and_is_told(self):
        self.confirm("replenishment")
        self.answer({"code": "IQ", "quantity": 35})
        self.assertEqual((self.desk_line.product_qty, self.desk_line.price_unit), (35, 30))
        self.assertEqual(sum(self.desk_line.move_ids.filtered(lambda m: m.state != "cancel").mapped("product_qty")), 35)
        self.assertEqual(self.desk_line.logistics_answer_ids.ordered_quantity, 50)
        self.assertTrue(self.todos("Will not come"))
        self.assertTrue(self.events("purchase.rejected", self.order))
        self.assertTrue(self.events("purchase.acknowledged", self.order))

    def test_rejected_opens_the_need_again(self):
        self.enforce("replenishment")
        self.make_order(180)
        shortage = self.shortages()
        self.order = shortage.purchase_line_ids.order_id
        self.order.button_confirm()
        self.desk_line = self.order.order_line
        shortage._refresh()
        self.assertEqual(shortage.state, "covered")
        message = self.answer({"code": "IR", "reason": "Discontinued"})
        self.assertEqual(message.state, "processed", message.reason)
        self.assertEqual(self.desk_line.product_qty, 0)
        self.assertEqual(shortage.state, "open")
        self.assertTrue(self.todos("Will not come"))
        self.assertFalse(self.events("purchase.acknowledged", self.order))
        self.assertIn("Discontinued", str(self.events("purchase.rejected", self.order).body))

    def test_rejected_while_observing_leaves_the_order(self):
        self.confirm()
        self.answer({"code": "IR"})
        self.assertEqual(self.desk_line.product_qty, 50)
        self.assertFalse(self.order.activity_ids)
        self.assertTrue(self.env["logistics.observation"].search([("res_id", "=", self.order.id)]))
        self.assertEqual(self.desk_line.logistics_answer_ids.code, "IR")

    def test_a_price_is_kept_beside_ours(self):
        self.company.logistics_price_tolerance = 5
        self.confirm("replenishment")
        self.answer({"code": "IP", "price": 31})
        self.assertFalse(self.todos("Price changed"))
        self.answer({"code": "IP", "price": 33})
        self.assertTrue(self.todos("Price changed"))
        self.assertEqual(self.desk_line.price_unit, 30)
        self.assertEqual(self.desk_line.logistics_answer_ids.mapped("price_unit"), [33, 31])
        self.assertEqual(self.answer({"code": "IP"}).state, "quarantined")

    def test_changed_in_several_ways(self):
        self.confirm("replenishment")
        self.answer({"code": "IC", "quantity": 40, "price": 40, "promised_at": self.in_days(50).isoformat()})
        self.assertEqual((self.desk_line.product_qty, self.desk_line.date_planned), (40, self.in_days(50)))
        self.assertTrue(self.todos("Price changed"))

    def test_a_substitute_is_a_persons_decision(self):
        self.confirm("replenishment")
        self.answer({"code": "IS", "substitute": "DESK-2"})
        self.assertTrue(self.todos("Decide on a substitute"))
        self.assertEqual((self.desk_line.product_qty, self.desk_line.product_id), (50, self.product))
        self.assertEqual(self.order.logistics_ack_state, "partial")
        self.assertEqual(self.answer({"code": "IS"}).state, "quarantined")

    def test_what_does_not_add_up_waits_in_quarantine(self):
        self.confirm("replenishment")
        for item, words in (
            ({"code": "XX"}, "XX"),
            ({"code": "IQ", "quantity": 60}, "60"),
            ({"code": "BP", "quantity": 30, "backorder_quantity": 30}, "more than"),
            ({"code": "IP", "price": "cheap"}, "cheap"),
            ({"code": "DR", "promised_at": "soon"}, "soon"),
        ):
            with self.subTest(item=item):
                message = self.answer(item)
                self.assertEqual(message.state, "quarantined")
                self.assertIn(words, message.reason)
        self.assertFalse(self.order.logistics_answer_ids)

    def test_slips_are_shown_on_line_order_and_supplier(self):
        self.confirm("replenishment")
        for minutes, days in ((-30, 40), (-20, 45), (-10, 43)):
            at = fields.Datetime.add(self.now, minutes=minutes).isoformat() + "Z"
            self.answer({"code": "DR", "promised_at": self.in_days(days).isoformat()}, time=at)
        self.assertEqual((self.desk_line.logistics_slip_days, self.desk_line.logistics_slip_count), (3, 1))
        self.assertEqual((self.order.logistics_slip_days, self.order.logistics_slip_count), (3, 1))
        self.assertEqual((self.supplier.logistics_slip_average, self.supplier.logistics_slip_count), (3.0, 1))

    # -- asking -----------------------------------------------------------------------------------------------

    def test_the_buyer_asks_by_button_in_the_suppliers_language(self):
        self.supplier.lang = "fr_FR"
        self.confirm()
        self.order.action_logistics_ask_supplier()
        self.assertEqual(len(self.mails()), 1)
        self.assertEqual(self.order.logistics_ack_state, "due")

    def test_who_may_ask(self):
        self.confirm()
        for login, group, allowed in (
            ("ask_planner", "logistics_orchestration.group_planner", True),
            ("ask_worker", "stock.group_stock_user", False),
            ("ask_auditor", "logistics_orchestration.group_auditor", False),
        ):
            user = new_test_user(self.env, login, groups=f"base.group_user,{group}")
            order = self.order.with_user(user)
            if allowed:
                order.action_logistics_ask_supplier()
            else:
                with self.assertRaises(AccessError):
                    order.action_logistics_ask_supplier()
        self.assertEqual(len(self.mails()), 1)

    def test_windows_open(self):
        self.confirm("replenishment")
        self.answer({"code": "IA"})
        for name in ("action_supplier_confirmation", "action_supplier_answer", "action_supplier_link"):
            action = self.env.ref(f"logistics_orchestration.{name}")
            self.assertTrue(action.help)
            model = self.env[action.res_model]
            model.get_views([(False, mode) for mode in action.view_mode.split(",")] + [(False, "search")])
        Form(self.order)
        Form(self.supplier)
