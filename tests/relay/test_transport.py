"""One call: what is sent, what a partner can do to us, and what is told about it afterwards."""

import datetime
import logging
import socket
import threading
import time

import pytest
from relay import transport as transport_module
from relay.outgoing import Job, SystemConfig
from relay.secretbox import SecretBox
from relay.signature import verify, verify_hmac_sha256
from relay.transport import MAX_ANSWER, Transport

from . import hostile
from .bare import KEY
from .hostile import Server
from .receiver import Answer

BOX = SecretBox(KEY)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD = "whsec_" + "b2xk" * 8


def system(url="", **values):
    row = {
        "id": 1, "name": "P", "write_date": 1, "outbound_url": url, "timeout": 2.0, "max_in_flight": 4,
        "signing": "standard_webhooks", "allow_http": True, "allowed_networks": "127.0.0.0/8",
        "content_type": "application/json", "retry_schedule": "1,1", "secret_out_enc": BOX.encrypt(SECRET),
        "secret_out_prev_enc": None, "secret_out_prev_until": None, "auth_type": "none", "auth_user": None,
        "auth_header": None, "auth_secret_enc": None, "oauth_token_url": None, "oauth_scope": None,
        "oauth_audience": None, "oauth_method": None, "client_cert": None, "client_key_enc": None, "ca_bundle": None,
        "dead_statuses": "400,413,422", **values,
    }  # fmt: skip
    return SystemConfig(row, BOX)


def job(config, body='{"a":1}'):
    return Job(config, 7, 1, 0, None, 1, 1, "msg_7", None, body)


@pytest.fixture
def transport():
    made = Transport()
    yield made
    made.close()


def test_what_is_sent(transport, receiver):
    body = '{"data":"ünï ✓"}'
    response = transport.send(job(system(receiver.url + "/hook?x=1"), body))
    assert (response.status, response.error, response.sent) == (200, None, True)
    ((request, _answer),) = receiver.requests
    assert request.path == "/hook?x=1"
    assert request.body == body.encode()
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert verify([SECRET], request.headers, request.body) == "msg_7"


def test_signing_variants(transport, receiver):
    until = transport_module.utcnow() + datetime.timedelta(hours=1)
    rotating = {"secret_out_prev_enc": BOX.encrypt(OLD), "secret_out_prev_until": until}
    transport.send(job(system(receiver.url, **rotating)))
    rotating["secret_out_prev_until"] = until - datetime.timedelta(hours=2)
    transport.send(job(system(receiver.url, write_date=2, **rotating)))
    transport.send(job(system(receiver.url, write_date=3, signing="hmac_sha256")))
    transport.send(job(system(receiver.url, write_date=4, signing="none", secret_out_enc=None)))
    both, new, plain, none = [request for request, _answer in receiver.requests]
    for secret in (SECRET, OLD):
        verify([secret], both.headers, both.body)
    assert new.headers["webhook-signature"].count("v1,") == 1
    verify_hmac_sha256([SECRET], plain.headers, plain.body)
    assert "webhook-signature" not in none.headers


def test_authentication(transport, receiver):
    for number, (kind, extra) in enumerate(
        [("basic", {"auth_user": "odoo"}), ("bearer", {}), ("api_key", {"auth_header": "X-Key"}), ("api_key", {})]
    ):
        values = {"auth_type": kind, "auth_secret_enc": BOX.encrypt("t0ken"), "write_date": number, **extra}
        assert transport.send(job(system(receiver.url, **values))).status == 200
    basic, bearer, key, default = [request.headers for request, _answer in receiver.requests]
    assert basic["authorization"] == "Basic b2Rvbzp0MGtlbg=="
    assert bearer["authorization"] == "Bearer t0ken"
    assert (key["x-key"], default["x-api-key"]) == ("t0ken", "t0ken")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"secret_out_enc": None}, "no signing secret"),
        ({"secret_out_enc": "rubbish"}, "cannot be decrypted"),
        ({"secret_out_enc": BOX.encrypt("whsec_short")}, "signing secret"),
        ({"auth_type": "bearer"}, "no password or token"),
        ({"auth_type": "kerberos", "auth_secret_enc": BOX.encrypt("x")}, "not supported"),
        ({"auth_type": "oauth2", "auth_secret_enc": BOX.encrypt("x")}, "Token URL: There is no URL"),
        ({"auth_type": "bearer", "auth_secret_enc": BOX.encrypt("a\r\nb: c")}, "no header may have"),
        ({"allowed_networks": "office"}, "no network"),
        ({"allow_http": False}, "Plain http is not allowed"),
        ({"allowed_networks": ""}, "not a public address"),
        ({"outbound_url": ""}, "There is no URL"),
        ({"outbound_url": "http://127.0.0.1:1/secret-path"}, "connection failed"),
        ({"outbound_url": "http://no-such-host.invalid/secret-path"}, "does not resolve"),
    ],
)
def test_settings_that_cannot_work_are_told(transport, receiver, values, words):
    response = transport.send(job(system(**{"outbound_url": receiver.url, **values})))
    assert response.status is None
    assert words in response.error
    assert "secret-path" not in response.error
    assert not response.sent
    assert not receiver.requests


def test_an_answer_is_capped_cleaned_and_redacted(transport, receiver):
    answers = [b"x" * (MAX_ANSWER * 4), b"\x00\xff" + SECRET.encode() + b" token t0ken-long"]
    receiver.rule = lambda request, times: Answer(500, body=answers[times])
    config = system(receiver.url, auth_type="bearer", auth_secret_enc=BOX.encrypt("t0ken-long"))
    assert len(transport.send(job(config)).excerpt) == MAX_ANSWER
    excerpt = transport.send(job(config)).excerpt
    assert "\x00" not in excerpt
    assert "[secret]" in excerpt
    assert SECRET not in excerpt and "t0ken" not in excerpt


def test_redirects_are_not_followed(transport, receiver):
    receiver.rule = lambda request, times: Answer(302, headers=(("Location", receiver.url + "/elsewhere"),))
    assert transport.send(job(system(receiver.url + "/a"))).status == 302
    assert [request.path for request, _answer in receiver.requests] == ["/a"]


def test_proxies_of_the_environment_are_not_used(transport, receiver, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert transport.send(job(system(receiver.url))).status == 200


def test_retry_after_is_passed_on(transport, receiver):
    receiver.rule = lambda request, times: Answer(429, headers=(("Retry-After", "17"),))
    response = transport.send(job(system(receiver.url)))
    assert (response.status, response.retry_after) == (429, "17")


def test_no_answer(transport, receiver):
    receiver.rule = lambda request, times: Answer(delay=5)
    begin = time.monotonic()
    response = transport.send(job(system(receiver.url, timeout=0.3)))
    assert time.monotonic() - begin < 2
    assert (response.status, response.error, response.sent) == (None, "no answer within 0.3 s", True)


def test_a_dropped_answer_may_have_arrived(transport, receiver):
    receiver.rule = lambda request, times: Answer(drop=True)
    response = transport.send(job(system(receiver.url)))
    assert response.status is None
    assert response.error.startswith("connection broken")
    assert response.sent


def test_a_kept_alive_connection_that_was_closed_costs_nothing(transport):
    """The partner closes idle connections: the next call must not fail for that."""
    served = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        for _ in range(3):
            connection, _address = listener.accept()
            with connection:
                served.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                # a second request on this connection is read and never answered
                connection.settimeout(0.3)
                try:
                    connection.recv(65536)
                except TimeoutError:
                    pass

    threading.Thread(target=serve, daemon=True).start()
    config = system(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    assert [transport.send(job(config)).status for _ in range(3)] == [200, 200, 200]
    assert len(served) == 3
    listener.close()


def test_dripping_bytes_end_at_the_deadline(transport):
    """One byte within every read timeout keeps a socket open for ever; the deadline ends it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _address = listener.accept()
        with connection:
            connection.recv(65536)
            try:
                for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1000:
                    connection.sendall(bytes([byte]))
                    time.sleep(0.1)
            except OSError:
                pass

    threading.Thread(target=serve, daemon=True).start()
    one = job(system(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.5))
    found = []
    thread = threading.Thread(target=lambda: found.append(transport.send(one)))
    begin = time.monotonic()
    thread.start()
    while thread.is_alive() and time.monotonic() - begin < 10:
        if one.deadline is not None and time.monotonic() > one.deadline:
            Transport.abort(one)
        time.sleep(0.05)
    assert found[0].status is None
    assert found[0].error == "no complete answer within 0.5 s"
    assert time.monotonic() - begin < 4
    listener.close()


def test_only_vetted_addresses_are_connected_to(receiver):
    """A name that points inside is refused at the moment of connecting, whatever it pointed to before."""
    turns = [["127.0.0.1"], ["127.0.0.1", "10.0.0.1"]]

    def rebinding(host, port, *_rest):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in turns.pop(0)]

    transport = Transport(resolver=rebinding)
    url = f"http://partner.test:{receiver.port}/"
    assert transport.send(job(system(url))).status == 200
    assert receiver.requests[0][0].headers["host"] == f"partner.test:{receiver.port}"
    refused = transport.send(job(system(url, write_date=2)))
    assert "10.0.0.1 is not a public address" in refused.error
    assert len(receiver.requests) == 1


def test_changed_settings_mean_new_connections():
    """What was opened under old settings (networks, certificates) is not used under new ones."""
    with Server(hostile.keeps(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as server:
        transport = Transport()
        for version in (1, 1, 2, 2, 3):
            assert transport.send(job(system(server.url, write_date=version))).status == 200
        assert server.connections == 3
        assert transport.send(job(system(server.url, write_date=3, id=2))).status == 200
        assert server.connections == 4, "systems share no connections"
        transport.close()


def test_connections_nobody_uses_are_closed(monkeypatch):
    closed = threading.Event()

    def behave(connection):
        hostile.keeps(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")(connection)
        closed.set()

    with Server(behave) as server:
        transport = Transport()
        assert transport.send(job(system(server.url))).status == 200
        transport.tidy()
        assert transport._pools, "used a moment ago"
        monkeypatch.setattr(transport_module, "IDLE_POOL", 0.0)
        transport.tidy()
        assert transport._pools, "not looked at again so soon"
        transport._next_tidy = 0.0
        transport.tidy()
        assert not transport._pools
        assert closed.wait(5)
        assert transport.send(job(system(server.url))).status == 200


def test_at_most_so_many_pools(receiver, monkeypatch):
    monkeypatch.setattr(transport_module, "MOST_POOLS", 3)
    transport = Transport()
    for number in range(6):
        assert transport.send(job(system(receiver.url, id=number))).status == 200
    transport.tidy()
    assert sorted(key[0] for key in transport._pools) == [3, 4, 5], "the least used go first"
    transport.close()


def test_a_pool_that_is_closed_under_a_call_is_made_anew(receiver):
    """Settings change in one thread while another is about to call: it goes on with a new pool."""
    transport = Transport()
    config = system(receiver.url)
    assert transport.send(job(config)).status == 200
    ((key, found),) = transport._pools.items()
    real = transport._pool

    def closing(*args):
        transport._pool = real
        taken = real(*args)
        del transport._pools[key]
        found.pool.close()
        return taken

    transport._pool = closing
    response = transport.send(job(config))
    assert (response.status, response.error) == (200, None)
    assert len(receiver.requests) == 2
    transport.close()


def test_what_goes_wrong_in_here_is_told_without_its_text(transport, receiver, caplog):
    config = system(receiver.url)
    config.redactor = None
    response = transport.send(job(config))
    assert (response.failure, response.error) == ("internal", "call failed: AttributeError")
    assert response.sent, "the partner has it, whatever happened afterwards"
    assert "Message 7: call failed: AttributeError at " in caplog.text


def test_logs_do_not_contain_the_url(transport, receiver, caplog):
    caplog.set_level(logging.DEBUG)
    transport.send(job(system(receiver.url + "/token-in-the-path")))
    assert "token-in-the-path" not in caplog.text
