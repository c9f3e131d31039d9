"""What can be wrong in the house itself: scheduled actions that do not run, a database that cannot clean up."""

from odoo import _, models

from ...relay.schema import TABLE_SETTINGS
from .alert_rule import Finding


class AlertCheckHouse(models.Model):
    _inherit = "logistics.alert.rule"

    def _check_cron_late(self):
        """The suite's scheduled actions that should have run long ago.

        When none runs at all, this does not either: that is what /logistics/health tells the monitoring.
        """
        return [
            Finding(
                f"cron-{name}",
                _("Scheduled action '%s' is late", name),
                _(
                    "It should have run %(minutes)s minutes ago. It takes longer than its turn, or too few cron "
                    "workers (max_cron_threads) share too many actions: look at Odoo's log for its name.",
                    minutes=seconds // 60,
                ),
            )
            for name, seconds in self.env["logistics.health"]._late_crons(self.threshold * 60)
        ]

    def _check_bloat(self):
        """Tables in which dead rows pile up, and what most likely keeps them there."""
        self.env.cr.execute(
            "SELECT relname, n_dead_tup FROM pg_stat_user_tables WHERE relname = ANY(%s) AND n_dead_tup >= %s"
            " ORDER BY n_dead_tup DESC",
            [list(TABLE_SETTINGS), max(1, int(self.threshold))],
        )
        tables = self.env.cr.fetchall()
        if not tables:
            return []
        old = self.env["logistics.health"]._oldest_transaction()
        why = (
            _(
                "The oldest open transaction is %(minutes)s minutes old (process %(pid)s, %(application)s, %(state)s): "
                "nothing that died since can be removed. End it if it is stuck: SELECT pg_terminate_backend(%(pid)s)",
                minutes=old["seconds"] // 60,
                pid=old["pid"],
                application=old["application"] or old["user"],
                state=old["state"],
            )
            if old and old["seconds"] >= 300
            else _("No old transaction is open: look whether autovacuum runs, and for replication slots left behind.")
        )
        listed = ", ".join(f"{name}: {dead}" for name, dead in tables)
        return [
            Finding(
                "bloat", _("The database cannot clean up"), _("Dead rows: %(tables)s. %(why)s", tables=listed, why=why)
            )
        ]
