"""Servers that misbehave in one particular way each: raw sockets, so that nothing repairs what they do."""

import contextlib
import socket
import ssl
import struct
import threading
import time


class Server:
    """Accepts connections and hands each to a function ``(socket) -> None`` in a thread of its own.

    :param context: TLS context; None is plain TCP
    """

    def __init__(self, behave, context=None):
        self._behave, self._context = behave, context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}/hook"
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError):
            try:
                if self._context:
                    connection = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                    connection.do_handshake()
                self._behave(connection)
            except ssl.SSLError:
                # closing at once would send RST, which overtakes the alert that says why
                time.sleep(0.1)
                raise
            finally:
                connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        # wakes accept(), which close() alone does not
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def read_request(connection):
    """The whole request; ``(head, body)``."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return data, b""
        data += more
    head, _gap, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _colon, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += connection.recv(65536)
    return head, body


def answers(text, keep=0.0):
    """Reads the request and answers these bytes."""

    def behave(connection):
        read_request(connection)
        connection.sendall(text)
        time.sleep(keep)

    return behave


def status(number, extra=b"", body=b"no"):
    """Reads the request and answers a status."""
    head = b"HTTP/1.1 %d Told\r\nContent-Length: %d\r\n%s\r\n" % (number, len(body), extra)
    return answers(head + body)


def keeps(text):
    """Answers every request on the connection with these bytes, until the other side closes it."""

    def behave(connection):
        while read_request(connection)[0]:
            connection.sendall(text)

    return behave


def says_nothing(connection):
    """Reads the request and is silent."""
    read_request(connection)
    time.sleep(30)


def resets(connection):
    """Reads the request and sends RST instead of an answer."""
    read_request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hangs_up(connection):
    """Reads the request and closes properly, without an answer."""
    read_request(connection)


def greets(connection):
    """A mail server: speaks first, and not HTTP."""
    connection.sendall(b"220 mail.example ESMTP\r\n")
    read_request(connection)


def drips(text, every=0.1):
    """Reads the request, then sends one byte at a time."""

    def behave(connection):
        read_request(connection)
        for byte in text:
            connection.sendall(bytes([byte]))
            time.sleep(every)

    return behave


def never_ends(start, more):
    """Reads the request, sends a start and then the same again for ever."""

    def behave(connection):
        read_request(connection)
        connection.sendall(start)
        while True:
            connection.sendall(more)

    return behave


def drips_handshake(connection):
    """Answers a TLS hello with a record that comes one byte at a time."""
    connection.recv(65536)
    for byte in b"\x16\x03\x03\x40\x00" + b"\x02" * 4000:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def silent_handshake(connection):
    """Takes a TLS hello and says nothing."""
    connection.recv(65536)
    time.sleep(30)


def closes_after_hello(connection):
    """Reads the beginning of a TLS hello and closes."""
    connection.recv(65536)


def resets_after_hello(connection):
    """Reads the beginning of a TLS hello and sends RST."""
    connection.recv(10)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
