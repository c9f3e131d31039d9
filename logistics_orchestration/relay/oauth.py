"""Tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4): fetched, kept until they end, fetched once at a time.

The call to the token endpoint is made by the same transport as deliveries: same guard, same pinned addresses, same
limits. What it answers is never kept or logged, because a good answer is a token and a bad one may repeat the secret.
"""

import base64
import hashlib
import json
import math
import re
import threading
import time
from typing import NamedTuple
from urllib.parse import quote_plus, urlencode

from .diagnosis import CallFailed
from .failures import of_status

METHODS = ("client_secret_basic", "client_secret_post")
# A token is not used in its last minute; one that lives shorter than two is used for half its life.
MARGIN = 60.0
# Where the endpoint does not say how long (it should): a 401 corrects us.
UNTOLD, LONGEST = 300.0, 24 * 3600.0
_ERROR = re.compile(r"[a-z_]{1,40}")
# what RFC 6750 lets a token be made of
_TOKEN = re.compile(r"[A-Za-z0-9._~+/:|!#$%&*@^-]+=*")


class Client(NamedTuple):
    """How to get a token."""

    url: str
    client_id: str
    secret: str
    scope: str
    audience: str
    method: str

    def __repr__(self):
        return f"<Client of {self.method}>"

    def basic(self):
        """User and password of ``Authorization: Basic`` as RFC 6749 2.3.1 has it: form-encoded before base64."""
        return base64.b64encode(f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}".encode()).decode()

    def request(self):
        """(headers, body) of the call to the token endpoint."""
        fields = {"grant_type": "client_credentials"}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self.scope:
            fields["scope"] = self.scope
        if self.audience:
            fields["audience"] = self.audience
        if self.method == "client_secret_post":
            fields.update(client_id=self.client_id, client_secret=self.secret)
        else:
            headers["Authorization"] = "Basic " + self.basic()
        return headers, urlencode(fields).encode("ascii")

    def fingerprint(self):
        """Names the settings: a token is good for no others."""
        return hashlib.sha256("\0".join(self).encode("utf-8", "surrogateescape")).digest()


def read_answer(status, data):
    """Token and seconds of life from the answer of a token endpoint.

    :param int status: HTTP status
    :param bytes data: body
    :raises CallFailed: no token; the words contain nothing of the answer but the standard's error code
    """
    try:
        fields = json.loads(data)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        fields = {}
    if not 200 <= status < 300:
        code, words = of_status(status)
        error = fields.get("error")
        told = f" ({error})" if isinstance(error, str) and _ERROR.fullmatch(error) else ""
        raise CallFailed("auth" if status in (400, 401, 403) else code, f"no token: its endpoint answers {words}{told}")
    token, kind, life = fields.get("access_token"), fields.get("token_type", "bearer"), fields.get("expires_in")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise CallFailed("auth", "no token: the answer of its endpoint contains none that can be used")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise CallFailed("auth", "no token: its endpoint gives another kind than bearer")
    try:
        life = float(life)
    except (TypeError, ValueError):
        life = UNTOLD
    life = min(max(life, 0.0), LONGEST) if math.isfinite(life) else UNTOLD
    return token, max(life - MARGIN, life / 2)


class _Flight:
    """One fetch that several threads wait for."""

    def __init__(self):
        self.landed = threading.Event()
        self.token = None
        self.until = 0.0
        self.error = None


class Tokens:
    """The tokens of one process.

    :param clock: ``time.monotonic`` of a test
    """

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        # {system id: (fingerprint of its settings, _Flight)}
        self._flights = {}

    def get(self, system, fetch, patience):
        """A token for the system, and whether it was made for this call.

        Who comes while a fetch is under way waits for it and shares what comes of it, also its failure: a token
        endpoint that is down is asked once, not once per thread.

        :param system: an :class:`~.outgoing.SystemConfig` with ``oauth``
        :param fetch: function without arguments: (token, seconds of life)
        :param float patience: seconds to wait for another thread's fetch
        :raises CallFailed: no token
        """
        print_ = system.oauth.fingerprint()
        with self._lock:
            known, flight = self._flights.get(system.id, (None, None))
            usable = known == print_ and not (flight.landed.is_set() and flight.until <= self._clock())
            if not usable:
                flight = _Flight()
                self._flights[system.id] = (print_, flight)
        if usable:
            if not flight.landed.wait(patience):
                raise CallFailed("deadline", "no token: its endpoint does not answer")
            if flight.error is not None:
                raise CallFailed(*flight.error)
            return flight.token, False
        try:
            flight.token, life = fetch()
            flight.until = self._clock() + life
        except CallFailed as error:
            flight.error = (error.code, str(error))
            raise
        except BaseException:
            flight.error = ("internal", "no token: the call for it could not be made")
            raise
        finally:
            flight.landed.set()
        return flight.token, True

    def drop(self, system, token):
        """The partner does not accept this token: forget it, unless another thread has got a new one already."""
        with self._lock:
            _known, flight = self._flights.get(system.id, (None, None))
            if flight is not None and flight.landed.is_set() and flight.token == token:
                del self._flights[system.id]
