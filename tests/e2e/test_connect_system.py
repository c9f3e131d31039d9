"""An administrator connects a partner system in the browser and sees its first delivery there."""

import json

from tests.e2e.browser import Browser
from tests.simulators.process import SimulatorProcess, wait_for

TYPE = "logistics.order.confirmed"


def test_connect_a_system_and_see_its_first_delivery(world):
    with SimulatorProcess("supplier") as partner, Browser(world.stack.url) as browser:
        browser.log_in("admin", "admin")
        browser.run(f"localStorage.setItem('logistics_tour_url', {json.dumps(partner.url + '/webhook')}); true")
        browser.tour("logistics_connect_system")
        # what the administrator hands over
        partner.control(secret_in=browser.run("localStorage.getItem('logistics_tour_secret_out')"))
        _order, name = world.confirmed()
        received = wait_for(lambda: partner.received(TYPE), 30, "the first delivery")
        browser.tour("logistics_first_delivery")
        system = world.rpc.execute("logistics.system", "search", [("code", "=", "n8n-night")])
        world.rpc.execute("logistics.system", "write", system, {"state": "disabled"})
    assert len(received) == 1
    assert received[0]["verified"] is True
    assert received[0]["json"]["data"]["order"] == name
