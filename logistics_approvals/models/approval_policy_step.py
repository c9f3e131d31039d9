"""One step of a policy: who decides, how many of them, until when, and who is asked when they do not."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

_APPROVER = "logistics_orchestration.group_approver"


class ApprovalPolicyStep(models.Model):
    _name = "logistics.approval.policy.step"
    _description = "Approval Policy Step"
    _order = "policy_id, sequence, id"

    policy_id = fields.Many2one("logistics.approval.policy", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True, default=lambda self: _("Approval"))
    approver_type = fields.Selection(
        [("group", "Members of a group"), ("user", "A person"), ("manager", "The requester's manager")],
        string="Who Decides",
        default="group",
        required=True,
        help="The requester's manager is their superior in Employees when that app is installed, else the leader of "
        "their sales team. Where there is none, the escalation group is asked at once.",
    )
    user_id = fields.Many2one("res.users", string="Person", ondelete="restrict", domain=[("share", "=", False)])
    group_id = fields.Many2one(
        "res.groups", ondelete="restrict", default=lambda self: self.env.ref(_APPROVER, False)
    )
    min_approvals = fields.Integer(
        string="Approvals Needed", default=1, required=True, help="Different people; nobody counts twice in a request."
    )
    deadline_hours = fields.Float(
        string="Deadline (Working Hours)",
        default=8.0,
        required=True,
        help="In the company's working hours. At half of it approvers are reminded, at the end the request escalates.",
    )
    expire_hours = fields.Float(
        string="Then Expires After",
        default=8.0,
        required=True,
        help="Working hours the escalation group has. Then the request expires, which counts as a rejection.",
    )
    escalate_group_id = fields.Many2one(
        "res.groups",
        string="Escalates To",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.ref("logistics_orchestration.group_manager", False),
        help="Asked when the deadline has passed, and at once when nobody of the step is there to decide.",
    )

    _sql_constraints = [
        ("min_approvals_positive", "CHECK(min_approvals > 0)", "At least one approval is needed in every step."),
        (
            "hours_positive",
            "CHECK(deadline_hours > 0 AND expire_hours > 0)",
            "Give approvers some time: both deadlines must be more than 0 working hours.",
        ),
    ]

    @api.constrains("approver_type", "user_id", "group_id", "escalate_group_id", "min_approvals")
    def _check_approver(self):
        approver = self.env.ref(_APPROVER)
        for step in self:
            if step.approver_type == "user" and not step.user_id:
                raise ValidationError(_("Step %(name)s: choose the person who decides.", name=step.name))
            if step.approver_type == "user" and not step.user_id.has_group(_APPROVER):
                raise ValidationError(
                    _(
                        "Step %(name)s: %(user)s lacks the Approver role. Give it in the user's settings first.",
                        name=step.name,
                        user=step.user_id.name,
                    )
                )
            if step.approver_type == "group" and not step.group_id:
                raise ValidationError(_("Step %(name)s: choose the group that decides.", name=step.name))
            if step.approver_type != "group" and step.min_approvals > 1:
                raise ValidationError(
                    _("Step %(name)s: one person cannot give %(n)s approvals.", name=step.name, n=step.min_approvals)
                )
            groups = step.escalate_group_id
            if step.approver_type == "group":
                groups |= step.group_id
            for group in groups:
                if approver not in group | group.trans_implied_ids:
                    raise ValidationError(
                        _(
                            "Step %(name)s: members of %(group)s may not see approval requests. Choose a group that "
                            "includes the Approver role.",
                            name=step.name,
                            group=group.full_name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps.policy_id._new_version()
        return steps

    def write(self, vals):
        result = super().write(vals)
        self.policy_id._new_version()
        return result

    def unlink(self):
        policies = self.policy_id
        result = super().unlink()
        policies = policies.exists()
        policies._new_version()
        if not self.env.context.get("logistics_policy_write"):  # a policy that exchanges its steps checks at the end
            policies._check_steps()
        return result

    def _principals(self, requester, company):
        """Users this step names, active in ``company``; who of them may decide is the request's business."""
        self.ensure_one()
        if self.approver_type == "user":
            users = self.user_id
        elif self.approver_type == "group":
            users = self.group_id.users
        else:
            users = self._manager_of(requester).filtered(lambda u: u.has_group(_APPROVER))
        return self._of_company(users, company)

    def _escalation_users(self, company):
        self.ensure_one()
        return self._of_company(self.escalate_group_id.users, company)

    @api.model
    def _of_company(self, users, company):
        return users.filtered(lambda u: u.active and not u.share and company in u.company_ids)

    @api.model
    def _manager_of(self, user):
        """Superior of ``user``: from Employees where installed, else the leader of their sales team."""
        if "employee_id" in user._fields and user.employee_id.parent_id.user_id:
            return user.employee_id.parent_id.user_id
        leader = user.sale_team_id.user_id
        return leader if leader != user else leader.browse()
