"""Setting the stage over RPC: partner systems, subscriptions, carrier account, switches; goods, customers, orders.

`client` is anything with `execute(model, method, *args, **kwargs)` such as tests.rpc.Rpc or tools.stack.Stack,
`simulators` a dict kind -> tests.simulators.process.SimulatorControl.
"""

import base64
import secrets

CAPABILITIES = (
    "release",
    "allocation",
    "fulfillment",
    "shipment",
    "billing",
    "replenishment",
    "receipt",
    "approvals",
    "exceptions",
    "carrier",
)
SUBSCRIPTIONS = {
    "warehouse": ("fulfillment.requested", "fulfillment.cancel_requested"),
    "carrier": ("shipment.dispatched",),
    "finance": ("invoice.released",),
    "supplier": ("purchase.requested",),
}
# Quick enough to be watched; the defaults are for partners far away.
RETRY_SCHEDULE = "1,1,2,2,3,5,10,30,60,300"
CUSTOMER = {
    "name": "Atelier Lumen",
    "street": "Coupure Links 12",
    "city": "Ghent",
    "zip": "9000",
    "country_code": "BE",
    "phone": "+32 9 555 01 01",
    "email": "orders@atelier-lumen.example",
}
OWN_ADDRESS = {"street": "Havenlaan 86", "city": "Brussels", "zip": "1000", "country_code": "BE"}


# -- small helpers ---------------------------------------------------------------------------------------------------


def find(client, model, domain, fields=("id",), **kwargs):
    """Records of a model as dicts."""
    return client.execute(model, "search_read", domain, list(fields), **kwargs)


def one(client, model, domain, *fields):
    """The single record of a domain as a dict, or None."""
    rows = find(client, model, domain, fields or ("id",), limit=1)
    return rows[0] if rows else None


def upsert(client, model, domain, values):
    """Write to the record of the domain, or create it; returns its id."""
    found = one(client, model, domain)
    if found:
        client.execute(model, "write", [found["id"]], values)
        return found["id"]
    return client.execute(model, "create", values)


def _country(client, code):
    return one(client, "res.country", [("code", "=", code)])["id"]


def _with_country(client, address):
    values = dict(address)
    values["country_id"] = _country(client, values.pop("country_code"))
    return values


def new_secret():
    """A signing secret as Standard Webhooks wants it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


# -- setting up ------------------------------------------------------------------------------------------------------


def connect(client, simulators, timeout=5.0):
    """Make one `logistics.system` per simulator, tell each simulator its side, enforce everything.

    Returns {kind: id of its system}.
    """
    company = client.execute("res.company", "search_read", [], ["id", "currency_id", "partner_id"], limit=1)[0]
    partner = one(client, "res.partner", [("id", "=", company["partner_id"][0])], "city", "country_id")
    if not (partner["city"] and partner["country_id"]):
        client.execute("res.partner", "write", [partner["id"]], _with_country(client, OWN_ADDRESS))
    systems = {kind: _connect_one(client, kind, simulator, timeout) for kind, simulator in simulators.items()}
    if "carrier" in simulators:
        simulators["carrier"].control(currency=company["currency_id"][1], auto_on="dispatched")
        connect_carrier(client, simulators["carrier"], systems["carrier"])
    for simulator in simulators.values():
        simulator.control(auto=True)
    enforce(client, *CAPABILITIES)
    return systems


def _connect_one(client, kind, simulator, timeout):
    values = {"name": f"{kind.capitalize()} (simulated)", "kind": kind, "timeout": timeout}
    if kind == "warehouse":
        values["warehouse_ids"] = [(6, 0, [main_warehouse(client)["id"]])]
    return connect_system(client, f"SIM-{kind.upper()}", simulator, SUBSCRIPTIONS.get(kind, ()), **values)


def connect_system(client, code, simulator, types, **values):
    """One `logistics.system` with new secrets, subscribed to event types; the simulator learns its side. Its id."""
    ours, theirs = new_secret(), new_secret()
    values = {
        "code": code,
        "environment": "test",
        "outbound_url": f"{simulator.url}/webhook",
        "allow_http": True,
        "allowed_networks": "127.0.0.0/8",
        "retry_schedule": RETRY_SCHEDULE,
        "secret_out": ours,
        "secret_in": theirs,
        **values,
    }
    system = upsert(client, "logistics.system", [("code", "=", code)], values)
    names = [f"logistics.{name}" for name in types]
    type_ids = client.execute("logistics.event.type", "search", [("name", "in", names)])
    if len(type_ids) != len(names):
        raise RuntimeError(f"The catalogue lacks some of {', '.join(names)}.")
    subscription = {"name": values["name"], "system_id": system, "event_type_ids": [(6, 0, type_ids)]}
    upsert(client, "logistics.subscription", [("system_id", "=", system)], subscription)
    slug = one(client, "logistics.system", [("id", "=", system)], "inbound_slug")["inbound_slug"]
    simulator.control(slug=slug, secret_in=ours, secret_out=theirs)
    return system


def enforce(client, *capabilities):
    """Let the capabilities act in the user's company."""
    domain = [("capability", "in", capabilities), ("warehouse_id", "=", False), ("partner_id", "=", False)]
    there = find(client, "logistics.switch", domain, ("capability",))
    missing = set(capabilities) - {switch["capability"] for switch in there}
    # Each write makes every Odoo worker forget its caches: two calls instead of one per capability.
    client.execute("logistics.switch", "write", [switch["id"] for switch in there], {"mode": "enforce"})
    client.execute("logistics.switch", "create", [{"capability": c, "mode": "enforce"} for c in sorted(missing)])


def main_warehouse(client):
    """The first warehouse."""
    return find(client, "stock.warehouse", [], ("id", "code", "lot_stock_id"), limit=1, order="id")[0]


def warehouse(client, code, name, **address):
    """Another warehouse of the company with an address of its own: as `main_warehouse` tells of the first."""
    place = upsert(client, "res.partner", [("name", "=", name)], {"name": name, **_with_country(client, address)})
    found = upsert(
        client, "stock.warehouse", [("code", "=", code)], {"name": name, "code": code, "partner_id": place}
    )
    return one(client, "stock.warehouse", [("id", "=", found)], "id", "code", "lot_stock_id", "out_type_id")


def connect_carrier(client, simulator, system):
    """A carrier account on the simulator and two shipping methods that book through it; {service: carrier id}."""
    token = secrets.token_urlsafe(16)
    simulator.control(token=token)
    name = "SwiftParcel (simulated)"
    values = {
        "name": name,
        "adapter": "rest_json",
        "environment": "test",
        "base_url": simulator.url,
        "token": token,
        "timeout": 5.0,
        "allow_http": True,
        "allowed_networks": "127.0.0.0/8",
        "label_format": "pdf",
        "system_id": system,
    }
    account = upsert(client, "logistics.carrier.account", [("name", "=", name)], values)
    for label, code, days in (("Standard", "standard", 3), ("Express", "express", 1)):
        domain = [("account_id", "=", account), ("name", "=", label)]
        mapped = {"account_id": account, "name": label, "code": code, "transit_days": days}
        upsert(client, "logistics.carrier.service", domain, mapped)
    return {"standard": _method(client, account, "Standard", 9.0), "express": _method(client, account, "Express", 29.0)}


def _method(client, account, service, price):
    name = f"SwiftParcel {service}"
    product = upsert(
        client,
        "product.product",
        [("default_code", "=", f"SHIP-{service.upper()}")],
        {"name": name, "default_code": f"SHIP-{service.upper()}", "detailed_type": "service", "list_price": price},
    )
    values = {
        "name": name,
        "delivery_type": "fixed",
        "fixed_price": price,
        "product_id": product,
        "logistics_account_id": account,
        "logistics_service": service,
    }
    return upsert(client, "delivery.carrier", [("name", "=", name)], values)


def carrier_method(client, service="standard"):
    """The id of the shipping method that books this service of the simulated carrier."""
    return one(client, "delivery.carrier", [("name", "=", f"SwiftParcel {service.capitalize()}")])["id"]


# -- goods and people ------------------------------------------------------------------------------------------------


def customer(client, **changes):
    """A customer with a complete address; returns its id."""
    values = _with_country(client, {**CUSTOMER, **changes})
    return upsert(client, "res.partner", [("name", "=", values["name"])], values)


def product(client, sku, on_hand=0.0, **values):
    """A storable product with stock in the main warehouse; returns its id."""
    more = {"name": f"Oak desk {sku}", "list_price": 250.0, "standard_price": 120.0, "weight": 12.0, **values}
    found = upsert(
        client,
        "product.product",
        [("default_code", "=", sku)],
        {**more, "default_code": sku, "detailed_type": "product"},
    )
    if on_hand:
        put_in_stock(client, found, on_hand, main_warehouse(client)["lot_stock_id"][0])
    return found


def put_in_stock(client, product_id, quantity, location):
    """Have so much of a product in a location from now on.

    By a transfer, not by a count: a count of this size needs a decision where approvals are enforced.
    """
    domain = [("product_id", "=", product_id), ("location_id", "=", location)]
    quants = find(client, "stock.quant", domain, ["quantity"])
    missing = quantity - sum(quant["quantity"] for quant in quants)
    if not missing:
        return
    company = one(client, "stock.location", [("id", "=", location)], "company_id")["company_id"][0]
    outside = one(client, "stock.location", [("usage", "=", "inventory"), ("company_id", "=", company)])["id"]
    kind = find(
        client,
        "stock.picking.type",
        [("code", "=", "internal"), ("company_id", "=", company)],
        limit=1,
        context={"active_test": False},
    )[0]["id"]
    ends = {"location_id": outside, "location_dest_id": location}
    if missing < 0:
        ends = {"location_id": location, "location_dest_id": outside}
    line = {"name": "stock", "product_id": product_id, "product_uom_qty": abs(missing), "quantity": abs(missing)}
    moves = [(0, 0, {**line, **ends, "picked": True})]
    transfer = client.execute("stock.picking", "create", {"picking_type_id": kind, **ends, "move_ids": moves})
    client.execute("stock.picking", "button_validate", [transfer])
    state = one(client, "stock.picking", [("id", "=", transfer)], "state")["state"]
    if state != "done":
        raise RuntimeError(f"Goods for the test are not in stock: their transfer is {state}.")


def place_order(client, product_id, quantity=2.0, service="standard", partner=None, **values):
    """A quotation with a shipping method; returns its id."""
    line = {"product_id": product_id, "product_uom_qty": quantity}
    vals = {"partner_id": partner or customer(client), "order_line": [(0, 0, line)], **values}
    if service:
        vals["carrier_id"] = carrier_method(client, service)
    return client.execute("sale.order", "create", vals)
