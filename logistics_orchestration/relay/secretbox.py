"""Secrets at rest: encrypted with a key that is not in the database.

Fernet (AES-128-CBC with HMAC-SHA256). The key comes from ``logistics_secret_key`` in ``odoo.conf``, else from the
environment, else from a file that is made on first use. A database dump alone therefore gives no secret away.

The setting may hold several keys by commas: the first encrypts, all of them decrypt. A key is changed so: put the new
one in front of the old one, restart Odoo and the relays, run the action *Encrypt Secrets Anew* (or
``env["logistics.secret.mixin"]._reencrypt_secrets()`` in ``odoo-bin shell``), take the old one out, restart again.
"""

import base64
import os
import stat
import tempfile

KEY_FILE = "logistics_secret.key"


class SecretBoxError(Exception):
    """Key or encrypted text cannot be used; the text says what to do and never contains either."""


class SecretBox:
    """Encrypts and decrypts short texts. Keeps keys and plain text out of ``repr`` and of errors.

    :param key: one key, or several by commas: the first encrypts, all decrypt
    """

    __slots__ = ("_fernet", "_first")

    def __init__(self, key):
        # heavy (cffi) and not needed to import this module
        from cryptography.fernet import Fernet, MultiFernet

        try:
            text = key.decode() if isinstance(key, bytes) else key
            boxes = [Fernet(part.strip().encode()) for part in text.split(",") if part.strip()]
            self._first, self._fernet = boxes[0], MultiFernet(boxes)
        except (ValueError, TypeError, AttributeError, IndexError):
            raise SecretBoxError(
                "logistics_secret_key is not a Fernet key (32 bytes as url-safe base64, 44 characters). Make one with: "
                "python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())'"
            ) from None

    def __repr__(self):
        return "<SecretBox>"

    def __reduce__(self):
        raise TypeError("A SecretBox is not to be stored or sent")

    def encrypt(self, plain):
        """Encrypted text (ASCII) of a plain text."""
        return self._fernet.encrypt(plain.encode("utf-8")).decode("ascii")

    def decrypt(self, encrypted):
        """Plain text of what :meth:`encrypt` made.

        :raises SecretBoxError: made with another key, or damaged
        """
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(encrypted.encode("ascii")).decode("utf-8")
        except (InvalidToken, UnicodeError, TypeError, AttributeError):
            raise SecretBoxError(
                "A stored secret cannot be decrypted: it was made with another key. Restore logistics_secret_key "
                f"(or the file {KEY_FILE} in data_dir), or enter the secret again"
            ) from None


    def renew(self, encrypted):
        """The same secret encrypted with the first key; unchanged when it is already.

        :raises SecretBoxError: made with none of the keys, or damaged
        """
        from cryptography.fernet import InvalidToken

        try:
            self._first.decrypt(encrypted.encode("ascii"))
        except (InvalidToken, UnicodeError):
            return self.encrypt(self.decrypt(encrypted))
        return encrypted


def load_key(config_value, env_value, data_dir):
    """The key of this installation.

    :param config_value: option ``logistics_secret_key`` of ``odoo.conf``, if any
    :param env_value: environment variable ``LOGISTICS_SECRET_KEY``, if any (or the whole environment mapping)
    :param str data_dir: where the key file is, and is made on first use; readable by the owner only
    :returns: key as text (or keys, by commas)
    :raises SecretBoxError: the key file cannot be read or made
    """
    if hasattr(env_value, "get"):
        env_value = env_value.get("LOGISTICS_SECRET_KEY")
    for given in (config_value, env_value):
        if given and str(given).strip():
            return str(given).strip()
    path = os.path.join(data_dir, KEY_FILE)
    try:
        return _read(path) or _make(path)
    except OSError as error:
        raise SecretBoxError(
            f"The key file {KEY_FILE} in data_dir cannot be read or made ({error.strerror}). Make data_dir writable, "
            "or set logistics_secret_key in odoo.conf"
        ) from None


def _read(path):
    try:
        with open(path, encoding="ascii") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                os.chmod(path, 0o600)
            return file.read().strip()
    except FileNotFoundError:
        return ""


def _make(path):
    """Write a new key so that of several processes starting at once all end with the same one.

    Each writes its own complete file and links it to the final name; only the first link succeeds, and nobody ever
    sees a half-written key.
    """
    os.makedirs(os.path.dirname(path), exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=KEY_FILE, dir=os.path.dirname(path))  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.urlsafe_b64encode(os.urandom(32)))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its key is the key
    finally:
        os.unlink(draft)
    return _read(path)
