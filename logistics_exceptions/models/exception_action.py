"""One step of the playbook on one case: run once, with its result, its cost and who did it."""

import psycopg2

from odoo import _, fields, models
from odoo.exceptions import UserError

from .exception_playbook_step import KINDS


class ExceptionAction(models.Model):
    _name = "logistics.exception.action"
    _description = "Step on an Exception Case"
    _order = "case_id, sequence, id"

    case_id = fields.Many2one("logistics.exception", required=True, ondelete="cascade", index=True, readonly=True)
    step_id = fields.Many2one("logistics.exception.playbook.step", ondelete="set null", readonly=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    instruction = fields.Text()
    kind = fields.Selection(KINDS, required=True, default="manual", readonly=True)
    # set null: the step keeps what was done, also when the action is deleted later
    server_action_id = fields.Many2one("ir.actions.server", ondelete="set null", readonly=True)
    idempotent = fields.Boolean(default=True, readonly=True)
    state = fields.Selection(
        [("todo", "To Do"), ("done", "Done"), ("failed", "Failed"), ("skipped", "Skipped")],
        default="todo",
        required=True,
        readonly=True,
        copy=False,
    )
    result = fields.Text(copy=False, help="What came of it.")
    cost = fields.Monetary(copy=False, help="What the step cost, in the company's currency.")
    currency_id = fields.Many2one(related="case_id.currency_id")
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    done_by_id = fields.Many2one("res.users", ondelete="restrict", readonly=True, copy=False)
    done_at = fields.Datetime(readonly=True, copy=False)

    def write(self, vals):
        if not self.env.su and (told := {"state", "done_by_id", "done_at", "case_id", "kind"} & vals.keys()):
            raise UserError(
                _("%(fields)s of a step follow from running it. Use its buttons.", fields=", ".join(sorted(told)))
            )
        return super().write(vals)

    def action_run(self):
        """Do the step: run its server action, or note that a person did it. Once."""
        self.ensure_one()
        self._claim()
        if self.kind == "manual":
            self._finish("done", self.result)
            return False
        if not self.server_action_id:
            raise UserError(_("The server action of step %(name)s is gone. Do it by hand, or skip it.", name=self.name))
        record = self._target()
        try:
            with self.env.cr.savepoint():
                outcome = (
                    self.server_action_id.with_context(
                        active_model=record._name,
                        active_id=record.id,
                        active_ids=record.ids,
                        logistics_case_id=self.case_id.id,
                    ).run()
                    or False
                )
        except UserError as error:
            # a refusal is a result to look at, not a reason to lose the attempt; anything else stays an error
            self._finish("failed", str(error.args[0] if error.args else error))
            return False
        self._finish("done", self.result)
        return outcome

    def action_done(self, reason=None):
        """A person did it, also where the server action could not.

        :param str reason: what came of it; asked for when not given
        """
        return self._finish_by_hand("done", "action_done", reason, _("What came of it?"))

    def action_skip(self, reason=None):
        """It is not needed here.

        :param str reason: why; asked for when not given
        """
        return self._finish_by_hand("skipped", "action_skip", reason, _("Why is the step not needed?"))

    def _finish_by_hand(self, state, method, reason, question):
        self.ensure_one()
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, method, question)
        self._claim(by_hand=True)
        self._finish(state, reason)
        return True

    def _claim(self, by_hand=False):
        """Make sure that the step is open and nobody else is at it.

        The row lock turns away a second click at the same time; one that comes after the first was committed meets a
        changed row, is tried again by Odoo and finds the step done.

        :raises UserError: done already, being run, not repeatable, or the case is over
        """
        case = self.case_id
        if not case.is_open:
            raise UserError(_("Case %(name)s is over. Reopen it to go on.", name=case.name))
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    "SELECT id FROM logistics_exception_action WHERE id = %s FOR NO KEY UPDATE NOWAIT",
                    [self.id],
                    log_exceptions=False,
                )
        except psycopg2.errors.LockNotAvailable:
            raise UserError(_("Somebody is running step %(name)s at this moment.", name=self.name)) from None
        self.invalidate_recordset(["state"])
        if self.state in ("done", "skipped"):
            raise UserError(
                _("Step %(name)s was finished by %(user)s at %(at)s.",
                  name=self.name, user=self.done_by_id.name or "", at=self.done_at)
            )  # fmt: skip
        if self.state == "failed" and not self.idempotent and not by_hand:
            raise UserError(
                _(
                    "Step %(name)s failed and may have had its effect: look, then mark it done or skip it.",
                    name=self.name,
                )
            )
        case.check_access_rights("write")
        case.check_access_rule("write")

    def _target(self):
        """The record the server action runs on: the case, or its document of the action's model."""
        # sudo: which model an action is for; no other value of it is used
        model = self.server_action_id.sudo().model_name
        case = self.case_id
        candidates = [case, case._subject(), case.order_id, case.shipment_id, case.purchase_id]
        record = next((r for r in candidates if r is not None and r._name == model and r), None)
        if record is None:
            raise UserError(
                _(
                    "Step %(name)s acts on %(model)s; case %(case)s has none.",
                    name=self.name,
                    model=model,
                    case=case.name,
                )
            )
        return record

    def _finish(self, state, result):
        # sudo: what became of the step follows from running it and is written nowhere else
        self.sudo().write(
            {
                "state": state,
                "result": result,
                "done_by_id": self.env.uid,
                "done_at": fields.Datetime.now(),
            }
        )
        if state != "skipped" and self.case_id.state in ("new", "triaged"):
            self.case_id.action_start()
        labels = dict(self._fields["state"]._description_selection(self.env))
        self.case_id.message_post(
            body=_("Step %(step)s: %(state)s. %(result)s", step=self.name, state=labels[state], result=result or "")
        )
