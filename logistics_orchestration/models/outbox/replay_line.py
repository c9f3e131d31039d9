"""One message, or one missed event, of a replay job: what is left to do, what was done, what was not and why."""

from odoo import fields, models

STATES = [("todo", "To do"), ("done", "Done"), ("skipped", "Left alone"), ("failed", "Failed")]


class ReplayLine(models.Model):
    _name = "logistics.replay.line"
    _description = "Replay Line"
    _log_access = False
    _order = "id"
    _rec_name = "ordering_key"

    replay_id = fields.Many2one("logistics.replay", required=True, readonly=True, ondelete="cascade")
    # cascade: retention removes old messages and events, and what was once done with them is of no use without them
    message_id = fields.Many2one("logistics.outbox.message", readonly=True, ondelete="cascade", index="btree_not_null")
    event_id = fields.Many2one("logistics.event", readonly=True, ondelete="cascade", index="btree_not_null")
    ordering_key = fields.Char(readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="todo")
    note = fields.Char(readonly=True, help="Why it was left alone or failed.")

    def init(self):
        super().init()
        # the next batch; the list of what was not done
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_replay_line_next_idx ON logistics_replay_line (replay_id, state, id)"
        )
