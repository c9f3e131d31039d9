"""Facts that are meant for one partner among its like: a warehouse's own requests, a buyer's own papers.

Two warehouses subscribe to the same event type; what one is asked to ship must not reach the other, which would ship it
too. Such a fact names the code of the system it is for (``data.system``; ``data.systems`` where several may have it).
Systems of that kind and another code are owed nothing; systems of other kinds (a middleware, a CRM) are owed it as they
subscribed. A fact that names nobody is for everybody, as before there were names.
"""

# beginning of the type's name -> kind of the systems among which it is addressed
ADDRESSED = {
    "logistics.fulfillment.": "warehouse",
    "logistics.order.received": "channel",
    "logistics.order.acknowledged": "channel",
    "logistics.order.repeated": "channel",
    "logistics.shipment.advised": "channel",
    "logistics.purchase.": "supplier",
}


def narrowed(test, type_name, kind, code):
    """The test of a subscription for one event type, narrowed to what is meant for its system.

    :param test: function from an envelope to whether the subscription wants it, or None for all
    :param str kind: kind of the subscription's system
    :param str code: code of the subscription's system
    :returns: such a function, or None for all
    """
    if not any(kind == among and (type_name or "").startswith(begin) for begin, among in ADDRESSED.items()):
        return test

    def meant(envelope):
        data = envelope.get("data")
        data = data if isinstance(data, dict) else {}
        names = data.get("systems", data.get("system"))
        if names is not None and code not in (names if isinstance(names, list) else [names]):
            return False
        return test is None or test(envelope)

    return meant
