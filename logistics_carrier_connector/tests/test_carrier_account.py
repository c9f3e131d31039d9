"""Accounts: secrets that stay in, addresses that may be called, and the test button."""

import logging
from pathlib import Path

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .carrier_server import TOKEN
from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestCarrierAccount(CarrierCase):
    def test_token_is_written_and_never_read(self):
        admin = new_test_user(
            self.env,
            "carrier_admin",
            groups="logistics_orchestration.group_integration_admin,logistics_orchestration.group_manager,base.group_system",
        )
        account = self.account.with_user(admin)
        self.assertEqual(self.account._get_secret("token"), TOKEN)
        self.assertFalse(account.token)
        everything = account.read()[0]
        self.assertNotIn("token_enc", everything)
        self.assertNotIn(TOKEN, str(everything))
        self.assertNotIn(TOKEN, str(account.export_data(["name", "token"])["datas"]))
        for name in ("read", "export_data"):
            with self.subTest(way=name), self.assertRaises(AccessError):
                getattr(account, name)(["token_enc"])
        with self.assertRaises(AccessError):
            account.search([("token_enc", "!=", False)])
        self.env.flush_all()
        self.env.cr.execute("SELECT token_enc FROM logistics_carrier_account WHERE id = %s", [account.id])
        self.assertNotIn(TOKEN, self.env.cr.fetchone()[0])
        self.assertEqual(account.token_state, "Set")
        self.assertFalse(account.sudo().copy({"name": "Copy"})._get_secret("token"))

    def test_saving_without_writing_the_token_keeps_it(self):
        with Form(self.account) as form:
            form.timeout = 7
        self.assertEqual(self.account._get_secret("token"), TOKEN)

    def test_token_is_in_no_error_and_no_log(self):
        self.enforce("carrier")
        self.account.token = "wrong-" + TOKEN
        with self.assertLogs(level=logging.DEBUG) as logs:
            booking = self.booking_of(self.ship())
            self.work()
        self.assertIn("401", booking.last_error)
        said = booking.last_error + self.account.last_failure + "".join(self.account.activity_ids.mapped("note"))
        self.assertNotIn(TOKEN, said + "\n".join(logs.output))

    def test_address_that_may_not_be_called_is_refused(self):
        for vals, words in (
            ({"base_url": "ftp://carrier.example"}, "must start with https"),
            ({"base_url": False}, "There is no URL"),
            ({"base_url": "http://carrier.example", "allow_http": False}, "Plain http is not allowed"),
            ({"base_url": "https://user:pw@carrier.example"}, "contains a user or password"),
            ({"allowed_networks": "my network"}, "is no network"),
            ({"timeout": 0}, "between 0.1 and 60"),
            ({"default_weight_kg": 0}, "more than 0 kg"),
            ({"vocabulary": "{"}, "Field mapping of carrier account Parcel contract"),
            ({"vocabulary": '{"paths": {"book": "bookings"}}'}, "write a method and a path"),
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
                self.account.write(vals)

    def test_private_address_is_not_called_unless_allowed(self):
        self.account.allowed_networks = False
        action = self.account.action_test_connection()
        self.assertIn("is not a public address", action["params"]["message"])
        self.assertFalse(self.server.seen)

    def test_connection_test_tells_good_from_bad(self):
        self.assertEqual(self.account.health, "unknown")
        self.assertEqual(self.account.action_test_connection()["params"]["type"], "success")
        self.assertEqual(self.account.health, "good")
        self.server.fault(500)
        action = self.account.action_test_connection()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertEqual(self.account.health, "waiting")
        self.account.hold_until = False
        self.assertEqual(self.account.health, "failing")
        self.assertFalse(self.server.bookings)

    def test_manual_account_needs_no_address(self):
        account = self.make_account("Phone", adapter="manual", base_url=False, allow_http=False)
        self.assertFalse(account.automatic)
        self.assertEqual(account.action_test_connection()["params"]["type"], "info")

    def test_other_vocabulary_is_data(self):
        self.enforce("carrier")
        self.account.vocabulary = '{"constant": {"book": {"contract.number": "4711"}}}'
        booking = self.booking_of(self.ship())
        self.work()
        self.assertEqual(booking.state, "booked")

    def test_zpl_account_gets_zpl_labels(self):
        self.enforce("carrier")
        self.account.label_format = "zpl"
        picking = self.ship()
        self.work()
        label = picking.logistics_shipment_ids.label_attachment_ids
        self.assertTrue(label.raw.startswith(b"^XA"))
        self.assertEqual(
            self.events("shipment.label_created", picking.logistics_shipment_ids).data["label_format"], "zpl"
        )

    def test_account_in_use_is_not_deleted(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self.account.unlink()
        self.assertIn("logistics_account_id", str(caught.exception))

    def test_company_of_account_and_shipping_method_agree(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        account = self.make_account("Elsewhere", company_id=other.id)
        carrier = self.make_carrier("Ours only", 1.0, company_id=self.company.id)
        with self.assertRaisesRegex(ValidationError, "choose an account of the same company"):
            carrier.logistics_account_id = account

    def test_neutralized_copy_calls_nobody(self):
        self.enforce("carrier")
        booking = self.booking_of(self.ship())
        self.env.flush_all()
        self.env.cr.execute((Path(__file__).parents[1] / "data" / "neutralize.sql").read_text())
        self.env.invalidate_all()
        self.assertEqual((self.account.state, self.account.environment), ("paused", "test"))
        self.assertFalse(self.account._get_secret("token"))
        self.assertFalse(booking.todo)
        self.work()
        self.assertFalse(self.server.seen)
