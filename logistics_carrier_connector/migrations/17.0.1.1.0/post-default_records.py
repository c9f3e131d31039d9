"""Default records that came with this version: booking by mail, drivers and lists, changes of plan, tracking codes."""

from odoo import SUPERUSER_ID, api

from odoo.addons.logistics_orchestration.models.backbone.default_records import create_new

MODULE = "logistics_carrier_connector"
# file: the new records in it, or None for all
NEW = {
    "data/instruction/sequences.xml": None,
    "data/instruction/crons.xml": None,
    "data/quote/crons.xml": None,
    "data/quote/gates.xml": None,
    "data/account/mail_templates.xml": None,
    "data/handover/crons.xml": None,
    "data/tracking/crons.xml": None,
    "data/tracking/status_map_easypost.xml": None,
    "data/tracking/status_map_aftership.xml": None,
    "data/tracking/status_map_shippo.xml": None,
    "data/tracking/status_map_sendcloud.xml": None,
    "data/tracking/status_map_karrio.xml": None,
    "data/tracking/status_map_shopify.xml": None,
    "data/tracking/status_map_x12_214.xml": None,
    "data/tracking/status_map_edifact_iftsta.xml": None,
    "data/tracking/status_map_dcsa.xml": None,
    "data/tracking/status_map_epcis2.xml": None,
}


def migrate(cr, version):
    """Create what is new.

    :param str version: the version that was installed before; None on a first installation
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    create_new(env, MODULE, NEW)
