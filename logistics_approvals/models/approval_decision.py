"""Who decided what, why, and on which snapshot: written once, never changed."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core import duties


class ApprovalDecision(models.Model):
    _name = "logistics.approval.decision"
    _description = "Approval Decision"
    _inherit = ["logistics.audit.mixin"]
    _order = "id desc"

    request_id = fields.Many2one(
        "logistics.approval.request", required=True, readonly=True, ondelete="restrict", index=True
    )
    decision = fields.Selection(
        [("approved", "Approved"), ("rejected", "Rejected"), ("expired", "Expired, nobody answered")],
        required=True,
        readonly=True,
    )
    approver_id = fields.Integer(string="Approver ID", readonly=True, help="User who decided.")
    approver_name = fields.Char(string="Approver", readonly=True)
    principal_id = fields.Integer(string="Acting For ID", readonly=True, help="Approver the deputy decided for.")
    principal_name = fields.Char(string="Acting For", readonly=True)
    reason = fields.Text(readonly=True)
    channel = fields.Selection([("odoo", "Odoo")], required=True, readonly=True, default="odoo")
    decided_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    snapshot_hash = fields.Char(required=True, readonly=True, help="SHA-256 of what was decided on.")
    policy_id = fields.Integer(string="Policy ID", readonly=True)
    policy_name = fields.Char(string="Policy", readonly=True)
    policy_version = fields.Integer(readonly=True)
    step_id = fields.Integer(string="Step ID", readonly=True)
    step_name = fields.Char(string="Step", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")

    @api.depends("decision", "approver_name")
    def _compute_display_name(self):
        labels = dict(self._fields["decision"]._description_selection(self.env))
        for decision in self:
            decision.display_name = f"{labels.get(decision.decision, '')}: {decision.approver_name}"

    @api.model_create_multi
    def create(self, vals_list):
        """The last guard of the separation of duties: it holds for whoever writes the row, superuser included."""
        for vals in vals_list:
            if vals.get("decision") == "expired":
                continue
            request = self.env["logistics.approval.request"].browse(vals.get("request_id"))
            if vals.get("approver_id") != self.env.uid:
                raise UserError(
                    _("Nobody decides in another person's name: delegate the decision on %(name)s.", name=request.name)
                )
            why = request._why_not_decide(self.env.user)
            if why:
                raise UserError(why)
            if vals.get("decision") == "rejected" and not (vals.get("reason") or "").strip():
                raise UserError(_("Say why %(name)s is rejected: the requester needs the reason.", name=request.name))
        return super().create(vals_list)

    def _counts_for(self, step, snapshot_hash):
        """Ids of the people whose approvals count for ``step`` on this snapshot."""
        return {
            decision.principal_id or decision.approver_id
            for decision in self
            if decision.decision == "approved"
            and decision.step_id == step.id
            and decision.snapshot_hash == snapshot_hash
            and decision.approver_id != duties.ROBOT_ID
        }
