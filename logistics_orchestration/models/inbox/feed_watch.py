"""What is expected of a partner: to speak of something at least every so often. Silence is told, once.

Working time counts where a calendar is set: a warehouse that is closed at night is not silent at night.
"""

from datetime import timedelta, timezone

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

# How far back the first look goes.
_LOOK_BACK = timedelta(days=30)


class FeedWatch(models.Model):
    _name = "logistics.feed.watch"
    _description = "Expected Feed"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, system_id, type_pattern"
    _rec_name = "type_pattern"
    _check_company_auto = True

    system_id = fields.Many2one("logistics.system", required=True, ondelete="cascade", index=True)
    type_pattern = fields.Char(
        string="Message Type",
        required=True,
        default="*",
        help="Without 'logistics.'; shipment.* for a family, * for any.",
    )
    expected_minutes = fields.Integer(string="At Least Every (Minutes)", required=True, default=240)
    calendar_id = fields.Many2one(
        "resource.calendar", string="Working Time", help="Only its hours count; empty: day and night."
    )
    active = fields.Boolean(default=True)
    state = fields.Selection([("ok", "Speaks"), ("silent", "Silent")], default="ok", required=True, readonly=True)
    last_at = fields.Datetime(string="Last Heard", readonly=True, copy=False)
    silent_since = fields.Datetime(readonly=True, copy=False)
    silence_count = fields.Integer(string="Silences", readonly=True, copy=False)
    company_id = fields.Many2one(related="system_id.company_id", store=True)

    _sql_constraints = [
        ("minutes", "CHECK(expected_minutes >= 1)", "A feed is expected at least every minute or more."),
        ("once", "UNIQUE(system_id, type_pattern)", "This feed of the system is watched already."),
    ]

    @api.constrains("type_pattern")
    def _check_pattern(self):
        for watch in self:
            body = watch.type_pattern.removesuffix("*")
            if not watch.type_pattern or "*" in body or "%" in body or (body and body != watch.type_pattern
                                                                       and not body.endswith(".")):  # fmt: skip
                raise ValidationError(
                    _("Message type %(pattern)s: write a type, a family (shipment.*) or *.", pattern=watch.type_pattern)
                )

    @api.model
    def _cron_watch(self):
        """Scheduled action: who has fallen silent, and who speaks again."""
        for watch in self.search([("system_id.state", "!=", "disabled")]):
            watch._look(fields.Datetime.now())

    def _look(self, now):
        """Compare what was heard with what is expected.

        :param datetime now: naive UTC
        """
        self.ensure_one()
        heard = self._heard_at()
        if heard and (not self.last_at or heard > self.last_at):
            self.last_at = heard
        # what was never heard counts from the day it is expected
        since = max(filter(None, (self.last_at, self.create_date)))
        silent = self._minutes_between(since, now) > self.expected_minutes
        if silent and self.state == "ok":
            self._fall_silent(now)
        elif not silent and self.state == "silent":
            self.write({"state": "ok", "silent_since": False})
            self.activity_feedback(["mail.mail_activity_data_todo"], feedback=_("It speaks again."))

    def _heard_at(self):
        """When a message of this kind came last: pushed or polled."""
        pattern = self.type_pattern
        body = pattern.removesuffix("*")
        self.env.cr.execute(
            """
            SELECT received_at FROM logistics_inbox_message
             WHERE system_id = %(system)s AND received_at >= %(since)s
               AND (%(body)s = '' OR type = %(exact)s OR (%(family)s AND starts_with(type, %(body)s)))
             ORDER BY received_at DESC LIMIT 1
            """,
            {
                "system": self.system_id.id,
                "since": self.last_at or self.create_date - _LOOK_BACK,
                "body": body,
                "exact": pattern,
                "family": body != pattern,
            },
        )
        row = self.env.cr.fetchone()
        return row and row[0]

    def _minutes_between(self, start, end):
        """Minutes, or working minutes where a calendar is set."""
        if not self.calendar_id:
            return (end - start).total_seconds() / 60
        aware = [moment.replace(tzinfo=timezone.utc) for moment in (start, end)]
        return self.calendar_id.get_work_hours_count(*aware, compute_leaves=True) * 60

    def _fall_silent(self, now):
        self.write({"state": "silent", "silent_since": now, "silence_count": self.silence_count + 1})
        system = self.system_id
        system._logistics_emit(
            "logistics.integration.feed_silent",
            {
                **system._logistics_data("logistics.integration.feed_silent"),
                "type": self.type_pattern,
                "expected_minutes": self.expected_minutes,
                "last_at": self.last_at.isoformat(timespec="seconds") + "Z" if self.last_at else None,
            },
        )
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=_("%(system)s is silent: %(type)s", system=system.name, type=self.type_pattern),
            note=_(
                "Last heard: %(last)s. Expected at least every %(minutes)s minutes. Ask the partner, and look at "
                "refused signatures on the system.",
                last=self.last_at or _("never"),
                minutes=self.expected_minutes,
            ),
            user_id=(system.user_id or self.env.ref("base.user_admin")).id,
        )
