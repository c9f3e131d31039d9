"""The minute's watchdog: what the relay noted becomes facts, what is wrong becomes alarms, counters move on.

It does not use the outbox to tell people: what tells of a broken line must not go through that line.
"""

import logging
from contextlib import nullcontext

from odoo import api, models

from ..backbone.testing import in_test

_logger = logging.getLogger(__name__)


class RelayWatchdog(models.Model):
    _inherit = "logistics.outbox.message"

    @api.model
    def _cron_watchdog(self):
        """Scheduled action. Each part has its own transaction; one that fails stops no other."""
        for model, method in (
            ("logistics.relay.notice", "_turn_into_events"),
            ("logistics.alert.rule", "_run_all"),
            ("logistics.meter", "_roll_up"),
        ):
            try:
                # the parts commit batches of their own, so a savepoint around them is for tests only
                with self.env.cr.savepoint() if in_test() else nullcontext():
                    getattr(self.env[model], method)()
                if not in_test():
                    self.env.cr.commit()  # pylint: disable=invalid-commit
            except Exception:
                _logger.exception("Watchdog: %s.%s failed and is tried again in a minute", model, method)
                if not in_test():
                    self.env.cr.rollback()  # pylint: disable=invalid-commit
