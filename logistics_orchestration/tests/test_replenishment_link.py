"""The page behind a mail link: a supplier without a system answers once, without a login, and nobody else does."""

from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..controllers import supplier as page
from ..relay.limits import Strangers
from .replenishment_common import ReplenishmentCase


@tagged("-at_install", "post_install")
class TestSupplierLink(HttpCase, ReplenishmentCase):
    def setUp(self):
        super().setUp()
        self.enforce("replenishment")
        self.patch(page, "strangers", Strangers(limit=3))
        self.order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [
                    (0, 0, {"product_id": self.product.id, "product_qty": 50, "date_planned": self.in_days(40)})
                ],
            }
        )
        self.order.button_confirm()
        self.line = self.order.order_line
        self.link = self.env["logistics.supplier.link"]._make(self.order, "acknowledge")
        self.path = "/logistics/answer/" + self.link._url().rsplit("/", 1)[1]

    def fill(self, **values):
        form = {"code": "IA", "quantity": "50", "promised_at": str(self.in_days(45).date()), **values}
        return self.url_open(self.path, data={f"{name}_{self.line.id}": value for name, value in form.items()})

    def test_the_page_shows_the_lines_and_takes_one_answer(self):
        shown = self.url_open(self.path)
        self.assertEqual(shown.status_code, 200)
        self.assertIn("[DESK] Desk", shown.text)
        self.assertIn('name="viewport"', shown.text)
        self.assertEqual(shown.headers["Cache-Control"], "no-store")
        self.assertEqual(self.url_open(self.path).status_code, 200, "looking uses nothing up")
        done = self.fill()
        self.assertEqual(done.status_code, 200)
        self.assertIn("Thank you", done.text)
        self.env.invalidate_all()
        self.assertEqual(self.line.date_planned.date(), self.in_days(45).date())
        self.assertEqual(self.order.logistics_ack_state, "confirmed")
        answer = self.line.logistics_answer_ids
        self.assertEqual((answer.channel, answer.source_name), ("link", "Timber Works"))
        self.assertEqual(self.line.logistics_promise_ids.source, "link")
        again = self.fill(promised_at=str(self.in_days(60).date()))
        self.assertEqual(again.status_code, 410)
        self.assertIn("Already answered", again.text)
        self.assertEqual(len(self.line.logistics_answer_ids), 1)
        self.assertIn("Already answered", self.url_open(self.path).text)

    def test_what_does_not_add_up_is_said_and_may_be_mended(self):
        wrong = self.fill(quantity="many")
        self.assertEqual(wrong.status_code, 422)
        self.assertIn("many", wrong.text)
        self.assertEqual(self.fill(quantity="60").status_code, 422)
        self.assertEqual(self.fill(code="").status_code, 422)
        self.assertEqual(self.fill(promised_at="tomorrow").status_code, 422)
        self.env.invalidate_all()
        self.assertEqual(self.link.attempt_count, 4)
        self.assertFalse(self.order.logistics_answer_ids)
        self.assertEqual(
            self.fill(code="BP", quantity="30,5", backorder_at=str(self.in_days(50).date())).status_code, 200
        )
        self.assertEqual(sorted(self.line.logistics_promise_ids.mapped("quantity")), [19.5, 30.5])

    def test_an_expired_link_says_so(self):
        self.env.cr.execute(
            "UPDATE logistics_supplier_link SET expires_at = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(minutes=1), self.link.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.url_open(self.path).status_code, 404, "the expiry is part of what is signed")
        path = "/logistics/answer/" + self.link._url().rsplit("/", 1)[1]
        old = self.url_open(path)
        self.assertEqual(old.status_code, 410)
        self.assertIn("expired", old.text)

    def test_a_cancelled_order_needs_no_answer(self):
        self.order.button_cancel()
        self.assertEqual(self.url_open(self.path).status_code, 410)
        self.assertEqual(self.fill().status_code, 410)

    def test_a_forged_link_is_refused_and_guessing_is_slowed(self):
        other = self.env["logistics.supplier.link"]._make(self.order.copy(), "acknowledge")
        for token in (f"{other.id}-{self.link._signature()}", f"{self.link.id}-", "nonsense"):
            self.assertEqual(self.url_open(f"/logistics/answer/{token}").status_code, 404)
        slowed = self.url_open(self.path)
        self.assertEqual(slowed.status_code, 429)
        self.assertTrue(slowed.headers["Retry-After"])

    def test_too_many_wrong_answers_close_the_link(self):
        self.link.attempt_count = 19
        self.assertEqual(self.fill(quantity="many").status_code, 422)
        self.assertEqual(self.fill().status_code, 410)

    def test_what_stands_in_the_table_makes_no_address(self):
        fields_read = self.env["logistics.supplier.link"].with_user(self.env.ref("base.user_demo", False) or 2)
        self.assertNotIn(self.link.nonce, self.path)
        self.assertIn("base.group_system", fields_read._fields["nonce"].groups)
