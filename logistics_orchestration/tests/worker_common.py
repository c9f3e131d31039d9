"""What tests of two workers at once share: each with a connection of its own, committing as in real life."""

import threading
import uuid
from unittest.mock import patch

import psycopg2

import odoo
from odoo import SUPERUSER_ID, api
from odoo.tests.common import BaseCase, get_db_name

from ..models.backbone import cron_wake


class WorkersCase(BaseCase):
    """A system of a kind, committed; what the workers make of its messages is taken away at the end (`remove`)."""

    kind = "warehouse"

    def setUp(self):
        super().setUp()
        self.registry = odoo.registry(get_db_name())
        for module in ("work_item", "cron_wake"):
            # these workers commit; everything is taken away at the end
            patcher = patch(f"odoo.addons.logistics_orchestration.models.backbone.{module}.in_test", lambda: False)
            patcher.start()
            self.addCleanup(patcher.stop)
        patcher = patch.object(cron_wake, "_notify", lambda *args: cron_wake._timers.discard(args[1]))
        patcher.start()
        self.addCleanup(patcher.stop)
        self.code = f"{self.kind}-{uuid.uuid4().hex[:8]}"
        with self.registry.cursor() as cr:
            self.system_id = self.prepare(api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})).id
        self.addCleanup(self._remove_all)

    def prepare(self, env):
        """Make what is committed beforehand; returns the system."""
        return env["logistics.system"].create({"name": self.code, "code": self.code, "kind": self.kind})

    def remove(self, cr):
        """Take away what came of the messages; for the subclass."""

    def _remove_all(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT set_config('logistics.purge', 'on', true)")
            self.remove(cr)
            cr.execute("DELETE FROM logistics_inbox_message WHERE system_id = %s", [self.system_id])
            cr.execute(
                "DELETE FROM ir_cron_trigger WHERE cron_id IN (SELECT res_id FROM ir_model_data"
                " WHERE module = 'logistics_orchestration' AND (name LIKE 'cron_inbox%%' OR name = 'cron_event_tasks'))"
            )
            cr.execute("DELETE FROM mail_message WHERE model = 'logistics.system' AND res_id = %s", [self.system_id])
            cr.execute("DELETE FROM logistics_system WHERE id = %s", [self.system_id])

    def run_two(self, seconds):
        """Two workers of the inbox at once, until both are done; neither may fail."""
        errors, ready = [], threading.Barrier(2)

        def work():
            try:
                with self.registry.cursor() as cr:
                    inbox = api.Environment(cr, SUPERUSER_ID, {})["logistics.inbox.message"]
                    ready.wait(60)
                    inbox._work_run(seconds)
            except psycopg2.Error as error:
                errors.append(error)

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertFalse(errors)
