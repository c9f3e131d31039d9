"""Notes of the relay to Odoo: what it saw that people and partners have to be told.

The relay writes plain rows in the transaction of what it tells about; the watchdog turns each into a logistics event
and deletes it in one transaction, so each is told exactly once. Rows live for about a minute.
"""

from odoo import api, fields, models

from ...relay.states import NOTICES
from ..backbone.testing import in_test

_BATCH = 200
# What fails on its way to a partner and is itself about the line is not told as a new fact: it would go the same way.
_OWN_TYPES = "logistics.integration."


class RelayNotice(models.Model):
    _name = "logistics.relay.notice"
    _description = "Relay Notice"
    _log_access = False
    _order = "id"

    kind = fields.Selection(NOTICES, required=True, readonly=True)
    system_id = fields.Integer(string="System ID", readonly=True)
    message_id = fields.Integer(string="Message ID", readonly=True)
    detail = fields.Char(readonly=True)
    created_at = fields.Datetime(readonly=True)

    @api.model
    def _turn_into_events(self):
        """Emit what partners may subscribe to; what is only for people here is read off the records by alert rules.

        :returns: number of notices dealt with
        """
        total = 0
        while True:
            self.env.cr.execute(
                """
                DELETE FROM logistics_relay_notice WHERE id IN (
                    SELECT id FROM logistics_relay_notice ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
                RETURNING id, kind, system_id, message_id, detail, created_at
                """,
                [_BATCH],
            )
            rows = sorted(self.env.cr.fetchall())
            for _id, kind, system_id, message_id, detail, created_at in rows:
                system = self.env["logistics.system"].browse(system_id or 0).exists()
                if system:
                    self._tell(kind, system.with_company(system.company_id), message_id, detail, created_at)
            self.env.flush_all()
            total += len(rows)
            if len(rows) < _BATCH:
                return total
            if not in_test():
                # a batch by itself: facts and deletions of it together, or neither
                self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _tell(self, kind, system, message_id, detail, at):
        """Emit the fact that belongs to one notice, if there is one."""
        data = system._logistics_data("")
        if kind == "dead":
            message = self.env["logistics.outbox.message"].browse(message_id or 0).exists()
            if not message or (message.type_name or "").startswith(_OWN_TYPES):
                return
            data.update(
                message_id=message.id,
                webhook_id=message.webhook_id or "",
                type=message.type_name or "",
                subject=message.subject or "",
                status=message.last_status or None,
                error=detail or message.last_error or "",
                holds_key=bool(message.is_head and message.state == "dead"),
            )
            name = "logistics.integration.dead_lettered"
        elif kind == "circuit_opened":
            until = system.breaker_until
            data.update(
                reason=detail or "",
                failures=system.breaker_failures,
                until=until.isoformat(timespec="seconds") + "Z" if until else None,
            )
            name = "logistics.integration.circuit_opened"
        elif kind == "circuit_closed":
            data.update(reason=detail or "")
            name = "logistics.integration.circuit_closed"
        else:
            return
        system._logistics_emit(name, data, occurred_at=at)
