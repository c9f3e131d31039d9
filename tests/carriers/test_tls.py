"""TLS to a carrier: the name in the certificate counts, whichever address was checked and connected to."""

import datetime
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from carrier_adapters import AccountRefused, HttpClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, format, *args):
        """Silence."""

    def do_GET(self):
        self.server.seen.append(self.headers["Authorization"])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


def make_certificate(folder, name):
    """A self-signed certificate for a host name; the file with key and certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "carrier.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture(scope="module")
def carrier(tmp_path_factory):
    file = make_certificate(tmp_path_factory.mktemp("tls"), "carrier.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.seen, server.certificate = [], file
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def client(carrier, host, trusted=True):
    context = ssl.create_default_context(cafile=str(carrier.certificate)) if trusted else None
    url = f"https://{host}:{carrier.server_address[1]}"
    return HttpClient(url, token="t", timeout=3, resolve=lambda url: "127.0.0.1", ssl_context=context)


def test_certificate_of_the_name_is_accepted(carrier):
    assert client(carrier, "carrier.example").json("GET", "/x") == {}
    assert carrier.seen.pop() == "Bearer t"


@pytest.mark.parametrize(("host", "trusted"), [("other.example", True), ("carrier.example", False)])
def test_wrong_certificate_is_refused_before_anything_is_sent(carrier, host, trusted):
    with pytest.raises(AccountRefused, match="certificate was not accepted") as caught:
        client(carrier, host, trusted).json("POST", "/x", {"a": 1}, changes=True)
    assert not caught.value.maybe_done
    assert not carrier.seen
