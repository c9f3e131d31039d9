"""Asking partners: the same guard, authentication and words as deliveries, and everything bounded."""

import time
from contextlib import closing

import pytest
from relay import fetch
from relay.fetch import FetchError
from relay.transport import Transport

from . import hostile
from .hostile import Server
from .pki import Authority, server_context
from .receiver import Answer, Receiver
from .test_certificates import config
from .test_oauth import Partner, token
from .test_transport import BOX, system

PAGE = b'{"events": []}'
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def test_what_is_asked():
    with Receiver(lambda _request, _times: Answer(200, body=PAGE)) as partner:
        made = system(partner.url, auth_type="bearer", auth_secret_enc=BOX.encrypt("t0ken"))
        assert fetch.get(made, partner.url + "/feed?kind=a", {"after": "1 2"}) == PAGE
        ((request, _answer),) = partner.requests
    assert request.path == "/feed?kind=a&after=1+2"
    assert request.headers["authorization"] == "Bearer t0ken"
    assert request.headers["accept"] == "application/json"
    assert "content-type" not in request.headers
    assert not request.body


def test_with_an_oauth2_token_which_is_replaced_when_refused():
    with Partner(token("tok-1"), token("tok-2")) as partner, closing(Transport()) as transport:
        for _page in range(2):
            assert fetch.get(partner.config(), partner.url + "/feed", transport=transport) == b'{"ok":true}'
        partner.good.remove("tok-1")
        assert fetch.get(partner.config(), partner.url + "/feed", transport=transport) == b'{"ok":true}'
        assert partner.got() == ["Bearer tok-1"] * 3 + ["Bearer tok-2"]
        with pytest.raises(FetchError, match="no token"):
            fetch.get(partner.config(oauth_token_url="http://127.0.0.1:1/token"), partner.url + "/feed")


def test_with_a_client_certificate(tmp_path):
    authority = Authority()
    context = server_context(authority.issue("127.0.0.1"), tmp_path, clients=authority.certificate)
    with Server(hostile.answers(WHOLE), context) as server:
        assert fetch.get(config(server, authority, authority.issue("odoo client")), server.url) == b"{}"
        with pytest.raises(FetchError, match=r"client certificate|turned us away|TLS failed"):
            fetch.get(config(server, authority), server.url)


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (hostile.status(500), "HTTP 500"),
        (hostile.status(302, b"Location: http://127.0.0.1/\r\n"), "redirects are not followed"),
        (hostile.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 5_000_000), "larger than"),
        (hostile.answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"), "broke off"),
        (hostile.hangs_up, "hung up"),
        (hostile.greets, "not HTTP|broken"),
    ],
)
def test_no_usable_answer_is_told_in_words(behave, words):
    with Server(behave) as server, pytest.raises(FetchError, match=words) as caught:
        fetch.get(system(server.url), server.url)
    assert "127.0.0.1" not in str(caught.value)


def test_a_partner_that_drips_is_cut_off():
    begun = time.monotonic()
    dripping = hostile.drips(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b"x" * 900)
    with Server(dripping) as server, pytest.raises(FetchError, match=r"no complete answer|broke off"):
        fetch.get(system(server.url), server.url, deadline=0.5)
    assert time.monotonic() - begun < 5


def test_an_address_that_must_not_be_asked_is_not():
    with Receiver() as partner, pytest.raises(FetchError, match="not a public address"):
        fetch.get(system(partner.url, allowed_networks=""), partner.url)
    assert not partner.requests


def test_a_body_is_posted_as_json_and_any_status_is_an_answer():
    with Receiver(lambda _request, _times: Answer(422, (("Retry-After", "7"),), body=b'{"no":1}')) as partner:
        made = system(partner.url, auth_type="bearer", auth_secret_enc=BOX.encrypt("t0ken"), content_type="text/plain")
        answer = fetch.ask(made, partner.url + "/trackers", {"a": "1"}, body=b'{"number":"1"}')
        ((request, _answer),) = partner.requests
    assert (answer.status, answer.data, answer.retry_after) == (422, b'{"no":1}', "7")
    assert (request.path, request.body) == ("/trackers?a=1", b'{"number":"1"}')
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer t0ken"


def test_the_status_of_a_refusal_is_told():
    with Server(hostile.status(404)) as server, pytest.raises(FetchError, match="HTTP 404") as caught:
        fetch.get(system(server.url), server.url)
    assert caught.value.status == 404
