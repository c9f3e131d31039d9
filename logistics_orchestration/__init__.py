from . import cli
from . import controllers
from . import models
from . import wizards


def uninstall_hook(env):
    """Take along what is no model and Odoo does not know to be ours: the append-only guard, the gate's counters."""
    env.cr.execute("DROP FUNCTION IF EXISTS logistics_refuse_change() CASCADE")
    env.cr.execute("DROP TABLE IF EXISTS logistics_inbound_gate")
