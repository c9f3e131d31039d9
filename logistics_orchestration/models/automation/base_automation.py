"""Automation rules on logistics events: the trigger, and how a fact finds its rules."""

import logging

import psycopg2

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY

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
        """Ids of the active rules for a fact about a model, in the order of their creation."""
        return tuple(
            self.search(
                [
                    ("trigger", "=", TRIGGER),
                    ("model_name", "=", model_name),
                    ("logistics_event_type_ids.name", "=", type_name),
                ],
                order="id",
            ).ids
        )

    @api.model
    def _logistics_handle(self, record, event):
        """Run (or owe) every rule for one fact about ``record``."""
        # sudo: rules act for the company, whoever caused the fact; the acting user stays env.user
        rules = self.sudo().browse(self.sudo()._logistics_rules(event["type"], record._name))
        for rule in rules:
            source = record.sudo()  # sudo: see above
            if rule.filter_domain and not rule._filter_post(source):
                continue
            if words := rule._logistics_loop(source, event):
                rule._logistics_cut(source, event, words)
                continue
            if rule.logistics_timing == "later" or rule._logistics_only_observes(source):
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

    def _logistics_only_observes(self, record):
        """Whether all this rule would do is note what it would have done: that can wait for a worker."""
        capabilities = {CAPABILITY_OF_STATE.get(state) for state in self.action_server_ids.mapped("state")}
        return bool(capabilities) and all(c and not record._logistics_enforced(c) for c in capabilities)

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
        now = fields.Datetime.now()
        # a rule that only observes is owed with most facts: what a log note would say stands on the task itself
        self.env["logistics.event.task"].with_context(tracking_disable=True, mail_create_nosubscribe=True).create(
            {
                **self._logistics_task_vals(record, event),
                "attempt_count": 1 if error else 0,
                "last_error": f"{type(error).__name__}: {error}" if error else False,
                "next_attempt_at": fields.Datetime.add(now, seconds=5) if error else now,
            }
        )
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
