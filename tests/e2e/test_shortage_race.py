"""Many people confirm at the same moment, and the scheduler runs beside them: each need is bought and told once."""

from concurrent.futures import ThreadPoolExecutor

from tests import partners

ORDERS = 4
SOLD_EACH = 45.0


def test_concurrent_confirmations_buy_each_need_once(world):
    goods, sku = world.goods(on_hand=50.0)
    template = world.rpc.read("product.product", goods, "product_tmpl_id")[0]
    vendor = partners.customer(world.rpc, name="Oak & Sons", email="sales@oak.example")
    world.rpc.execute("product.supplierinfo", "create", {"product_tmpl_id": template, "partner_id": vendor})
    routes = world.rpc.execute("stock.route", "search", [("product_selectable", "=", True), ("name", "=", "Buy")])
    world.rpc.execute("product.product", "write", [goods], {"route_ids": [(6, 0, routes)]})
    warehouse = partners.main_warehouse(world.rpc)
    rule = {"product_id": goods, "product_min_qty": 10.0, "product_max_qty": 40.0, "trigger": "auto"}
    rule.update(warehouse_id=warehouse["id"], location_id=warehouse["lot_stock_id"][0])
    world.rpc.execute("stock.warehouse.orderpoint", "create", rule)
    orders = [world.order(SOLD_EACH, goods=goods) for _ in range(ORDERS)]

    with ThreadPoolExecutor(ORDERS + 1) as pool:
        buying = [pool.submit(world.confirm, order) for order in orders]
        buying.append(pool.submit(world.hurry, "stock.ir_cron_scheduler_action"))
        for each in buying:
            each.result()
    world.hurry("stock.ir_cron_scheduler_action")

    states = world.find("sale.order", [("id", "in", orders)], "state")
    assert {order["state"] for order in states} == {"sale"}
    lines = world.find("purchase.order.line", [("product_id", "=", goods)], "product_qty")
    # From the forecast at the end, 50 - 180, up to the maximum; not a piece more.
    assert sum(line["product_qty"] for line in lines) == ORDERS * SOLD_EACH - 50.0 + 40.0
    (shortage,) = world.find("logistics.shortage", [("product_id", "=", goods)], "state")
    assert shortage["state"] == "covered"
    told = [("type_name", "=", "logistics.stock.below_threshold"), ("body", "ilike", sku)]
    assert len(world.find("logistics.event", told)) == 1
    world.drain()
