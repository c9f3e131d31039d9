"""Automation rules on logistics events: the trigger, and how a fact finds its rules."""

import json
import logging

import psycopg2

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from odoo.tools import date_utils

from .ir_actions_server import CAPABILITY_OF_STATE

_logger = logging.getLogger(__name__)

TRIGGER = "on_logistics_event"
# A chain of rules, each caused by the one before, is cut here; and sooner where one rule keeps coming back to a record.
CHAIN_LIMIT = 25
REPEAT_LIMIT = 5


class BaseAutomation(models.Model):
    _name = "base.automation"
    _inherit = ["base.automation", "logistics.cached.mixin"]

    trigger = fields.Selection(selection_add=[(TRIGGER, "On logistics event")], ondelete={TRIGGER: "cascade"})
    logistics_event_type_ids = fields.Many2many(
        "logistics.event.type", string="Event Types", help="The facts this rule answers."
    )
    logistics_timing = fields.Selection(
        [("now", "With the fact"), ("later", "In a worker, after commit")],
        string="When",
        default="now",
        help="A rule that runs with the fact never blocks it: when it fails, a worker tries again later.",
    )
    logistics_task_ids = fields.One2many("logistics.event.task", "automation_id")

    @api.constrains("trigger", "logistics_event_type_ids", "model_id")
    def _check_logistics_trigger(self):
        source = self.env.registry["logistics.source"]
        for rule in self.filtered(lambda r: r.trigger == TRIGGER):
            if not rule.logistics_event_type_ids:
                raise ValidationError(_("Rule %(name)s: choose at least one event type.", name=rule.name))
            if not issubclass(self.env.registry[rule.model_name], source):
                raise ValidationError(
                    _("Rule %(name)s: %(model)s tells no logistics events.", name=rule.name, model=rule.model_id.name)
                )

    @api.model
    @tools.ormcache("type_name", "model_name")
    def _logistics_rules(self, type_name, model_name):
        """The active rules for a fact about a model, in the order of their creation, as tuples: id, whether it has a
        condition, whether it runs later, the capabilities all of its actions wait for (empty when one waits for none).
        """
        rules = self.search(
            [
                ("trigger", "=", TRIGGER),
                ("model_name", "=", model_name),
                ("logistics_event_type_ids.name", "=", type_name),
            ],
            order="id",
        )
        found = []
        for rule in rules:
            needed = {CAPABILITY_OF_STATE.get(state) for state in rule.action_server_ids.mapped("state")}
            needed = () if None in needed else tuple(sorted(needed))
            found.append((rule.id, bool(rule.filter_domain), rule.logistics_timing == "later", needed))
        return tuple(found)

    @api.model
    def _logistics_handle(self, record, event):
        """Run (or owe) every rule for one fact about ``record``."""
        # sudo: rules act for the company, whoever caused the fact; the acting user stays env.user
        rules, source = self.sudo(), record.sudo()  # sudo: as above
        for rule_id, conditional, later, needed in rules._logistics_rules(event["type"], record._name):
            rule = rules.browse(rule_id)
            if conditional and not rule._filter_post(source):
                continue
            if words := rule._logistics_loop(source, event):
                rule._logistics_cut(source, event, words)
                continue
            # all such a rule would do is note what it would have done: that can wait for a worker
            observes = needed and not any(source._logistics_enforced(capability) for capability in needed)
            if later or observes:
                rule._logistics_owe(source, event)
                continue
            try:
                with self.env.cr.savepoint():
                    rule._logistics_run_actions(source, event)
            except Exception as error:
                if isinstance(error, psycopg2.Error) and error.pgcode in PG_CONCURRENCY_ERRORS_TO_RETRY:
                    raise  # the whole transaction is tried again
                _logger.warning("Rule %s failed on %s: %s", rule.name, event["type"], error, exc_info=True)
                rule._logistics_owe(source, event, error)

    def _logistics_loop(self, record, event):
        """Words for the loop this rule is in, or an empty string when it may run."""
        self.ensure_one()
        chain = event.get("chain") or []
        repeats = chain.count([self.id, record._name, record.id])
        if event.get("depth", 0) < CHAIN_LIMIT and repeats < REPEAT_LIMIT:
            return ""
        # sudo: the names of rules are told to who has to look into it
        names = {rule.id: rule.name for rule in self.sudo().browse({step[0] for step in chain}).exists()}
        steps = [
            _(
                "%(rule)s (%(record)s)",
                rule=names.get(rule_id) or _("a rule that is gone"),
                record=f"{model} {res_id}",
            )
            for rule_id, model, res_id in chain[-CHAIN_LIMIT:]
        ]
        if repeats >= REPEAT_LIMIT:
            why = _("'%(rule)s' ran %(count)s times for the same record", rule=self.name, count=repeats)
        else:
            why = _("%(count)s rules ran, each because of the one before", count=event["depth"])
        return _(
            "The automation causes itself again and again: %(why)s. It was stopped at %(type)s; everything before it "
            "stays. The rules one after the other: %(steps)s. Give one of them a condition that is not met again.",
            why=why,
            type=event["type"],
            steps=" → ".join(steps) or _("answers to a partner's messages"),
        )

    def _logistics_cut(self, record, event, words):
        """Do not run the rule; leave a dead task that says why, and have somebody look."""
        _logger.warning("Rule %s was not run: %s", self.name, words)
        task = self.env["logistics.event.task"].create(
            self._logistics_task_vals(record, event) | {"state": "dead", "last_error": words}
        )
        task._tell_loop()

    def _logistics_task_vals(self, record, event):
        """Values of a task: this rule, owed to this fact."""
        occurred_at = fields.Datetime.to_string(event["occurred_at"])
        return {
            "automation_id": self.id,
            "event": {**event, "occurred_at": occurred_at},
            "event_uid": event["uid"],
            "event_type": event["type"],
            "res_model": record._name,
            "res_id": record.id,
            "user_id": self.env.uid,
            "company_id": event["company_id"],
            "work_cause": False,  # the event itself says it all
        }

    def _logistics_owe(self, record, event, error=None):
        """Leave the rule to the worker."""
        vals = self._logistics_task_vals(record, event)
        # One statement: most facts owe something while capabilities only observe, and a user waits for it.
        self.env.cr.execute(
            """
            INSERT INTO logistics_event_task (automation_id, event, event_uid, event_type, res_model, res_id, user_id,
                   company_id, state, attempt_count, last_error, next_attempt_at, create_uid, write_uid,
                   create_date, write_date)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'pending', %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (automation_id, event_uid) DO NOTHING
            """,
            [
                vals["automation_id"],
                json.dumps(vals["event"], default=date_utils.json_default),
                vals["event_uid"],
                vals["event_type"],
                vals["res_model"],
                vals["res_id"],
                vals["user_id"],
                vals["company_id"],
                1 if error else 0,
                f"{type(error).__name__}: {error}" if error else None,
                fields.Datetime.add(fields.Datetime.now(), seconds=5 if error else 0),
                *[self.env.uid] * 2,
                *[self.env.cr.now()] * 2,
            ],
        )
        self.invalidate_recordset(["logistics_task_ids"])
        self.env["logistics.event.task"]._wake()

    def _logistics_run_actions(self, record, event):
        """Run the rule's actions on one record because of ``event``."""
        self.ensure_one()
        cause = {
            **event,
            "depth": event.get("depth", 0) + 1,
            "chain": [*event.get("chain", ()), [self.id, record._name, record.id]],
        }
        with self.env["logistics.event"]._caused_by(cause):
            for action in self.action_server_ids:
                action.with_env(record.env).with_context(
                    active_model=record._name,
                    active_id=record.id,
                    active_ids=record.ids,
                    logistics_event=cause,
                ).run()
