"""Clients that make facts happen while everything breaks around them, and what of it was committed in the end.

What a client is told does not count: after a kill nobody knows whether a transaction was committed. What counts is the
document itself, read when all is over.
"""

import threading
import time

import psycopg2
import requests

from tests import partners

CLIENTS = 3
# Odoo: an action like those administrators write, on quotations that count their facts
COUNTED = "logistics.chaos.counted"
CONFIRMED = "logistics.order.confirmed"
ACTION = f"""
for order in records.sorted("id"):
    number = int(order.client_order_ref or 0) + 1
    order.write({{"client_order_ref": str(number)}})
    order._logistics_emit("{COUNTED}", {{"number": number, "token": env.context.get("chaos_token")}})
if env.context.get("chaos") == "raise":
    raise UserError("rolled back on purpose")
if env.context.get("chaos") == "commit":
    env.cr.execute("INSERT INTO chaos_guard VALUES (1), (1)")
"""


class Facts:
    """A few client threads.

    :param stage: the stage they work on
    :param str partner_url: base address of the partner; each system has a path of its own
    :param int systems: how many systems get everything
    :param chance: :class:`random.Random`
    """

    def __init__(self, stage, partner_url, systems, chance):
        self.stage, self.url, self.chance = stage, partner_url, chance
        self.paths = [f"/{number}" for number in range(systems)]
        self.rolled_back = self.unknown = self.said_done = 0
        self.enough = False
        self._stop = threading.Event()
        self._threads = []

    def start(self):
        """Let the clients loose."""
        for number in range(CLIENTS):
            thread = threading.Thread(target=self._run, args=(number,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self):
        """No more facts."""
        self._stop.set()
        for thread in self._threads:
            thread.join(90)

    def _run(self, number):
        while not self._stop.is_set():
            if self.enough:
                self._stop.wait(0.1)
                continue
            try:
                self.one(number)
                self.said_done += 1
            except (psycopg2.Error, requests.RequestException, ValueError, OSError):
                self.unknown += 1
                self._stop.wait(0.3)
            except RuntimeError:  # Odoo said no: rolled back, on purpose or after too many conflicts
                self.rolled_back += 1
            self._stop.wait(self.chance.uniform(0.0, 0.06))


class BareFacts(Facts):
    """Transactions as Odoo writes them, some rolled back at the end. Each client has documents of its own."""

    KEYS = 20

    def set_up(self):
        """One system per path."""
        for path in self.paths:
            self.stage.world.add_system(self.url + path, retry_schedule=",".join(["0.05"] * 60))
        self._numbers = {}

    def one(self, client):
        """One transaction over some documents."""
        facts = []
        for key in self.chance.sample(range(self.KEYS), 4):
            name = f"D{client}/{key}"
            self._numbers[name] = self._numbers.get(name, 0) + 1
            facts.append((name, self._numbers[name]))
        connection = self.stage.world.connect()
        try:
            self.stage.world.emit(*facts, connection=connection)
            if self.chance.random() < 0.15:
                connection.rollback()
                raise RuntimeError
            connection.commit()
            with connection.cursor() as cr:
                cr.execute("NOTIFY logistics_outbox")
            connection.commit()
        finally:
            connection.close()

    def committed(self, cr):
        """What is owed: a set of (path, type, key, number)."""
        cr.execute("SELECT type_name, ordering_key, body::json->'data'->>'number' FROM logistics_event")
        return {(path, kind, key, int(number)) for kind, key, number in cr.fetchall() for path in self.paths}


class OdooFacts(Facts):
    """Users of Odoo over JSON-RPC: quotations that count, orders that are confirmed.

    Several clients change the same quotations, so Odoo meets serialization failures and tries again by itself. Some
    transactions fail in the end, some only at the commit, when their events are written already.
    """

    QUOTATIONS = 30

    def set_up(self):
        """Systems, event type, the action and the quotations, as an administrator makes them."""
        rpc = self._rpc = self.stage.stack
        kind = partners.upsert(
            rpc, "logistics.event.type", [("name", "=", COUNTED)], {"name": COUNTED, "description": "Counted"}
        )
        confirmed = partners.one(rpc, "logistics.event.type", [("name", "=", CONFIRMED)])["id"]
        for path in self.paths:
            values = {
                "name": f"Chaos {path}", "code": f"CHAOS{path[1:]}", "kind": "crm", "outbound_url": self.url + path,
                "allow_http": True, "allowed_networks": "127.0.0.0/8", "retry_schedule": ",".join(["1"] * 90),
                "secret_out": self.stage.secret, "timeout": 10.0, "environment": "test",
            }  # fmt: skip
            system = partners.upsert(rpc, "logistics.system", [("code", "=", values["code"])], values)
            wanted = {"name": "all", "system_id": system, "event_type_ids": [(6, 0, [kind, confirmed])]}
            partners.upsert(rpc, "logistics.subscription", [("system_id", "=", system)], wanted)
        model = partners.one(rpc, "ir.model", [("model", "=", "sale.order")])["id"]
        action = {"name": "Count", "model_id": model, "state": "code", "code": ACTION}
        self._action = rpc.execute("ir.actions.server", "create", action)
        self._partner = rpc.execute("res.partner", "create", {"name": "Chaos"})
        self._product = rpc.execute("product.product", "create", {"name": "Chaos", "detailed_type": "service"})
        quotations = [{"partner_id": self._partner} for _ in range(self.QUOTATIONS)]
        self._quotations = rpc.execute("sale.order", "create", quotations)
        with self.stage.cursor() as cr:
            cr.execute("CREATE TABLE IF NOT EXISTS chaos_guard (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")

    def one(self, client):
        """One request of a user."""
        kind = self.chance.random()
        if kind < 0.05:
            line = {"product_id": self._product, "product_uom_qty": 1}
            values = {"partner_id": self._partner, "order_line": [(0, 0, line)]}
            order = self._rpc.execute("sale.order", "create", values)
            self._rpc.execute("sale.order", "action_confirm", [order])
            return
        ids = self.chance.sample(self._quotations, self.chance.randint(1, 4))
        context = {"active_model": "sale.order", "active_ids": ids, "active_id": ids[0]}
        context["chaos_token"] = f"{client}-{time.monotonic_ns()}"
        context["chaos"] = "raise" if kind > 0.92 else "commit" if kind > 0.86 else ""
        self._rpc.execute("ir.actions.server", "run", [self._action], context=context)

    def committed(self, cr):
        """What is owed, from the orders themselves."""
        cr.execute(
            "SELECT id, COALESCE(client_order_ref, '0')::int, state FROM sale_order WHERE partner_id = %s",
            [self._partner],
        )
        found = set()
        for order, count, state in cr.fetchall():
            key = f"sale.order/{order}"
            for path in self.paths:
                found |= {(path, COUNTED, key, number) for number in range(1, count + 1)}
                if state == "sale":
                    found.add((path, CONFIRMED, key, None))
        return found
