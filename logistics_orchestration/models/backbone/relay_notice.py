"""Notes of the relay to Odoo: what it saw that people and partners have to be told.

The relay writes plain rows in the transaction of what it tells about; the watchdog turns each into a logistics event
and feeds the alert rules, and deletes it. Rows live for about a minute.
"""

from odoo import fields, models

from ...relay.states import NOTICES


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
