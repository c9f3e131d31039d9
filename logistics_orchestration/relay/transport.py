"""One delivery over HTTP: kept-alive connections per system, vetted addresses, hard limits on time and size.

What a partner can do to us is bounded: connect and read timeouts, a deadline over all of it (a partner may drip one
byte per read timeout for ever), 16 kB of answer. What went wrong is told as a failure class and words
(:mod:`.failures`, :mod:`.diagnosis`).
"""

import functools
import logging
import ssl
import threading
import time
import traceback
from datetime import datetime, timezone
from http.client import HTTPException
from typing import NamedTuple

import urllib3
from urllib3 import exceptions

from . import oauth, url_guard
from .certificates import make_context
from .connections import CONNECT_TIMEOUT, Call, make_pool
from .diagnosis import CallFailed, explain
from .outgoing import CONTENT_TYPE, MAX_ANSWER, MAX_BODY

_logger = logging.getLogger(__name__)

_POOL_SIZE = 64
# Pools that nobody used for this long are closed, and the least used when there are too many.
IDLE_POOL, MOST_POOLS = 300.0, 256
_TIDY_EVERY = 30.0
# How it shows that the other side has closed the connection.
_HUNG_UP = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)

_parse_url = functools.lru_cache(maxsize=1024)(url_guard.parse_url)


class Phases(NamedTuple):
    """Where the time of a call went, in milliseconds; None: did not happen.

    ``auth_ms`` is the wait for an OAuth2 token. ``first_byte_ms`` runs from the end of our request to the head of the
    answer. On a ``reused`` connection there is neither DNS nor connecting nor TLS.
    """

    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    auth_ms: float | None = None
    first_byte_ms: float | None = None
    reused: bool | None = None
    address: str | None = None


class Response(NamedTuple):
    """What came of one call.

    ``status`` is None when there was no answer; then ``error`` says why, ``failure`` names the class, and ``sent``
    tells whether the request had left, so that the partner may have acted on it all the same. ``hopeless``: the same
    bytes will never be sent.
    """

    status: int | None
    retry_after: str | None
    excerpt: str
    error: str | None
    started_at: datetime
    duration_ms: int
    sent: bool = False
    failure: str | None = None
    phases: Phases = Phases()
    hopeless: bool = False


class _Answer(NamedTuple):
    status: int
    retry_after: str | None
    data: bytes
    cut: bool


def utcnow():
    """Naive UTC, as Odoo stores it."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def milliseconds(seconds):
    """Milliseconds with two decimals; what happened is never 0, which would read as "did not happen"."""
    return None if seconds is None else max(round(seconds * 1000, 2), 0.01)


class _Pool:
    """The connections of one system to one target, under one version of its settings."""

    __slots__ = ("pool", "timeout", "used", "version")

    def __init__(self, system, pool):
        self.version, self.pool, self.used = system.version, pool, time.monotonic()
        self.timeout = urllib3.Timeout(connect=min(CONNECT_TIMEOUT, system.timeout), read=system.timeout)


class Transport:
    """Makes calls for :class:`~.outgoing.Job` objects; used by many threads at once.

    :param resolver: ``getaddrinfo`` of a test
    """

    def __init__(self, resolver=None):
        self._resolver = resolver
        self._ssl_context = None
        self._pools = {}
        self._lock = threading.Lock()
        self._tokens = oauth.Tokens()
        self._next_tidy = 0.0

    # -- pools ------------------------------------------------------------------------------------------------

    def _pool(self, system, target):
        key = (system.id, target.scheme, target.host, target.port)
        found = self._pools.get(key)
        if found is None or found.version != system.version:
            with self._lock:
                found = self._pools.get(key)
                if found is None or found.version != system.version:
                    if found is not None:
                        found.pool.close()
                    vet = functools.partial(url_guard.vet, allowed=system.allowed, resolver=self._resolver)
                    context = functools.partial(self._context, system.identity)
                    found = _Pool(system, make_pool(target, _POOL_SIZE, vet, context))
                    self._pools[key] = found
        found.used = time.monotonic()
        return found

    def _context(self, identity):
        """The TLS context: one of its own for a system with certificates, else the one they all share."""
        if identity is not None:
            return make_context(identity)
        if self._ssl_context is None:
            self._ssl_context = make_context()
        return self._ssl_context

    def tidy(self):
        """Close pools that nobody uses any more. Cheap to call often."""
        now = time.monotonic()
        if now < self._next_tidy:
            return
        self._next_tidy = now + _TIDY_EVERY
        with self._lock:
            oldest = sorted(self._pools.items(), key=lambda item: item[1].used)
            surplus = len(oldest) - MOST_POOLS
            for number, (key, found) in enumerate(oldest):
                if number < surplus or now - found.used > IDLE_POOL:
                    del self._pools[key]
                    found.pool.close()

    def close(self):
        """Close all idle connections."""
        with self._lock:
            for found in self._pools.values():
                found.pool.close()
            self._pools.clear()

    # -- calls ------------------------------------------------------------------------------------------------

    def send(self, job):
        """Make the call of one job.

        :returns: a :class:`Response`; never raises
        """
        system = job.system
        started = utcnow()
        begin = time.monotonic()
        job.deadline = begin + system.budget
        answer, excerpt = None, ""
        error = failure = None
        hopeless = False
        try:
            if system.problem:
                raise CallFailed("setup", system.problem)
            if len(job.body) > MAX_BODY:
                words = f"the message has {len(job.body) // 1024 + 1} kB, at most {MAX_BODY // 1024} kB are sent"
                raise CallFailed("setup", words, hopeless=True)
            target = _parse_url(job.url, system.allow_http)
            headers = system.signed_headers(job.webhook_id, job.body, started)
            answer, tokens = self._authenticated(job, target, headers)
            if answer.data:
                text = answer.data.decode("utf-8", "replace").replace("\x00", "\ufffd")
                excerpt = system.redact(text, answer.cut, tokens)
        except Exception as problem:
            # whatever it is, it is the failure of this one call; the thread goes on
            failure, error = explain(problem, job.call, system.timeout)
            if failure == "internal":
                place = traceback.extract_tb(problem.__traceback__)[-1]
                _logger.error("Message %s: %s at %s:%s", job.id, error, place.filename, place.lineno)
            hopeless = getattr(problem, "hopeless", False)
        call, job.call = job.call, None
        duration = int((time.monotonic() - begin) * 1000)
        status, retry_after = (answer.status, answer.retry_after) if answer else (None, None)
        phases = self._phases(call, job.token_wait)
        return Response(status, retry_after, excerpt, error, started, duration, job.sent, failure, phases, hopeless)

    def ask(self, question):
        """Make the call of a :class:`~.fetch.Question`.

        :returns: its answer, with ``status``, ``retry_after``, ``data`` (bytes) and ``cut`` (there was more of it)
        :raises Exception: whatever went wrong; see :func:`~.diagnosis.explain`
        """
        target = _parse_url(question.url, question.system.allow_http)
        headers = {name: text for name, text in question.system.headers.items() if name.lower() != "content-type"}
        headers["Accept"] = "application/json"
        if question.body:
            headers["Content-Type"] = CONTENT_TYPE
        return self._authenticated(question, target, headers)[0]

    def _authenticated(self, job, target, headers):
        """The call as this system wants to know who calls.

        :returns: (answer, the tokens used)
        """
        if job.system.oauth is None:
            return self._call(job, target, headers, job.body), ()
        return self._call_with_token(job, target, headers)

    @staticmethod
    def _phases(call, auth):
        if call is None:
            return Phases(auth_ms=milliseconds(auth))
        if not call.fresh:
            reused = None if call.stage == "start" else True
            return Phases(None, None, None, milliseconds(auth), milliseconds(call.first_byte), reused, call.address)
        return Phases(
            milliseconds(call.dns), milliseconds(call.connect), milliseconds(call.tls), milliseconds(auth),
            milliseconds(call.first_byte), False, call.address,
        )  # fmt: skip

    def _call_with_token(self, job, target, headers):
        """The call with an OAuth2 token; a kept token that is refused is replaced once, at once.

        :returns: (answer, the tokens used)
        """
        token, is_new = self._token(job)
        answer = self._call(job, target, {**headers, "Authorization": "Bearer " + token}, job.body)
        if answer.status != 401:
            return answer, (token,)
        self._tokens.drop(job.system, token)
        if is_new:
            return answer, (token,)
        second, _is_new = self._token(job)
        answer = self._call(job, target, {**headers, "Authorization": "Bearer " + second}, job.body)
        return answer, (token, second)

    def _token(self, job):
        system = job.system

        def fetch():
            try:
                target = _parse_url(system.oauth.url, system.allow_http)
                headers, body = system.oauth.request()
                answer = self._call(job, target, headers, body, is_delivery=False)
            except Exception as problem:
                code, words = explain(problem, job.call, system.timeout)
                raise CallFailed(code, f"no token: {words}") from None
            finally:
                job.call = None
            return oauth.read_answer(answer.status, answer.data)

        begin = time.monotonic()
        try:
            return self._tokens.get(system, fetch, max(0.0, job.deadline - begin))
        finally:
            job.token_wait = (job.token_wait or 0.0) + time.monotonic() - begin

    def _call(self, job, target, headers, body, is_delivery=True):
        try:
            return self._once(job, target, headers, body, is_delivery)
        except exceptions.ClosedPoolError:
            # settings changed, or the pool was tidied away, at this very moment
            return self._once(job, target, headers, body, is_delivery)
        except (exceptions.ProtocolError, exceptions.SSLError) as failure:
            # A kept-alive connection the partner closed at the moment of writing: no answer, so nothing was wrong with
            # the call. Once more, on a new connection, with the same webhook-id.
            if job.call.fresh or not isinstance(failure.args[-1], _HUNG_UP):
                raise
            return self._once(job, target, headers, body, is_delivery)

    def _once(self, job, target, headers, body, is_delivery):
        found = self._pool(job.system, target)
        with Call(job.deadline, job if is_delivery else None) as call:
            job.call = call
            call.left(1.0)
            answer = found.pool.urlopen(
                job.method if is_delivery else "POST",
                target.path,
                body=body or None,
                headers=headers,
                timeout=found.timeout,
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
            return self._read(answer, call, job.most if is_delivery else MAX_ANSWER)

    @staticmethod
    def _read(answer, call, most):
        data = b""
        whole = False
        if call.is_cut:
            # cut off within the headers, which the parser takes for their end
            answer.close()
            raise TimeoutError("cut off at the deadline")
        try:
            data = answer.read(most + 1, decode_content=False)
            whole = len(data) <= most
        except (exceptions.HTTPError, HTTPException, OSError):
            pass  # status and headers are the answer; a body that breaks off does not change it
        finally:
            if not whole:
                answer.close()
            answer.release_conn()
        return _Answer(answer.status, answer.headers.get("Retry-After"), data[:most], not whole)

    @staticmethod
    def abort(job):
        """Cut off a delivery that is past its deadline; its thread then reports a failure."""
        call = job.call
        if call is not None:
            call.cut()
