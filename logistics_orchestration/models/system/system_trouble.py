"""How bad it is: one number per system that lists are sorted by and cards are coloured by.

The number is a statement's, not a column: it would be stale in a minute, and writing it would meddle with the relay's
row. The same expression gives the field and the order.
"""

from odoo import _, api, fields, models
from odoo.tools import SQL, format_datetime

from .system_health import FAILED

# The worst that holds counts; 0 is well.
SUSPENDED, OPEN, DEAD, TRYING, LATE, FAILING, PAUSED, HELD, QUARANTINE, OFF = 90, 80, 70, 60, 50, 45, 40, 30, 20, -1
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
    line_text = fields.Text(compute="_compute_line_text", string="State of the Line")
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
                 WHEN %(s)s.failing_since IS NOT NULL THEN %(failing)s
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
            failing=FAILING,
            paused=PAUSED,
            held=HELD,
            quarantine=QUARANTINE,
        )

    @api.depends("state", "breaker_state", "failing_since")
    def _compute_trouble(self):
        words = {
            OFF: _("Switched off"),
            SUSPENDED: _("Suspended after a long outage"),
            OPEN: _("It keeps failing: the breaker is open"),
            DEAD: _("Deliveries were given up"),
            TRYING: _("It has failed and is being tried"),
            LATE: _("Deliveries are late"),
            FAILING: _("The last delivery failed"),
            PAUSED: _("Paused"),
            HELD: _("A subscription is switched off and owed"),
            QUARANTINE: _("It said what nobody understood"),
            0: _("Well"),
        }
        self.env["logistics.inbox.message"].flush_model(["state"])
        self.flush_recordset(["state", "breaker_state", "failing_since"])
        found = {}
        if self.ids:
            self.env.cr.execute(
                SQL("SELECT s.id, %s FROM logistics_system s WHERE s.id = ANY(%s)", self._trouble_sql("s"), self.ids)
            )
            found = dict(self.env.cr.fetchall())
        for system in self:
            number = found.get(system._origin.id, 0)
            system.trouble = number
            system.health_text = words[number]
            system.health = (
                "off" if number < 0 else "bad" if number >= BAD else "notice" if number >= NOTICE else "good"
            )

    @api.depends("state", "breaker_state", "breaker_until", "paused_until", "resume_at", "pause_reason")
    def _compute_line_text(self):
        for system in self:
            words = system._line_words()
            if words and system.waiting_count:
                words += " " + _("%s messages wait, none is lost.", system.waiting_count)
            system.line_text = words

    def _line_words(self):
        """What stands in the way of everything owed to this system; nothing when the line is open."""
        self.ensure_one()
        if self.state == "paused":
            parts = [_("Paused")]
            if self.paused_by_id:
                # sudo: the name of whoever did it, whoever looks
                parts.append(_("by %s", self.paused_by_id.sudo().name))
            if self.paused_at:
                parts.append(_("since %s", format_datetime(self.env, self.paused_at)))
            words = " ".join(parts) + (f": {self.pause_reason}." if self.pause_reason else ".")
            if self.resume_at:
                words += " " + _("Resumes by itself at %s.", format_datetime(self.env, self.resume_at))
            return words
        if self.state == "suspended":
            return _(
                "Every delivery has failed since %(since)s, so nothing is tried any more. The last failure: %(error)s. "
                "When the partner is back: Resume, then Send Test Event.",
                since=format_datetime(self.env, self.failing_since or self.suspended_at) or "?",
                error=self.trouble_error or "?",
            )
        if self.state == "disabled":
            words = _("Switched off: nothing goes out, nothing comes in, and nothing new is owed to it.")
            return words + (" " + _("Resume it, or cancel what waits.") if self.waiting_count else "")
        if self.breaker_state == "open":
            return _(
                "The breaker is open: %(reason)s. The next single try is at %(until)s; Resume tries at once.",
                reason=self._breaker_words(),
                until=format_datetime(self.env, self.breaker_until) or "?",
            )
        if self.breaker_state == "half_open":
            return _(
                "The partner has failed; one single delivery is being tried, and when it arrives the others follow."
            )
        if self.paused_until and self.paused_until > fields.Datetime.now():
            return _("The partner asked us to wait until %s.", format_datetime(self.env, self.paused_until))
        return False

    def _breaker_words(self):
        """Why the breaker opened, as the relay noted it."""
        return self.breaker_reason or _("%s failures in a row", self.breaker_failures)

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
