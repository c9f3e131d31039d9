"""A job that sends many messages again, tells a subscription what it missed, or cancels many: counted first, then done
in batches by a scheduled action (replay_work.py), at most so many a minute.

A batch is one transaction: the messages and the lines that name them change together. So a worker that is killed loses
nothing and does nothing twice, and pausing or cancelling leaves the rest untouched. The worker hardly ever writes the
job itself: a person's pause must not fail because a counter moves all the time. What was done is counted in the lines,
and written on the job when it ends.
"""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

STATES = [
    ("draft", "Draft"),
    ("previewed", "Counted"),
    ("running", "Running"),
    ("paused", "Paused"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]
TRANSITIONS = [
    ("draft", "previewed", "administrator", "dry run: counted, nothing changed"),
    ("previewed", "draft", "administrator", "the selection was changed"),
    ("previewed", "running", "administrator", "start: the messages are listed"),
    ("running", "paused", "administrator, worker", "pause; or whoever started it may not any more"),
    ("paused", "running", "administrator", "resume"),
    ("running", "done", "worker", "the last one was dealt with"),
    ("running", "cancelled", "administrator", "cancel: the rest stays as it is"),
    ("paused", "cancelled", "administrator", "cancel: the rest stays as it is"),
    ("draft", "cancelled", "administrator", "cancel"),
    ("previewed", "cancelled", "administrator", "cancel"),
]
MODES = [
    ("selection", "Selected messages"),
    ("range", "Messages of a time"),
    ("failed_since", "All that failed since"),
    ("missed", "What a subscription missed"),
]
# Fields that say what the job is about; fixed once it runs.
FILTER = (
    "operation", "mode", "system_id", "subscription_id", "event_type_ids", "date_from", "date_to", "new_id",
    "with_delivered", "with_dead", "with_cancelled", "with_waiting", "with_held", "selection", "reason",
)  # fmt: skip
# What people write; everything else says what was done, by whom and how far it is, and is the job's own.
EDITABLE = (*FILTER, "per_minute")
KEEP_LINES = timedelta(days=90)


class Replay(models.Model):
    _name = "logistics.replay"
    _description = "Replay"
    _inherit = ["mail.thread"]
    _order = "id desc"

    name = fields.Char(readonly=True, copy=False, default=lambda self: _("New"))
    state = fields.Selection(STATES, default="draft", required=True, readonly=True, copy=False, tracking=True)
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, precompute=True, required=True
    )
    user_id = fields.Many2one("res.users", string="By", readonly=True, default=lambda self: self.env.user)
    reason = fields.Text(help="Why: kept with every message.")
    # -- which --
    operation = fields.Selection(
        [("replay", "Send again"), ("cancel", "Cancel")], default="replay", required=True, string="What to Do"
    )
    mode = fields.Selection(MODES, default="failed_since", required=True, string="Which")
    selection = fields.Json(readonly=True, help="Ids of the selected messages.")
    selection_count = fields.Integer(compute="_compute_selection_count", string="Selected")
    system_id = fields.Many2one("logistics.system", ondelete="restrict")
    subscription_id = fields.Many2one("logistics.subscription", ondelete="restrict")
    event_type_ids = fields.Many2many("logistics.event.type", string="Event Types", help="Empty: all.")
    date_from = fields.Datetime(string="From")
    date_to = fields.Datetime(string="To", help="Empty: until now.")
    with_delivered = fields.Boolean(string="Delivered")
    with_dead = fields.Boolean(string="Dead", default=True)
    with_cancelled = fields.Boolean(string="Cancelled")
    with_waiting = fields.Boolean(string="Waiting")
    with_held = fields.Boolean(string="Held", default=True)
    new_id = fields.Boolean(
        string="New Webhook ID",
        help="Off: with the id the partner knows, so that it drops what it has already. On: as something new, for a "
        "partner that has lost its copy but remembers the ids.",
    )
    per_minute = fields.Integer(
        string="At Most per Minute", default=600, required=True, help="So that the partner is not flooded."
    )
    # -- what came of it --
    preview = fields.Json(readonly=True, copy=False)
    preview_html = fields.Html(compute="_compute_preview_html", string="Dry Run")
    previewed_at = fields.Datetime(readonly=True, copy=False)
    started_at = fields.Datetime(readonly=True, copy=False)
    finished_at = fields.Datetime(readonly=True, copy=False)
    total_count = fields.Integer(string="Number", readonly=True, copy=False)
    final_counts = fields.Json(readonly=True, copy=False, help="Lines by state at the end.")
    done_count = fields.Integer(compute="_compute_counts", string="Done")
    skipped_count = fields.Integer(compute="_compute_counts", string="Left Alone")
    failed_count = fields.Integer(compute="_compute_counts", string="Failed")
    left_count = fields.Integer(compute="_compute_counts", string="Left")
    progress = fields.Float(compute="_compute_counts")
    under_way = fields.Boolean(compute="_compute_counts", help="The worker is at it, or will be.")
    window_at = fields.Datetime(readonly=True, copy=False, help="Since when the allowance of this minute is used.")
    window_base = fields.Integer(readonly=True, copy=False, help="Lines dealt with before this minute.")
    next_batch_at = fields.Datetime(string="Next Batch", readonly=True, copy=False)
    last_error = fields.Text(readonly=True, copy=False)
    line_ids = fields.One2many("logistics.replay.line", "replay_id", readonly=True)

    _sql_constraints = [
        ("per_minute_positive", "CHECK(per_minute BETWEEN 1 AND 100000)", "At most per minute: between 1 and 100,000."),
    ]

    @api.depends("system_id.company_id", "subscription_id.company_id")
    def _compute_company_id(self):
        for job in self:
            owner = job.system_id or job.subscription_id
            job.company_id = owner.company_id or job.company_id or self.env.company

    @api.depends("selection")
    def _compute_selection_count(self):
        for job in self:
            job.selection_count = len(job.selection or [])

    @api.depends("final_counts", "total_count", "state", "started_at", "finished_at")
    def _compute_counts(self):
        live = self._live_counts(self.filtered(lambda job: job.started_at and not job.final_counts).ids)
        for job in self:
            counts = job.final_counts or live.get(job.id, {})
            job.done_count = counts.get("done", 0)
            job.skipped_count = counts.get("skipped", 0)
            job.failed_count = counts.get("failed", 0)
            dealt = job.done_count + job.skipped_count + job.failed_count
            job.left_count = max(0, job.total_count - dealt)
            job.under_way = bool(job.started_at and not job.finished_at and job.state in ("running", "cancelled"))
            job.progress = 100.0 * dealt / job.total_count if job.total_count else 100.0 * (job.state == "done")

    def _live_counts(self, ids):
        """{job id: {line state: number}} of jobs under way."""
        counts = {job_id: {} for job_id in ids}
        if ids:
            self.env.cr.execute(
                "SELECT replay_id, state, count(*) FROM logistics_replay_line WHERE replay_id = ANY(%s)"
                " AND state <> 'todo' GROUP BY 1, 2",
                [ids],
            )
            for job_id, state, count in self.env.cr.fetchall():
                counts[job_id][state] = count
        return counts

    @api.depends("preview")
    def _compute_preview_html(self):
        for job in self:
            found = job.preview or {}
            rows = [
                {
                    "type": name,
                    "count": count,
                    "oldest": format_datetime(self.env, fields.Datetime.to_datetime(oldest)),
                    "newest": format_datetime(self.env, fields.Datetime.to_datetime(newest)),
                }
                for name, count, oldest, newest in found.get("types", [])
            ]
            job.preview_html = job.preview and self.env["ir.qweb"]._render(
                "logistics_orchestration.replay_preview", {"job": job, "found": found, "rows": rows}
            )

    def _companies(self):
        """Companies whose messages this job may touch: those of whoever runs it, as in the list."""
        return self.with_user(self.user_id).env.companies

    # -- life -------------------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_editable(vals)
            vals["name"] = self.env["ir.sequence"].next_by_code("logistics.replay") or _("New")
        return super().create(vals_list)

    def _check_editable(self, vals):
        """A job runs with the rights of whoever started it: nobody may write that, nor that it runs."""
        closed = [name for name in vals if name not in EDITABLE and not name.startswith("message_")]
        if closed and not self.env.su:
            raise AccessError(_("%s of a replay cannot be written. Use its buttons.", ", ".join(closed)))

    def write(self, vals):
        self._check_editable(vals)
        if any(name in vals for name in FILTER):
            if fixed := self.filtered(lambda job: job.state not in ("draft", "previewed"))[:1]:
                raise UserError(_("%s has been started: what it is about does not change any more.", fixed.name))
            # a dry run says nothing about another selection
            if set(vals) & set(FILTER) - {"reason"}:
                vals = {"state": "draft", "preview": False, **vals}
        result = super().write(vals)
        if "per_minute" in vals and (running := self.filtered(lambda job: job.state == "running")):
            # another pace counts from now
            # sudo: when the worker goes on is the job's own
            running.sudo().next_batch_at = fields.Datetime.now()
            running._wake_worker()
        return result

    def _check_operator(self):
        if not self.env.su and not self.env.user.has_group("logistics_orchestration.group_integration_admin"):
            raise AccessError(_("Replays are for Integration Administrators. Ask one of them."))

    def _move(self, states, what):
        """Refuse in words when a job is not in one of ``states``, or not the user's to move."""
        self._check_operator()
        self.check_access_rights("write")
        self.check_access_rule("write")
        for job in self:
            if job.state not in states:
                label = dict(STATES)[job.state]
                raise UserError(_("%(job)s is %(state)s and cannot be %(what)s.", job=job.name, state=label, what=what))

    def action_preview(self):
        """Dry run: count what would be done and warn; changes nothing."""
        self._move(("draft", "previewed"), _("counted"))
        for job in self:
            job._check_filter()
            # sudo: the state is written by the buttons alone, whose right was checked; counted is what they may see
            job.sudo().user_id = self.env.user
            # sudo: see above
            job.sudo().write({"preview": job._count(), "state": "previewed", "previewed_at": fields.Datetime.now()})
        return True

    def action_start(self):
        """List the messages and have the scheduled action work the list off."""
        self._move(("previewed",), _("started (count first)"))
        for job in self:
            job._check_filter()
            # sudo: see action_preview. Whoever starts it answers for it, and sees what it is about.
            job.sudo().user_id = self.env.user
            count = job._list()
            now = fields.Datetime.now()
            # sudo: see action_preview
            job.sudo().write({"state": "running", "started_at": now, "total_count": count, "next_batch_at": now})
            job._note(_("started: %(count)s messages. %(reason)s", count=count, reason=job.reason))
        self._wake_worker()
        return True

    def action_pause(self):
        """Stop after the batch under way; the rest waits."""
        self._move(("running",), _("paused"))
        # sudo: see action_preview
        self.sudo().write({"state": "paused"})
        return True

    def action_resume(self):
        """Go on where it stopped."""
        self._move(("paused",), _("resumed"))
        # sudo: see action_preview. Whoever has it go on answers for the rest.
        self.sudo().write(
            {
                "state": "running",
                "user_id": self.env.uid,
                "next_batch_at": fields.Datetime.now(),
                "last_error": False,
            }
        )
        self._wake_worker()
        return True

    def action_cancel(self):
        """Leave the rest as it is, for good. The worker counts what was done and tells it."""
        self._move(("draft", "previewed", "running", "paused"), _("cancelled"))
        # sudo: see action_preview
        self.sudo().write({"state": "cancelled", "next_batch_at": fields.Datetime.now()})
        self._wake_worker()
        return True

    def action_open_left(self):
        """Lines that were left alone or failed, with the reasons."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_replay_line")
        return dict(action, domain=[("replay_id", "=", self.id), ("state", "in", ("skipped", "failed"))], context={})

    def _wake_worker(self):
        # sudo: waking a scheduled action is not an administrator's right only
        self.env.ref("logistics_orchestration.cron_replay").sudo()._trigger()

    def _note(self, words):
        """Tell it on the systems concerned."""
        for system in self.system_id or self.subscription_id.system_id:
            system.message_post(body=_("Replay %(job)s %(words)s", job=self.name, words=words))

    def _finish(self, state):
        """The end: state, and one fact per system that was replayed."""
        self.ensure_one()
        counts = self._live_counts(self.ids)[self.id]
        self.write(
            {"state": state, "finished_at": fields.Datetime.now(), "next_batch_at": False, "final_counts": counts}
        )
        if not self.started_at:
            return
        self._note(
            _(
                "ended: %(done)s done, %(skipped)s left alone, %(failed)s failed, of %(total)s.",
                done=self.done_count,
                skipped=self.skipped_count,
                failed=self.failed_count,
                total=self.total_count,
            )
        )
        if self.operation == "replay":
            for system, count in self._by_system().items():
                if count:
                    system.with_user(self.user_id)._tell_replayed(self.mode, count, self.new_id, self.reason)

    @api.autovacuum
    def _gc_lines(self):
        """Lines of jobs that ended long ago; the job with its counts stays."""
        self.flush_model(["finished_at"])
        self.env.cr.execute(
            """
            DELETE FROM logistics_replay_line l USING logistics_replay r
             WHERE r.id = l.replay_id AND r.finished_at < %s
            """,
            [fields.Datetime.now() - KEEP_LINES],
        )
