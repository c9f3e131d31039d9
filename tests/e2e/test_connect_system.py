"""An administrator connects a partner system in the browser, sees a delivery, breaks the line and repairs it."""

import json

from tests.e2e.browser import Browser
from tests.simulators.process import SimulatorProcess, wait_for
from tools.common import free_port

TYPE = "logistics.order.confirmed"


def remember(browser, **values):
    """Hand values to the tours, which read them from the browser."""
    for name, value in values.items():
        browser.run(f"localStorage.setItem('logistics_tour_{name}', {json.dumps(value)}); true")


def test_connect_break_repair_replay(world):
    with SimulatorProcess("supplier") as partner, Browser(world.stack.url) as browser:
        browser.log_in("admin", "admin")
        # nobody listens there
        remember(browser, url=partner.url + "/webhook", wrong_url=f"http://127.0.0.1:{free_port()}/webhook")
        browser.tour("logistics_connect_system")
        # what the administrator hands over
        partner.control(secret_in=browser.run("localStorage.getItem('logistics_tour_secret_out')"))
        _order, name = world.confirmed()
        received = wait_for(lambda: partner.received(TYPE), 30, "the first delivery")
        browser.tour("logistics_first_delivery")
        assert len(received) == 1
        assert received[0]["verified"] is True
        assert received[0]["json"]["data"]["order"] == name

        (system,) = world.rpc.execute("logistics.system", "search", [("code", "=", "n8n-night")])
        # given up after a second instead of two days
        world.rpc.execute("logistics.system", "write", [system], {"retry_schedule": "1"})
        browser.tour("logistics_break_system")
        _order, name = world.confirmed()
        dead = [("system_id", "=", system), ("state", "=", "dead"), ("type_name", "=", TYPE)]
        wait_for(lambda: world.find("logistics.outbox.message", dead), 30, "the message to be given up")
        browser.tour("logistics_repair_and_replay", seconds=150)
        received = wait_for(lambda: partner.received(TYPE)[1:], 30, "the replayed message")
        assert [row["json"]["data"]["order"] for row in received] == [name]
        assert received[0]["verified"] is True
        tests = partner.received("logistics.integration.test")
        assert len(tests) == 2
        assert all(row["verified"] for row in tests)
        world.rpc.execute("logistics.system", "write", [system], {"state": "disabled"})
