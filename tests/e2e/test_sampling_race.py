"""Receipts of the same goods that get ready at the same moment: exactly one of so many is checked."""

from concurrent.futures import ThreadPoolExecutor

from tests import partners

RECEIPTS = 6


def test_receipts_at_the_same_moment_are_sampled_once(world):
    goods, _sku = world.goods(on_hand=0.0)
    vendor = partners.customer(world.rpc, name="Oak & Sons", email="sales@oak.example")
    plan = {"name": "One of six", "product_id": goods, "sampling": "nth", "every_nth": RECEIPTS, "tightened": 0}
    plan["line_ids"] = [(0, 0, {"name": "Surface undamaged"})]
    world.rpc.execute("logistics.receipt.check.plan", "create", plan)
    line = {"product_id": goods, "product_qty": 5, "price_unit": 10}
    orders = [
        world.rpc.execute("purchase.order", "create", {"partner_id": vendor, "order_line": [(0, 0, line)]})
        for _ in range(RECEIPTS)
    ]

    with ThreadPoolExecutor(RECEIPTS) as pool:
        for each in [pool.submit(world.rpc.execute, "purchase.order", "button_confirm", [order]) for order in orders]:
            each.result()

    checks = world.find("logistics.receipt.check", [("product_id", "=", goods)], "state")
    assert sorted(check["state"] for check in checks) == ["skipped"] * (RECEIPTS - 1) + ["todo"]
    (series,) = world.find("logistics.receipt.check.series", [("product_id", "=", goods)], "taken")
    assert series["taken"] == RECEIPTS
