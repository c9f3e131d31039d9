"""How a system is authenticated: what may be saved, what is never read back, what is warned of, a change of keys."""

import datetime
import http.client
from unittest.mock import patch

from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from odoo import tools
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tests.common import new_test_user

from ..relay.secretbox import SecretBoxError
from .common import InboxMixin, LogisticsCase
from .relay_common import RelayCase


def make_pair(days=365, password=None):
    """(certificate, key) as PEM texts; the certificate ends in so many days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "odoo")])
    end = datetime.datetime.utcnow() + datetime.timedelta(days=days)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(end - datetime.timedelta(days=400))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    how = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    return (
        certificate.public_bytes(pem).decode(),
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, how).decode(),
    )


class TestSystemAuth(LogisticsCase):
    def setUp(self):
        super().setUp()
        self.system = self.make_system("supplier")

    def refused(self, words, **vals):
        with self.assertRaisesRegex(ValidationError, words) as caught, self.env.cr.savepoint():
            self.system.write(vals)
        self.system.invalidate_recordset()
        return str(caught.exception)

    def test_a_certificate_needs_its_own_key(self):
        certificate, key = make_pair()
        _other, wrong = make_pair()
        self.refused("Enter its private key", client_cert=certificate)
        self.refused("does not belong to the client certificate", client_cert=certificate, client_key=wrong)
        self.refused("no certificate in PEM form", client_cert="nonsense", client_key=key)
        told = self.refused("no key in PEM form", client_cert=certificate, client_key="-----BEGIN nonsense")
        self.assertNotIn("nonsense", told)
        self.system.write({"client_cert": certificate, "client_key": key})
        self.assertEqual(self.system._get_secret("client_key"), key.strip())
        self.refused("does not belong", client_key=wrong)
        self.refused("does not belong", client_cert=make_pair()[0])
        self.assertEqual(self.system._get_secret("client_key"), key.strip(), "a refusal leaves what was there")
        self.system.client_cert = False
        self.assertFalse(self.system.sudo().client_key_enc, "a key without its certificate is not kept")

    def test_an_encrypted_key_is_kept_without_its_password(self):
        certificate, key = make_pair(password="pass wörd")
        self.refused("needs its password", client_cert=certificate, client_key=key)
        told = self.refused("password is wrong", client_cert=certificate, client_key=key, client_key_password="gue55")
        self.assertNotIn("gue55", told)
        self.system.write({"client_cert": certificate, "client_key": key, "client_key_password": "pass wörd"})
        kept = self.system._get_secret("client_key")
        self.assertTrue(kept.startswith("-----BEGIN PRIVATE KEY-----"))
        self.assertNotIn("PRIVATE", self.system.sudo().client_key_enc)

    def test_what_ends_is_told_in_time(self):
        for days, state in ((365, "valid"), (31, "valid"), (29, "soon"), (1, "soon")):
            certificate, key = make_pair(days)
            self.system.write({"client_cert": certificate, "client_key": key})
            self.assertEqual(self.system.client_cert_state, state, days)
        self.assertAlmostEqual((self.system.client_cert_until - datetime.datetime.utcnow()).total_seconds(), 86400, -2)
        certificate, key = make_pair(-1)
        self.refused("It ended on", client_cert=certificate, client_key=key)
        self.env.cr.execute("UPDATE logistics_system SET client_cert_until = now() - interval '1 day'")
        self.system.invalidate_recordset()
        self.assertEqual(self.system.client_cert_state, "ended")
        self.assertIn("ended on", self.system.client_cert_warning)
        self.system.note = "other settings can still be changed"

    def test_secrets_are_written_and_never_read(self):
        certificate, key = make_pair()
        self.system.write({"client_cert": certificate, "client_key": key, "auth_secret": "s3cret"})
        groups = "logistics_orchestration.group_integration_admin,base.group_allow_export"
        admin = new_test_user(self.env, "auth-admin", groups=groups)
        mine = self.system.with_user(admin)
        names = ["auth_secret", "client_key", "client_key_password", "secret_out"]
        self.assertEqual({name: mine.read([name])[0][name] for name in names}, dict.fromkeys(names, False))
        for column in ("auth_secret_enc", "client_key_enc"):
            with self.assertRaises(AccessError):
                mine.read([column])
        self.assertNotIn("client_key_enc", mine.read()[0])
        exported = mine.export_data(["name", "auth_secret", "client_key"])["datas"][0]
        self.assertEqual(exported[1:], ["", ""])
        copied = self.system.copy({"code": "copy"})
        self.assertFalse(copied.client_cert or copied.sudo().client_key_enc or copied.sudo().auth_secret_enc)

    def test_oauth_needs_its_settings(self):
        url = "https://partner.example/token"
        self.refused("needs a client ID", auth_type="oauth2", oauth_token_url=url)
        self.refused("There is no URL", auth_type="oauth2", auth_user="odoo")
        self.refused("Plain http", auth_type="oauth2", auth_user="odoo", oauth_token_url="http://partner.example/")
        self.refused("user or password", auth_type="oauth2", auth_user="odoo", oauth_token_url="https://u:p@x.example")
        self.system.write({"auth_type": "oauth2", "auth_user": "odoo", "oauth_token_url": url})
        self.assertIn("client secret", self.system.auth_missing)
        self.system.auth_secret = "s3cret"
        self.system.invalidate_recordset()
        self.assertFalse(self.system.auth_missing)

    def test_lists_are_checked(self):
        for text in ("410", "429", "200", "abc", "400;422"):
            self.refused("Permanent refusals", dead_statuses=text)
        self.system.dead_statuses = "400, 409"
        self.system.dead_statuses = False
        self.refused("CA certificates", ca_bundle="nonsense")
        self.system.ca_bundle = make_pair()[0]

    def test_a_copied_database_has_no_keys(self):
        certificate, key = make_pair()
        self.system.write({"client_cert": certificate, "client_key": key, "oauth_token_url": "https://p.example/"})
        self.env.flush_all()
        with tools.file_open("logistics_orchestration/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        columns = [name for name, field in self.system._fields.items() if name.endswith("_enc") and field.store]
        self.assertTrue(columns)
        self.assertFalse([name for name in columns if self.system.sudo()[name]])
        self.assertFalse(self.system.oauth_token_url)


class TestSecretKeys(LogisticsCase):
    def keys(self, *keys):
        return patch.dict(tools.config.options, {"logistics_secret_key": ",".join(keys)})

    def test_encrypt_anew(self):
        old, new, lost = (Fernet.generate_key().decode() for _ in range(3))
        model = self.env["logistics.secret.mixin"]
        with self.keys(old):
            self.env["logistics.system"].sudo().search([]).write(
                dict.fromkeys(("secret_out_enc", "secret_out_prev_enc", "secret_in_enc"), False)
            )
            system = self.make_system("supplier", auth_type="bearer", auth_secret="t0ken-of-ours")
            system.secret_out = "whsec_" + "bmV3" * 8
            self.assertTrue(system.sudo().secret_out_prev_enc, "the one before is kept for the overlap")
        with self.keys(lost):
            other = self.make_system("supplier", name="Elsewhere")
        with self.keys(new, old):
            done, unreadable = model._reencrypt_secrets()
            self.assertEqual((done >= 4, unreadable), (True, [other.display_name]))
            self.assertEqual(model._reencrypt_secrets(), (0, [other.display_name]), "once is enough")
        with self.keys(new):
            self.assertEqual(system._get_secret("auth_secret"), "t0ken-of-ours")
            self.assertEqual(system._secret_box().decrypt(system.sudo().secret_out_prev_enc)[:6], "whsec_")
        with self.keys(old), self.assertRaises(SecretBoxError):
            system._get_secret("auth_secret")

    def test_who_may_encrypt_anew(self):
        user = new_test_user(self.env, "keys-manager", groups="logistics_orchestration.group_manager")
        with self.assertRaises(AccessError):
            self.env["logistics.system"].with_user(user).action_reencrypt_secrets()
        admin = new_test_user(self.env, "keys-admin", groups="logistics_orchestration.group_integration_admin")
        action = self.env.ref("logistics_orchestration.action_reencrypt_secrets").with_user(admin)
        result = action.with_context(active_model="logistics.system").run()
        self.assertEqual(result["tag"], "display_notification")
        self.assertIn("first key", result["params"]["message"])


class TestAttemptInWords(RelayCase):
    def test_failures_and_phases_are_told(self):
        self.partner.status = 503
        message = self.message_of_drain()
        attempt = message.attempt_ids
        self.assertEqual((message.last_failure, message.failure_hint), ("http_server", "http_server"))
        self.assertEqual((attempt.failure, attempt.failure_hint, attempt.reused), ("http_server", "http_server", False))
        self.assertEqual(attempt.address, "127.0.0.1")
        self.assertEqual(attempt.display_name, "Attempt 1: Failed, tried again")
        self.assertRegex(attempt.phases, r"^name lookup .+ ms, connect .+ ms, first byte .+ ms$")
        self.assertFalse(attempt.tls_ms or attempt.auth_ms)
        hint = dict(attempt._fields["failure_hint"]._description_selection(self.env))[attempt.failure_hint]
        self.assertIn("fault of its own", hint)
        self.partner.status = 200
        message.action_cancel("enough")
        delivered = self.message_of_drain(2)
        self.assertFalse(delivered.last_failure or delivered.attempt_ids.failure or delivered.failure_hint)

    def message_of_drain(self, number=1):
        event = self.emit(number)
        self.drain()
        return self.message(event)


@tagged("post_install", "-at_install")
class TestHeadersOfTheInbox(InboxMixin, HttpCase):
    def test_bytes_that_are_no_text_are_unauthorized_not_an_error(self):
        system = self.env["logistics.system"].create(
            {"name": "Odd", "code": "odd", "secret_in": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
        )
        for scheme, name in (("standard_webhooks", "webhook-signature"), ("hmac_sha256", "x-logistics-signature")):
            system.inbound_scheme = scheme
            self.env.flush_all()
            port = int(self.base_url().rpartition(":")[2])
            for value in (b"v1,\xc3\xa9\xff\xfe", b"\x80", "sha256=ä".encode(), b"v1," + b"\xf0\x9f\x98\x80" * 50):
                headers = {"webhook-id": "m\u00fc".encode(), "webhook-timestamp": b"\xb2", name: value}
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                connection.request(
                    "POST", f"/logistics/inbox/{system.inbound_slug}", b"{}",
                    {"Content-Type": "application/json", **headers},
                )  # fmt: skip
                self.assertEqual(connection.getresponse().status, 401, (scheme, value))
                connection.close()
