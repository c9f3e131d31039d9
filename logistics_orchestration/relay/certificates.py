"""Client certificates and own authorities: checked when they are entered, handed to OpenSSL when they are used.

OpenSSL takes a certificate with its key from a file only. Whatever is written to a disk may be left behind by a crash,
so the file never holds a readable key: the key is encrypted anew with a random password that exists in memory alone,
written with mode 0600 into a folder of its own, loaded, and deleted. (A pipe or memory file would work on some systems
only, and pyOpenSSL would bring a second TLS implementation with other defaults into the same process.)
"""

import os
import re
import secrets
import ssl
import tempfile
from typing import NamedTuple

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class CertificateProblem(ValueError):
    """A certificate or key that cannot be used; the text says why and contains neither."""


class Identity(NamedTuple):
    """What a system adds to TLS: PEM texts, each may be empty. ``key`` is not encrypted."""

    certificate: str
    key: str
    authorities: str

    def __repr__(self):
        return "<Identity>"


def read_certificates(pem):
    """The certificates in a PEM text, the partner-facing one first.

    :raises CertificateProblem: there is none, or one cannot be read
    """
    from cryptography import x509

    blocks = _BLOCK.findall(pem or "")
    if not blocks:
        raise CertificateProblem("This is no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
    try:
        return [x509.load_pem_x509_certificate(block.encode("ascii")) for block in blocks]
    except ValueError:
        raise CertificateProblem("A certificate cannot be read: was it copied as a whole?") from None


def expiry(pem):
    """When the first certificate in a PEM text ends: naive UTC.

    :raises CertificateProblem: it cannot be read
    """
    leaf = read_certificates(pem)[0]
    # newer libraries tell it with a zone and warn of the other way
    end = getattr(leaf, "not_valid_after_utc", None)
    return end.replace(tzinfo=None) if end is not None else leaf.not_valid_after


def read_key(pem, password=""):
    """A private key as unencrypted PKCS#8 PEM text, for keeping in a :class:`~.secretbox.SecretBox`.

    :param str password: of an encrypted key
    :raises CertificateProblem: it cannot be read, or the password is wrong or missing
    """
    from cryptography.hazmat.primitives import serialization as form

    try:
        key = form.load_pem_private_key((pem or "").encode(), password.encode() if password else None)
    except TypeError:
        raise CertificateProblem(
            "The private key has no password: leave it empty" if password else "The private key needs its password"
        ) from None
    except Exception:
        # libraries differ in what they raise here, and their texts are not for people
        raise CertificateProblem(
            "The private key cannot be read: the password is wrong, or it is no key in PEM form"
        ) from None
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode("ascii")


def check_pair(certificate, key):
    """Refuse a key that is not the certificate's.

    :raises CertificateProblem: with the reason
    """
    from cryptography.hazmat.primitives import serialization as form

    def public(holder):
        return holder.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)

    leaf = read_certificates(certificate)[0]
    if public(leaf) != public(form.load_pem_private_key(key.encode(), None)):
        raise CertificateProblem("The private key does not belong to the client certificate")


def make_context(identity=None):
    """A TLS context that trusts the public authorities, and the identity's own ones besides.

    :param identity: an :class:`Identity`, or None
    :raises CertificateProblem: OpenSSL does not accept it
    """
    try:
        context = ssl.create_default_context()
        if identity is not None and identity.authorities:
            context.load_verify_locations(cadata="\n".join(_BLOCK.findall(identity.authorities)))
        if identity is not None and identity.certificate:
            _load(context, identity)
    except (ssl.SSLError, OSError, ValueError, TypeError):
        raise CertificateProblem("The client certificate or the CA certificates cannot be used for TLS") from None
    return context


def _load(context, identity):
    from cryptography.hazmat.primitives import serialization as form

    password = secrets.token_bytes(32)
    key = form.load_pem_private_key(identity.key.encode(), None)
    sealed = key.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(password.hex().encode())
    )
    with tempfile.TemporaryDirectory(prefix="logistics-tls-") as folder:
        path = os.path.join(folder, "client.pem")
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write("\n".join(_BLOCK.findall(identity.certificate)).encode("ascii") + b"\n" + sealed)
        context.load_cert_chain(path, password=password.hex())
