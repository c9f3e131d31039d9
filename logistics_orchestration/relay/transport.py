"""One HTTP call: kept-alive connections per system, vetted addresses, hard limits on time and size.

urllib3's pools without its conveniences: no redirects, no retries, no proxies from the environment. What a partner can
do to us is bounded: connect and read timeouts, a deadline over all of it (a partner may drip one byte per read
timeout for ever), 16 kB of answer. Texts of exceptions are not passed on, because they contain URLs and URLs contain
secrets.
"""

import functools
import logging
import socket
import ssl
import threading
import time
from datetime import datetime, timezone
from http.client import HTTPException, RemoteDisconnected
from typing import NamedTuple

import urllib3
from urllib3 import connection, connectionpool, exceptions

from . import url_guard

CONNECT_TIMEOUT = 5.0
DEADLINE_SLACK = 1.0
MAX_ANSWER = 16 * 1024
_POOL_SIZE = 64

_current = threading.local()
_parse_url = functools.lru_cache(maxsize=1024)(url_guard.parse_url)


class Response(NamedTuple):
    """What came of one call.

    ``status`` is None when there was no answer; then ``error`` says why, and ``sent`` whether the request had left,
    so that the partner may have acted on it all the same.
    """

    status: int | None
    retry_after: str | None
    excerpt: str
    error: str | None
    started_at: datetime
    duration_ms: int
    sent: bool = False


def utcnow():
    """Naive UTC, as Odoo stores it."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def _no_debug(record):
    """urllib3 writes the whole URL at debug level; ours may contain tokens."""
    return record.levelno > logging.DEBUG


logging.getLogger("urllib3.connectionpool").addFilter(_no_debug)


class _Guarded:
    """A connection that is made to a vetted address and nothing else, and can be cut off from another thread."""

    def __init__(self, *args, vet=None, **kwargs):
        self._vet = vet
        super().__init__(*args, **kwargs)

    def _new_conn(self):
        job = getattr(_current, "job", None)
        if job is not None:
            job.fresh = True
            job.connection = self
        try:
            addresses = self._vet(self.host, self.port)
        except OSError as error:
            raise exceptions.NewConnectionError(self, "the name does not resolve") from error
        last = None
        for address in addresses:
            sock = None
            try:
                sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
                sock.settimeout(CONNECT_TIMEOUT)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.connect((address, self.port))
                return sock
            except OSError as error:
                last = error
                if sock is not None:
                    sock.close()
        if isinstance(last, socket.timeout):
            raise exceptions.ConnectTimeoutError(self, "connect timeout") from last
        raise exceptions.NewConnectionError(self, "connection failed") from last

    def request(self, *args, **kwargs):
        job = getattr(_current, "job", None)
        if job is None:
            return super().request(*args, **kwargs)
        job.connection = self
        try:
            return super().request(*args, **kwargs)
        finally:
            # plain http connects in here: without a socket nothing has left
            job.sent = job.sent or self.sock is not None


class _HTTPConnection(_Guarded, connection.HTTPConnection):
    pass


class _HTTPSConnection(_Guarded, connection.HTTPSConnection):
    pass


class _HTTPPool(connectionpool.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection

    def _absolute_url(self, path):
        """urllib3 puts this into warnings: without the path."""
        return f"{self.scheme}://{self.host}:{self.port}/"


class _HTTPSPool(connectionpool.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection
    _absolute_url = _HTTPPool._absolute_url


class Transport:
    """Makes calls for :class:`~.outgoing.Job` objects; used by many threads at once.

    :param resolver: ``getaddrinfo`` of a test
    :param ssl_context: for tests with certificates of their own
    """

    def __init__(self, resolver=None, ssl_context=None):
        self._resolver = resolver
        self._ssl_context = ssl_context
        self._pools = {}
        self._lock = threading.Lock()

    def _pool(self, system, target):
        key = (system.id, target.scheme, target.host, target.port)
        found = self._pools.get(key)
        if found and found[0] == system.version:
            return found[1]
        with self._lock:
            found = self._pools.get(key)
            if found and found[0] == system.version:
                return found[1]
            if found:
                found[1].close()
            options = {
                "maxsize": _POOL_SIZE,
                "block": False,
                "retries": False,
                "vet": functools.partial(url_guard.vet, allowed=system.allowed, resolver=self._resolver),
            }
            if target.scheme == "https":
                if self._ssl_context is None:
                    self._ssl_context = ssl.create_default_context()
                pool = _HTTPSPool(target.host, target.port, ssl_context=self._ssl_context, **options)
            else:
                pool = _HTTPPool(target.host, target.port, **options)
            self._pools[key] = (system.version, pool)
            return pool

    def send(self, job):
        """Make the call of one job.

        :returns: a :class:`Response`; never raises
        """
        system = job.system
        started = utcnow()
        begin = time.monotonic()
        status, retry_after, excerpt, error = None, None, "", None
        try:
            if system.problem:
                raise url_guard.UrlRefused(system.problem)
            target = _parse_url(job.url, system.allow_http)
            pool = self._pool(system, target)
            headers = system.signed_headers(job.webhook_id, job.body, started)
            status, retry_after, data = self._call(job, pool, target, headers)
            excerpt = system.redact(data.decode("utf-8", "replace").replace("\x00", "\ufffd")) if data else ""
        except Exception as failure:
            # whatever it is, it is the failure of this one call; the thread goes on
            error = self._words(failure, job)
        finally:
            job.connection = None
        duration = int((time.monotonic() - begin) * 1000)
        return Response(status, retry_after, excerpt, error, started, duration, job.sent)

    def _call(self, job, pool, target, headers):
        job.deadline = time.monotonic() + job.system.timeout + DEADLINE_SLACK
        try:
            return self._once(job, pool, target, headers)
        except exceptions.ProtocolError as failure:
            # A kept-alive connection the partner closed at the moment of writing: no answer, so nothing was wrong with
            # the call. Once more, on a new connection, with the same webhook-id.
            if job.fresh or not isinstance(failure.args[-1], (RemoteDisconnected, ConnectionError)):
                raise
            return self._once(job, pool, target, headers)

    def _once(self, job, pool, target, headers):
        _current.job = job
        job.fresh = False
        timeout = urllib3.Timeout(connect=min(CONNECT_TIMEOUT, job.system.timeout), read=job.system.timeout)
        answer = pool.urlopen(
            "POST",
            target.path,
            body=job.body,
            headers=headers,
            timeout=timeout,
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
        data = b""
        whole = False
        if job.aborted:
            # cut off within the headers, which the parser takes for their end
            answer.close()
            raise TimeoutError("cut off at the deadline")
        try:
            data = answer.read(MAX_ANSWER + 1, decode_content=False)
            whole = len(data) <= MAX_ANSWER
        except (exceptions.HTTPError, HTTPException, OSError):
            pass  # status and headers are the answer; a body that breaks off does not change it
        finally:
            if whole:
                answer.release_conn()
            else:
                answer.close()
                answer.release_conn()
        return answer.status, answer.headers.get("Retry-After"), data[:MAX_ANSWER]

    @staticmethod
    def abort(job):
        """Cut off a call that is past its deadline; its thread then reports a failure."""
        job.aborted = True
        sock = getattr(job.connection, "sock", None)
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        """Close all idle connections."""
        with self._lock:
            for _version, pool in self._pools.values():
                pool.close()
            self._pools.clear()

    @staticmethod
    def _words(failure, job):
        """Words for an exception, without the URL, headers or body in it."""
        if job.deadline is not None and time.monotonic() >= job.deadline:
            return f"no complete answer within {job.system.timeout:g} s"
        if isinstance(failure, url_guard.UrlRefused):
            return str(failure)
        cause = failure.__cause__ or failure.__context__
        if isinstance(failure, exceptions.NewConnectionError):  # before its base class, the timeout
            if isinstance(cause, socket.gaierror):
                return "the host name does not resolve"
            return f"connection failed: {getattr(cause, 'strerror', None) or type(cause).__name__}"
        if isinstance(failure, exceptions.ConnectTimeoutError):
            return f"no connection within {min(CONNECT_TIMEOUT, job.system.timeout):g} s"
        if isinstance(failure, exceptions.ReadTimeoutError):
            return f"no answer within {job.system.timeout:g} s"
        if isinstance(failure, exceptions.SSLError):
            inner = failure.args[0] if failure.args else None
            return f"TLS failed: {getattr(inner, 'verify_message', None) or getattr(inner, 'reason', None) or 'error'}"
        if isinstance(failure, exceptions.ProtocolError):
            inner = failure.args[-1] if failure.args else None
            return f"connection broken: {type(inner).__name__}"
        return f"call failed: {type(failure).__name__}"
