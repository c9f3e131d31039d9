"""A name server that answers as it is told, and a resolver that asks it: real DNS over UDP on this machine.

Both speak as much of RFC 1035 as is needed for one question of type A or AAAA.
"""

import contextlib
import ipaddress
import itertools
import socket
import struct
import threading

TYPES = {4: 1, 6: 28}  # A, AAAA
_numbers = itertools.count(1)


def _name(text):
    parts = text.rstrip(".").split(".")
    return b"".join(bytes([len(part)]) + part.encode("ascii") for part in parts) + b"\0"


def _question(data):
    """(name, type, end) of the only question of a message."""
    labels, at = [], 12
    while data[at]:
        labels.append(data[at + 1 : at + 1 + data[at]].decode("ascii"))
        at += 1 + data[at]
    return ".".join(labels), struct.unpack_from("!H", data, at + 1)[0], at + 5


class NameServer:
    """Answers each look-up of a name with the next of its answers; the last one stays.

    :param zone: {name: [list of addresses, ...]}
    """

    def __init__(self, zone):
        self._zone = {name: list(answers) for name, answers in zone.items()}
        self.asked = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = self._socket.getsockname()
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._socket.close()

    def _serve(self):
        while True:
            with contextlib.suppress(OSError):
                data, client = self._socket.recvfrom(512)
                self._socket.sendto(self._answer(data), client)
                continue
            return

    def _answer(self, data):
        name, kind, end = _question(data)
        answers = self._zone.get(name, [[]])
        # a look-up asks for A, then for AAAA: the turn is over with the second
        addresses = answers.pop(0) if kind == TYPES[6] and len(answers) > 1 else answers[0]
        self.asked.append((name, kind))
        records = [ipaddress.ip_address(address) for address in addresses]
        records = [record for record in records if TYPES[record.version] == kind]
        code = 0 if name in self._zone else 3
        head = data[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0)
        body = b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(record.packed)) + record.packed for record in records
        )
        return head + data[12:end] + body

    # -- the other side ---------------------------------------------------------------------------------------

    def getaddrinfo(self, host, port, *_rest):
        """As ``socket.getaddrinfo``, but asking this server."""
        found = []
        for version, kind in TYPES.items():
            for address in self._ask(host, kind):
                family = socket.AF_INET if version == 4 else socket.AF_INET6
                found.append((family, socket.SOCK_STREAM, 6, "", (address, port)))
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found

    def _ask(self, host, kind):
        number = next(_numbers) & 0xFFFF
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.sendto(
                struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + _name(host) + struct.pack("!HH", kind, 1),
                self.address,
            )
            data = client.recv(512)
        assert struct.unpack_from("!H", data)[0] == number
        count = struct.unpack_from("!H", data, 6)[0]
        _host, _kind, at = _question(data)
        for _ in range(count):
            _pointer, _type, _class, _ttl, length = struct.unpack_from("!HHHIH", data, at)
            yield str(ipaddress.ip_address(data[at + 12 : at + 12 + length]))
            at += 12 + length
