"""How bad it is: one number per system that lists are sorted by and cards are coloured by.

The number is a statement's, not a column: it would be stale in a minute, and writing it would meddle with the relay's
row. The same expression gives the field and the order.
"""

from odoo import _, api, fields, models
from odoo.tools import SQL

from .system_health import FAILED

# The worst that holds counts; 0 is well.
SUSPENDED, OPEN, DEAD, TRYING, LATE, PAUSED, HELD, QUARANTINE, OFF = 90, 80, 70, 60, 50, 40, 30, 20, -1
BAD, NOTICE = 50, 1


class SystemTrouble(models.Model):
    _inherit = "logistics.system"

    trouble = fields.Integer(compute="_compute_trouble", help="0 is well; the larger, the worse.")
    health = fields.Selection(
        [("good", "Well"), ("notice", "Look at it"), ("bad", "In trouble"), ("off", "Off")],
        string="Health Colour",
        compute="_compute_trouble",
    )
    health_text = fields.Char(compute="_compute_trouble", string="Health")
    trouble_error = fields.Char(compute="_compute_trouble_error", string="Last Failure")

    def _trouble_sql(self, alias):
        """SQL of the number for the rows of ``alias``; every part is an index probe."""
        return SQL(
            """
            CASE WHEN %(s)s.state = 'disabled' THEN %(off)s
                 WHEN %(s)s.state = 'suspended' THEN %(suspended)s
                 WHEN %(s)s.breaker_state = 'open' THEN %(open)s
                 WHEN EXISTS (SELECT 1 FROM logistics_outbox_message m
                               WHERE m.system_id = %(s)s.id AND m.state = 'dead') THEN %(dead)s
                 WHEN %(s)s.breaker_state = 'half_open' THEN %(trying)s
                 WHEN %(s)s.state = 'paused' THEN %(paused)s
                 WHEN (SELECT m.next_attempt_at FROM logistics_outbox_message m
                        WHERE m.system_id = %(s)s.id AND m.state = 'pending' AND m.is_head
                        ORDER BY m.next_attempt_at LIMIT 1)
                      < timezone('UTC', now()) - interval '10 minutes' THEN %(late)s
                 WHEN EXISTS (SELECT 1 FROM logistics_outbox_message m
                               WHERE m.system_id = %(s)s.id AND m.state = 'held') THEN %(held)s
                 WHEN EXISTS (SELECT 1 FROM logistics_inbox_message i
                               WHERE i.system_id = %(s)s.id AND i.state = 'quarantined') THEN %(quarantine)s
                 ELSE 0 END
            """,
            s=SQL.identifier(alias),
            off=OFF,
            suspended=SUSPENDED,
            open=OPEN,
            dead=DEAD,
            trying=TRYING,
            late=LATE,
            paused=PAUSED,
            held=HELD,
            quarantine=QUARANTINE,
        )

    @api.depends("state", "breaker_state")
    def _compute_trouble(self):
        words = {
            OFF: _("Switched off"),
            SUSPENDED: _("Suspended after a long outage"),
            OPEN: _("It keeps failing: the breaker is open"),
            DEAD: _("Deliveries were given up"),
            TRYING: _("It has failed and is being tried"),
            LATE: _("Deliveries are late"),
            PAUSED: _("Paused"),
            HELD: _("A subscription is switched off and owed"),
            QUARANTINE: _("It said what nobody understood"),
            0: _("Well"),
        }
        self.env["logistics.inbox.message"].flush_model(["state"])
        self.flush_recordset(["state", "breaker_state"])
        found = {}
        if self.ids:
            self.env.cr.execute(
                SQL(
                    "SELECT s.id, %s FROM logistics_system s WHERE s.id = ANY(%s)", self._trouble_sql("s"), self.ids
                )
            )
            found = dict(self.env.cr.fetchall())
        for system in self:
            number = found.get(system._origin.id, 0)
            system.trouble = number
            system.health_text = words[number]
            system.health = (
                "off" if number < 0 else "bad" if number >= BAD else "notice" if number >= NOTICE else "good"
            )

    def _compute_trouble_error(self):
        """Words of the latest call that failed, where the line is failing."""
        for system in self:
            failing = system.breaker_state != "closed" or system.state == "suspended"
            # sudo: whoever sees the system may know why it fails; the answers themselves stay with the administrators
            found = failing and self.env["logistics.outbox.attempt"].sudo().search(
                [("system_id", "=", system.id), ("outcome", "in", FAILED)], order="started_at desc", limit=1
            )
            system.trouble_error = found and found.error

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name == "trouble":
            return SQL("%s %s %s", self._trouble_sql(alias), direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        found = super().fields_get(allfields, attributes)
        if "trouble" in found and (not attributes or "sortable" in attributes):
            found["trouble"]["sortable"] = True
        return found
