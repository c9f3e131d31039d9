"""Default records that came with this version: second inbox worker, polls, alarms, retention, replays, balances."""

from odoo import SUPERUSER_ID, api

from odoo.addons.logistics_orchestration.models.backbone.default_records import create_new

MODULE = "logistics_orchestration"
# file: the new records in it, or None for all
NEW = {
    "data/inbox/crons.xml": {"cron_inbox_second", "cron_polls", "cron_feed_watch"},
    "data/watch/alert_rules.xml": None,
    "data/backbone/retention.xml": None,
    "data/outbox/replay.xml": None,
    "data/system/crons.xml": None,
    "data/balance/crons.xml": None,
    "data/watch/tiles.xml": {"tile_alerts"},
}


def migrate(cr, version):
    """Create what is new.

    :param str version: the version that was installed before; None on a first installation
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    create_new(env, MODULE, NEW)
    # the watchdog of the version before looked every 5 minutes; notices and alarms want the minute
    watchdog = env.ref(f"{MODULE}.cron_outbox_watchdog", raise_if_not_found=False)
    if watchdog and (watchdog.interval_number, watchdog.interval_type) == (5, "minutes"):
        watchdog.interval_number = 1
