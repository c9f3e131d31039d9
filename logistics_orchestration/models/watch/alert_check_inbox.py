"""What can be wrong with the way in, and with what happens to it in Odoo."""

import json

from odoo import _, fields, models

from .alert_rule import Finding

# a feed that was silent longer ago than this is history
_SILENT_DAYS = 7


class AlertCheckInbox(models.Model):
    _inherit = "logistics.alert.rule"

    def _check_auth_failures(self):
        """Many refused requests within an hour, per system; those for nobody's address together."""
        refusals = self.env["logistics.refusal"]
        groups = refusals._read_group(
            [("at", ">=", self._minutes_ago(60))], ["system_id"], ["count:sum", "reason:array_agg"]
        )
        labels = dict(refusals._fields["reason"]._description_selection(self.env))
        return [
            Finding(
                f"refused-{system.id or 0}",
                _("Inbound requests of %s are refused", system.name)
                if system
                else _("Inbound requests for unknown addresses"),
                _(
                    "%(count)s refused within an hour: %(reasons)s. If it is the partner, its secret is not ours "
                    "(after a rotation, or a copied database): generate new ones and hand them over. If it is not, "
                    "close the address to everybody but the partner in front of Odoo, or give it a new one.",
                    count=count,
                    reasons=", ".join(sorted({labels[reason] for reason in reasons})),
                ),
                system or None,
            )
            for system, count, reasons in groups
            if count >= self.threshold
        ]

    def _check_feed_silent(self):
        """Feeds that were told to be silent (logistics.integration.feed_silent) and have not spoken since."""
        events = self.env["logistics.event"].search(
            [
                ("type_name", "=", "logistics.integration.feed_silent"),
                ("occurred_at", ">=", fields.Datetime.subtract(fields.Datetime.now(), days=_SILENT_DAYS)),
            ],
            order="id",
        )
        newest = {}
        for event in events:
            data = json.loads(event.body or "{}").get("data") or {}
            newest[event.res_id, data.get("type")] = (event, data)
        findings = []
        for (system_id, kind), (event, data) in newest.items():
            system = self.env["logistics.system"].browse(system_id).exists()
            spoke = [("system_id", "=", system_id), ("received_at", ">", event.occurred_at)]
            if kind:
                spoke.append(("type", "=", kind.removeprefix("logistics.")))
            if (
                system
                and system.state == "active"
                and not self.env["logistics.inbox.message"].search_count(spoke, limit=1)
            ):
                findings.append(
                    Finding(
                        f"silent-{system_id}-{kind or ''}",
                        _("%(system)s says nothing: %(type)s", system=system.name, type=kind or _("anything")),
                        _(
                            "Nothing of this kind has come for more than the %(minutes)s minutes agreed. Ask the "
                            "partner whether it sends; look under Refused Requests whether it is turned away.",
                            minutes=data.get("expected_minutes", "?"),
                        ),
                        system,
                    )
                )
        return findings

    def _check_inbox_backlog(self):
        """Messages that wait to be processed although they are due."""
        late = self._minutes_ago()
        groups = self.env["logistics.inbox.message"]._read_group(
            [("state", "in", ("received", "failed")), ("next_attempt_at", "<", late)],
            ["system_id"],
            ["__count", "next_attempt_at:min"],
        )
        return [
            Finding(
                f"inbox-{system.id}",
                _("Messages of %s wait to be processed", system.name),
                _(
                    "%(count)s are due, the oldest since %(since)s. The scheduled action 'Logistics: process the "
                    "inbox' is too slow or does not run: look at Technical > Scheduled Actions and at the log.",
                    count=count,
                    since=self._since(since),
                ),
                system,
            )
            for system, count, since in groups
        ]

    def _inbox_in(self, state, summary, text):
        """One finding per system that has messages in a state which only people end."""
        groups = self.env["logistics.inbox.message"]._read_group(
            [("state", "=", state)], ["system_id"], ["__count", "id:max"]
        )
        return [
            Finding(f"{state}-{system.id}", summary(system.name), text(count), system, news=f"{newest:012}")
            for system, count, newest in groups
            if count >= self.threshold
        ]

    def _check_inbox_quarantined(self):
        """Messages nobody understood."""
        return self._inbox_in(
            "quarantined",
            lambda name: _("Messages of %s are in quarantine", name),
            lambda count: _(
                "%s were not understood and have had no effect. Each says why: map the code or mend the record, then "
                "replay; or discard it with a reason.",
                count,
            ),
        )

    def _check_inbox_dead(self):
        """Messages whose processing failed to the end."""
        return self._inbox_in(
            "dead",
            lambda name: _("Messages of %s could not be processed", name),
            lambda count: _(
                "%s failed to the end of their attempts. Each says why: mend the cause, then replay; or discard it.",
                count,
            ),
        )

    def _check_tasks_dead(self):
        """Handlers that failed to the end, per rule."""
        groups = self.env["logistics.event.task"]._read_group(
            [("state", "=", "dead")], ["automation_id", "company_id"], ["__count", "id:max"]
        )
        return [
            Finding(
                f"task-{automation.id}-{company.id}",
                _("Rule '%s' failed for good", automation.name),
                _(
                    "%(count)s events have not had what the rule does: %(error)s. Mend the rule or the record, then "
                    "Retry under Integrations.",
                    count=count,
                    error=self.env["logistics.event.task"].browse(newest).last_error or "",
                ),
                company=company,
                news=f"{newest:012}",
            )
            for automation, company, count, newest in groups
            if count >= self.threshold
        ]

    def _check_schema_failures(self):
        """Facts that went out although they do not fit the schema partners were promised, per type."""
        Event = self.env["logistics.event"]
        groups = Event._read_group(
            [("schema_error", "!=", False), ("create_date", ">=", self._minutes_ago(60))],
            ["type_id"],
            ["__count", "id:max"],
        )
        return [
            Finding(
                f"schema-{event_type.id}",
                _("%s does not fit its schema", event_type.name),
                _(
                    "%(count)s facts within an hour, the last: %(error)s. Partners got them as they are. Mend what "
                    "emits them, or let the schema of the event type grow.",
                    count=count,
                    error=Event.browse(newest).schema_error,
                ),
                news=f"{newest:012}",
            )
            for event_type, count, newest in groups
            if count >= self.threshold
        ]

    def _check_discrepancy_open(self):
        """Differences nobody has settled."""
        groups = self.env["logistics.discrepancy"]._read_group(
            [("state", "=", "open"), ("create_date", "<", self._minutes_ago(self.threshold * 60))],
            ["system_id", "company_id"],
            ["__count", "create_date:min"],
        )
        return [
            Finding(
                f"discrepancy-{system.id or 0}-{company.id}",
                _("Discrepancies with %s are not settled", system.name or company.name),
                _(
                    "%(count)s are open, the oldest since %(since)s. Decide each: the record is corrected, or Odoo's "
                    "value stands.",
                    count=count,
                    since=self._since(since),
                ),
                system or None,
                company,
            )
            for system, company, count, since in groups
        ]
