"""Webhooks taken in per second by one process: ours verified and stored, beside Odoo's own that checks nothing."""

import base64
import json
import secrets
import threading
import time
import uuid

import urllib3
from relay.signature import sign

from tests import partners
from tests.bench import places
from tests.bench.report import Row, median, spread
from tests.rpc import Rpc

CLIENTS = 4


def _rate(url, count, headers, body):
    """Answers per second over kept-alive connections; every answer must be a 2xx."""
    pool = urllib3.PoolManager(maxsize=CLIENTS, block=True)
    left, wrong = threading.Semaphore(count), []

    def client():
        while left.acquire(blocking=False):
            uid = str(uuid.uuid4())
            text = body(uid)
            answer = pool.request("POST", url, body=text, headers=headers(uid, text), retries=False)
            if not 200 <= answer.status < 300:
                wrong.append(answer.status)

    running = [threading.Thread(target=client) for _number in range(CLIENTS)]
    begin = time.monotonic()
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    took = time.monotonic() - begin
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {count} calls were answered {sorted(set(wrong))}")
    return count / took


def taken_in(context):
    """Both addresses of one running Odoo in turns, the same body."""
    count = 200 if context.quick else 1000
    ours, odoos = [], []
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    data = {"shipment": "S1", "status": "in_transit", "pad": "x" * 800}

    def body(uid):
        kind = "logistics.shipment.status_changed"
        return json.dumps({"specversion": "1.0", "id": uid, "source": "/bench", "type": kind, "data": data}).encode()

    def plain(_uid, _body):
        return {"Content-Type": "application/json"}

    def signed(uid, text):
        now = int(time.time())
        return {
            "Content-Type": "application/json", "webhook-id": uid, "webhook-timestamp": str(now),
            "webhook-signature": sign([secret], uid, now, text),
        }  # fmt: skip

    with places.running(context, places.suite(context)) as stack:
        rpc = Rpc(stack.url, stack.database)
        system = {"name": "Bench", "code": "BENCHIN", "kind": "carrier", "secret_in": secret, "inbound_rate": 0}
        system = rpc.execute("logistics.system", "create", system)
        slug = rpc.read("logistics.system", system, "inbound_slug")
        model = partners.one(rpc, "ir.model", [("model", "=", "res.partner")])["id"]
        rule = {
            "name": "Bench", "model_id": model, "trigger": "on_webhook", "record_getter": "model.browse(1)",
        }  # fmt: skip
        rule = rpc.execute("base.automation", "create", rule)
        hook = rpc.read("base.automation", rule, "webhook_uuid")
        inbox, webhook = f"{stack.url}/logistics/inbox/{slug}", f"{stack.url}/web/hook/{hook}"
        _rate(inbox, 50, signed, body)
        _rate(webhook, 50, plain, body)
        for _round in range(context.rounds(5, 2)):
            ours.append(_rate(inbox, count, signed, body))
            odoos.append(_rate(webhook, count, plain, body))
            context.say(f"  inbox {ours[-1]:,.0f}/s, /web/hook {odoos[-1]:,.0f}/s")
    ratio = median(ours) / median(odoos)
    return [
        Row(
            "webhooks taken in per second by one process, verified and stored", ">= Odoo's own unverified /web/hook",
            f"{spread(ours)} against {spread(odoos)}", f"{ratio:.2f} x", ratio >= 1.0, {"ours": ours, "odoo": odoos},
        )
    ]  # fmt: skip
