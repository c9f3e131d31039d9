"""The simulators' shared behaviour, over real processes and sockets: signatures, repeats, faults, log, control."""

import json
import time
from datetime import datetime, timedelta, timezone

import pytest

from tests.simulators import inbox as stand_in
from tests.simulators.inbox import SECRET_IN, SECRET_OUT, StandInInbox, event, signed
from tests.simulators.process import SimulatorProcess, wait_for

PURCHASE = {"purchase": "P00001", "lines": [{"line": 1, "sku": "DESK", "quantity": 5.0}]}


@pytest.fixture(scope="module")
def inbox():
    with StandInInbox(SECRET_OUT) as server:
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def process(inbox, tmp_path_factory):
    log = tmp_path_factory.mktemp("log") / "supplier.jsonl"
    options = {"odoo": inbox.url, "slug": "supplier-slug", "secret_in": SECRET_IN, "secret_out": SECRET_OUT}
    with SimulatorProcess("supplier", log=log, settings={"push_backoff_s": 0.02}, **options) as simulator:
        simulator.log_file = log
        yield simulator


@pytest.fixture
def supplier(process, inbox):
    inbox.clear()
    process.reset()
    process.control(auto=False)
    return process


def tell(simulator, data=None, **signing):
    """Send a purchase request; (status, answer)."""
    return stand_in.tell(simulator, "purchase.requested", data or PURCHASE, **signing)


def test_health_says_who_and_hides_secrets(supplier):
    health = supplier.health()
    assert health["kind"] == "supplier"
    assert health["configured"] is True
    assert "whsec_" not in json.dumps(health)


def test_valid_signature_is_accepted_and_logged(supplier):
    body = event("purchase.requested", PURCHASE)
    headers = signed(body)
    assert supplier.request("POST", "/webhook", body, headers)[0] == 200
    (row,) = supplier.received("purchase.requested")
    assert row["verified"] is True
    assert row["repeat"] is False
    assert row["status"] == 200
    assert row["body"] == body.decode()
    assert row["webhook_id"] == headers["webhook-id"]
    assert supplier.state()["purchases"]["P00001"]["asked"] == 1


@pytest.mark.parametrize("how", ["wrong secret", "changed body", "old", "missing", "malformed"])
def test_bad_signature_is_refused_and_logged(supplier, how):
    body = event("purchase.requested", PURCHASE)
    headers = signed(body)
    if how == "wrong secret":
        headers = signed(body, secret=SECRET_OUT)
    elif how == "changed body":
        body = body.replace(b"5.0", b"9.0")
    elif how == "old":
        headers = signed(body, at=datetime.now(timezone.utc) - timedelta(minutes=6))
    elif how == "missing":
        headers = {}
    else:
        headers["webhook-signature"] = "nonsense"
    status, _ = supplier.request("POST", "/webhook", body, headers)
    assert status == 401
    (row,) = supplier.received()
    assert row["verified"] is False
    assert supplier.state()["purchases"] == {}


def test_no_secret_lets_nothing_through(inbox):
    with SimulatorProcess("supplier", odoo=inbox.url) as simulator:
        assert simulator.health()["configured"] is False
        assert tell(simulator)[0] == 401
        simulator.control(secret_in=SECRET_IN, secret_out=SECRET_OUT, slug="late")
        assert simulator.health()["configured"] is True
        assert tell(simulator)[0] == 200


def test_not_an_envelope_is_400(supplier):
    body = b'{"hello": "world"}'
    assert supplier.request("POST", "/webhook", body, signed(body))[0] == 400


def test_repeat_has_no_second_effect_but_is_logged(supplier):
    body = event("purchase.requested", PURCHASE)
    first = supplier.request("POST", "/webhook", body, signed(body, webhook_id="msg_same"))
    second = supplier.request("POST", "/webhook", body, signed(body, webhook_id="msg_same"))
    assert (first[1]["status"], second[1]["status"]) == ("accepted", "duplicate")
    assert [row["repeat"] for row in supplier.received()] == [False, True]
    assert supplier.state()["purchases"]["P00001"]["asked"] == 1


def test_slow_answers_late_and_acts(supplier):
    supplier.control(mode="slow", delay_s=0.6, times=1)
    begin = time.monotonic()
    assert tell(supplier)[0] == 200
    assert time.monotonic() - begin >= 0.6
    begin = time.monotonic()
    tell(supplier)
    assert time.monotonic() - begin < 0.5


def test_hanging_request_is_visible_and_ends_when_lifted(supplier):
    supplier.control(mode="slow", delay_s=60)
    with pytest.raises(OSError):
        tell(supplier, timeout=0.3)
    (row,) = supplier.received()
    assert "status" not in row
    supplier.control(mode="ok")
    wait_for(lambda: supplier.received()[0].get("status") == 200, 5, "the hanging answer to end")
    assert supplier.state()["purchases"]["P00001"]["asked"] == 1


def test_down_closes_the_connection_unread(supplier):
    supplier.control(mode="down", times=2)
    for _ in range(2):
        with pytest.raises(OSError):
            tell(supplier)
    assert tell(supplier)[0] == 200
    log = supplier.log()
    assert (len(log["refused"]), len(log["received"])) == (2, 1)


def test_429_has_retry_after_and_no_effect(supplier):
    import urllib.error
    import urllib.request

    supplier.control(mode="429", retry_after=7, times=1)
    body = event("purchase.requested", PURCHASE)
    request = urllib.request.Request(supplier.url + "/webhook", body, signed(body), method="POST")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=5)
    assert caught.value.code == 429
    assert caught.value.headers["Retry-After"] == "7"
    assert supplier.state()["purchases"] == {}


@pytest.mark.parametrize("status", [500, 503, 410, 302])
def test_any_status_without_effect(supplier, status):
    supplier.control(mode=str(status), times=1)
    assert tell(supplier)[0] == status
    assert supplier.state()["purchases"] == {}
    assert supplier.received()[0]["fault"] == str(status)


def test_drop_reply_acts_then_hangs_up(supplier):
    supplier.control(mode="drop_reply", times=1)
    with pytest.raises(OSError):
        tell(supplier, webhook_id="msg_dropped")
    assert supplier.received()[0]["reply_dropped"] is True
    assert supplier.state()["purchases"]["P00001"]["asked"] == 1
    # The sender's retry is recognised: dropped replies do not double the effect.
    assert tell(supplier, webhook_id="msg_dropped")[1]["status"] == "duplicate"


def test_garbage_answers_200_that_is_not_json(supplier):
    supplier.control(mode="garbage", times=1)
    status, answer = tell(supplier)
    assert status == 200
    assert isinstance(answer, bytes)
    assert supplier.state()["purchases"]["P00001"]["asked"] == 1


def test_fault_for_a_path_only_until_changed(supplier):
    supplier.control(mode="500", path="/elsewhere")
    assert tell(supplier)[0] == 200
    assert supplier.request("GET", "/elsewhere/x")[0] == 500
    supplier.control(mode="ok", path="/elsewhere")
    assert supplier.request("GET", "/elsewhere/x")[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        {"mode": "sleepy"},
        {"mode": "slow", "delay_s": "x"},
        {"mode": "500", "for": 0},
        {"colour": "red"},
        {"auto": "yes"},
    ],
)
def test_control_refuses_what_it_does_not_know(supplier, body):
    status, answer = supplier.request("POST", "/_control", body)
    assert status == 400
    assert answer["error"]


def test_act_refuses_what_it_does_not_know(supplier):
    status, answer = supplier.request("POST", "/_act", {"do": "dance"})
    assert status == 400
    assert "acknowledge" in answer["error"]


def test_push_is_signed_and_logged(supplier, inbox):
    (push,) = supplier.act("push", type="purchase.acknowledged", data={"purchase": "P00009", "lines": []})
    assert (push["status"], push["attempts"]) == (202, 1)
    (call,) = inbox.calls
    assert call["verified"] is True
    assert call["path"] == "/logistics/inbox/supplier-slug"
    assert call["json"]["specversion"] == "1.0"
    (row,) = supplier.sent()
    assert (row["webhook_id"], row["status"], row["body"]) == (call["id"], 202, call["raw"].decode())


def test_push_is_retried_with_the_same_id(supplier, inbox):
    inbox.answers[:] = [(500, {}), (429, {"Retry-After": "0"}), (503, {})]
    (push,) = supplier.act("push", type="purchase.acknowledged", data={})
    assert (push["status"], push["attempts"]) == (202, 4)
    assert len({call["id"] for call in inbox.calls}) == 1
    assert len({call["raw"] for call in inbox.calls}) == 1
    assert [row["attempt"] for row in supplier.sent()] == [1, 2, 3, 4]


def test_push_refused_for_good_is_not_retried(supplier, inbox):
    inbox.answers[:] = [(400, {})]
    (push,) = supplier.act("push", type="purchase.acknowledged", data={})
    assert (push["status"], push["attempts"]) == (400, 1)


def test_push_survives_a_dead_odoo(supplier, inbox):
    supplier.control(odoo="http://127.0.0.1:9")
    supplier.act("push", type="purchase.acknowledged", data={}, wait=False)
    wait_for(lambda: any(row.get("error") for row in supplier.sent()), 5, "a refused connection")
    supplier.control(odoo=inbox.url)
    wait_for(lambda: inbox.calls, 5, "the push to arrive after all")


def test_bad_and_missing_signature_pushes(supplier, inbox):
    supplier.act("push", type="purchase.acknowledged", data={}, bad_signature=True)
    supplier.act("push", type="purchase.acknowledged", data={}, unsigned=True)
    supplier.control(send_bad_signature=True, times=1)
    supplier.act("push", type="purchase.acknowledged", data={})
    supplier.act("push", type="purchase.acknowledged", data={})
    assert [call["verified"] for call in inbox.calls] == [False, False, False, True]


def test_raw_and_garbage_pushes(supplier, inbox):
    supplier.act("push", raw="not json at all")
    supplier.control(send_garbage=True, times=1)
    supplier.act("push", type="purchase.acknowledged", data={})
    assert [(call["verified"], call["json"]) for call in inbox.calls] == [(True, None), (True, None)]


@pytest.mark.parametrize("value", [True, "parallel"])
def test_send_twice_repeats_id_and_bytes(supplier, inbox, value):
    supplier.control(send_twice=value, times=1)
    supplier.act("push", type="purchase.acknowledged", data={})
    supplier.act("push", type="purchase.acknowledged", data={})
    ids = [call["id"] for call in inbox.calls]
    assert len(ids) == 3
    assert ids[0] == ids[1] != ids[2]


def test_out_of_order_says_the_newest_first(supplier, inbox):
    supplier.control(out_of_order=True, collect_s=0.2)
    for number in range(3):
        supplier.act("push", type="purchase.acknowledged", data={"n": number}, wait=False)
    wait_for(lambda: len(inbox.calls) == 3, 5, "three pushes")
    assert [call["json"]["data"]["n"] for call in inbox.calls] == [2, 1, 0]
    times = [call["json"]["time"] for call in inbox.calls]
    assert times == sorted(times, reverse=True)


def test_supplier_acknowledges_by_itself_and_by_hand(supplier, inbox):
    supplier.control(auto=True, answer_delay_s=0.05)
    planned = {
        "purchase": "P1",
        "lines": [{"line": 4, "sku": "A", "quantity": 2.0, "planned_at": "2026-05-01 08:00:00"}],
    }
    tell(supplier, data=planned)
    call = wait_for(lambda: inbox.of("purchase.acknowledged"), 5, "the acknowledgement")[0]
    line = {"line": 4, "sku": "A", "quantity": 2.0, "promised_at": "2026-05-01T08:00:00Z"}
    assert call["json"]["data"] == {"purchase": "P1", "lines": [line]}
    assert call["json"]["causationid"]
    supplier.act("acknowledge", purchase="P1", late_days=3)
    assert inbox.of("purchase.acknowledged")[1]["json"]["data"]["lines"][0]["promised_at"].startswith("2026-05-04")


def test_log_is_also_a_file_of_json_lines(supplier):
    tell(supplier)
    rows = [json.loads(line) for line in supplier.log_file.read_text().splitlines()]
    assert rows[-1]["type"] == "logistics.purchase.requested"
    assert rows[-1]["kind"] == "received"


def test_reset_forgets_and_kill_is_survived_on_the_same_port(supplier):
    tell(supplier)
    supplier.reset()
    assert supplier.log() == {"received": [], "sent": [], "refused": []}
    url = supplier.url
    supplier.kill()
    with pytest.raises(OSError):
        supplier.health()
    supplier.start()
    assert supplier.url == url
    assert tell(supplier)[0] == 200


def test_wrong_arguments_end_with_a_clear_message():
    with pytest.raises(RuntimeError, match="did not start"):
        SimulatorProcess("supplier", secret_in="whsec_")
