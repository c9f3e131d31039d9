"""The watchdog on running processes: its parts commit batches of their own, which no single transaction shows."""

import urllib.request

from tests.simulators.process import wait_for

WATCHDOG = "logistics_orchestration.cron_outbox_watchdog"


def alarms(world, kind):
    """Alarms of a kind that are not closed."""
    return world.find("logistics.alert", [("kind", "=", kind), ("state", "!=", "closed")], "summary", "told_count")


def test_refused_content_becomes_an_alarm_a_fact_and_an_answer(world):
    world.warehouse.control(mode="422")
    order, _name = world.confirmed()
    dead = [("state", "=", "dead")]
    wait_for(lambda: world.find("logistics.outbox.message", dead, "id"), 30, "a dead letter")
    world.hurry(WATCHDOG)
    wait_for(lambda: alarms(world, "dead_letters"), 90, "the alarm")
    world.hurry(WATCHDOG)
    assert [alarm["told_count"] for alarm in alarms(world, "dead_letters")] == [1]
    broken = world.find("logistics.alert.rule", [("last_error", "!=", False)], "kind", "last_error")
    assert broken == []
    with urllib.request.urlopen(f"{world.stack.url}/logistics/health", timeout=10) as answer:
        assert (answer.status, b"degraded" in answer.read()) == (200, True)
    world.warehouse.control(mode="ok")
    ids = [row["id"] for row in world.find("logistics.outbox.message", dead, "id")]
    world.rpc.execute("logistics.outbox.message", "action_replay", ids)
    world.fulfillment(order, "done")
    world.drain()
    world.hurry(WATCHDOG)
    wait_for(lambda: not alarms(world, "dead_letters"), 90, "the alarm to close by itself")
