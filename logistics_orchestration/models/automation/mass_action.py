"""One action on many documents: done one after the other with the rights of whoever started it, with its progress.

Each document is one line, done and committed by itself by a scheduled action; a few are done while the user waits.
What could not be done stays listed with the reason, what was done with what came of it. Rooms say what can be done to
many in ``_kinds``; the method is the one a person presses for one document, so rights and refusals are the same.
"""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..backbone.record_link import open_form

STATES = [("draft", "Draft"), ("running", "Running"), ("done", "Done")]
# (from, to, who, event); "new" stands for the creation of the row.
TRANSITIONS = [
    ("new", "draft", "user", "documents were selected in a list"),
    ("draft", "running", "user", "start, with a reason where one is needed"),
    ("running", "done", "worker", "the last document was dealt with"),
    ("running", "done", "user", "stop: what was not done yet is left alone"),
]
# So many are done while the user waits.
AT_ONCE = 10
KEEP = timedelta(days=90)


class MassAction(models.Model):
    _name = "logistics.mass.action"
    _description = "Mass Action"
    _order = "id desc"

    kind = fields.Selection([], required=True, readonly=True, string="Action", index=True)
    state = fields.Selection(STATES, default="draft", required=True, readonly=True)
    under_way = fields.Boolean(compute="_compute_under_way")
    reason = fields.Text(help="Why: kept with every document.")
    reason_needed = fields.Boolean(readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True, default=lambda self: self.env.user)
    company_id = fields.Many2one("res.company", readonly=True, default=lambda self: self.env.company)
    line_ids = fields.One2many("logistics.mass.action.line", "mass_id", readonly=True)
    total_count = fields.Integer(compute="_compute_counts", string="Selected")
    done_count = fields.Integer(compute="_compute_counts", string="Done")
    refused_count = fields.Integer(compute="_compute_counts", string="Not Done")
    left_count = fields.Integer(compute="_compute_counts", string="To Do")
    progress = fields.Float(compute="_compute_counts")

    @api.depends("state")
    def _compute_under_way(self):
        for mass in self:
            mass.under_way = mass.state == "running"

    @api.depends("line_ids.state")
    def _compute_counts(self):
        found = {}
        groups = self.env["logistics.mass.action.line"]._read_group(
            [("mass_id", "in", self.ids)], ["mass_id", "state"], ["__count"]
        )
        for mass, state, count in groups:
            found.setdefault(mass.id, {})[state] = count
        for mass in self:
            counts = found.get(mass.id, {})
            mass.total_count = sum(counts.values())
            mass.done_count = counts.get("done", 0)
            mass.refused_count = counts.get("refused", 0)
            mass.left_count = counts.get("todo", 0)
            settled = mass.total_count - mass.left_count
            mass.progress = 100.0 * settled / mass.total_count if mass.total_count else 0.0

    @api.depends("kind", "line_ids")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for mass in self:
            mass.display_name = _("%(action)s: %(count)s", action=labels.get(mass.kind, ""), count=len(mass.line_ids))

    # -- what can be done to many ------------------------------------------------------------------------------

    @api.model
    def _kinds(self):
        """{kind: {"model", "method", "reason"}}; override and add.

        ``method`` is the action of one document. ``reason``: it is asked for and given to the method as ``reason``.
        """
        return {}

    def _refusal(self, record):
        """Why this document is left out from the start, in words; empty when it is tried. Override per kind."""
        return ""

    def _about(self, record):
        """What tells people which document this is about, beside its name. Override per kind."""
        return ""

    def _outcome(self, record):
        """What came of it, in words, once it was done. Override per kind."""
        return ""

    # -- asking and starting -----------------------------------------------------------------------------------

    @api.model
    def _open_for(self, kind, records):
        """Do ``kind`` to ``records``; what needs no reason and is little is done at once.

        :returns: the form that asks for the reason, shows what cannot be done, and then the progress
        :raises AccessError: the user has no logistics role
        """
        if not self.env.su and not self.env.user.has_group("logistics_orchestration.group_user"):
            raise AccessError(_("Mass actions are up to Logistics Users. Ask one of them, or do one at a time."))
        spec = self._kinds()[kind]
        # sudo: a job and its lines are written by its own methods only; the rights are those of its user
        mass = self.sudo().create(
            {
                "kind": kind,
                "reason_needed": spec["reason"],
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
            }
        )
        refusals = {record.id: mass.with_env(self.env)._refusal(record) for record in records}
        mass.line_ids = [
            fields.Command.create(
                {
                    "res_model": records._name,
                    "res_id": record.id,
                    "name": record.display_name,
                    "about": mass._about(record),
                    "state": "refused" if refusals[record.id] else "todo",
                    "words": refusals[record.id],
                }
            )
            for record in records
        ]
        if not spec["reason"] and len(records) <= AT_ONCE:
            mass.with_env(self.env).action_start()
        return mass._form()

    def _form(self):
        self.ensure_one()
        labels = dict(self._fields["kind"]._description_selection(self.env))
        return dict(open_form(self), name=labels[self.kind], target="new")

    def action_start(self):
        """Do it: a few at once, many by the worker.

        :returns: the form, with what was done so far
        :raises UserError: no reason, started already, or somebody else's
        """
        self.ensure_one()
        if self.user_id != self.env.user:
            raise UserError(_("Only %(user)s may start this.", user=self.user_id.name))
        if self.state != "draft":
            raise UserError(_("It was started already."))
        if self.reason_needed and not (self.reason or "").strip():
            raise UserError(_("Reason: write why, in a few words."))
        job = self.sudo()  # sudo: state and lines are the job's own to write
        job.state = "running"
        todo = job.line_ids.filtered(lambda line: line.state == "todo")
        if len(todo) <= AT_ONCE:
            for line in todo:
                line._carry_out()
            job._settle()
        else:
            todo._work_wake()
        return self._form()

    def action_stop(self):
        """Button: leave alone what was not done yet.

        :raises UserError: somebody else's, and the user is no manager
        """
        self.ensure_one()
        if self.user_id != self.env.user and not self.env.user.has_group("logistics_orchestration.group_manager"):
            raise UserError(_("Only %(user)s or a Logistics Manager may stop this.", user=self.user_id.name))
        job = self.sudo()  # sudo: as in action_start
        if job.state == "running":
            words = _("Stopped by %(user)s", user=self.env.user.name)
            job.line_ids.filtered(lambda line: line.state == "todo").write({"state": "refused", "words": words})
            job._settle()
        return self._form()

    def action_again(self):
        """Button: another go at what could not be done."""
        self.ensure_one()
        refused = self.line_ids.filtered(lambda line: line.state == "refused")
        records = self.env[self._kinds()[self.kind]["model"]].browse(refused.mapped("res_id")).exists()
        if not records:
            raise UserError(_("Nothing is left to try again."))
        return self._open_for(self.kind, records)

    def _settle(self):
        """Done when no line is left."""
        Line = self.env["logistics.mass.action.line"]
        for mass in self.filtered(lambda mass: mass.state == "running"):
            if not Line.search([("mass_id", "=", mass.id), ("state", "=", "todo")], limit=1):
                mass.state = "done"

    def write(self, vals):
        others = self.filtered(lambda mass: mass.user_id != self.env.user or mass.state != "draft")
        if not self.env.su and (set(vals) - {"reason"} or others):
            raise UserError(_("Only the reason is written by hand, by whoever started it, before it runs."))
        return super().write(vals)

    @api.autovacuum
    def _gc_old(self):
        """What was done long ago; the documents themselves tell who did what and why."""
        self.search([("create_date", "<", fields.Datetime.now() - KEEP), ("state", "!=", "running")]).unlink()
