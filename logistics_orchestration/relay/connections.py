"""Connections to partners: made to vetted addresses only, timed phase by phase, and possible to cut off at any moment.

urllib3's pools without its conveniences: no redirects, no retries, no proxies from the environment. Everything that can
take time is bounded from outside, because a partner (or its DNS, or its TLS) may otherwise drip one byte per timeout
for ever: name resolution by a thread of its own, connecting and the TLS handshake by what is left of the deadline, the
rest by :meth:`Call.cut`.
"""

import logging
import queue
import socket
import threading
import time

from urllib3 import connection, connectionpool, exceptions

from . import url_guard

CONNECT_TIMEOUT = 5.0

_current = threading.local()


def _no_debug(record):
    """urllib3 writes the whole URL at debug level; ours may contain tokens."""
    return record.levelno > logging.DEBUG


logging.getLogger("urllib3.connectionpool").addFilter(_no_debug)


class Call:
    """One exchange of request and answer while it happens: its phases so far, and the handles to cut it off.

    Phases are seconds, None where they did not happen; a kept-alive connection has neither DNS nor connect nor TLS.
    ``stage`` is what goes on now: start, dns, connect, tls, send, wait.
    """

    __slots__ = (
        "address", "connect", "deadline", "delivery", "dns", "first_byte", "fresh", "is_cut", "sockets", "stage", "tls",
    )  # fmt: skip

    def __init__(self, deadline, delivery=None):
        """
        :param float deadline: moment (``time.monotonic``) by which all of it has to be over
        :param delivery: the :class:`~.outgoing.Job` whose message is sent; None for a call for a token
        """
        self.deadline = deadline
        self.delivery = delivery
        self.address = None
        self.dns = self.connect = self.tls = self.first_byte = None
        self.fresh = self.is_cut = False
        self.sockets = ()
        self.stage = "start"

    def left(self, most):
        """Seconds left, at most ``most``.

        :raises TimeoutError: nothing is left, or it was cut off
        """
        left = self.deadline - time.monotonic()
        if left <= 0 or self.is_cut:
            raise TimeoutError("cut off at the deadline")
        return min(left, most)

    def is_over(self):
        """Whether the time is up."""
        return self.is_cut or time.monotonic() >= self.deadline

    def cut(self):
        """End it from another thread: whatever waits for the partner fails at once."""
        self.is_cut = True
        for sock in self.sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        _current.call = self
        return self

    def __exit__(self, *_error):
        _current.call = None
        self.sockets = ()


def _within(seconds, function, *args):
    """The function's result, or TimeoutError: for what no timeout can be given to.

    The thread it runs in is left behind then; it ends when the resolver gives up (half a minute at most by default).
    """
    answers = queue.SimpleQueue()

    def run():
        try:
            answers.put((function(*args), None))
        except Exception as error:
            answers.put((None, error))

    threading.Thread(target=run, name="relay-resolver", daemon=True).start()
    try:
        result, error = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError("the resolver does not answer") from None
    if error is not None:
        raise error
    return result


class _Guarded:
    """A connection that is made to a vetted address and nothing else."""

    def __init__(self, *args, vet=None, **kwargs):
        self._vet = vet
        self._address = None
        super().__init__(*args, **kwargs)

    def _new_conn(self):
        call = _current.call
        call.fresh = True
        call.stage, begin = "dns", time.monotonic()
        try:
            seconds = call.left(CONNECT_TIMEOUT)
            if url_guard.is_address(self.host):
                addresses = self._vet(self.host, self.port)
            else:
                addresses = _within(seconds, self._vet, self.host, self.port)
        except url_guard.UrlRefused:
            raise
        except OSError as error:
            raise exceptions.NewConnectionError(self, "the name does not resolve") from error
        finally:
            call.dns = time.monotonic() - begin
        call.stage, begin = "connect", time.monotonic()
        try:
            return self._connect_to(addresses, call)
        finally:
            call.connect = time.monotonic() - begin

    def _connect_to(self, addresses, call):
        last = None
        for address in addresses:
            sock = None
            self._address = call.address = address
            try:
                sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
                # self.timeout is urllib3's: what this system allows for connecting
                sock.settimeout(call.left(self.timeout))
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.connect((address, self.port))
                call.sockets = (sock,)
                return sock
            except OSError as error:
                last = error
                if sock is not None:
                    sock.close()
        if isinstance(last, TimeoutError):
            raise exceptions.ConnectTimeoutError(self, "connect timeout") from last
        raise exceptions.NewConnectionError(self, "connection failed") from last

    def request(self, *args, **kwargs):
        call = _current.call
        if self.sock is not None:
            call.sockets, call.stage = (self.sock,), "send"
        try:
            return super().request(*args, **kwargs)
        finally:
            # plain http connects in here: without a socket nothing has left
            if self.sock is not None and call.delivery is not None:
                call.delivery.sent = True

    def getresponse(self):
        call = _current.call
        call.sockets, call.address = (self.sock,), self._address
        call.stage, begin = "wait", time.monotonic()
        call.left(1.0)
        response = super().getresponse()
        call.first_byte = time.monotonic() - begin
        return response


class _HTTPConnection(_Guarded, connection.HTTPConnection):
    pass


class _HTTPSConnection(_Guarded, connection.HTTPSConnection):
    def connect(self):
        """TLS with the name in the URL (or its address), which is also what the certificate has to be for.

        Done here and not by urllib3, some versions of which cannot check the certificate of a bare address.
        """
        call = _current.call
        sock = self._new_conn()
        call.stage, begin = "tls", time.monotonic()
        # it cannot be cut off meanwhile, but Python takes this for the handshake as a whole
        call.sockets = ()
        try:
            sock.settimeout(call.left(self.timeout))
            self.sock = self.ssl_context.wrap_socket(sock, server_hostname=self.host)
            self.is_verified = True
        except BaseException:
            sock.close()
            raise
        finally:
            call.tls = time.monotonic() - begin


class _HTTPPool(connectionpool.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection

    def _absolute_url(self, path):
        """urllib3 puts this into warnings: without the path."""
        return f"{self.scheme}://{self.host}:{self.port}/"


class _HTTPSPool(connectionpool.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection
    _absolute_url = _HTTPPool._absolute_url


def make_pool(target, size, vet, ssl_context):
    """A pool of connections to one target.

    :param target: a :class:`~.url_guard.Target`
    :param int size: idle connections that are kept
    :param vet: function (host, port) that returns the addresses which may be connected to
    :param ssl_context: function that returns the context for https
    """
    options = {"maxsize": size, "block": False, "retries": False, "vet": vet}
    if target.scheme == "https":
        return _HTTPSPool(target.host, target.port, ssl_context=ssl_context(), **options)
    return _HTTPPool(target.host, target.port, **options)
