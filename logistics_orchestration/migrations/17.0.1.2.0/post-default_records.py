"""Default records that came with this version: release, allocation, intake, replenishment and receipts."""

from odoo import SUPERUSER_ID, api

from odoo.addons.logistics_orchestration.models.backbone.default_records import create_new

MODULE = "logistics_orchestration"
# file: the new records in it, or None for all
NEW = {
    "data/replenishment/crons.xml": {"cron_supplier_clock"},
    "data/replenishment/mail_templates.xml": None,
    "data/receipt/sequences.xml": None,
    "data/receipt/tiles.xml": None,
}


def migrate(cr, version):
    """Create what is new.

    :param str version: the version that was installed before; None on a first installation
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    create_new(env, MODULE, NEW)
