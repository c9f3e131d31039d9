"""One order's way through all systems, told over RPC: used by `make demo` and by the end-to-end tests.

    connect(client, simulators)     systems, subscriptions, carrier account, switches; each simulator learns its side
    run(client, simulators)         the whole story, with progress lines

See `tests.partners` for `client` and `simulators`. All of it can be run again on the same database: what exists is
brought up to date, an order is new each time.
"""

import time

from tests.partners import connect, one, place_order, product
from tests.simulators.process import wait_for

__all__ = ["Progress", "awaited", "connect", "flow_text", "follow", "run", "wait_step"]


class Progress:
    """Prints each step with the seconds since the story began."""

    def __init__(self, say=print):
        self._say = say
        self._begin = time.monotonic()

    def __call__(self, words):
        self._say(f"{time.monotonic() - self._begin:6.1f} s  {words}")


def awaited(client, model, domain, *fields, seconds=60.0, what=""):
    """Wait until a record matches and return it; the error says what the flow page shows when it never does."""
    return wait_for(lambda: one(client, model, domain, *fields), seconds, what or f"{model} {domain}", every=0.1)


def wait_step(client, order, seconds, what, condition):
    """Wait for one step of an order; when it never comes, the error tells where the flow page sees it."""
    try:
        return wait_for(condition, seconds, what, every=0.1)
    except TimeoutError as error:
        raise TimeoutError(f"{error}\n{flow_text(client, order)}") from None


def flow_text(client, order):
    """The flow page of an order as text."""
    flow = client.execute("sale.order", "logistics_flow", [order])
    lines = [f"{step['key']:<12} {step['state']:<9} {step['summary']}" for step in flow["steps"]]
    return "\n".join([f"Flow of {flow['name']}:", *lines])


def run(client, simulators, say=print, seconds=60.0):
    """Drive one order from its confirmation to its paid invoice; returns the names of what came of it."""
    progress = Progress(say)
    goods = product(client, "DESK-OAK", on_hand=100.0)
    order = place_order(client, goods, 2.0, client_order_ref="PO-4711")
    client.execute("sale.order", "action_confirm", [order])
    name = one(client, "sale.order", [("id", "=", order)], "name")["name"]
    progress(f"{name} is confirmed")
    return follow(client, simulators, order, progress, seconds)


def follow(client, simulators, order, progress=lambda words: None, seconds=60.0):
    """Wait for every step of a confirmed order up to its paid invoice; returns what came of it."""

    def step(what, model, domain, *fields):
        return wait_step(client, order, seconds, what, lambda: one(client, model, domain, *fields))

    mine = [("order_id", "=", order)]
    told = {"order": step("the order", "sale.order", [("id", "=", order)], "name")["name"], "order_id": order}
    step("the release", "sale.order", [("id", "=", order), ("logistics_release_state", "=", "released")])
    progress(f"{told['order']} is released: it passed every gate")
    request = step("the fulfilment request", "logistics.fulfillment", mine, "name")
    told["fulfillment"] = request["name"]
    progress(f"{request['name']} is asked of the warehouse")
    step("the warehouse's acceptance", "logistics.fulfillment", [*mine, ("state", "in", ("accepted", "done"))])
    progress("the warehouse accepts")
    step("the pick", "logistics.fulfillment", [*mine, ("state", "=", "done")])
    progress("the warehouse has picked and packed")
    shipped = [("picking_ids.sale_id", "=", order)]
    shipment = step("the shipment", "logistics.shipment", shipped, "name")
    told["shipment"] = shipment["name"]
    booking = step(
        "the carrier booking",
        "logistics.carrier.booking",
        [("shipment_id", "=", shipment["id"]), ("state", "=", "booked")],
        "name",
        "tracking_numbers",
    )
    told.update(booking=booking["name"], tracking=booking["tracking_numbers"])
    progress(f"{shipment['name']} is booked with the carrier: {booking['tracking_numbers']}")
    step("the dispatch", "logistics.shipment", [*shipped, ("dispatched_at", "!=", False)])
    progress(f"{shipment['name']} is dispatched")
    step("the delivery", "logistics.shipment", [*shipped, ("milestone", "=", "delivered")])
    progress("the carrier has delivered")
    pod = step(
        "the proof of delivery", "logistics.pod", [("shipment_id", "=", shipment["id"]), ("state", "=", "verified")]
    )
    told["pod"] = pod["id"]
    progress("the proof of delivery is verified")
    invoiced = [("line_ids.sale_line_ids.order_id", "=", order), ("move_type", "=", "out_invoice")]
    released = [*invoiced, ("state", "=", "posted"), ("logistics_billing_state", "=", "released")]
    invoice = step("the released invoice", "account.move", released, "name", "amount_total")
    told["invoice"] = invoice["name"]
    progress(f"{invoice['name']} is released: {invoice['amount_total']:.2f}")
    step("the payment", "account.move", [*invoiced, ("payment_state", "in", ("paid", "in_payment"))])
    progress(f"{invoice['name']} is paid")
    return told
