"""Installing the four apps on a database that is in use changes nothing anybody does (design, rule 13).

The same people do the same things twice, on two copies of one populated database, one of them with the suite
installed: how orders are confirmed, transfers validated, shipped and billed, and what is bought must be the same.
"""

import json

import pytest

from tools import databases, odoo_conf, templates
from tools.common import ADDONS, LOCAL

FOLDER = LOCAL / "test" / "observe"
LOGS = LOCAL / "log" / "observe"

POPULATE = """
company = env.company
warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
if not env["account.account"].search([], limit=1):
    env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
address = {"street": "Quay 1", "city": "Ghent", "zip": "9000", "country_id": env.ref("base.be").id}
good = env["res.partner"].create({"name": "Good Customer", **address})
poor = env["res.partner"].create({"name": "Customer Without Address"})
supplier = env["res.partner"].create({"name": "Supplier"})
freight = env["product.product"].create({"name": "Freight", "type": "service", "list_price": 12})
carrier = env["delivery.carrier"].create(
    {"name": "Ground", "delivery_type": "fixed", "fixed_price": 12, "product_id": freight.id}
)
def product(name, **vals):
    return env["product.product"].create({"name": name, "default_code": name.upper(), "type": "product", **vals})
plenty = product("Plenty", list_price=10, invoice_policy="delivery", weight=1)
seller = {"partner_id": supplier.id, "price": 5, "delay": 3}
scarce = product("Scarce", list_price=20, invoice_policy="order", seller_ids=[(0, 0, seller)])
stock = warehouse.lot_stock_id
env["stock.quant"]._update_available_quantity(plenty, stock, 100)
env["stock.quant"]._update_available_quantity(scarce, stock, 3)
env["stock.warehouse.orderpoint"].create(
    {
        "product_id": scarce.id,
        "location_id": stock.id,
        "product_min_qty": 5,
        "product_max_qty": 20,
        "trigger": "auto",
    }
)
def order(partner, lines, confirm):
    made = env["sale.order"].create(
        {
            "partner_id": partner.id,
            "carrier_id": carrier.id,
            "client_order_ref": partner.name,
            "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": qty}) for product, qty in lines],
        }
    )
    if confirm:
        made.action_confirm()
order(good, [(plenty, 4)], True)
order(good, [(plenty, 6), (scarce, 2)], False)
order(poor, [(plenty, 5)], False)
order(good, [(scarce, 9)], False)
env.cr.commit()
"""

WORK = """
from odoo.tests import Form
orders = env["sale.order"].search([], order="id")
for order in orders.filtered(lambda o: o.state == "draft"):
    order.action_confirm()
env["procurement.group"].run_scheduler()
for index, picking in enumerate(env["stock.picking"].search([("picking_type_code", "=", "outgoing")], order="id")):
    picking.action_assign()
    if not picking.move_ids.filtered("quantity"):
        continue
    if index == 1:
        picking.move_ids[0].quantity = 1
    picking.move_ids.picked = True
    result = picking.button_validate()
    if isinstance(result, dict):
        Form(env[result["res_model"]].with_context(result["context"])).save().process()
for order in orders.filtered(lambda o: o.invoice_status == "to invoice"):
    order._create_invoices().action_post()
orders[-1]._action_cancel()
env.cr.commit()
for cron in env["ir.cron"].search([("cron_name", "ilike", "logistics")]):
    cron.method_direct_trigger()
env.cr.commit()
"""

DUMP = """
import json
def rows(model, fields, domain=()):
    found = []
    for record in env[model].search(list(domain), order="id"):
        values = {name: record[name] for name in fields.split()}
        found.append({k: v.mapped("display_name") if hasattr(v, "ids") else v for k, v in values.items()})
    return found
documents = ("sale.order", "stock.picking", "account.move", "purchase.order")
mine = [(field, "in", documents) for field in ("res_model", "model")]
found = {
    "orders": rows("sale.order", "name state invoice_status delivery_status amount_total partner_id carrier_id"),
    "lines": rows("sale.order.line", "name qty_delivered qty_invoiced qty_to_invoice"),
    "transfers": rows("stock.picking", "name state origin carrier_id carrier_price carrier_tracking_ref backorder_id"),
    "moves": rows("stock.move", "name product_uom_qty quantity picked state location_id location_dest_id"),
    "quants": rows("stock.quant", "product_id location_id quantity reserved_quantity"),
    "invoices": rows("account.move", "name state payment_state amount_total invoice_origin partner_id"),
    "purchases": rows("purchase.order", "name state partner_id amount_total origin"),
    "purchase lines": rows("purchase.order.line", "name product_qty price_unit"),
    "to-dos": rows("mail.activity", "res_model summary", [mine[0]]),
    "chatter": rows("mail.message", "model subject body message_type", [mine[1]]),
}
open({path!r}, "w").write(json.dumps(found, default=str, indent=1))
"""


def shell(server, odoo, database, script, name):
    """Run a script in the Odoo shell of a database."""
    conf = odoo_conf.write(FOLDER / "odoo.conf", server, odoo, FOLDER / "data")
    path = FOLDER / f"{name}.py"
    path.write_text(script)
    with path.open() as stream:
        databases.odoo_shell(odoo, conf, database, stream, LOGS / f"{name}.log")


def result(server, odoo, database, name):
    """What the people of a database have done, as data."""
    path = FOLDER / f"{name}.json"
    shell(server, odoo, database, DUMP.replace("{path!r}", repr(str(path))), f"dump-{name}")
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def worked(server, odoo, copy_database):
    """(without the suite, with the suite): the same work on two copies of a populated database."""
    data_dir = FOLDER / "data"
    conf = odoo_conf.write(FOLDER / "odoo.conf", server, odoo, data_dir)
    plain = copy_database(templates.base(server, odoo), "observe_plain", data_dir)
    shell(server, odoo, plain, POPULATE, "populate")
    suite = f"{plain}_suite"
    databases.copy(server, plain, suite, data_dir)
    try:
        databases.install(odoo, conf, suite, list(ADDONS), LOGS / "install.log")
        for database, name in ((plain, "plain"), (suite, "suite")):
            shell(server, odoo, database, WORK, f"work-{name}")
        yield result(server, odoo, plain, "plain"), result(server, odoo, suite, "suite"), suite
    finally:
        databases.drop(server, suite, data_dir)


def test_the_work_was_real(worked):
    plain = worked[0]
    assert [order["state"] for order in plain["orders"]] == ["sale", "sale", "sale", "cancel"]
    assert {"done", "cancel"} <= {transfer["state"] for transfer in plain["transfers"]}
    assert any(transfer["backorder_id"] for transfer in plain["transfers"])
    assert {invoice["state"] for invoice in plain["invoices"]} == {"posted"}
    assert plain["purchases"]


@pytest.mark.parametrize(
    "what",
    ["orders", "lines", "transfers", "moves", "quants", "invoices", "purchases", "purchase lines", "to-dos", "chatter"],
)
def test_nothing_changes(worked, what):
    plain, suite, _database = worked
    assert suite[what] == plain[what]


def test_but_it_was_watched(worked, server):
    with databases.connection(server, worked[2]) as cursor:
        cursor.execute("SELECT count(*) FROM logistics_event WHERE type_name = 'logistics.order.confirmed'")
        assert cursor.fetchone() == (3,)
        cursor.execute("SELECT count(*) FROM logistics_observation WHERE capability = 'release'")
        assert cursor.fetchone()[0] >= 1
        cursor.execute("SELECT count(*) FROM logistics_outbox_message")
        assert cursor.fetchone() == (0,)
