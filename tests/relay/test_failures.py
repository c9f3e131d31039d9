"""Every class of failure, made by a real server that fails in that way."""

import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
from relay import failures
from relay.outcome import classify
from relay.transport import Transport
from relay.url_guard import AddressRefused

from . import hostile
from .hostile import Server
from .pki import Authority, server_context
from .test_transport import BOX, job, system

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def call(config, transport=None, body='{"a":1}', watch=True):
    """One call with somebody who watches the deadline, judged: (response, outcome)."""
    made = transport or Transport()
    one = job(config, body)
    over = threading.Event()

    def watching():
        while not over.wait(0.02):
            if one.deadline is not None and time.monotonic() > one.deadline:
                made.abort(one)

    if watch:
        threading.Thread(target=watching, daemon=True).start()
    response = made.send(one)
    over.set()
    if transport is None:
        made.close()
    return response, classify(response, 0, config.schedule, config.dead_statuses)


def to(server, **values):
    return system(server.url, **{"timeout": 0.6, **values})


def here(_host, port, *_rest):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


@pytest.mark.parametrize(
    ("behave", "failure", "words", "sent"),
    [
        (hostile.says_nothing, "timeout", "no answer within 0.6 s", True),
        (hostile.resets, "reset", "connection broken: connection reset by peer", True),
        (hostile.hangs_up, "reset", "the partner hung up without an answer", True),
        (hostile.greets, "invalid", "the answer is not HTTP", True),
        (hostile.answers(b"\x00\xff\xfe garbage\r\n\r\n"), "invalid", "the answer is not HTTP", True),
        (hostile.answers(b"HTTP/1.1 abc OK\r\n\r\n"), "invalid", "the answer is not HTTP", True),
        (hostile.status(200, b"Content-Length: 7\r\n"), "invalid", "contradicting lengths", True),
        (hostile.status(200, b"X-Long: " + b"a" * 70_000 + b"\r\n"), "oversize", "too large", True),
        (hostile.status(200, b"".join(b"X-%d: 1\r\n" % n for n in range(200))), "oversize", "too large", True),
        (hostile.never_ends(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"), "oversize", "too large", True),
        (hostile.never_ends(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a" * 1000), "oversize", "too large", True),
        (hostile.never_ends(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "deadline", "no complete answer", True),
        (hostile.drips(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 300), "deadline", "no complete answer", True),
    ],
)
def test_no_answer_worth_the_name(behave, failure, words, sent):
    with Server(behave) as server:
        begin = time.monotonic()
        response, outcome = call(to(server))
        assert time.monotonic() - begin < 3
    assert (response.status, outcome.failure, outcome.name) == (None, failure, "retry")
    assert words in outcome.error
    assert response.sent is sent
    assert response.phases.address == "127.0.0.1"
    assert response.phases.connect_ms > 0


@pytest.mark.parametrize(
    ("number", "failure", "name"),
    [
        (300, "redirect", "retry"),
        (302, "redirect", "retry"),
        (304, "redirect", "retry"),
        (400, "rejected", "dead"),
        (401, "auth", "retry"),
        (402, "http_client", "retry"),
        (403, "auth", "retry"),
        (404, "http_client", "retry"),
        (405, "http_client", "retry"),
        (408, "http_client", "retry"),
        (409, "http_client", "retry"),
        (410, "gone", "gone"),
        (413, "rejected", "dead"),
        (422, "rejected", "dead"),
        (425, "http_client", "retry"),
        (429, "throttled", "retry"),
        (500, "http_server", "retry"),
        (503, "http_server", "retry"),
        (599, "http_server", "retry"),
        (600, "invalid", "retry"),
        (999, "invalid", "retry"),
    ],
)
def test_statuses(number, failure, name):
    with Server(hostile.status(number)) as server:
        response, outcome = call(to(server))
    assert (response.status, outcome.failure, outcome.name) == (number, failure, name)
    assert outcome.error.startswith(f"HTTP {number}: ")


@pytest.mark.parametrize("number", [429, 503])
def test_told_to_wait(number):
    with Server(hostile.status(number, b"Retry-After: 9\r\n")) as server:
        _response, outcome = call(to(server))
    assert (outcome.failure, outcome.name, outcome.pause) == ("throttled", "deferred", 9)


@pytest.mark.parametrize(
    "behave",
    [
        hostile.answers(OK),
        hostile.answers(b"HTTP/1.1 204 No Content\r\n\r\n"),
        hostile.answers(b"HTTP/1.0 200 OK\r\n\r\nuntil the end"),
        hostile.answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n"),
        hostile.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nbroken off"),
        hostile.answers(b"HTTP/1.1 200"),
        hostile.answers(b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"),
        hostile.never_ends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\nagain\r\n"),
        hostile.drips(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n" + b"d" * 90, every=0.02),
    ],
)
def test_head_of_the_answer_is_the_answer(behave):
    """A partner that says 200 has taken it, whatever comes behind; it is cut."""
    with Server(behave) as server:
        begin = time.monotonic()
        response, outcome = call(to(server))
        assert time.monotonic() - begin < 3
    assert (response.status, outcome.name, outcome.failure) == (
        200 if response.status != 204 else 204,
        "delivered",
        None,
    )
    assert len(response.excerpt) <= 16 * 1024


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    response, outcome = call(system(f"http://127.0.0.1:{port}/"))
    assert (outcome.failure, response.sent) == ("connect", False)
    assert outcome.error == "connection failed: Connection refused"


def test_a_full_backlog_lets_nobody_in():
    """What a firewall that drops packets looks like, on this machine: the handshake of TCP is never answered."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(4):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(listener.getsockname())
        waiting.append(sock)
    time.sleep(0.1)
    begin = time.monotonic()
    response, outcome = call(system(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.5))
    assert (outcome.failure, outcome.error, response.sent) == ("connect_timeout", "no connection within 0.5 s", False)
    assert time.monotonic() - begin < 2
    assert response.phases.connect_ms > 400
    assert response.phases.first_byte_ms is None
    for sock in (*waiting, listener):
        sock.close()


def test_names():
    _response, outcome = call(system("http://no-such-host.invalid/"))
    assert (outcome.failure, outcome.error) == ("dns", "the host name does not resolve")

    def hangs(*_args):
        time.sleep(20)

    begin = time.monotonic()
    response, outcome = call(system("http://partner.test/", timeout=0.5), Transport(resolver=hangs))
    assert time.monotonic() - begin < 3, "a resolver that hangs holds nobody"
    assert (outcome.failure, response.sent) == ("deadline", False)
    assert response.phases.dns_ms > 1000
    begin = time.monotonic()
    _response, outcome = call(system("http://partner.test/", timeout=20), Transport(resolver=hangs))
    assert (outcome.failure, outcome.error) == ("dns", "the host name did not resolve within 5 s")
    assert time.monotonic() - begin < 8


def test_addresses():
    for url in ("http://127.0.0.1:1/", "http://localhost:1/"):
        response, outcome = call(system(url, allowed_networks=""))
        assert (outcome.failure, response.sent) == ("refused_address", False)
        assert "is not a public address" in outcome.error
    assert issubclass(AddressRefused, ValueError)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"secret_out_enc": None}, "no signing secret"),
        ({"outbound_url": ""}, "There is no URL"),
        ({"outbound_url": "https://a b/"}, "a space"),
        ({"auth_type": "bearer", "auth_secret_enc": BOX.encrypt("a\nb")}, "no header may have"),
        ({"client_cert": "x"}, "no private key"),
        ({"outbound_url": "https://127.0.0.1:1/", "ca_bundle": "nonsense"}, "cannot be used for TLS"),
        (
            {"outbound_url": "https://127.0.0.1:1/", "client_cert": "x", "client_key_enc": BOX.encrypt("y")},
            "certificate",
        ),
    ],
)
def test_our_own_settings(values, words):
    response, outcome = call(system(**{"outbound_url": "http://127.0.0.1:1/", **values}))
    assert (outcome.failure, outcome.name, response.sent) == ("setup", "retry", False)
    assert words in outcome.error


def test_too_large_to_be_sent():
    """The same bytes will be as large tomorrow: dead at once, and the partner's health is not touched."""
    with Server(hostile.answers(OK)) as server:
        response, outcome = call(to(server), body="ü" * 32768)
        assert (response.status, outcome.name) == (200, "delivered"), "64 kB are sent"
        response, outcome = call(to(server), body="ü" * 32768 + "x")
    assert (response.hopeless, response.sent, server.connections) == (True, False, 1)
    assert (outcome.failure, outcome.state, outcome.health) == ("setup", "dead", None)
    assert "at most 64 kB" in outcome.error


# -- TLS ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.mark.parametrize(
    ("name", "end", "trusted", "words"),
    [
        ("127.0.0.1", 30, True, None),
        ("127.0.0.1", -0.5, True, "certificate has expired"),
        ("127.0.0.2", 30, True, "IP address mismatch"),
        ("partner.test", 30, True, "IP address mismatch"),
        ("127.0.0.1", 30, False, "unable to get local issuer certificate"),
    ],
)
def test_certificates_of_the_partner(authority, tmp_path, name, end, trusted, words):
    context = server_context(authority.issue(name, begin=-2, end=end), tmp_path)
    with Server(hostile.answers(OK), context) as server:
        response, outcome = call(to(server, ca_bundle=authority.certificate if trusted else None))
    if words is None:
        assert (response.status, outcome.failure) == (200, None)
        assert response.phases.tls_ms > 0
        return
    assert (response.status, outcome.failure, response.sent) == (None, "tls", False)
    assert outcome.error.startswith("TLS failed: ") and words in outcome.error
    assert response.phases.tls_ms > 0
    assert response.phases.first_byte_ms is None


def test_wrong_name(authority, tmp_path):
    context = server_context(authority.issue("partner.test"), tmp_path)
    with Server(hostile.answers(OK), context) as server:
        config = system(f"https://other.test:{server.port}/", ca_bundle=authority.certificate)
        _response, outcome = call(config, Transport(resolver=here))
        assert (outcome.failure, "Hostname mismatch" in outcome.error) == ("tls", True)
        config = system(f"https://partner.test:{server.port}/", id=2, ca_bundle=authority.certificate)
        assert call(config, Transport(resolver=here))[0].status == 200


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (hostile.silent_handshake, "the handshake did not end within 0.6 s"),
        (hostile.closes_after_hello, "hung up during the handshake"),
        (hostile.resets_after_hello, "hung up during the handshake"),
        (hostile.drips_handshake, "the handshake did not end within 0.6 s"),
        (lambda connection: connection.sendall(b"220 mail.example\r\n" * 9), "does not speak TLS"),
        (lambda connection: connection.recv(9) and connection.sendall(OK), "does not speak TLS"),
    ],
)
def test_no_handshake(behave, words):
    with Server(behave) as server:
        begin = time.monotonic()
        response, outcome = call(system(f"https://127.0.0.1:{server.port}/", timeout=0.6))
        assert time.monotonic() - begin < 3
    assert (outcome.failure, response.sent) == ("tls", False)
    assert words in outcome.error
    assert response.phases.tls_ms > 0


def test_old_tls_is_not_spoken(authority, tmp_path):
    context = server_context(authority.issue("127.0.0.1"), tmp_path)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with Server(hostile.answers(OK), context) as server:
        response, outcome = call(to(server, ca_bundle=authority.certificate))
    assert (outcome.failure, response.sent) == ("tls", False)


# -- phases ------------------------------------------------------------------------------------------------------


def test_phases_of_new_and_kept_connections(authority, tmp_path):
    def twice(connection):
        for _ in range(2):
            hostile.read_request(connection)
            time.sleep(0.05)
            connection.sendall(OK)

    with Server(twice, server_context(authority.issue("partner.test"), tmp_path)) as server:
        config = system(f"https://partner.test:{server.port}/", ca_bundle=authority.certificate)
        transport = Transport(resolver=lambda *args: time.sleep(0.03) or here(*args))
        first, second = (call(config, transport)[0] for _ in range(2))
        transport.close()
    assert (first.phases.reused, second.phases.reused, server.connections) == (False, True, 1)
    assert first.phases.address == second.phases.address == "127.0.0.1"
    assert first.phases.dns_ms >= 30
    assert min(first.phases.connect_ms, first.phases.tls_ms) > 0
    assert (second.phases.dns_ms, second.phases.connect_ms, second.phases.tls_ms) == (None, None, None)
    for response in (first, second):
        phases = response.phases
        assert phases.first_byte_ms >= 49
        assert phases.auth_ms is None
        told = sum(value or 0 for value in phases[:5])
        assert told <= response.duration_ms + 1


# -- the table ---------------------------------------------------------------------------------------------------


def test_the_table_is_whole():
    codes = [failure.code for failure in failures.FAILURES]
    assert len(set(codes)) == len(codes)
    for failure in failures.FAILURES:
        assert failure.label and len(failure.label) <= 25
        assert failure.hint.endswith(".") and len(failure.hint) > 40
    for status in range(300, 1000):
        code, words = failures.of_status(status)
        assert code in codes and words.startswith(f"HTTP {status}: ")


def test_the_manual_names_every_class():
    manual = (Path(__file__).resolve().parents[2] / "docs" / "connecting.md").read_text()
    told = [line.split("|")[1].strip() for line in manual.split("## What went wrong")[1].splitlines() if "|" in line]
    assert told[2:] == [failure.label for failure in failures.FAILURES]
