"""Where Manufacturing is installed: a shortage names the orders that wait for it, and kits go whole or not at all."""

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
KITS = """
from odoo.exceptions import UserError
warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
env["logistics.switch"].search([("company_id", "=", env.company.id)]).unlink()
for capability in ("release", "fulfillment"):
    env["logistics.switch"].create({"capability": capability, "mode": "enforce", "company_id": env.company.id})
env["logistics.release.gate"].search([("kind", "!=", "stock")]).active = False
env["logistics.release.gate"].search([("kind", "=", "stock")]).effect = "split"
def product(name, stock, **vals):
    made = env["product.product"].create({"name": name, "type": "product", "default_code": name.upper(), **vals})
    env["stock.quant"]._update_available_quantity(made, warehouse.lot_stock_id, stock)
    return made
board, bolt, lamp = product("Board", 3), product("Bolt", 20), product("Lamp", 5)
# the kit is a consumable, as kits often are: only its parts are in stock
shelf = env["product.product"].create({"name": "Shelf", "type": "consu", "list_price": 100})
env["mrp.bom"].create({"product_tmpl_id": shelf.product_tmpl_id.id, "type": "phantom", "bom_line_ids": [
    (0, 0, {"product_id": board.id, "product_qty": 1}), (0, 0, {"product_id": bolt.id, "product_qty": 4})]})
customer = env["res.partner"].create({"name": "Carpenter", "street": "Mill Lane 1", "city": "Ghent", "zip": "9000",
    "country_id": env.ref("base.be").id})
def order(*lines):
    made = env["sale.order"].create({"partner_id": customer.id, "order_line": [
        (0, 0, {"product_id": item.id, "product_uom_qty": quantity}) for item, quantity in lines]})
    made.action_confirm()
    env.flush_all()
    return made
def check(what, found, wanted):
    assert found == wanted, f"{what}: {found!r}, not {wanted!r}"

# four shelves need four boards, there are three: the line waits as a whole, the lamp goes
half = order((shelf, 4), (lamp, 1))
check("state", half.logistics_release_state, "partial")
hold = half.logistics_hold_ids.filtered(lambda hold: hold.state == "active")
check("held", hold.line_ids.product_id, shelf)
assert "short 1 of 4 Board for Shelf" in hold.reason, hold.reason
moves = half.picking_ids.move_ids
blocked = moves._logistics_holds("block_work")
check("held parts", moves.filtered(lambda move: move.id in blocked).product_id, board | bolt)
# a quotation is looked at by its parts too
quote = env["sale.order"].create({"partner_id": customer.id, "order_line": [
    (0, 0, {"product_id": shelf.id, "product_uom_qty": 6})]})
from odoo.addons.logistics_orchestration.models.gate.stock_facts import StockFacts
needs = StockFacts(quote).needs[quote.id]
check("needs", {item.name: need["ordered"] for (item, _place), need in needs.items()}, {"Board": 6.0, "Bolt": 24.0})
# other kits and single parts share what is there
from odoo.addons.logistics_orchestration.models.allocation.candidate_stock import CandidateStock
here = CandidateStock(quote, shelf, warehouse, env["stock.move"]).of(warehouse)
assert 0 <= here.get(shelf.id, 0) <= 3, here
# a board comes in: who waits for the shelf is looked at again
check("kits", board._logistics_with_kits(), board | shelf)

# two shelves are there; people pick one board and all eight bolts: that is no kit
half._action_cancel()
whole = order((shelf, 2))
check("released", whole.logistics_release_state, "released")
picking = whole.picking_ids
def pick(**quantities):
    for move in picking.move_ids:
        move.quantity = quantities[move.product_id.name]
        move.picked = True
pick(Board=1, Bolt=8)
try:
    with env.cr.savepoint():
        picking._action_done()
    raise AssertionError("half a kit was sent")
except UserError as error:
    assert "Shelf" in str(error) and "Board" in str(error), str(error)
env.invalidate_all()
pick(Board=1, Bolt=4)
picking._action_done()
check("one kit", (picking.state, whole.order_line.qty_delivered), ("done", 1.0))
rest = whole.picking_ids - picking
check("rest", {move.product_id.name: move.product_uom_qty for move in rest.move_ids}, {"Board": 1.0, "Bolt": 4.0})
# what a warehouse has sent is a fact: a person hears of it
system = env["logistics.system"].create({"name": "WMS", "code": "wms-kits", "kind": "warehouse"})
third = order((shelf, 1))
request = third.logistics_fulfillment_ids or env["logistics.fulfillment"].search([("order_id", "=", third.id)])
assert request, "no request"
request._apply_pick([{"sku": "BOLT", "quantity": 4}])
check("noted", bool(request.activity_ids.filtered(lambda one: "part of a kit" in one.summary)), True)
check("not delivered", third.order_line.qty_delivered, 0.0)

# the shortage of a part names the kit it is sold in
vendor = env["res.partner"].create({"name": "Sawmill"})
board.seller_ids = [(0, 0, {"partner_id": vendor.id, "price": 2, "delay": 5})]
env["stock.warehouse.orderpoint"].create({"product_id": board.id, "location_id": warehouse.lot_stock_id.id,
    "product_min_qty": 1, "product_max_qty": 9, "trigger": "manual"})
waiting = order((shelf, 5))
scans = env["logistics.shortage.scan"]
scans._begin(again_after_minutes=0)
env.cr.commit()
scans._work(60)
env.cr.commit()
"""
SHORT_PART = """
    SELECT DISTINCT line.kit
      FROM logistics_shortage_demand line
      JOIN logistics_shortage short ON short.id = line.shortage_id
      JOIN product_product product ON product.id = short.product_id
     WHERE product.default_code = 'BOARD'
"""
FOUND = """
    SELECT line.kind, line.res_model, line.document = production.name, line.quantity::float, line.missing::float,
           line.value::float
      FROM logistics_shortage_demand line JOIN mrp_production production ON production.id = line.res_id
"""


@pytest.fixture(scope="module")
def workshop(server, odoo, copy_database):
    """Runs scripts in a database with Manufacturing."""
    database = copy_database(templates.full(server, odoo), "mrp", FOLDER / "data")
    conf = odoo_conf.write(FOLDER / "odoo.conf", server, odoo, FOLDER / "data")
    databases.install(odoo, conf, database, ["mrp", "sale_mrp"], FOLDER / "install.log")
    return lambda script: _run(odoo, conf, database, script)


def _run(odoo, conf, database, script):
    """Run a script in the workshop; its name."""
    path = FOLDER / "script.py"
    path.write_text(script)
    with path.open() as stream:
        databases.odoo_shell(odoo, conf, database, stream, FOLDER / "script.log")
    return database


def test_manufacturing_orders_wait_too(server, workshop):
    with databases.connection(server, workshop(SCRIPT)) as cursor:
        cursor.execute(FOUND)
        # 20 planks are needed, 10 are there: half of five tables at 50 cannot be made
        assert cursor.fetchall() == [("production", "mrp.production", True, 20.0, 10.0, 125.0)]


def test_a_kit_goes_whole_or_not_at_all(server, workshop):
    with databases.connection(server, workshop(KITS)) as cursor:
        cursor.execute(SHORT_PART)
        assert cursor.fetchall() == [("Shelf",)]
