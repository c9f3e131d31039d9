"""Whether tests run: what commits, or opens a connection of its own, stays in the test's one transaction then."""

from odoo import modules, tools


def in_test():
    """True while Odoo's tests run, by odoo-bin or by pytest."""
    return bool(tools.config["test_enable"] or modules.module.current_test)
