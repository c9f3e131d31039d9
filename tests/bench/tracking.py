"""Makes parcels with stored milestones, takes in scans and applies them: a program that ``tracked`` keeps at its side.

``python -m tests.bench.tracking CONF DATABASE``: wishes are read as JSON, answers are JSON. Shipments, parcels and old
milestones are written by SQL: what is measured is taking in and applying, and making a million milestones through the
ORM takes hours.
"""

import json
import os
import sys
import time
from datetime import datetime, timedelta, timezone

from psycopg2 import sql

# Events of one request, as an aggregator pushes them.
BATCH = 20
CODES = ("COLLECTED", "DEPOT", "VAN", "DELIVERED")
# Each shipment has an order of its own, as shipments have: it is the ordering key of what its scans tell.
COPIES = {
    "sale_order": """
        INSERT INTO sale_order
        SELECT made.* FROM sale_order model, track_ids,
               LATERAL jsonb_populate_record(model, jsonb_build_object(
                   'id', ordered, 'name', 'BENCH/S' || ordered, 'access_token', NULL)) AS made
         WHERE model.id = %(order)s
    """,
    "logistics_shipment": """
        INSERT INTO logistics_shipment
        SELECT made.* FROM logistics_shipment model, track_ids,
               LATERAL jsonb_populate_record(model, jsonb_build_object(
                   'id', shipment, 'order_id', ordered, 'name', 'BENCH/' || shipment,
                   'tracking_number', %(prefix)s || n)) AS made
         WHERE model.id = %(shipment)s
    """,
    "logistics_parcel": """
        INSERT INTO logistics_parcel
        SELECT made.* FROM logistics_parcel model, track_ids,
               LATERAL jsonb_populate_record(model, jsonb_build_object(
                   'id', parcel, 'shipment_id', shipment, 'order_id', ordered, 'reference', 'BENCH-' || parcel,
                   'tracking_number', %(prefix)s || n)) AS made
         WHERE model.id = %(parcel)s
    """,
    "logistics_milestone": """
        INSERT INTO logistics_milestone
        SELECT made.* FROM logistics_milestone model, track_ids, generate_series(1, %(each)s) turn,
               LATERAL jsonb_populate_record(model, jsonb_build_object(
                   'id', nextval('logistics_milestone_id_seq'), 'parcel_id', parcel, 'shipment_id', shipment,
                   'event_uid', %(prefix)s || n || '/' || turn,
                   'occurred_at', now() - (100 - turn) * interval '1 hour')) AS made
         WHERE model.id = %(milestone)s
    """,
}


def model(env):
    """A carrier's system, and one shipment with its parcel and a scan as Odoo makes them: {name: id}."""
    system = env["logistics.system"].search([("code", "=", "bench-carrier")])
    if not system:
        system = env["logistics.system"].create(
            {"name": "Bench", "code": "bench-carrier", "kind": "carrier", "secret_in": "whsec_" + "A" * 43 + "="}
        )
    product = env["product.product"].create({"name": "Bench", "type": "product"})
    customer = env["res.partner"].create({"name": "Bench"})
    line = {"product_id": product.id, "product_uom_qty": 1}
    order = env["sale.order"].create({"partner_id": customer.id, "order_line": [(0, 0, line)]})
    shipment = env["logistics.shipment"].create({"order_id": order.id, "partner_id": customer.id})
    parcel = env["logistics.parcel"].create({"shipment_id": shipment.id, "tracking_number": "BENCH-MODEL"})
    shipment.write({"dispatched_at": datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)})
    milestone = env["logistics.milestone"].create(
        {
            "parcel_id": parcel.id, "shipment_id": shipment.id, "milestone": "in_transit", "raw_code": "DEPOT",
            "occurred_at": shipment.dispatched_at, "effect": "applied", "system_id": system.id,
            "system_name": system.name, "company_id": shipment.company_id.id,
        }
    )  # fmt: skip
    env.flush_all()
    made = {"system": system, "order": order, "shipment": shipment, "parcel": parcel, "milestone": milestone}
    return {name: record.id for name, record in made.items()}


def fill(env, made, prefix, parcels, each):
    """So many parcels, each with so many milestones; their numbers begin with ``prefix``."""
    env.cr.execute("DROP TABLE IF EXISTS track_ids")
    env.cr.execute(
        """
        CREATE TEMP TABLE track_ids AS
        SELECT n, nextval('sale_order_id_seq') AS ordered, nextval('logistics_shipment_id_seq') AS shipment,
               nextval('logistics_parcel_id_seq') AS parcel
          FROM generate_series(1, %s) n
        """,
        [parcels],
    )
    for table, statement in COPIES.items():
        if table == "logistics_milestone" and not each:
            continue
        env.cr.execute(sql.SQL(statement), {**made, "prefix": prefix, "each": each})
    env.cr.commit()


def take_in(env, made, prefix, parcels):
    """The scans of these parcels, as requests of BATCH events each; returns how many."""
    system = env["logistics.system"].browse(made["system"])
    adapter = __import__("odoo.addons.logistics_orchestration.relay.inbound", fromlist=["ADAPTERS"])
    begin = datetime.now(timezone.utc) - timedelta(hours=len(CODES))
    events = [
        {
            "specversion": "1.0", "id": f"{prefix}{number}/{code}", "source": "/bench",
            "type": "logistics.shipment.status_changed", "time": (begin + timedelta(hours=at)).isoformat(),
            "data": {"tracking_number": f"{prefix}{number}", "code": code},
        }
        for at, code in enumerate(CODES)
        for number in range(1, parcels + 1)
    ]  # fmt: skip
    headers = {"content-type": adapter.BATCH_TYPE}
    for start in range(0, len(events), BATCH):
        raw = json.dumps(events[start : start + BATCH]).encode()
        named = adapter.name_messages(adapter.ADAPTERS["native"].read(raw, headers), raw, headers)
        env["logistics.inbox.message"]._store(system.id, system.company_id.id, named, {})
        env.cr.commit()
    return len(events)


def work(env, made, until=0.0):
    """Process until nothing is left; returns the seconds."""
    inbox = env["logistics.inbox.message"]
    begin = time.perf_counter()
    left = [("system_id", "=", made["system"]), ("state", "in", ("received", "failed"))]
    while True:
        inbox._work_run(seconds=600)
        env.cr.commit()
        env.invalidate_all()
        if not inbox.search_count(left, limit=1):
            return time.perf_counter() - begin
        time.sleep(0.02)


def answer(env, wish):
    """One wish: what is to be done, and with which figures."""
    kind, made = wish["do"], wish.get("made")
    if kind == "model":
        found = model(env)
        env.cr.commit()
        return found
    if kind == "fill":
        fill(env, made, wish["prefix"], wish["parcels"], wish["each"])
        env.cr.execute("ANALYZE")
        env.cr.commit()
        return {"milestones": wish["parcels"] * wish["each"]}
    if kind == "take_in":
        begin = time.perf_counter()
        events = take_in(env, made, wish["prefix"], wish["parcels"])
        return {"events": events, "seconds": time.perf_counter() - begin}
    if kind == "work":
        return {"seconds": work(env, made)}
    env.invalidate_all()
    groups = env["logistics.inbox.message"]._read_group([("system_id", "=", made["system"])], ["state"], ["__count"])
    parcels = env["logistics.parcel"].search([("tracking_number", "like", wish["prefix"] + "%")])
    return {"states": dict(groups), "delivered": sum(p.milestone == "delivered" for p in parcels)}


def main(conf, database):
    """Serve until standard input closes."""
    said = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    import odoo

    odoo.tools.config.parse_config(["-c", conf, "-d", database, "--log-level=error"])
    with odoo.registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True})
        for line in sys.stdin:
            said.write(json.dumps(answer(env, json.loads(line))) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
