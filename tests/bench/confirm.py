"""Confirms orders in a database and says what each cost: a program that ``emission`` keeps beside another one.

``python -m tests.bench.confirm CONF DATABASE``: for each number read, so many orders are made and then confirmed one by
one, each in a transaction of its own; the answer is JSON. In a database with the suite the emission is clocked apart.
"""

import json
import os
import sys
import time

LINES, PRODUCTS = 3, 20


class Clock:
    """Time and statements of a method, calls within it that are not its own left out."""

    def __init__(self, cr):
        self.cr, self.seconds, self.queries = cr, 0.0, 0

    def around(self, function, sign=1):
        """The function with the clock running (or, with -1, standing) meanwhile."""

        def clocked(*args, **kwargs):
            begin, before = time.perf_counter(), self.cr.sql_log_count
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += sign * (time.perf_counter() - begin)
                self.queries += sign * (self.cr.sql_log_count - before)

        return clocked


def clock_emission(env):
    """Clock what the suite does to get a fact into the log; the handlers of the fact are not part of it."""
    clock = Clock(env.cr)
    if "logistics.event" in env:
        event = type(env["logistics.event"])
        event._emit = clock.around(event._emit)
        event._moment = clock.around(event._moment, -1)
        event._write_pending = clock.around(event._write_pending)
    return clock


def prepare(env):
    """A customer, goods on stock and, with the suite, three subscriptions to what a confirmation says."""
    stock = env["stock.warehouse"].search([], limit=1).lot_stock_id
    customer = env["res.partner"].create(
        {"name": "Bench", "street": "Kaai 1", "city": "Ghent", "zip": "9000", "country_id": env.ref("base.be").id}
    )
    values = [{"name": f"Bench {n}", "detailed_type": "product", "list_price": 10} for n in range(PRODUCTS)]
    products = env["product.product"].create(values)
    for product in products:
        env["stock.quant"]._update_available_quantity(product, stock, 1_000_000)
    if "logistics.system" in env:
        types = env["logistics.event.type"].search([("name", "=like", "logistics.order.%")])
        for number in range(3):
            system = env["logistics.system"].create(
                {"name": f"Bench {number}", "code": f"BENCH{number}", "kind": "crm"}
            )
            env["logistics.subscription"].create(
                {"name": "orders", "system_id": system.id, "event_type_ids": [(6, 0, types.ids)]}
            )
    env.cr.commit()
    return customer, products


def confirm(env, clock, customer, products, count):
    """What each of so many confirmations cost: ms and statements in all, and of the emission."""
    lines = [
        [(0, 0, {"product_id": products[(n + k) % PRODUCTS].id, "product_uom_qty": 1}) for k in range(LINES)]
        for n in range(count)
    ]
    orders = env["sale.order"].create([{"partner_id": customer.id, "order_line": line} for line in lines])
    env.cr.commit()
    found = []
    for order in orders:
        env.invalidate_all()
        clock.seconds, clock.queries = 0.0, 0
        before, begin = env.cr.sql_log_count, time.perf_counter()
        order.action_confirm()
        env.cr.commit()
        took = time.perf_counter() - begin
        found.append((took * 1000, env.cr.sql_log_count - before, clock.seconds * 1000, clock.queries))
    return found


def main(conf, database):
    """Serve until standard input closes."""
    said = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    import odoo

    odoo.tools.config.parse_config(["-c", conf, "-d", database, "--log-level=error"])
    with odoo.registry(database).cursor() as cr:
        # tracking and mail are the same in both databases; without them the suite's share is seen sharper
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True})
        clock = clock_emission(env)
        customer, products = prepare(env)
        for line in sys.stdin:
            said.write(json.dumps(confirm(env, clock, customer, products, int(line))) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
