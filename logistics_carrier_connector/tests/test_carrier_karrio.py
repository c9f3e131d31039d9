"""Accounts with a real carrier's package: what it wants to know, what stays secret, a booking by the worker."""

import importlib.util
import unittest
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..adapters import karrio_library
from .carrier_karrio_server import CLIENT, SECRET, UpsServer
from .common import CarrierCase

INSTALLED = importlib.util.find_spec("karrio") is not None


class KarrioCase(CarrierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ups = UpsServer()
        cls.ups.__enter__()
        cls.addClassCleanup(cls.ups.__exit__)

        place = {"street": "Main Street 1", "city": "Wayne", "zip": "07470", "country_id": cls.env.ref("base.us").id}
        (cls.warehouse.partner_id | cls.company.partner_id | cls.customer).write(place)

    def setUp(self):
        super().setUp()
        self.ups.clear()

    def ups_account(self):
        account = self.make_account(
            "UPS contract", adapter="karrio", carrier_code="ups", base_url=self.ups.url, token=False
        )
        values = {"client_id": CLIENT, "client_secret": SECRET, "account_number": "A1B2C3"}
        for credential in account.credential_ids.filtered(lambda line: line.name in values):
            credential[{True: "secret", False: "value"}[credential.is_secret]] = values[credential.name]
        return account


@tagged("post_install", "-at_install")
@unittest.skipUnless(INSTALLED, "Karrio needs Python 3.11 or later")
class TestCarrierKarrio(KarrioCase):
    def test_the_form_asks_what_the_carrier_wants_to_know(self):
        with Form(self.env["logistics.carrier.account"]) as form:
            form.name = "UPS"
            form.adapter = "karrio"
            form.carrier_code = "ups"
            self.assertGreaterEqual(len(form.credential_ids), 3)
            for number in range(len(form.credential_ids)):
                with form.credential_ids.edit(number) as line:
                    if line.name == "client_secret":
                        line.secret = SECRET
                    elif line.name == "client_id":
                        line.value = CLIENT
        account = form.record
        self.assertFalse(account.credentials_missing)
        given = account.credential_ids._plain()
        self.assertEqual((given["client_id"], given["client_secret"]), (CLIENT, SECRET))
        self.assertFalse(account.credential_ids.filtered("secret"))

    def test_another_carrier_wants_other_things(self):
        account = self.ups_account()
        account.carrier_code = "canadapost"
        self.assertEqual(set(account.credential_ids.filtered("required").mapped("name")), {"username", "password"})
        self.assertTrue(account.credentials_missing)
        self.assertFalse(account.credential_ids.filtered(lambda line: line.name == "client_secret"))

    def test_secrets_are_written_and_never_read(self):
        account = self.ups_account()
        line = account.credential_ids.filtered(lambda line: line.name == "client_secret")
        self.assertEqual(line.state, "set")
        self.assertNotIn(SECRET, str(line.read()) + str(line.export_data(["name", "secret"])["datas"]))
        admin = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            line.with_user(admin).read(["secret_enc"])
        self.env.flush_all()
        self.env.cr.execute("SELECT secret_enc, value FROM logistics_carrier_credential WHERE id = %s", [line.id])
        self.assertNotIn(SECRET, str(self.env.cr.fetchone()))
        self.assertFalse(account.copy({"name": "Copy"}).credential_ids.filtered(lambda line: line.state == "set"))

    def test_connection(self):
        account = self.ups_account()
        action = account.action_test_connection()
        self.assertEqual(action["params"]["type"], "success", action)
        account.credential_ids.filtered(lambda line: line.name == "client_secret").secret = "wrong-one"
        action = account.action_test_connection()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn("does not let us in", action["params"]["message"])
        self.assertNotIn("wrong-one", action["params"]["message"])

    def test_services_are_proposed_once(self):
        account = self.ups_account()
        account.action_propose_services()
        codes = account.service_ids.mapped("code")
        self.assertIn("ups_ground", codes)
        account.action_propose_services()
        self.assertEqual(account.service_ids.mapped("code"), codes)

    def test_the_worker_books_with_the_carrier(self):
        self.enforce("carrier")
        account = self.ups_account()
        carrier = self.make_carrier("UPS Ground", 9.0, logistics_account_id=account.id, logistics_service="ups_ground")
        picking = self.ship(carrier)
        booking = self.booking_of(picking)
        self.assertFalse(self.ups.sold, "nothing is called within the transaction")
        self.work()
        self.assertEqual(booking.state, "booked", booking.last_error)
        self.assertEqual(booking.carrier_booking_ref, self.ups.sold[0])
        self.assertEqual(picking.carrier_tracking_ref, self.ups.sold[0])
        label = picking.logistics_shipment_ids.label_attachment_ids
        self.assertTrue(label.raw.startswith(b"%PDF"), "the carrier's picture was made a PDF")
        booking.action_void("changed our mind")
        self.work()
        self.assertEqual((booking.state, self.ups.voided), ("voided", self.ups.sold))

    def test_a_lost_reply_is_settled_by_a_person_not_by_a_second_label(self):
        self.enforce("carrier")
        account = self.ups_account()
        carrier = self.make_carrier("UPS Ground", 9.0, logistics_account_id=account.id, logistics_service="ups_ground")
        booking = self.booking_of(self.ship(carrier))
        self.ups.cut = True
        self.work()
        self.assertTrue(booking.in_doubt)
        self.ups.cut = False
        account.hold_until = False
        self.work()
        self.assertEqual(len(self.ups.sold), 1)
        self.assertEqual(booking.state, "failed")
        self.assertIn("cannot look up", booking.error)

    def test_an_export_without_hs_code_is_refused_before_the_call(self):
        self.enforce("carrier")
        account = self.ups_account()
        dap = self.env["account.incoterms"].search([], limit=1)
        carrier = self.make_carrier("UPS Abroad", 9.0, logistics_account_id=account.id, logistics_service="ups_express")
        carrier.logistics_incoterm_id = dap
        self.customer.write({"country_id": self.env.ref("base.ch").id, "zip": "8001", "city": "Zurich"})
        self.product.country_of_origin = self.env.ref("base.be")
        picking = self.ship(carrier)
        booking = self.booking_of(picking)
        self.work()
        self.assertEqual((booking.state, self.ups.sold), ("failed", []))
        self.assertIn("HS code of Desk (DESK)", booking.error)
        self.assertFalse(booking.in_doubt)
        todo = picking.logistics_shipment_ids.activity_ids
        self.assertIn("HS code of Desk (DESK)", todo[:1].note)
        self.product.hs_code = "940330"
        booking.action_retry()
        self.work()
        self.assertEqual((booking.state, len(self.ups.sold)), ("booked", 1), booking.last_error)

    def test_another_kind_of_account_forgets_the_address(self):
        account = self.make_account("Both ways")
        with Form(account) as form:
            form.adapter = "karrio"
            self.assertFalse(form.base_url, "a carrier's interface would be taken for a gateway")
            form.adapter = "rest_json"
            self.assertEqual(form.base_url, self.server.url)
            form.adapter = "karrio"
            form.carrier_code = "ups"
        self.assertFalse(account.base_url)
        with Form(account) as form:
            form.base_url = "https://gateway.example"
            form.adapter = "rest_json"
            self.assertFalse(form.base_url)
            form.base_url = "https://api.carrier.example"
        self.assertEqual(account.base_url, "https://api.carrier.example")

    def test_words_are_checked(self):
        account = self.ups_account()
        with self.assertRaisesRegex(ValidationError, "known here: config, options"):
            account.vocabulary = '{"paths": {}}'


@tagged("post_install", "-at_install")
class TestCarrierKarrioMissing(KarrioCase):
    def test_without_the_package_the_account_says_what_to_install(self):
        missing = karrio_library.KarrioMissing("It needs Python 3.11 or later: pip install 'karrio-ups'")
        with patch.object(karrio_library, "load", side_effect=missing):
            account = self.make_account("UPS contract", adapter="karrio", carrier_code="ups", base_url=False)
            self.assertIn("pip install", account.message_ids[0].body)
            with self.assertRaisesRegex(UserError, "pip install"):
                account.action_propose_services()
            action = account.action_test_connection()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn("pip install", action["params"]["message"])
