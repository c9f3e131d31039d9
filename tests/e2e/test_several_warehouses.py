"""Orders of a company with several warehouses: who ships, who ships instead, who is asked to stop, in which wave."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import partners
from tests.e2e.world import CALM, about
from tests.simulators.process import SimulatorProcess, wait_for

TIME_OUT = "logistics_orchestration.cron_fulfillment_time_out"
A_SECOND = 1 / 3600
PER_WAVE, TRANSFERS = 4, 10


class Site:
    """A warehouse far away, with a system of its own."""

    def __init__(self, world, simulator):
        self.rpc, self.simulator = world.rpc, simulator
        address = {"street": "Quai de Bercy 4", "city": "Paris", "zip": "75012", "country_code": "FR"}
        found = partners.warehouse(world.rpc, "SOUTH", "South", **address)
        self.id, self.stock = found["id"], found["lot_stock_id"][0]
        values = {"name": "South (simulated)", "kind": "warehouse", "timeout": 5.0}
        values["warehouse_ids"] = [(6, 0, [self.id])]
        types = partners.SUBSCRIPTIONS["warehouse"]
        self.system = partners.connect_system(world.rpc, "SIM-SOUTH", simulator, types, **values)

    def put(self, goods, quantity):
        """It has so much of some goods."""
        partners.put_in_stock(self.rpc, goods, quantity, self.stock)

    def asked(self, order_name):
        """Names of the requests it read about an order."""
        requests = self.simulator.state()["requests"]
        return [name for name, request in requests.items() if request["data"]["order"] == order_name]


@pytest.fixture(scope="module")
def built(connected):
    """The second warehouse, connected."""
    with SimulatorProcess("warehouse", odoo=connected.stack.url) as simulator:
        yield Site(connected, simulator)


@pytest.fixture
def south(world, built):
    """The second warehouse as every test finds it: obedient, with empty books."""
    built.simulator.control(mode="ok", auto=True, **CALM["warehouse"])
    world.rpc.execute("logistics.system", "action_resume", [built.system])
    built.simulator.reset()
    return built


@pytest.fixture
def impatient(world):
    """The first warehouse has a second to answer."""
    near = partners.main_warehouse(world.rpc)["id"]
    world.rpc.execute("stock.warehouse", "write", [near], {"logistics_answer_hours": A_SECOND})
    yield
    world.rpc.execute("stock.warehouse", "write", [near], {"logistics_answer_hours": 0.0})


def requests_of(world, order):
    """What was asked for an order, oldest first."""
    fields = ("name", "state", "warehouse_id", "moved_to", "moved_from_id", "reason")
    return world.find("logistics.fulfillment", [("order_id", "=", order)], *fields, order="id")


def stock_of(world, goods, warehouse):
    """What a warehouse has of some goods."""
    (found,) = world.rpc.execute(
        "product.product", "read", [goods], ["qty_available"], context={"warehouse": warehouse}
    )
    return found["qty_available"]


def delivered(world, order):
    """How much of an order's goods has left."""
    domain = [("order_id", "=", order), ("product_id.type", "=", "product")]
    return sum(line["qty_delivered"] for line in world.find("sale.order.line", domain, "qty_delivered"))


# -- another warehouse ships -------------------------------------------------------------------------------------------


def test_a_rejection_moves_the_order_to_the_next_warehouse(world, south):
    world.warehouse.control(policy="reject")
    goods, _sku = world.goods(on_hand=20.0)
    south.put(goods, 20.0)
    order, name = world.confirmed(4.0, goods=goods)
    world.fulfillment(order, "done")
    first, second = requests_of(world, order)
    near = partners.main_warehouse(world.rpc)["id"]
    assert (first["state"], first["warehouse_id"][0], first["moved_to"]) == ("cancelled", near, "SOUTH")
    assert (second["warehouse_id"][0], second["moved_from_id"][0]) == (south.id, first["id"])
    world.shipment(order, ("dispatched_at", "!=", False))
    world.drain()
    assert len(world.events(order, "fulfillment.moved")) == 1
    assert delivered(world, order) == 4.0
    assert (stock_of(world, goods, south.id), world.rpc.read("product.product", goods, "qty_available")) == (16.0, 36.0)
    assert len(world.find("logistics.shipment", [("order_id", "=", order)])) == 1
    assert south.asked(name) == [second["name"]]
    assert world.warehouse.state()["requests"][first["name"]]["said"] == ["fulfillment.rejected"]
    assert about(world.warehouse.received("fulfillment.cancel_requested"), fulfillment=first["name"]) == []


def test_silence_moves_it_on_and_a_late_yes_is_told_to_stop(world, south, impatient):
    world.warehouse.control(auto=False)
    goods, _sku = world.goods(on_hand=20.0)
    south.put(goods, 20.0)
    order, name = world.confirmed(4.0, goods=goods)
    (first,) = requests_of(world, order)
    wait_for(lambda: world.warehouse.state()["requests"].get(first["name"]), 20, "the warehouse to be asked")

    def moved():
        world.hurry(TIME_OUT)
        return len(requests_of(world, order)) == 2

    wait_for(moved, 30, "the request to move to the second warehouse", every=0.3)
    world.fulfillment(order, "done")
    told = lambda: about(world.warehouse.received("fulfillment.cancel_requested"), fulfillment=first["name"])  # noqa: E731
    wait_for(told, 20, "the silent warehouse to be told to stop")
    (push,) = world.warehouse.act("accept", fulfillment=first["name"])
    assert push["status"] == 202
    wait_for(lambda: len(told()) == 2, 20, "it to be told once more")
    world.warehouse.act("reject", fulfillment=first["name"], reason="Stopped", code="cancelled")
    world.drain()
    first, second = requests_of(world, order)
    assert (first["state"], first["moved_to"]) == ("cancelled", "SOUTH")
    assert (second["state"], south.asked(name)) == ("done", [second["name"]])
    assert delivered(world, order) == 4.0
    assert (stock_of(world, goods, south.id), world.rpc.read("product.product", goods, "qty_available")) == (16.0, 36.0)
    assert len(world.find("logistics.shipment", [("order_id", "=", order)])) == 1


def test_an_order_is_split_where_the_terms_allow(world, south):
    goods, _sku = world.goods(on_hand=3.0)
    south.put(goods, 2.0)
    order, name = world.confirmed(5.0, goods=goods)
    done = [("order_id", "=", order), ("state", "=", "done")]
    wait_for(lambda: len(world.find("logistics.fulfillment", done)) == 2, 30, "both warehouses to have picked")
    gone = [("order_id", "=", order), ("dispatched_at", "!=", False)]
    wait_for(lambda: len(world.find("logistics.shipment", gone)) == 2, 30, "two shipments to be on their way")
    assert delivered(world, order) == 5.0
    assert world.rpc.read("product.product", goods, "qty_available") == 0.0
    quantities = {}
    for simulator in (world.warehouse, south.simulator):
        for request in simulator.state()["requests"].values():
            if request["data"]["order"] == name:
                quantities[simulator.url] = [line["quantity"] for line in request["data"]["lines"]]
    assert sorted(quantities.values()) == [[2.0], [3.0]]
    fields = ("logistics_allocation_state", "logistics_release_state")
    (seen,) = world.find("sale.order", [("id", "=", order)], *fields)
    assert (seen["logistics_allocation_state"], seen["logistics_release_state"]) == ("in_force", "released")


def test_beyond_the_terms_an_approver_decides(world, south):
    buyer = partners.customer(world.rpc, name="All At Once Ltd", logistics_ship_complete=True)
    goods, _sku = world.goods(on_hand=3.0)
    south.put(goods, 2.0)
    order, name = world.confirmed(5.0, goods=goods, partner_id=buyer)
    domain = [("sale_order_id", "=", order), ("kind", "=", "split_shipment")]
    asked = world.wait(order, "the approval to be asked for", "logistics.approval.request", domain, "state")
    holds = [("order_id", "=", order), ("state", "=", "active")]
    (hold,) = world.find("logistics.hold", holds, "type_id", "reason")
    assert (asked["state"], hold["type_id"][1]) == ("requested", "Split over warehouses")
    assert requests_of(world, order) == []
    approver = world.user(
        "approver", "logistics_orchestration.group_approver", "sales_team.group_sale_salesman_all_leads"
    )
    approver.execute("logistics.approval.request", "action_approve", [asked["id"]])
    done = [("order_id", "=", order), ("state", "=", "done")]
    wait_for(lambda: len(world.find("logistics.fulfillment", done)) == 2, 30, "both warehouses to have picked")
    assert world.find("logistics.hold", holds) == []
    assert delivered(world, order) == 5.0
    assert len(south.asked(name)) == 1


# -- the buyer wants it no longer --------------------------------------------------------------------------------------


def under_way(world):
    """An order a warehouse has accepted and does not pick by itself: (its id, name of the request)."""
    world.warehouse.control(pick_delay_s=3600.0)
    order, _name = world.confirmed(3.0)
    return order, world.fulfillment(order, "accepted")["name"]


def cancel(world, order):
    """What the button does after the dialog."""
    world.rpc.execute("sale.order", "action_cancel", [order], context={"disable_cancel_warning": True})


def test_a_refused_cancellation_leaves_the_order_as_it_is(world):
    world.warehouse.control(cancel_policy="refuse")
    order, request = under_way(world)
    cancel(world, order)
    wait_for(lambda: world.events(order, "fulfillment.cancel_rejected"), 30, "the warehouse's refusal")
    world.drain()
    (seen,) = world.find("sale.order", [("id", "=", order)], "state", "logistics_cancel_pending")
    assert (seen["state"], seen["logistics_cancel_pending"]) == ("sale", False)
    (asked,) = requests_of(world, order)
    assert asked["state"] == "accepted"
    assert "On the lorry already" in asked["reason"]
    words = world.find(
        "mail.activity", [("res_model", "=", "logistics.fulfillment"), ("res_id", "=", asked["id"])], "note"
    )
    assert any("stays confirmed" in activity["note"] for activity in words), "a person is told"
    world.warehouse.act("pick", fulfillment=request)
    world.fulfillment(order, "done")
    assert delivered(world, order) == 3.0
    assert world.events(order, "order.cancelled") == []


def test_an_accepted_cancellation_cancels_the_order(world):
    order, request = under_way(world)
    cancel(world, order)
    cancelled = [("id", "=", order), ("state", "=", "cancel")]
    world.wait(order, "the order to be cancelled", "sale.order", cancelled)
    world.drain()
    assert world.warehouse.state()["requests"][request]["cancel_asked"] == 1
    assert [one["state"] for one in requests_of(world, order)] == ["cancelled"]
    pickings = world.find("stock.picking", [("sale_id", "=", order)], "state")
    assert {picking["state"] for picking in pickings} == {"cancel"}
    assert len(world.events(order, "order.cancelled")) == 1


# -- waves -------------------------------------------------------------------------------------------------------------


def test_waves_filled_by_two_workers_at_once_hold_each_transfer_once(world):
    """Orders are confirmed while two workers and the scheduler fill waves of the same transfers."""
    address = {"street": "Lange Nieuwstraat 1", "city": "Antwerp", "zip": "2000", "country_code": "BE"}
    east = partners.warehouse(world.rpc, "EAST", "East", **address)
    goods, _sku = world.goods(on_hand=0.0)
    partners.put_in_stock(world.rpc, goods, 100.0, east["lot_stock_id"][0])
    values = {"name": "East", "picking_type_id": east["out_type_id"][0], "max_transfers": PER_WAVE}
    rule = world.rpc.execute("logistics.wave.rule", "create", values)
    orders = [world.order(1.0, goods=goods) for _ in range(TRANSFERS)]
    early, late = orders[: TRANSFERS // 2], orders[TRANSFERS // 2 :]
    for order in early:
        world.confirm(order)

    fill = lambda: world.rpc.execute("logistics.wave.rule", "action_fill", [rule])  # noqa: E731
    with ThreadPoolExecutor(6) as pool:
        calls = [pool.submit(fill) for _ in range(2)]
        for order in late:
            calls += [pool.submit(world.confirm, order), pool.submit(fill)]
        calls.append(pool.submit(world.hurry, "logistics_orchestration.cron_waves"))
        for call in calls:
            call.result()
    fill()

    fields = ("name", "state", "batch_id", "logistics_wave_position", "logistics_wave_why")
    transfers = world.find("stock.picking", [("sale_id", "in", orders)], *fields)
    assert len(transfers) == TRANSFERS
    assert [t for t in transfers if not (t["batch_id"] and t["logistics_wave_why"])] == []
    waves = world.find("stock.picking.batch", [("logistics_wave_rule_id", "=", rule)], "picking_ids", order="id")
    assert [len(wave["picking_ids"]) for wave in waves] == [4, 4, 2], "the last one alone has room left"
    members = Counter(member for wave in waves for member in wave["picking_ids"])
    assert set(members.values()) == {1}
    assert set(members) == {transfer["id"] for transfer in transfers}
    for wave in waves:
        places = [t["logistics_wave_position"] for t in transfers if t["id"] in wave["picking_ids"]]
        assert sorted(places) == list(range(1, len(places) + 1)), "everybody has a place of its own"
