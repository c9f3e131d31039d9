from . import cli
from . import controllers
from . import models
from . import wizards


def uninstall_hook(env):
    """Take the append-only guard along: a function is no model, so Odoo does not know that it is ours."""
    env.cr.execute("DROP FUNCTION IF EXISTS logistics_refuse_change() CASCADE")
