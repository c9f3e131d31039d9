"""OAuth2 client credentials against a real token endpoint: what is asked, what is kept, what is never told."""

import base64
import json
import logging
import threading
import time
from urllib.parse import parse_qs

import pytest
from relay import oauth
from relay.diagnosis import CallFailed
from relay.transport import Transport

from . import hostile
from .hostile import Server
from .receiver import Answer, Receiver
from .test_failures import call
from .test_transport import BOX, job, system

SECRET = "s3cret/+ &ü"


def token(value="tok-1", life=3600, **fields):
    return Answer(
        200, body=json.dumps({"access_token": value, "token_type": "Bearer", "expires_in": life, **fields}).encode()
    )


class Partner(Receiver):
    """A partner with a token endpoint at /token; ``tokens`` is what it answers there, the last one for ever."""

    def __init__(self, *answers):
        super().__init__(self._decide)
        self.answers = list(answers) or [token()]
        self.good = {"tok-1", "tok-2", "tok-3"}

    def _decide(self, request, _times):
        if request.path == "/token":
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return Answer(200 if given in self.good else 401)

    def asked(self):
        return [request for request, _answer in self.requests if request.path == "/token"]

    def got(self):
        return [request.headers["authorization"] for request, _answer in self.requests if request.path != "/token"]

    def config(self, **values):
        return system(
            self.url + "/hook",
            **{
                "auth_type": "oauth2", "auth_user": "odoo client", "auth_secret_enc": BOX.encrypt(SECRET),
                "oauth_token_url": self.url + "/token", "oauth_method": "client_secret_basic", **values,
            },
        )  # fmt: skip


@pytest.fixture
def transport():
    made = Transport()
    yield made
    made.close()


def test_one_token_for_many_deliveries(transport):
    with Partner() as partner:
        config = partner.config(oauth_scope="events.write a", oauth_audience="https://api.partner")
        responses = [transport.send(job(config)) for _ in range(3)]
    assert [response.status for response in responses] == [200, 200, 200]
    assert responses[0].phases.auth_ms > 0
    assert responses[1].phases.auth_ms < responses[0].phases.auth_ms
    (asked,) = partner.asked()
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"], "scope": ["events.write a"], "audience": ["https://api.partner"],
    }  # fmt: skip
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "webhook-signature" not in asked.headers
    user, _colon, password = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).partition(b":")
    assert (user, password) == (b"odoo+client", b"s3cret%2F%2B+%26%C3%BC"), "RFC 6749 2.3.1: form-encoded before base64"
    assert partner.got() == ["Bearer tok-1"] * 3


def test_secret_in_the_body(transport):
    with Partner() as partner:
        assert transport.send(job(partner.config(oauth_method="client_secret_post"))).status == 200
    (asked,) = partner.asked()
    assert "authorization" not in asked.headers
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"], "client_id": ["odoo client"], "client_secret": [SECRET],
    }  # fmt: skip


def test_many_threads_fetch_once(transport):
    with Partner(token()._replace(delay=0.3)) as partner:
        config = partner.config()
        found = []
        threads = [threading.Thread(target=lambda: found.append(transport.send(job(config)))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [response.status for response in found] == [200] * 8
    assert len(partner.asked()) == 1


def test_a_token_endpoint_that_is_down_is_asked_once_not_by_every_thread(transport):
    with Partner(Answer(500, delay=0.3)) as partner:
        config = partner.config()
        found = []
        threads = [threading.Thread(target=lambda: found.append(transport.send(job(config)))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(partner.asked()) == 1
        assert {response.failure for response in found} == {"http_server"}
        partner.answers = [token()]
        assert transport.send(job(config)).status == 200, "the failure is not kept"


def test_a_kept_token_that_is_refused_is_replaced_at_once(transport):
    with Partner(token("tok-1"), token("tok-2")) as partner:
        config = partner.config()
        assert transport.send(job(config)).status == 200
        partner.good = {"tok-2"}
        assert transport.send(job(config)).status == 200
        assert partner.got() == ["Bearer tok-1", "Bearer tok-1", "Bearer tok-2"]
        ids = {request.id for request, _answer in partner.requests if request.path == "/hook"}
        assert ids == {"msg_7"}


def test_a_new_token_that_is_refused_is_not_fetched_again_and_again(transport):
    with Partner(token("bad")) as partner:
        config = partner.config()
        for _ in range(2):
            response, outcome = call(config, transport)
            assert (response.status, outcome.failure, response.sent) == (401, "auth", True)
        assert len(partner.asked()) == 2, "once per attempt"


def test_tokens_end(monkeypatch):
    now = [1000.0]
    tokens = oauth.Tokens(clock=lambda: now[0])
    config = Partner.config(type("Url", (), {"url": "http://127.0.0.1:1"}))
    made = []

    def fetch():
        made.append(f"tok-{len(made)}")
        return oauth.read_answer(200, token(made[-1], 600).body)

    assert tokens.get(config, fetch, 1) == ("tok-0", True)
    now[0] += 539
    assert tokens.get(config, fetch, 1) == ("tok-0", False)
    now[0] += 2
    assert tokens.get(config, fetch, 1) == ("tok-1", True), "not in its last minute"
    # a token is good for the settings it was fetched with
    other = Partner.config(type("Url", (), {"url": "http://127.0.0.1:1"}), oauth_scope="more")
    assert tokens.get(other, fetch, 1) == ("tok-2", True)
    tokens.drop(other, "tok-1")
    assert tokens.get(other, fetch, 1) == ("tok-2", False), "another one is dropped by nobody"
    tokens.drop(other, "tok-2")
    assert tokens.get(other, fetch, 1) == ("tok-3", True)


@pytest.mark.parametrize(
    ("life", "seconds"),
    [(3600, 3540), (120, 60), (60, 30), (0, 0), ("3600", 3540), (None, 240), ("soon", 240), (float("nan"), 240),
     (10**9, 86340), (-5, 0), (True, 0.5)],
)  # fmt: skip
def test_life_of_a_token(life, seconds):
    assert oauth.read_answer(200, token("t", life).body) == ("t", seconds)


@pytest.mark.parametrize(
    ("answer", "failure", "words"),
    [
        (
            Answer(400, body=b'{"error":"invalid_scope"}'),
            "auth",
            "HTTP 400: the partner does not accept the call (invalid_scope)",
        ),
        (Answer(401, body=b'{"error":"invalid_client"}'), "auth", "credentials are refused (invalid_client)"),
        (Answer(401, body=b'{"error":"no <b>such</b> client s3cret"}'), "auth", "credentials are refused"),
        (Answer(403, body=b"[]"), "auth", "HTTP 403"),
        (Answer(404), "http_client", "HTTP 404"),
        (Answer(302, headers=(("Location", "http://127.0.0.1:1/"),)), "redirect", "HTTP 302"),
        (Answer(429), "throttled", "HTTP 429"),
        (Answer(503), "http_server", "HTTP 503"),
        (Answer(200, body=b"<html>"), "auth", "contains none"),
        (Answer(200, body=b"[]"), "auth", "contains none"),
        (Answer(200, body=b'{"access_token":7}'), "auth", "contains none"),
        (Answer(200, body=b'{"access_token":"a b"}'), "auth", "contains none"),
        (Answer(200, body=b'{"access_token":"a\\r\\nX-Evil: 1"}'), "auth", "contains none"),
        (token("t", token_type="mac"), "auth", "another kind"),
        (Answer(200, delay=5), "timeout", "no token: no answer within 0.6 s"),
        (Answer(drop=True), "reset", "no token: connection broken"),
    ],
)
def test_no_token(answer, failure, words):
    with Partner(answer) as partner:
        response, outcome = call(partner.config(timeout=0.6))
    assert (response.status, outcome.failure, outcome.name) == (None, failure, "retry")
    assert words in outcome.error and outcome.error.startswith("no token: ")
    assert not response.sent, "the partner got nothing"
    assert not partner.got()
    assert response.phases.auth_ms > 0


def test_the_token_endpoint_is_guarded_like_any_other():
    with Partner() as partner:
        config = partner.config(oauth_token_url="http://localhost:1/token", allowed_networks="127.0.0.0/8")
        assert call(config)[1].failure == "connect"
        config = partner.config(oauth_token_url="http://10.0.0.1/token")
        _response, outcome = call(config)
        assert (outcome.failure, partner.requests) == ("refused_address", [])
        assert "10.0.0.1 is not a public address" in outcome.error
        config = partner.config(allow_http=False)
        assert "Token URL: Plain http is not allowed" in call(config)[1].error


def test_drips_from_both_ends_stay_within_the_budget():
    """A slow token endpoint and a slow partner together take no longer than the lease is reckoned with."""
    with Server(hostile.drips(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 300)) as slow, Partner() as partner:
        config = partner.config(oauth_token_url=slow.url, timeout=0.5)
        begin = time.monotonic()
        _response, outcome = call(config)
        assert time.monotonic() - begin < config.budget + 0.5
        assert (outcome.failure, outcome.error) == ("deadline", "no token: no complete answer within 0.5 s")
        assert config.lease >= 3 * config.budget


def test_nothing_is_told(transport, caplog):
    caplog.set_level(logging.DEBUG)
    echo = {"error": "invalid_client", "error_description": SECRET}
    with Partner(Answer(401, body=json.dumps(echo).encode()), token("tok-very-secret")) as partner:
        config = partner.config(oauth_token_url=partner.url + "/token?key=in-the-url")
        partner.rule = lambda request, times: (
            partner.answers.pop(0)
            if request.path.startswith("/token")
            else Answer(500, body=f"you sent {request.headers['authorization']} {SECRET}".encode())
        )
        refused, delivered = transport.send(job(config)), transport.send(job(config))
    assert delivered.status == 500
    for text in (refused.error, refused.excerpt, delivered.excerpt, caplog.text, repr(config), repr(config.oauth)):
        for secret in (SECRET, "tok-very-secret", "in-the-url", config.oauth.basic()):
            assert secret not in text
    assert "[secret]" in delivered.excerpt


def test_errors_of_reading_are_told_by_class():
    with pytest.raises(CallFailed) as caught:
        oauth.read_answer(500, b"\xff")
    assert (caught.value.code, caught.value.hopeless) == ("http_server", False)
