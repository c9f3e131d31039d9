"""Asking a partner for what it has to say: one GET, under the same guard as deliveries. Plain Python.

Vetted addresses and nothing else, no redirects, no proxies, limits on time and size. What the partner gets from us is
its own authentication; texts of exceptions are not passed on, because they contain URLs and URLs contain secrets.
"""

import functools
import socket
import ssl
import threading
import time
from urllib.parse import urlencode

import urllib3
from urllib3 import connection, connectionpool, exceptions

from . import url_guard

CONNECT_TIMEOUT = 5.0
DEADLINE = 30.0
MAX_BYTES = 4 * 1024 * 1024


class FetchError(Exception):
    """No usable answer; the text says why and contains neither URL nor secret. ``retry_after``: what it asked for."""

    def __init__(self, words, retry_after=None):
        super().__init__(words)
        self.retry_after = retry_after


class _Guarded:
    """A connection that is made to a vetted address and nothing else."""

    def __init__(self, *args, vet=None, opened=None, **kwargs):
        self._vet, self._opened = vet, opened
        super().__init__(*args, **kwargs)

    def _new_conn(self):
        for address in self._vet(self.host, self.port):
            sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
            sock.settimeout(CONNECT_TIMEOUT)
            try:
                sock.connect((address, self.port))
            except OSError:
                sock.close()
                continue
            self._opened(sock)
            return sock
        raise exceptions.NewConnectionError(self, "connection failed")


class _HTTP(_Guarded, connection.HTTPConnection):
    pass


class _HTTPS(_Guarded, connection.HTTPSConnection):
    pass


class _HTTPPool(connectionpool.HTTPConnectionPool):
    ConnectionCls = _HTTP


class _HTTPSPool(connectionpool.HTTPSConnectionPool):
    ConnectionCls = _HTTPS


def get(system, url, query=None, deadline=DEADLINE, resolver=None, ssl_context=None):
    """The body of one GET.

    :param system: a :class:`~.outgoing.SystemConfig` (what it allows, how it authenticates)
    :param str url: https, or http where the system allows it
    :param dict query: added to the URL's own query
    :param float deadline: seconds for all of it
    :param resolver: ``getaddrinfo`` of a test
    :param ssl_context: of a test
    :returns: bytes
    :raises FetchError: settings that cannot be used, refused address, no connection, a status other than 200, too
        late or too large
    """
    if system.problem:
        raise FetchError(system.problem)
    if getattr(system, "oauth", None) or getattr(system, "identity", None):
        raise FetchError("polling supports user and password, bearer token and API key only")
    end = time.monotonic() + deadline
    sockets = []
    vet = functools.partial(url_guard.vet, allowed=system.allowed, resolver=resolver)
    try:
        target = url_guard.parse_url(url, system.allow_http)
    except url_guard.UrlRefused as error:
        raise FetchError(str(error)) from None
    options = {"maxsize": 1, "retries": False, "vet": vet, "opened": sockets.append}
    if target.scheme == "https":
        pool = _HTTPSPool(target.host, target.port, ssl_context=ssl_context or ssl.create_default_context(), **options)
    else:
        pool = _HTTPPool(target.host, target.port, **options)
    path = target.path
    if query:
        path += ("&" if "?" in path else "?") + urlencode(query)
    # a partner may drip one byte per read timeout for ever: at the deadline the line is cut
    timer = threading.Timer(deadline, _cut, [sockets])
    timer.daemon = True
    timer.start()
    try:
        return _read(pool, path, system, end)
    except url_guard.UrlRefused as error:
        raise FetchError(str(error)) from None
    except FetchError:
        raise
    except Exception as error:
        raise FetchError(_words(error, end)) from None
    finally:
        timer.cancel()
        pool.close()


def _read(pool, path, system, end):
    headers = {name: value for name, value in system.headers.items() if name.lower() != "content-type"}
    answer = pool.urlopen(
        "GET",
        path,
        headers={**headers, "Accept": "application/json"},
        timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=system.timeout),
        retries=False,
        redirect=False,
        assert_same_host=False,
        preload_content=False,
    )
    try:
        if answer.status != 200:
            words = f"HTTP {answer.status}"
            if 300 <= answer.status < 400:
                words += ": redirects are not followed; enter the final address"
            raise FetchError(words, answer.headers.get("Retry-After"))
        parts, size = [], 0
        for chunk in answer.stream(65536, decode_content=True):
            size += len(chunk)
            if size > MAX_BYTES:
                raise FetchError(f"the answer is larger than {MAX_BYTES} bytes")
            if time.monotonic() > end:
                raise TimeoutError
            parts.append(chunk)
        return b"".join(parts)
    finally:
        answer.close()


def _cut(sockets):
    for sock in sockets:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def _words(error, end):
    """Words for an exception, without the URL in it."""
    if time.monotonic() >= end:
        return "no complete answer in time"
    if isinstance(error, exceptions.ReadTimeoutError | exceptions.ConnectTimeoutError | TimeoutError):
        return "no answer in time"
    if isinstance(error, exceptions.SSLError | ssl.SSLError):
        return "the certificate or the TLS connection is not accepted"
    if isinstance(error, OSError):
        return "the name does not resolve"
    if isinstance(error, exceptions.NewConnectionError):
        return "no connection"
    return f"the answer is broken ({type(error).__name__})"
