"""Default records that came with this version: release, allocation, intake, replenishment and receipts."""

from odoo import SUPERUSER_ID, api

from odoo.addons.logistics_orchestration.models.backbone.default_records import create_new

MODULE = "logistics_orchestration"
# file: the new records in it, or None for all
NEW = {
    "data/hold/hold_types.xml": {"hold_type_split", "hold_type_carrier", "hold_type_customs", "hold_type_wait"},
    "data/gate/gates.xml": {
        "gate_credit",
        "gate_date",
        "gate_terms",
        "gate_carrier",
        "gate_customs",
        "gate_margin",
        "gate_cutoff",
        "gate_system",
    },
    "data/watch/alert_rules.xml": {"alert_rule_gate_errors"},
    "data/hold/crons.xml": {"cron_hold_watch"},
    "data/automation/crons.xml": {"cron_mass_action"},
    "data/replenishment/crons.xml": {"cron_shortage_scan", "cron_supplier_clock"},
    "data/replenishment/tiles.xml": {"tile_inbound_risk"},
    "data/allocation/sequences.xml": None,
    "data/allocation/hold_types.xml": None,
    "data/allocation/policies.xml": None,
    "data/allocation/crons.xml": None,
    "data/intake/defaults.xml": None,
    "data/intake/tiles.xml": None,
    "data/replenishment/mail_templates.xml": None,
    "data/receipt/sequences.xml": None,
    "data/receipt/tiles.xml": None,
    "data/shipment/crons.xml": None,
    "data/shipment/patience.xml": None,
    "data/shipment/tiles.xml": {"tile_shipment_will_be_late"},
}


def migrate(cr, version):
    """Create what is new.

    :param str version: the version that was installed before; None on a first installation
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    create_new(env, MODULE, NEW)
