"""The flows as they are meant to go, seen from both ends: Odoo's records and the partners' own logs."""

import base64

import pytest

from tests import partners, story
from tests.e2e.world import about
from tests.simulators.papers import png_signature
from tests.simulators.process import wait_for

SKU = "DESK-OAK"


@pytest.fixture(scope="module")
def travelled(connected):
    """One order that has gone from its confirmation to its paid invoice, and what came of it."""
    connected.calm()
    lines = []
    # As `make demo` tells it: over JSON-RPC, with goods and customer of its own. Everything else here is XML-RPC.
    told = story.run(connected.stack, connected.stack.simulators, say=lines.append, seconds=60)
    connected.drain()
    return {
        **told,
        "lines": lines,
        "goods": connected.find("product.product", [("default_code", "=", SKU)])[0]["id"],
        "logs": {kind: simulator.log() for kind, simulator in connected.stack.simulators.items()},
        "states": {kind: simulator.state() for kind, simulator in connected.stack.simulators.items()},
    }


def received(told, kind, type_name):
    """What a partner received of one event type about the order that travelled."""
    return [row for row in told["logs"][kind]["received"] if row.get("type") == f"logistics.{type_name}"]


def test_warehouse_was_asked_once_with_all_it_needs(travelled):
    (row,) = received(travelled, "warehouse", "fulfillment.requested")
    assert row["verified"] is True
    data = row["json"]["data"]
    assert (data["order"], data["fulfillment"]) == (travelled["order"], travelled["fulfillment"])
    assert [(line["sku"], line["quantity"]) for line in data["lines"]] == [(SKU, 2.0)]
    assert {data["consignee"][key] for key in ("name", "city", "zip")} == {"Atelier Lumen", "Ghent", "9000"}
    request = travelled["states"]["warehouse"]["requests"][travelled["fulfillment"]]
    assert (request["asked"], request["said"]) == (1, ["fulfillment.accepted", "picking.completed"])


def test_carrier_sold_one_label_and_was_told_of_the_dispatch(world, travelled):
    (booking,) = travelled["states"]["carrier"]["bookings"]
    (parcel,) = booking["parcels"]
    assert parcel["tracking_number"] == travelled["tracking"]
    assert booking["service"] == "standard"
    assert travelled["states"]["carrier"]["parcels"][travelled["tracking"]]["labels"] >= 1
    (dispatched,) = received(travelled, "carrier", "shipment.dispatched")
    assert [p["tracking_number"] for p in dispatched["json"]["data"]["parcels"]] == [travelled["tracking"]]
    # Every call of the carrier's interface carried the token.
    calls = [row for row in travelled["logs"]["carrier"]["received"] if row["path"] != "/webhook"]
    assert calls
    assert all(row["verified"] for row in calls)


def test_finance_got_the_invoice_that_odoo_has(world, travelled):
    (row,) = received(travelled, "finance", "invoice.released")
    data = row["json"]["data"]
    (invoice,) = world.find("account.move", [("name", "=", travelled["invoice"])], "amount_total", "payment_state")
    assert (data["invoice"], data["amount_total"]) == (travelled["invoice"], invoice["amount_total"])
    assert invoice["payment_state"] in ("paid", "in_payment")
    assert data["order"] == travelled["order"]


def test_nothing_was_said_twice_or_unsigned(travelled):
    for kind, log in travelled["logs"].items():
        hooks = [row for row in log["received"] if row["path"] == "/webhook"]
        assert all(row["verified"] for row in hooks), kind
        assert not [row for row in hooks if row.get("repeat")], kind
        assert [row["status"] for row in log["sent"]] == [202] * len(log["sent"]), kind


def test_story_is_told_step_by_step(travelled):
    assert len(travelled["lines"]) >= 10
    assert travelled["invoice"] in travelled["lines"][-1]


def test_documents_in_odoo_are_done(world, travelled):
    (picking,) = world.find(
        "stock.picking", [("sale_id", "=", travelled["order_id"])], "state", "carrier_tracking_ref", "date_done"
    )
    assert picking["state"] == "done"
    assert picking["date_done"]
    assert travelled["tracking"] in picking["carrier_tracking_ref"]
    (line,) = world.find(
        "sale.order.line",
        [("order_id", "=", travelled["order_id"]), ("product_id", "=", travelled["goods"])],
        "qty_delivered",
        "qty_invoiced",
    )
    assert (line["qty_delivered"], line["qty_invoiced"]) == (2.0, 2.0)
    assert world.rpc.read("product.product", travelled["goods"], "qty_available") == 98.0


def test_label_and_proof_are_kept_byte_for_byte(world, travelled):
    (shipment,) = world.find("logistics.shipment", [("order_id", "=", travelled["order_id"])], "label_attachment_ids")
    (label,) = world.rpc.execute("ir.attachment", "read", shipment["label_attachment_ids"], ["datas", "mimetype"])
    assert label["mimetype"] == "application/pdf"
    number = travelled["tracking"]
    assert base64.b64decode(label["datas"]).startswith(b"%PDF-1.4")
    (pod,) = world.find("logistics.pod", [("id", "=", travelled["pod"])], "state", "signed_by")
    assert (pod["state"], pod["signed_by"]) == ("verified", "A. Receiver")
    files = world.find("ir.attachment", [("name", "=", f"{number}-signature.png")], "datas", "mimetype")
    assert [(base64.b64decode(file["datas"]), file["mimetype"]) for file in files] == [(png_signature(), "image/png")]


def test_events_tell_the_whole_way_in_order(world, travelled):
    names = [event["type_name"].removeprefix("logistics.") for event in world.events(travelled["order_id"])]
    way = [
        "order.confirmed",
        "order.released",
        "fulfillment.requested",
        "fulfillment.accepted",
        "picking.completed",
        "shipment.booked",
        "shipment.label_created",
        "shipment.dispatched",
        "delivery.confirmed",
        "pod.received",
        "pod.verified",
        "invoice.released",
        "invoice.paid",
    ]
    assert [name for name in way if name in names] == way
    assert [name for name in names if name in way] == way
    correlated = world.find(
        "logistics.event", [("ordering_key", "=", f"sale.order/{travelled['order_id']}")], "correlation_uid"
    )
    assert len({event["correlation_uid"] for event in correlated}) == 1


def test_every_message_was_delivered_at_the_first_attempt(world, travelled):
    messages = world.find(
        "logistics.outbox.message",
        [("ordering_key", "=", f"sale.order/{travelled['order_id']}")],
        "state",
        "attempt_count",
    )
    assert len(messages) == 3
    assert {(message["state"], message["attempt_count"]) for message in messages} == {("delivered", 1)}


def test_flow_page_shows_all_steps_done(world, travelled):
    steps = world.rpc.execute("sale.order", "logistics_flow", [travelled["order_id"]])["steps"]
    assert {step["state"] for step in steps} <= {"done", "skipped"}, story.flow_text(world.rpc, travelled["order_id"])
    assert len(steps) >= 8


# -- replenishment ---------------------------------------------------------------------------------------------------


def test_second_scheduled_run_buys_nothing_more(world):
    goods, sku = world.goods(on_hand=3.0)
    vendor = partners.customer(world.rpc, name="Oak & Sons", email="sales@oak.example")
    world.rpc.execute(
        "product.supplierinfo", "create", {"product_tmpl_id": _template(world, goods), "partner_id": vendor}
    )
    routes = world.rpc.execute("stock.route", "search", [("product_selectable", "=", True), ("name", "=", "Buy")])
    world.rpc.execute("product.product", "write", [goods], {"route_ids": [(6, 0, routes)]})
    warehouse = partners.main_warehouse(world.rpc)
    rule = {"product_id": goods, "product_min_qty": 10.0, "product_max_qty": 20.0, "trigger": "auto"}
    rule.update(warehouse_id=warehouse["id"], location_id=warehouse["lot_stock_id"][0])
    world.rpc.execute("stock.warehouse.orderpoint", "create", rule)
    (cron,) = world.rpc.execute("ir.model.data", "search_read", [("name", "=", "ir_cron_scheduler_action")], ["res_id"])

    world.rpc.execute("ir.cron", "method_direct_trigger", [cron["res_id"]])
    (line,) = world.find("purchase.order.line", [("product_id", "=", goods)], "product_qty", "order_id")
    assert line["product_qty"] == 17.0
    purchase = line["order_id"][1].split(" ")[0]
    asked = wait_for(lambda: about(world.supplier.received("purchase.requested"), purchase=purchase), 20, "the request")
    assert [(row["sku"], row["quantity"]) for row in asked[0]["json"]["data"]["lines"]] == [(sku, 17.0)]
    domain = [("purchase_line_id", "=", line["id"])]
    wait_for(lambda: world.find("logistics.supplier.promise", domain), 20, "the supplier's promise")

    world.rpc.execute("ir.cron", "method_direct_trigger", [cron["res_id"]])
    world.drain()
    assert [
        row["product_qty"] for row in world.find("purchase.order.line", [("product_id", "=", goods)], "product_qty")
    ] == [17.0]
    assert len(about(world.supplier.received("purchase.requested"), purchase=purchase)) == 1
    assert world.supplier.state()["purchases"][purchase]["asked"] == 1
    assert len(world.find("logistics.shortage", [("product_id", "=", goods)])) == 1
    told = [("type_name", "=", "logistics.stock.below_threshold"), ("body", "ilike", sku)]
    assert len(world.find("logistics.event", told)) == 1


def _template(world, goods):
    return world.rpc.read("product.product", goods, "product_tmpl_id")[0]


# -- approvals -------------------------------------------------------------------------------------------------------


def test_expedite_waits_for_an_approver_and_changes_what_is_booked(world):
    world.warehouse.control(auto=False)
    planner = world.user("planner", "logistics_orchestration.group_planner", "sales_team.group_sale_salesman_all_leads")
    approver = world.user(
        "approver", "logistics_orchestration.group_approver", "sales_team.group_sale_salesman_all_leads"
    )
    order, _ = world.confirmed(service="standard")
    request = world.fulfillment(order, "requested")
    wait_for(lambda: world.warehouse.state()["requests"].get(request["name"]), 20, "the warehouse to be asked")
    express = partners.carrier_method(world.rpc, "express")
    ask = {"kind": "expedite", "subject_model": "sale.order", "subject_id": order}
    ask.update(carrier_id=express, extra_cost=80.0, reason="The customer's line stands still")
    wizard = planner.execute("logistics.approval.ask", "create", ask)
    planner.execute("logistics.approval.ask", "action_ask", [wizard])
    (asked,) = world.find("logistics.approval.request", [("sale_order_id", "=", order)], "state", "kind", "amount")
    assert (asked["state"], asked["kind"], asked["amount"]) == ("requested", "expedite", 80.0)
    (picking,) = world.find("stock.picking", [("sale_id", "=", order)], "carrier_id")
    assert picking["carrier_id"][1] == "SwiftParcel Standard", "nothing changes before somebody decided"
    with pytest.raises(RuntimeError):
        planner.execute("logistics.approval.request", "action_approve", [asked["id"]])
    approver.execute("logistics.approval.request", "action_approve", [asked["id"]])
    (decided,) = world.find("logistics.approval.request", [("id", "=", asked["id"])], "state")
    assert decided["state"] == "approved"
    (decision,) = world.find(
        "logistics.approval.decision", [("request_id", "=", asked["id"])], "approver_name", "decision"
    )
    assert (decision["approver_name"], decision["decision"]) == ("E2E Approver", "approved")
    (picking,) = world.find("stock.picking", [("sale_id", "=", order)], "carrier_id")
    assert picking["carrier_id"][1] == "SwiftParcel Express"
    world.warehouse.act("pick", fulfillment=request["name"])
    booking, _ = world.booked(order)
    (sold,) = [b for b in world.carrier.state()["bookings"] if b["reference"] == booking["reference"]]
    assert sold["service"] == "express"


# -- exceptions ------------------------------------------------------------------------------------------------------


def test_damaged_parcel_becomes_a_case_that_is_resolved(world):
    world.carrier.control(auto=False)
    planner = world.user("planner", "logistics_orchestration.group_planner", "sales_team.group_sale_salesman_all_leads")
    damaged = world.rpc.execute("logistics.exception.type", "search", [("code", "=", "damaged")])
    world.rpc.execute("logistics.exception.type", "write", damaged, {"user_id": planner.uid})
    order, _ = world.confirmed()
    world.shipment(order, ("dispatched_at", "!=", False))
    _, (number,) = world.booked(order)
    world.carrier.act("scan", tracking_number=number, code="COLLECTED")
    (push,) = world.carrier.act("scan", tracking_number=number, code="DAMAGED", data={"description": "Box crushed"})
    assert push["status"] == 202
    shipment = world.shipment(order, ("exception_code", "=", "damaged"))
    domain = [("subject_model", "=", "logistics.shipment"), ("subject_id", "=", shipment["id"])]
    fields = ("name", "state", "owner_id", "due_at", "action_ids", "severity")
    case = world.wait(order, "the exception case", "logistics.exception", domain, *fields)
    assert case["owner_id"][1] == "E2E Planner", "a case has an owner"
    assert case["due_at"], "a case has a deadline"
    assert case["action_ids"], "a case has a playbook"
    world.carrier.act("scan", tracking_number=number, code="DAMAGED", data={"description": "Still crushed"})
    world.drain()
    assert len(world.find("logistics.exception", domain)) == 1, "the same trouble is one case"
    with pytest.raises(RuntimeError):
        planner.execute("logistics.exception", "action_resolve", [case["id"]])  # without saying how
    how = {"resolution_code": "replaced", "resolution": "A new desk goes out today"}
    planner.execute("logistics.exception", "write", [case["id"]], how)
    planner.execute("logistics.exception", "action_resolve", [case["id"]])
    (case,) = world.find("logistics.exception", domain, "state", "resolved_at")
    assert case["state"] == "resolved"
    assert case["resolved_at"]
    assert world.events(order, "exception.opened")
    assert world.events(order, "exception.resolved")
