"""Answer one or more requests: approve with a note, reject with a reason, or let a deputy decide."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError


class ApprovalAnswer(models.TransientModel):
    _name = "logistics.approval.answer"
    _description = "Answer Approval Requests"

    request_ids = fields.Many2many("logistics.approval.request", string="Requests", required=True, readonly=True)
    answer = fields.Selection(
        [("approved", "Approve"), ("rejected", "Reject"), ("delegate", "Delegate")], required=True, readonly=True
    )
    reason = fields.Text(help="Required to reject: the requester needs to know why.")
    deputy_id = fields.Many2one("res.users", domain="[('id', 'in', available_deputy_ids)]")
    available_deputy_ids = fields.Many2many("res.users", compute="_compute_available_deputies")

    @api.depends("request_ids", "answer")
    def _compute_available_deputies(self):
        approvers = self.env.ref("logistics_orchestration.group_approver").sudo().users  # sudo: names to choose from
        for wizard in self:
            people = approvers.browse()
            if wizard.answer == "delegate":
                barred = {user for request in wizard.request_ids.sudo() for user in request._barred()}  # sudo: as above
                people = approvers.filtered(lambda u, barred=barred: u.active and not u.share and u.id not in barred)
            wizard.available_deputy_ids = people - self.env.user

    def action_answer(self):
        """Give the answer; the server checks every right once more."""
        self.ensure_one()
        reason = (self.reason or "").strip()
        if self.answer == "rejected" and not reason:
            raise UserError(_("Reason: say why it is rejected, the requester needs to know."))
        if self.answer == "delegate" and not self.deputy_id:
            raise UserError(_("Deputy: choose who decides instead of you."))
        notice = {"type": "ir.actions.act_window_close"}
        for request in self.request_ids:
            if self.answer == "delegate":
                request._delegate(self.deputy_id, reason)
            else:
                notice = request._decide(self.answer, reason)
        return notice
