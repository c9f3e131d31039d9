"""Default records that came with this version.

They are never created by an update (`forcecreate="0"`: what an administrator deleted stays deleted), so the version
that brings them creates them, once.
"""

from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import file_open
from odoo.tools.convert import xml_import

MODULE = "logistics_orchestration"
# file: the new records in it, or None for all
NEW = {
    "data/backbone/crons.xml": {"cron_inbox_second", "cron_polls", "cron_feed_watch"},
    "data/backbone/alert_rules.xml": None,
    "data/backbone/retention.xml": None,
    "data/backbone/operate.xml": None,
    "data/balance/crons.xml": None,
    "data/backbone/tiles.xml": {"tile_alerts"},
}


def migrate(cr, version):
    """Create what is new.

    :param str version: the version that was installed before; None on a first installation
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, wanted in NEW.items():
        with file_open(f"{MODULE}/{name}", "rb") as stream:
            tree = etree.parse(stream)
        for record in tree.getroot().findall(".//record"):
            new = wanted is None or record.get("id") in wanted
            if not new or env.ref(f"{MODULE}.{record.get('id')}", raise_if_not_found=False):
                record.getparent().remove(record)
        if tree.getroot().findall(".//record"):
            xml_import(env, MODULE, {}, "init", noupdate=True, xml_filename=name).parse(tree.getroot())
    # the watchdog of the version before looked every 5 minutes; notices and alarms want the minute
    watchdog = env.ref(f"{MODULE}.cron_outbox_watchdog", raise_if_not_found=False)
    if watchdog and (watchdog.interval_number, watchdog.interval_type) == (5, "minutes"):
        watchdog.interval_number = 1
