"""Evaluates the release of open orders and says how long it took: a program that ``release`` keeps beside it.

``python -m tests.bench.evaluate CONF DATABASE``: for each number read, the database is filled up to so many open
orders; all of them are evaluated as the worker does it, in chunks with a commit each, twice. Every kind of gate that
comes with the suite is asked; nothing is enforced. The answer is JSON.
"""

import json
import os
import sys
import time

from psycopg2 import sql

CHUNK, TEMPLATES, PRODUCTS, LINES = 200, 40, 60, 3
KINDS = ("credit", "date", "terms", "carrier", "customs", "margin", "cutoff", "system")


def prepare(env):
    """Customers with limits, a shipping method, goods of which one in ten is short, and a few orders to copy."""
    stock = env["stock.warehouse"].search([], limit=1)
    belgium = env.ref("base.be")
    stock.partner_id.country_id = belgium
    stock.out_type_id.reservation_method = "manual"
    customers = env["res.partner"].create(
        [
            {"name": f"Bench {n}", "street": "Kaai 1", "city": "Ghent", "zip": "9000", "phone": "1",
             "country_id": belgium.id, "credit_limit": 10**9}
            for n in range(10)
        ]
    )  # fmt: skip
    values = [
        {"name": f"Bench {n}", "detailed_type": "product", "list_price": 10, "standard_price": 5, "weight": 1}
        for n in range(PRODUCTS)
    ]
    products = env["product.product"].create(values)
    for index, product in enumerate(products):
        if index % 10:
            env["stock.quant"]._update_available_quantity(product, stock.lot_stock_id, 1_000_000)
    freight = env["product.product"].create({"name": "Freight", "type": "service"})
    carrier = env["delivery.carrier"].create({"name": "Ground", "product_id": freight.id})
    orders = env["sale.order"].create(
        [
            {
                "partner_id": customers[n % 10].id,
                "carrier_id": carrier.id,
                "commitment_date": "2040-01-01",
                "order_line": [
                    (0, 0, {"product_id": products[(n * LINES + k) % PRODUCTS].id, "product_uom_qty": 1})
                    for k in range(LINES)
                ],
            }
            for n in range(TEMPLATES)
        ]
    )
    orders.action_confirm()
    for kind in KINDS:
        env.ref(f"logistics_orchestration.gate_{kind}").active = True
    env.cr.commit()
    return orders


class Copies:
    """Copies rows that point to each other; confirming ten thousand orders one by one would take the whole bench."""

    def __init__(self, cr, count):
        self.cr, self.count, self.starts = cr, count, {}

    def plan(self, table, ids):
        """Rows of ``table`` that are copied; the copies get the ids after the last one."""
        self.cr.execute(sql.SQL("SELECT max(id) + 1 FROM {}").format(sql.Identifier(table)))
        self.starts[table] = (self.cr.fetchone()[0], list(ids))

    def _new_id(self, table, column):
        start, ids = self.starts[table]
        return sql.SQL("{} + g * {} + array_position({}, t.{}) - 1").format(
            sql.Literal(start), sql.Literal(len(ids)), sql.Literal(ids), sql.Identifier(column)
        )

    def make(self, table, links, named=False):
        """Copy the planned rows. ``links``: {column: table it points to}, for what points to copies."""
        self.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        columns = [row[0] for row in self.cr.fetchall()]
        values = []
        for column in columns:
            if column == "id":
                values.append(self._new_id(table, "id"))
            elif column in links:
                values.append(self._new_id(links[column], column))
            elif column == "name" and named:
                values.append(sql.SQL("t.name || '-' || {} || '-' || g").format(sql.Literal(self.starts[table][0])))
            else:
                values.append(sql.SQL("t.{}").format(sql.Identifier(column)))
        start, ids = self.starts[table]
        self.cr.execute(
            sql.SQL(
                "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t, generate_series(0, {last}) g"
                " WHERE t.id = ANY({ids})"
            ).format(
                table=sql.Identifier(table),
                columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
                values=sql.SQL(", ").join(values),
                last=sql.Literal(self.count - 1),
                ids=sql.Literal(ids),
            )
        )
        self.cr.execute("SELECT setval(%s, %s)", [f"{table}_id_seq", start + self.count * len(ids)])


def fill(env, templates, total):
    """Copy the confirmed orders with lines, transfers and moves until there are ``total`` open ones."""
    missing = total - env["sale.order"].search_count([("state", "=", "sale")])
    if missing > 0:
        env.flush_all()
        copies = Copies(env.cr, -(-missing // len(templates)))
        moves = env["stock.move"].search([("group_id", "in", templates.procurement_group_id.ids)])
        tables = {
            "sale_order": templates,
            "sale_order_line": templates.order_line,
            "procurement_group": templates.procurement_group_id,
            "stock_picking": moves.picking_id,
            "stock_move": moves,
        }
        for table, records in tables.items():
            copies.plan(table, records.ids)
        # what points to each other is there when all is: checked by the plan above, not by triggers row by row
        env.cr.execute("SET LOCAL session_replication_role = replica")
        copies.make("sale_order", {"procurement_group_id": "procurement_group"}, named=True)
        copies.make("sale_order_line", {"order_id": "sale_order"})
        copies.make("procurement_group", {"sale_id": "sale_order"}, named=True)
        copies.make("stock_picking", {"group_id": "procurement_group", "sale_id": "sale_order"}, named=True)
        links = {"group_id": "procurement_group", "picking_id": "stock_picking", "sale_line_id": "sale_order_line"}
        copies.make("stock_move", links)
        env.cr.commit()
        env.invalidate_all()
        env.cr.execute("ANALYZE")
        env.cr.commit()
    return env["sale.order"].search([("state", "=", "sale")], limit=total).ids


def evaluate(env, ids):
    """Seconds for all of them."""
    begin = time.perf_counter()
    for start in range(0, len(ids), CHUNK):
        env["sale.order"].browse(ids[start : start + CHUNK])._logistics_evaluate("cron")
        env.cr.commit()
        env.invalidate_all()
    return time.perf_counter() - begin


def measure(env, templates, total):
    """Rates of the first evaluation and of one that finds nothing new, and what the gates said."""
    ids = fill(env, templates, total)
    # each size starts without a history of its own; the trigger that keeps it lets only retention through
    env.cr.execute("SELECT set_config('logistics.purge', 'on', true)")
    env.cr.execute("DELETE FROM logistics_release_evaluation_result")
    env.cr.execute("DELETE FROM logistics_release_evaluation")
    env.cr.commit()
    first = evaluate(env, ids)
    again = evaluate(env, ids)
    groups = env["logistics.release.evaluation"]._read_group([], ["verdict"], ["__count"])
    results = env["logistics.release.evaluation.result"]._read_group([], ["verdict"], ["__count"])
    return {
        "orders": len(ids),
        "first": len(ids) / first,
        "again": len(ids) / again,
        "verdicts": dict(groups),
        "results": dict(results),
    }


def main(conf, database):
    """Serve until standard input closes."""
    said = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    import odoo

    odoo.tools.config.parse_config(["-c", conf, "-d", database, "--log-level=error"])
    with odoo.registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True})
        templates = prepare(env)
        for line in sys.stdin:
            said.write(json.dumps(measure(env, templates, int(line))) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
