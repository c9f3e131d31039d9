"""Booking with everything running: people at the same time, a carrier that is away, changes of mind, a lost parcel."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import partners
from tests.simulators.process import SimulatorProcess, wait_for

PLANNERS = 4


def living(simulator):
    """What a carrier has sold and not taken back."""
    return [row for row in simulator.state()["bookings"] if row["state"] == "booked"]


def shipped(world, quantity=2.0, **values):
    """An order shipped by hand, so that nothing is dispatched by itself: (order, its shipment, its transfer)."""
    world.warehouse.control(auto=False)
    order, _ = world.confirmed(quantity, **values)
    picking = world.ship_by_hand(order)
    return order, world.shipment(order)["id"], picking


@pytest.fixture(scope="module")
def second(connected):
    """Another carrier, which is asked when the first does not answer: (its simulator, its shipping method)."""
    token = secrets.token_urlsafe(12)
    rpc = connected.rpc
    with SimulatorProcess("carrier", token=token) as simulator:
        account = rpc.execute(
            "logistics.carrier.account",
            "create",
            {
                "name": "RailParcel (simulated)",
                "base_url": simulator.url,
                "token": token,
                "timeout": 5.0,
                "allow_http": True,
                "allowed_networks": "127.0.0.0/8",
            },
        )
        product = partners.one(rpc, "product.product", [("default_code", "=", "SHIP-STANDARD")])["id"]
        values = {"name": "RailParcel", "product_id": product, "fixed_price": 8.0, "logistics_account_id": account}
        method = rpc.execute("delivery.carrier", "create", {**values, "delivery_type": "fixed"})
        policy = rpc.execute(
            "logistics.rate.policy",
            "create",
            {
                "name": "Parcels",
                "fallback_minutes": 0,
                "line_ids": [(0, 0, {"use": "fallback", "carrier_id": method})],
            },
        )
        yield simulator, method
        rpc.execute("logistics.rate.policy", "write", [policy], {"active": False})


def test_people_who_book_at_the_same_time_buy_one_label(world):
    order, shipment, _ = shipped(world)
    world.booked(order, hurry=True)
    world.rpc.execute("logistics.shipment", "action_void_booking", [shipment], reason="to be booked anew")
    wait_for(lambda: world.hurry("logistics_carrier_connector.cron_carrier_booking") or not living(world.carrier), 30,
             "the first label to be voided", every=0.5)  # fmt: skip

    def book(_planner):
        try:
            world.rpc.execute("logistics.shipment", "action_book", [shipment])
        except RuntimeError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(PLANNERS) as pool:
        answers = list(pool.map(book, range(PLANNERS)))
    assert answers.count("") == 1, answers
    refused = [answer for answer in answers if answer]
    assert all("already" in answer for answer in refused), refused
    world.booked(order, hurry=True)
    assert len(living(world.carrier)) == 1
    states = [
        row["state"] for row in world.find("logistics.carrier.booking", [("shipment_id", "=", shipment)], "state")
    ]
    assert sorted(states) == ["booked", "voided"]


def test_carrier_that_is_down_is_replaced(world, second):
    simulator, method = second
    simulator.reset()
    world.carrier.control(mode="down", path="/bookings")
    order, shipment, picking = shipped(world)
    _booking, numbers = world.booked(order, seconds=60, hurry=True)
    assert [row["parcels"][0]["tracking_number"] for row in living(simulator)] == numbers
    assert world.rpc.read("stock.picking", picking, "carrier_id")[0] == method
    assert world.rpc.read("stock.picking", picking, "carrier_tracking_ref") == numbers[0]
    world.carrier.control(mode="ok")
    settled(world, shipment)
    assert living(world.carrier) == []
    assert len(living(simulator)) == 1


def settled(world, shipment, seconds=60):
    """Wait until every booking but the one that counts is voided."""

    def done():
        account = partners.one(world.rpc, "logistics.carrier.account", [("name", "=", "SwiftParcel (simulated)")])["id"]
        world.rpc.execute("logistics.carrier.account", "action_resume", [account])
        world.hurry("logistics_carrier_connector.cron_carrier_booking")
        rows = world.find("logistics.carrier.booking", [("shipment_id", "=", shipment)], "state")
        return sorted(row["state"] for row in rows) == ["booked", "voided"]

    wait_for(done, seconds, "the first carrier's booking to be settled", every=1.0)


def test_what_the_first_carrier_sold_all_the_same_is_voided(world, second):
    simulator, _method = second
    simulator.reset()
    world.carrier.control(mode="drop_reply", path="/bookings", method="POST", times=1)
    order, shipment, _picking = shipped(world)
    world.booked(order, seconds=60, hurry=True)
    assert len(living(simulator)) == 1
    settled(world, shipment)
    assert living(world.carrier) == [], "looked up by our reference and voided"
    assert len(world.carrier.state()["bookings"]) == 1
    assert len(living(simulator)) == 1


def test_change_of_carrier_voids_the_old_label(world):
    order, shipment, picking = shipped(world)
    _booking, (old,) = world.booked(order, hurry=True)
    express = partners.carrier_method(world.rpc, "express")
    world.rpc.execute("stock.picking", "write", [picking], {"carrier_id": express})

    def changed():
        world.hurry("logistics_carrier_connector.cron_carrier_booking")
        rows = living(world.carrier)
        return len(rows) == 1 and rows[0]["service"] == "express" and rows[0]

    sold = wait_for(changed, 40, "the express label alone", every=0.5)
    number = sold["parcels"][0]["tracking_number"]
    assert number != old
    wait_for(
        lambda: world.rpc.read("stock.picking", picking, "carrier_tracking_ref") == number, 20, "the transfer's number"
    )
    rows = world.find("logistics.carrier.booking", [("shipment_id", "=", shipment)], "state", "service")
    assert sorted((row["state"], row["service"]) for row in rows) == [("booked", "express"), ("voided", "standard")]
    assert len(world.events(order, "shipment.label_voided")) == 1


def test_three_parcels_one_lost(world):
    world.warehouse.control(packages=3)
    world.carrier.control(auto=False)
    goods, _ = world.goods(invoice_policy="delivery")
    order, _ = world.confirmed(3.0, goods=goods)
    shipment = world.shipment(order, ("dispatched_at", "!=", False))
    _booking, numbers = world.booked(order, hurry=True)
    assert len(numbers) == 3
    for number in numbers[:2]:
        world.carrier.act("deliver", tracking_number=number)
    world.carrier.act("scan", tracking_number=numbers[2], code="COLLECTED")
    world.carrier.act("scan", tracking_number=numbers[2], code="LOST")
    world.shipment(order, ("exception_code", "=", "lost"))
    world.drain()
    parcels = world.find("logistics.parcel", [("shipment_id", "=", shipment["id"])], "tracking_number", "milestone",
                         "exception_code")  # fmt: skip
    states = {row["tracking_number"]: (row["milestone"], row["exception_code"]) for row in parcels}
    assert [states[number] for number in numbers] == [("delivered", False), ("delivered", False), ("picked_up", "lost")]
    found = world.shipment(order)
    assert (found["milestone"], found["exception_code"]) == ("picked_up", "lost"), "as far as its last open parcel"
    assert found["pod_state"] != "verified"
    assert world.events(order, "shipment.exception_detected"), "partners are told"

    def invoiced():
        domain = [("product_id", "=", goods), ("sale_line_ids.order_id", "=", order), ("parent_state", "=", "posted")]
        return sum(line["quantity"] for line in world.find("account.move.line", domain, "quantity"))

    wait_for(lambda: invoiced() >= 2.0, 30, "what came to be invoiced")
    world.drain()
    assert invoiced() == 2.0, "the lost one is not"
    open_lines = world.find(
        "sale.order.line",
        [("order_id", "=", order), ("product_id", "=", goods)],
        "qty_delivered",
        "logistics_unproven_qty",
    )
    assert [(row["qty_delivered"], row["logistics_unproven_qty"]) for row in open_lines] == [(3.0, 1.0)]
    cases = world.find("logistics.exception", [("shipment_id", "=", shipment["id"])], "state", "name")
    assert len(cases) == 1, "the lost parcel is somebody's case"
