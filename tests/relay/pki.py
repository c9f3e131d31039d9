"""Certificates for tests: an authority of our own and what it signs."""

import datetime
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Issued:
    """A certificate with its key, as PEM texts."""

    def __init__(self, certificate, key):
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self._key = key

    def key(self, password=None):
        """The key as PEM text, encrypted with a password if one is given."""
        how = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        return self._key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how).decode()


class Authority:
    """Signs certificates; :attr:`certificate` is its own."""

    def __init__(self, name="Test Authority"):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._make(self._name, self._key, -1, 30, ca=True)
        self.certificate = made.public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, name, begin=-1, end=30):
        """A certificate for a host name, an address or a client.

        :param begin: days from now it is valid from
        :param end: days from now it ends
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return Issued(self._make(subject, key, begin, end), key)

    def _make(self, subject, key, begin, end, ca=False):
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        name = subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        try:
            alternative = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            alternative = x509.DNSName(name.replace(" ", "-"))
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=begin))
            .not_valid_after(now + datetime.timedelta(days=end))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def server_context(issued, folder, clients=None, newest=None):
    """A server's TLS context.

    :param folder: where its files may be put
    :param clients: PEM of the authority whose client certificates are asked for
    :param newest: highest TLS version it speaks
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    path = folder / "server.pem"
    path.write_text(issued.certificate + issued.key())
    context.load_cert_chain(path)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=clients)
    if newest:
        context.maximum_version = newest
    return context
