"""One hold of a mass lift: lifted with the rights of whoever started it, or the reason why not."""

from odoo import _, fields, models
from odoo.exceptions import AccessError, UserError


class HoldLiftLine(models.Model):
    _name = "logistics.hold.lift.line"
    _description = "Hold to Lift"
    _inherit = ["logistics.work.item"]
    _order = "lift_id, id"
    _rec_name = "hold_id"
    _work_cron_id = "logistics_orchestration.cron_hold_lift"
    _work_max_attempts = 5

    lift_id = fields.Many2one("logistics.hold.lift", required=True, readonly=True, ondelete="cascade", index=True)
    hold_id = fields.Many2one("logistics.hold", required=True, readonly=True, ondelete="cascade", index=True)
    state = fields.Selection(
        [("todo", "To Lift"), ("lifted", "Lifted"), ("refused", "Not Lifted")],
        default="todo",
        required=True,
        readonly=True,
        index=True,
    )
    words = fields.Text(string="Why Not", readonly=True)
    order_id = fields.Many2one(related="hold_id.order_id")
    type_id = fields.Many2one(related="hold_id.type_id")
    hold_reason = fields.Text(related="hold_id.reason", string="Held Because")

    def _work_domain(self):
        return [
            ("state", "=", "todo"),
            ("lift_id.state", "=", "running"),
            ("next_attempt_at", "<=", fields.Datetime.now()),
        ]

    def _work_one(self):
        self._lift()
        self.lift_id._settle()

    def _work_dead(self, error):
        self.write({"state": "refused", "words": error})
        self.lift_id._settle()

    def _lift(self):
        """Lift the hold as the user, or note why it cannot be."""
        self.ensure_one()
        user = self.lift_id.user_id
        hold = self.hold_id.with_user(user).with_company(self.lift_id.company_id)
        try:
            if not user.active:
                raise UserError(_("%(user)s is not active any more.", user=user.name))
            with self.env.cr.savepoint():
                hold.action_release(self.lift_id.reason)
        except (UserError, AccessError) as error:
            self.write({"state": "refused", "words": error.args[0]})
        else:
            self.state = "lifted"

    def _cron_run(self):
        """Scheduled action: lift what was started."""
        self._work_cron("logistics_orchestration.cron_hold_lift")
