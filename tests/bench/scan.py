"""Makes so many reordering rules in a database and scans them: a program that ``scanning`` keeps beside another one.

``python -m tests.bench.scan CONF DATABASE``: the numbers are read as JSON, the answer is JSON. Products, stock
and rules are written by SQL: what is measured is the scan, and making 100,000 of them through the ORM takes an hour.
"""

import json
import os
import resource
import sys
import time

from psycopg2 import sql

# Ids of what is made; then each table's rows are those of one record made by Odoo, with other ids and figures.
IDS = """
    CREATE TEMP TABLE scan_ids AS
    SELECT n, nextval('product_template_id_seq') AS template, nextval('product_product_id_seq') AS item
      FROM generate_series(1, %s) n
"""
COPIES = """
    INSERT INTO {table}
    SELECT made.* FROM {table} model, scan_ids, generate_series(1, %(times)s) turn,
           LATERAL jsonb_populate_record(model, {values}) AS made
     WHERE model.id = %(model)s
"""
FIGURES = {
    "product_template": "jsonb_build_object('id', template, 'name', jsonb_build_object('en_US', 'Scan ' || n))",
    "product_product": "jsonb_build_object('id', item, 'product_tmpl_id', template)",
    "product_supplierinfo": """jsonb_build_object('id', nextval('product_supplierinfo_id_seq'),
        'product_tmpl_id', template)""",
    "stock_quant": """jsonb_build_object('id', nextval('stock_quant_id_seq'), 'product_id', item,
        'quantity', CASE n %% %(short)s WHEN 0 THEN 2 ELSE 50 END)""",
    "stock_warehouse_orderpoint": """jsonb_build_object('id', nextval('stock_warehouse_orderpoint_id_seq'),
        'product_id', item, 'name', 'SCAN' || n)""",
    # each product leaves now and then, so that there is something to add up
    "stock_move": """jsonb_build_object('id', nextval('stock_move_id_seq'), 'product_id', item,
        'state', CASE turn WHEN 1 THEN 'confirmed' ELSE 'done' END, 'date', now() - turn * interval '10 days')""",
}


def models(env):
    """One record of each kind, made by Odoo: {table: id}."""
    stock = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1).lot_stock_id
    vendor = env["res.partner"].create({"name": "Scan"})
    seller = {"partner_id": vendor.id, "price": 5, "delay": 7}
    product = env["product.product"].create({"name": "Scan", "type": "product", "seller_ids": [(0, 0, seller)]})
    env["stock.quant"]._update_available_quantity(product, stock, 50)
    rule = {"product_id": product.id, "location_id": stock.id, "product_min_qty": 5, "product_max_qty": 20}
    rule = env["stock.warehouse.orderpoint"].create(rule)
    customers = env.ref("stock.stock_location_customers")
    move = {"name": "scan", "product_id": product.id, "product_uom_qty": 1, "location_id": stock.id}
    move = env["stock.move"].create({**move, "location_dest_id": customers.id})
    quant = env["stock.quant"].search([("product_id", "=", product.id), ("location_id", "=", stock.id)])
    made = (product.product_tmpl_id, product, product.seller_ids, quant, rule, move)
    return {record._table: record.id for record in made}


def prepare(env, rules, short):
    """Products, their stock, their moves and their rules."""
    env["stock.warehouse.orderpoint"].search([]).active = False
    made = models(env)
    env.flush_all()
    env.cr.execute(IDS, [rules])
    for table, values in FIGURES.items():
        query = sql.SQL(COPIES.replace("{values}", values)).format(table=sql.Identifier(table))
        times = 3 if table == "stock_move" else 1
        env.cr.execute(query, {"model": made[table], "times": times, "short": short})
    env["stock.warehouse.orderpoint"].browse(made["stock_warehouse_orderpoint"]).active = False
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    env.invalidate_all()


def scan(env):
    """One run by one worker; what it took."""
    scans = env["logistics.shortage.scan"]
    scans.search([]).unlink()
    env.cr.commit()
    begin = time.perf_counter()
    scans._cron_scan(seconds=36_000)
    seconds = time.perf_counter() - begin
    env.cr.rollback()
    env.invalidate_all()
    run = scans.search([])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "memory_mb": peak, "opened": sum(run.mapped("opened_count")),
            "looked": sum(run.mapped("looked_count")), "rules": sum(run.mapped("rule_count"))}  # fmt: skip


def main(conf, database):
    """Serve until standard input closes."""
    said = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    import odoo

    odoo.tools.config.parse_config(["-c", conf, "-d", database, "--log-level=error"])
    with odoo.registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True})
        for line in sys.stdin:
            wanted = json.loads(line)
            prepare(env, wanted["rules"], wanted["short"])
            said.write(json.dumps(scan(env)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
