"""Client certificates: a server that asks for one, and what is left behind on the disk."""

import os
import tempfile
from pathlib import Path

import pytest
from relay import certificates
from relay.certificates import (
    CertificateProblem,
    Identity,
    check_pair,
    expiry,
    make_context,
    read_certificates,
    read_key,
)
from relay.transport import Transport, utcnow

from . import hostile
from .hostile import Server
from .pki import Authority, server_context
from .test_failures import OK, call
from .test_transport import BOX, system


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(scope="module")
def client(authority):
    return authority.issue("odoo client")


def config(server, authority, client=None, **values):
    if client:
        values.update(client_cert=client.certificate, client_key_enc=BOX.encrypt(client.key()))
    return system(server.url, ca_bundle=authority.certificate, **values)


@pytest.mark.parametrize("newest", ["TLSv1_2", "TLSv1_3"])
def test_a_server_that_asks_for_a_certificate(authority, client, tmp_path, newest):
    import ssl

    seen = []

    def behave(connection):
        seen.append(dict(part[0] for part in connection.getpeercert()["subject"])["commonName"])
        hostile.answers(OK)(connection)

    context = server_context(
        authority.issue("127.0.0.1"), tmp_path, clients=authority.certificate, newest=ssl.TLSVersion[newest]
    )
    with Server(behave, context) as server:
        response, _outcome = call(config(server, authority, client))
        assert (response.status, seen) == (200, ["odoo client"])
        response, outcome = call(config(server, authority))
        assert (response.status, outcome.failure) == (None, "tls")
        assert "client certificate" in outcome.error or "turned us away" in outcome.error
        stranger = Authority("Somebody Else").issue("odoo client")
        response, outcome = call(config(server, authority, stranger))
        assert (response.status, outcome.failure) == (None, "tls")
        old = authority.issue("odoo client", begin=-9, end=-1)
        response, outcome = call(config(server, authority, old))
        assert (response.status, outcome.failure) == (None, "tls")
        assert "expired" in outcome.error or "turned us away" in outcome.error
        assert seen == ["odoo client"]


def test_certificates_are_one_systems_own(authority, client, tmp_path):
    """Neither the certificate nor the trust in a private authority reaches another system."""
    context = server_context(authority.issue("127.0.0.1"), tmp_path, clients=authority.certificate)
    transport = Transport()
    with Server(hostile.answers(OK), context) as server:
        assert call(config(server, authority, client), transport)[0].status == 200
        _response, outcome = call(system(server.url, id=2), transport)
        assert (outcome.failure, "self-signed certificate" in outcome.error) == ("tls", True)
        _response, outcome = call(config(server, authority, id=3), transport)
        assert outcome.failure == "tls"
        # and a change of settings counts at once
        _response, outcome = call(config(server, authority, write_date=2), transport)
        assert outcome.failure == "tls"
    transport.close()


def test_the_token_endpoint_gets_it_too(authority, client, tmp_path):
    """Partners that ask for client certificates ask for them there as well (RFC 8705)."""
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n{"access_token":"tok-1","expires_in": 60}'
    context = server_context(authority.issue("127.0.0.1"), tmp_path, clients=authority.certificate)
    with Server(hostile.answers(answer), context) as server:
        values = {"auth_type": "oauth2", "auth_user": "c", "auth_secret_enc": BOX.encrypt("sssss")}
        made = config(server, authority, client, oauth_token_url=server.url, **values)
        assert call(made)[0].status == 200
        assert server.connections == 2


def test_no_readable_key_reaches_the_disk(authority, client, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = []

    class Watching:
        """A context that looks at the file it is given."""

        def load_cert_chain(self, path, password):
            folder = Path(path).parent
            found.append((Path(path).read_text(), os.stat(path).st_mode & 0o777, os.stat(folder).st_mode & 0o777))
            assert password

    identity = Identity(client.certificate, client.key(), "")
    certificates._load(Watching(), identity)
    ((text, file_mode, folder_mode),) = found
    assert "BEGIN ENCRYPTED PRIVATE KEY" in text and "BEGIN PRIVATE KEY" not in text
    assert (file_mode, folder_mode) == (0o600, 0o700)
    assert list(tmp_path.iterdir()) == []
    make_context(identity)
    with pytest.raises(CertificateProblem):
        make_context(Identity(client.certificate, authority.issue("other").key(), ""))
    assert list(tmp_path.iterdir()) == [], "nothing is left behind, also when it fails"
    assert "PRIVATE" not in repr(identity)


def test_reading_keys(client):
    plain = client.key()
    assert read_key(plain) == plain
    assert "BEGIN PRIVATE KEY" in read_key(client.key("pässword"), "pässword")
    for pem, password, words in [
        (client.key("right"), "wrong", "the password is wrong"),
        (client.key("right"), "", "needs its password"),
        (plain, "needless", "has no password"),
        ("", "", "no key in PEM form"),
        ("ünicode", "", "no key in PEM form"),
        (client.certificate, "", "no key in PEM form"),
    ]:
        with pytest.raises(CertificateProblem, match=words) as caught:
            read_key(pem, password)
        assert "right" not in str(caught.value)


def test_reading_certificates(authority, client):
    assert len(read_certificates(f"Bag Attributes\n{client.certificate}\n{authority.certificate}")) == 2
    assert abs((expiry(client.certificate) - utcnow()).days - 30) <= 1
    for pem in ("", None, "nonsense", client.key(), client.certificate[:200] + "-----END CERTIFICATE-----"):
        with pytest.raises(CertificateProblem):
            read_certificates(pem)
    check_pair(client.certificate, client.key())
    with pytest.raises(CertificateProblem, match="does not belong"):
        check_pair(client.certificate, authority.issue("other").key())
