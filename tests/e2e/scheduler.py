"""A scheduler in a process of its own, which can be told where to die: a program for ``test_shortage_crash``.

``python -m tests.e2e.scheduler CONF DATABASE buy|scan [PLACE TURN]``: PLACE is ``recorded`` (shortages are written,
nothing is bought yet), ``bought`` (nothing is committed yet) or ``looked`` (a batch of the scan is done and not
committed); at the so many-th time there the process kills itself, as the kernel would.
"""

import os
import signal
import sys


def die_at(cls, method, turn):
    """Have the process killed when ``method`` returns for the ``turn``-th time."""
    original, passed = getattr(cls, method), []

    def fatal(self, *args, **kwargs):
        result = original(self, *args, **kwargs)
        passed.append(1)
        if len(passed) == turn:
            self.env.flush_all()
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(cls, method, fatal)


def main(conf, database, what, place="", turn="1"):
    """Buy by all rules, or scan them, in small batches."""
    import odoo

    odoo.tools.config.parse_config(["-c", conf, "-d", database, "--log-level=warn"])
    with odoo.registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
        from odoo.addons.logistics_orchestration.models.replenishment import orderpoint, shortage_scan

        orderpoint.BATCH = shortage_scan.BATCH = 3
        rules, scans = type(env["stock.warehouse.orderpoint"]), type(env["logistics.shortage.scan"])
        methods = {
            "recorded": (rules, "_logistics_record_shortages"),
            "bought": (rules, "_logistics_after_buying"),
            "looked": (scans, "_scan_batch"),
        }
        if place:
            die_at(*methods[place], int(turn))
        if what == "buy":
            # as Odoo's scheduler does, which itself stops where two compute the same rules at once
            mine = env["stock.warehouse.orderpoint"].search([("trigger", "=", "auto")])
            mine._procure_orderpoint_confirm(use_new_cursor=True, company_id=env.company, raise_user_error=False)
        else:
            env["logistics.shortage.scan"]._cron_scan(120)


if __name__ == "__main__":
    main(*sys.argv[1:])
