"""Makes so many reordering rules in a database and scans them: a program that ``scanning`` keeps beside another one.

``python -m tests.bench.scan CONF DATABASE``: the numbers are read as JSON, the answer is JSON. Products, stock
and rules are written by SQL: what is measured is the scan, and making 100,000 of them through the ORM takes an hour.
"""

import json
import os
import resource
import sys
import time

PRODUCTS = """
    WITH template AS (
        INSERT INTO product_template (name, type, detailed_type, categ_id, uom_id, uom_po_id, active, sale_ok,
               purchase_ok, tracking, list_price, create_date, write_date)
        SELECT jsonb_build_object('en_US', 'Scan ' || n), 'product', 'product', %(category)s, %(unit)s, %(unit)s, TRUE,
               TRUE, TRUE, 'none', 10, now(), now() FROM generate_series(1, %(rules)s) n RETURNING id
    ), item AS (
        INSERT INTO product_product (product_tmpl_id, active, create_date, write_date)
        SELECT id, TRUE, now(), now() FROM template RETURNING id, product_tmpl_id
    ), seller AS (
        INSERT INTO product_supplierinfo (partner_id, product_tmpl_id, price, min_qty, delay, currency_id, sequence)
        SELECT %(vendor)s, product_tmpl_id, 5, 0, 7, %(currency)s, 1 FROM item
    ), quant AS (
        INSERT INTO stock_quant (product_id, location_id, company_id, quantity, reserved_quantity, in_date)
        SELECT id, %(place)s, %(company)s,
               CASE WHEN row_number() OVER (ORDER BY id) %% %(short)s = 0 THEN 2 ELSE 50 END, 0, now()
          FROM item
    )
    INSERT INTO stock_warehouse_orderpoint (name, active, trigger, product_id, location_id, warehouse_id, company_id,
           product_min_qty, product_max_qty, qty_multiple, qty_to_order, create_date, write_date)
    SELECT 'SCAN' || id, TRUE, 'auto', id, %(place)s, %(warehouse)s, %(company)s, 5, 20, 1, 0, now(), now() FROM item
"""
# Each product is on its way out now and then, so that there is something to add up.
MOVES = """
    INSERT INTO stock_move (name, product_id, product_uom, product_uom_qty, product_qty, location_id, location_dest_id,
           company_id, state, date, procure_method, quantity, priority, sequence, create_date, write_date)
    SELECT 'scan', rule.product_id, %(unit)s, 1, 1, rule.location_id, %(customers)s, rule.company_id,
           CASE n WHEN 1 THEN 'confirmed' ELSE 'done' END, now() - n * interval '10 days', 'make_to_stock', 0, '0', 10,
           now(), now()
      FROM stock_warehouse_orderpoint rule, generate_series(1, 3) n WHERE rule.name LIKE 'SCAN%%'
"""


def prepare(env, rules, short):
    """Products, their stock, their moves and their rules."""
    warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
    env["stock.warehouse.orderpoint"].search([]).active = False
    env.flush_all()
    values = {
        "rules": rules,
        "short": short,
        "category": env.ref("product.product_category_all").id,
        "unit": env.ref("uom.product_uom_unit").id,
        "vendor": env["res.partner"].create({"name": "Scan"}).id,
        "currency": env.company.currency_id.id,
        "place": warehouse.lot_stock_id.id,
        "warehouse": warehouse.id,
        "company": env.company.id,
        "customers": env.ref("stock.stock_location_customers").id,
    }
    env.cr.execute(PRODUCTS, values)
    env.cr.execute(MOVES, values)
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
