"""Where Manufacturing is installed, a shortage names the manufacturing orders that wait for it."""

import pytest

from tools import databases, odoo_conf, templates
from tools.common import LOCAL

FOLDER = LOCAL / "test" / "mrp"
SCRIPT = """
warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
def product(name, **vals):
    return env["product.product"].create({"name": name, "type": "product", **vals})
vendor = env["res.partner"].create({"name": "Timber Works"})
plank = product("Plank", default_code="PLANK", seller_ids=[(0, 0, {"partner_id": vendor.id, "price": 2, "delay": 5})])
table = product("Table", standard_price=50)
env["stock.quant"]._update_available_quantity(plank, warehouse.lot_stock_id, 10)
env["stock.warehouse.orderpoint"].create({"product_id": plank.id, "location_id": warehouse.lot_stock_id.id,
    "product_min_qty": 2, "product_max_qty": 20, "trigger": "manual"})
bom = env["mrp.bom"].create({"product_tmpl_id": table.product_tmpl_id.id, "bom_line_ids": [
    (0, 0, {"product_id": plank.id, "product_qty": 4})]})
production = env["mrp.production"].create({"product_id": table.id, "product_qty": 5, "bom_id": bom.id})
production.action_confirm()
scans = env["logistics.shortage.scan"]
scans._begin(again_after_minutes=0)
env.cr.commit()
scans._work(60)
env.cr.commit()
"""
FOUND = """
    SELECT line.kind, line.res_model, line.document = production.name, line.quantity::float, line.missing::float,
           line.value::float
      FROM logistics_shortage_demand line JOIN mrp_production production ON production.id = line.res_id
"""


@pytest.fixture
def workshop(server, odoo, copy_database):
    """A database with Manufacturing, and one order that lacks half of its planks."""
    database = copy_database(templates.full(server, odoo), "mrp", FOLDER / "data")
    conf = odoo_conf.write(FOLDER / "odoo.conf", server, odoo, FOLDER / "data")
    databases.install(odoo, conf, database, ["mrp", "sale_mrp"], FOLDER / "install.log")
    script = FOLDER / "script.py"
    script.write_text(SCRIPT)
    with script.open() as stream:
        databases.odoo_shell(odoo, conf, database, stream, FOLDER / "script.log")
    return database


def test_manufacturing_orders_wait_too(server, workshop):
    with databases.connection(server, workshop) as cursor:
        cursor.execute(FOUND)
        # 20 planks are needed, 10 are there: half of five tables at 50 cannot be made
        assert cursor.fetchall() == [("production", "mrp.production", True, 20.0, 10.0, 125.0)]
