"""Lifting many holds at once: those the user may lift, one after the other, with the rights of that user.

Each hold is one line, done and committed by itself by a scheduled action; a few are done at once. What could not be
lifted stays listed with the reason.
"""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

STATES = [("draft", "Draft"), ("running", "Running"), ("done", "Done")]
# (from, to, who, event); "new" stands for the creation of the row.
TRANSITIONS = [
    ("new", "draft", "user", "holds were selected in a list"),
    ("draft", "running", "user", "lift, with a reason"),
    ("running", "done", "worker", "the last hold was dealt with"),
]
# So many are lifted while the user waits.
AT_ONCE = 10
KEEP = timedelta(days=90)


class HoldLift(models.Model):
    _name = "logistics.hold.lift"
    _description = "Lift Many Holds"
    _order = "id desc"

    state = fields.Selection(STATES, default="draft", required=True, readonly=True)
    reason = fields.Text(help="Why: kept with every hold that is lifted.")
    user_id = fields.Many2one("res.users", string="By", readonly=True, default=lambda self: self.env.user)
    company_id = fields.Many2one("res.company", readonly=True, default=lambda self: self.env.company)
    line_ids = fields.One2many("logistics.hold.lift.line", "lift_id", readonly=True)
    total_count = fields.Integer(compute="_compute_counts", string="Selected")
    lifted_count = fields.Integer(compute="_compute_counts", string="Lifted")
    refused_count = fields.Integer(compute="_compute_counts", string="Not Lifted")
    progress = fields.Float(compute="_compute_counts")

    @api.depends("line_ids.state")
    def _compute_counts(self):
        found = {}
        groups = self.env["logistics.hold.lift.line"]._read_group(
            [("lift_id", "in", self.ids)], ["lift_id", "state"], ["__count"]
        )
        for lift, state, count in groups:
            found.setdefault(lift.id, {})[state] = count
        for lift in self:
            counts = found.get(lift.id, {})
            lift.total_count = sum(counts.values())
            lift.lifted_count = counts.get("lifted", 0)
            lift.refused_count = counts.get("refused", 0)
            settled = lift.total_count - counts.get("todo", 0)
            lift.progress = 100.0 * settled / lift.total_count if lift.total_count else 0.0

    @api.depends("line_ids")
    def _compute_display_name(self):
        for lift in self:
            lift.display_name = _("Lift %(count)s holds", count=len(lift.line_ids))

    @api.model
    def _open_for(self, holds):
        """Action: the form that asks for the reason and shows what cannot be lifted, and why."""
        holds = holds.filtered(lambda hold: hold.state == "active")
        if not holds:
            raise UserError(_("None of these holds is active."))
        # sudo: a job and its lines are written by its own methods only; the rights are those of its user
        lift = self.sudo().create(
            {
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "line_ids": [
                    fields.Command.create(
                        {"hold_id": hold.id}
                        if hold.can_release
                        else {"hold_id": hold.id, "state": "refused", "words": holds._words_of_denial(hold)}
                    )
                    for hold in holds
                ],
            }
        )
        return lift._form()

    def _form(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Lift Holds"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
        }

    def action_start(self):
        """Lift: a few at once, many by the worker.

        :returns: the form, with what was done so far
        :raises UserError: no reason, started already, or somebody else's
        """
        self.ensure_one()
        if self.user_id != self.env.user:
            raise UserError(_("Only %(user)s may start this.", user=self.user_id.name))
        if self.state != "draft":
            raise UserError(_("It was started already."))
        if not (self.reason or "").strip():
            raise UserError(_("Reason: write why the holds are lifted."))
        job = self.sudo()  # sudo: state and lines are the job's own to write
        job.state = "running"
        todo = job.line_ids.filtered(lambda line: line.state == "todo")
        if len(todo) <= AT_ONCE:
            for line in todo:
                line._lift()
            job._settle()
        else:
            todo._work_wake()
        return self._form()

    def action_refresh(self):
        """Button: show how far it is."""
        return self._form()

    def _settle(self):
        """Done when no line is left."""
        for lift in self.filtered(lambda lift: lift.state == "running"):
            if not lift.line_ids.filtered(lambda line: line.state == "todo"):
                lift.state = "done"

    def write(self, vals):
        others = self.filtered(lambda lift: lift.user_id != self.env.user or lift.state != "draft")
        if not self.env.su and (set(vals) - {"reason"} or others):
            raise UserError(_("Only the reason is written by hand, by whoever started it, before it runs."))
        return super().write(vals)

    @api.autovacuum
    def _gc_old(self):
        """What was done long ago; the holds themselves tell who lifted them and why."""
        self.search([("create_date", "<", fields.Datetime.now() - KEEP), ("state", "!=", "running")]).unlink()
