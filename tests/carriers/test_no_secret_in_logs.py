"""Whatever goes wrong with a carrier, and however much is logged: its key is in no record, nor in a traceback."""

import io
import logging
import socket
import threading
from urllib.parse import quote_plus

import pytest
from carrier_adapters import HttpClient
from carrier_adapters.errors import CarrierError

KEY = "s3cret+key/with=signs"


class Carrier:
    """Answers each connection with the same bytes; ``None``: not at all."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []
        self.over = threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}/api"
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exception):
        self.over.set()
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join(10)

    def serve(self):
        while not self.over.is_set():
            try:
                line, _address = self.listening.accept()
            except OSError:
                return
            with line:
                line.settimeout(10)
                self.asked.append(line.recv(65536).decode())
                if self.answer is None:
                    self.over.wait(10)
                elif self.answer:
                    line.sendall(self.answer)


def answer(status, body=b"", headers=b""):
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, headers, len(body), body)


ECHO = f'{{"error": "Unknown key {KEY}, in the address {quote_plus(KEY)}"}}'.encode()
ANSWERS = {
    "wrong key": answer(b"401 Unauthorized", ECHO),
    "forbidden": answer(b"403 Forbidden", b"no"),
    "redirect": answer(b"302 Found", b"", b"Location: https://elsewhere.example/\r\n"),
    "redirect with the key": answer(b"301 Moved", b"", f"Location: /new?apikey={quote_plus(KEY)}\r\n".encode()),
    "error": answer(b"500 Internal Server Error", ECHO),
    "busy": answer(b"429 Too Many Requests", ECHO, b"Retry-After: 30\r\n"),
    "rejected": answer(b"422 Unprocessable", ECHO),
    "not JSON": answer(b"200 OK", ECHO[2:]),
    "headers nobody can read": b"HTTP/1.1 401 Unauthorized\r\n: no name\r\nno colon\r\nConnection: close\r\n\r\n",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "cut off": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
    "hung up": b"",
    "timeout": None,
}
PLACES = {
    "bearer": {},
    "header": {"scheme": "", "header": "X-Api-Key"},
    "query": {"query": "apikey"},
}


@pytest.fixture
def everything():
    """All that is logged from here on, by whomever, as it would stand in a file."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    before = {name: logging.getLogger(name).level for name in ("", "urllib3", "urllib3.connectionpool", "http")}
    for name in before:
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield text
    root.removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def log_failure(http, text):
    """Ask, as a worker does that logs with the whole traceback what went wrong."""
    with pytest.raises(CarrierError) as failed:
        http.json("GET", "bookings", changes=True)
    logging.getLogger("worker").error("Booking failed: %s", failed.value, exc_info=failed.value)
    return text.getvalue()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", ANSWERS)
def test_the_key_is_in_no_log(what, place, everything):
    with Carrier(ANSWERS[what]) as carrier:
        http = HttpClient(carrier.url, token=KEY, timeout=0.5, **PLACES[place])
        logged = log_failure(http, everything)
        assert any(secret in carrier.asked[0] for secret in (KEY, quote_plus(KEY))), "the key was sent"
    assert "Booking failed" in logged
    for secret in (KEY, quote_plus(KEY)):
        assert secret not in logged


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nor_where_nobody_listens(place, scheme, everything):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    http = HttpClient(f"{scheme}://127.0.0.1:{port}/api", token=KEY, timeout=0.5, **PLACES[place])
    logged = log_failure(http, everything)
    for secret in (KEY, quote_plus(KEY)):
        assert secret not in logged


def test_a_line_of_urllib3_would_be_seen(everything):
    """The check above sees what urllib3 writes."""
    logging.getLogger("urllib3.connectionpool").warning("seen")
    assert "WARNING urllib3.connectionpool seen" in everything.getvalue()
