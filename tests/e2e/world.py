"""What an end-to-end test does and sees: Odoo over XML-RPC as an integrator, the partners through their own logs."""

import itertools
import time

from tests import partners, story
from tests.rpc import Rpc
from tests.simulators.process import wait_for

OWED = ("pending", "sending", "held")
CALM = {
    "warehouse": {
        "policy": "accept",
        "cancel_policy": "let_go",
        "short": {},
        "accept_delay_s": 0.1,
        "pick_delay_s": 0.2,
        "packages": 1,
    },
    "carrier": {"auto_on": "dispatched", "start_delay_s": 0.3, "scan_delay_s": 0.2},
    "finance": {"policy": "pay"},
    "supplier": {"late_days": 0.0},
}


class World:
    """A running stack with everything connected and enforced."""

    def __init__(self, stack):
        self.stack = stack
        self.rpc = Rpc(stack.url, stack.database)
        self.systems = partners.connect(self.rpc, stack.simulators)
        self.warehouse = stack.simulators["warehouse"]
        self.carrier = stack.simulators["carrier"]
        self.finance = stack.simulators["finance"]
        self.supplier = stack.simulators["supplier"]
        self.customer = partners.customer(self.rpc)
        self._numbers = itertools.count(1)

    # -- between tests -------------------------------------------------------------------------------------------

    def calm(self):
        """Partners obey again, nothing is owed any more, and their logs are empty."""
        for kind, simulator in self.stack.simulators.items():
            lies = {"send_twice": False, "out_of_order": False, "send_garbage": False, "send_bad_signature": False}
            simulator.control(mode="ok", auto=True, **lies, **CALM[kind])
        self.resume()
        self.drain()
        for simulator in self.stack.simulators.values():
            simulator.reset()

    def resume(self, *kinds):
        """What a person does after a partner is back: Resume on its form."""
        ids = [self.systems[kind] for kind in kinds or self.systems]
        self.rpc.execute("logistics.system", "action_resume", ids)

    def drain(self, seconds=45):
        """Wait until nothing is owed to partners and nothing they said waits."""
        try:
            wait_for(lambda: not self._owed("search_count"), seconds, "the outbox and the inbox to be empty", every=0.1)
        except TimeoutError as error:
            relay = "runs" if self.stack.process("relay").running() else "does not run"
            raise TimeoutError(f"{error}; the relay {relay}; under way: {self._owed('search_read')}") from None

    def _owed(self, method):
        """What is under way in either direction, as counted or read by `method`."""

        def seen(model, states, *fields):
            wanted = [["state", "last_error", *fields]] if method == "search_read" else []
            return self.rpc.execute(model, method, [("state", "in", states)], *wanted)

        owed = seen("logistics.outbox.message", OWED, "type_name", "attempt_count")
        return owed or seen("logistics.inbox.message", ("received", "failed"), "type", "subject", "next_attempt_at")

    def hurry(self, xmlid):
        """Run a scheduled action now: what failed is due again in seconds, but Odoo looks only once a minute."""
        _, cron = self.rpc.execute("ir.model.data", "check_object_reference", *xmlid.split("."))
        try:
            self.rpc.execute("ir.cron", "method_direct_trigger", [cron])
        except RuntimeError as error:
            if "currently being executed" not in str(error):
                raise

    # -- doing ---------------------------------------------------------------------------------------------------

    def goods(self, on_hand=50.0, **values):
        """A product of this test alone: (id, sku)."""
        sku = f"E2E-{next(self._numbers):03}"
        return partners.product(self.rpc, sku, on_hand, **values), sku

    def order(self, quantity=2.0, goods=None, **values):
        """A quotation, of goods of its own unless given: its id."""
        return partners.place_order(self.rpc, goods or self.goods()[0], quantity, partner=self.customer, **values)

    def confirm(self, *orders):
        """Confirm and return the seconds that took."""
        begin = time.monotonic()
        self.rpc.execute("sale.order", "action_confirm", list(orders))
        return time.monotonic() - begin

    def confirmed(self, quantity=2.0, **values):
        """A confirmed order: (id, name)."""
        order = self.order(quantity, **values)
        self.confirm(order)
        return order, self.name(order)

    def user(self, role, *groups):
        """A user with these groups (xmlids beside the internal user), logged in over XML-RPC."""
        login = f"e2e-{role}"
        ids = [self.rpc.execute("ir.model.data", "check_object_reference", *xmlid.split("."))[1] for xmlid in groups]
        ids.append(self.rpc.execute("ir.model.data", "check_object_reference", "base", "group_user")[1])
        values = {"name": f"E2E {role.capitalize()}", "email": f"{login}@example.com", "groups_id": [(6, 0, ids)]}
        partners.upsert(self.rpc, "res.users", [("login", "=", login)], {**values, "login": login, "password": login})
        return Rpc(self.rpc.url, self.rpc.database, login, login)

    def ship_by_hand(self, order):
        """A person validates the order's delivery in Odoo, all of it."""
        (picking,) = self.rpc.execute("stock.picking", "search", [("sale_id", "=", order), ("state", "!=", "done")])
        context = {"skip_sms": True, "skip_immediate": True, "skip_backorder": True}
        result = self.rpc.execute("stock.picking", "button_validate", [picking], context=context)
        assert result in (True, None), result
        return picking

    # -- seeing --------------------------------------------------------------------------------------------------

    def name(self, order):
        """An order's name."""
        return self.rpc.read("sale.order", order, "name")

    def find(self, model, domain, *fields, **kwargs):
        """Records of a model as dicts."""
        return partners.find(self.rpc, model, domain, fields or ("id",), **kwargs)

    def wait(self, order, what, model, domain, *fields, seconds=30):
        """Wait for a record of an order's flow; the error shows the flow page."""
        condition = lambda: partners.one(self.rpc, model, domain, *fields)  # noqa: E731
        return story.wait_step(self.rpc, order, seconds, what, condition)

    def fulfillment(self, order, *states, seconds=30):
        """Wait until the order's fulfilment is in one of the states; returns it."""
        domain = [("order_id", "=", order), ("state", "in", states)]
        return self.wait(
            order, f"a fulfilment in {states}", "logistics.fulfillment", domain, "name", "state", seconds=seconds
        )

    def shipment(self, order, *condition, seconds=30):
        """Wait for the order's shipment; returns it."""
        domain = [("order_id", "=", order), *condition]
        fields = ("name", "tracking_number", "milestone", "exception_code", "pod_state", "dispatched_at")
        return self.wait(order, f"a shipment with {condition}", "logistics.shipment", domain, *fields, seconds=seconds)

    def booked(self, order, seconds=30, hurry=False):
        """Wait until the order's shipment is booked; (booking, [tracking numbers])."""
        shipment = self.shipment(order, seconds=seconds)
        fields = ("name", "reference", "tracking_numbers", "label_count")

        def found():
            if hurry:
                self.hurry("logistics_carrier_connector.cron_carrier_booking")
            domain = [("shipment_id", "=", shipment["id"]), ("state", "=", "booked")]
            return partners.one(self.rpc, "logistics.carrier.booking", domain, *fields)

        booking = story.wait_step(self.rpc, order, seconds, "a booking", found)
        return booking, booking["tracking_numbers"].split(", ")

    def events(self, order, type_name=None):
        """Events of an order's flow, oldest first."""
        domain = [("ordering_key", "=", f"sale.order/{order}")]
        if type_name:
            domain.append(("type_name", "=", f"logistics.{type_name}"))
        return self.find("logistics.event", domain, "uid", "type_name", order="id")

    def inbox(self, system, *domain):
        """What Odoo stored of a partner."""
        fields = ("type", "state", "external_id", "reason", "duplicate_count", "processed_at")
        return self.find(
            "logistics.inbox.message", [("system_id", "=", self.systems[system]), *domain], *fields, order="id"
        )


def about(rows, **values):
    """Rows of a simulator's log whose event data has these values."""
    return [row for row in rows if values.items() <= (row.get("json") or {}).get("data", {}).items()]
