"""When a decision is needed and who takes it: one policy per kind, document and threshold.

Among the policies that ask, the lowest sequence wins, then the highest threshold: "over 50 an approver, over 500 the
manager too" needs no thought about the order of rows. Every change of what a policy says counts its version up, and
requests and decisions keep the version they were made under.
"""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import formatLang
from odoo.tools.safe_eval import safe_eval

from odoo.addons.logistics_orchestration.models.automation.ir_actions_server import APPROVAL_KINDS

from ..core.kinds import SUBJECTS

_TERMS = {
    "kind",
    "company_id",
    "subject_model",
    "domain",
    "condition",
    "threshold",
    "currency_id",
    "threshold_percent",
    "exclude_responsible",
    "active",
    "step_ids",
}


class ApprovalPolicy(models.Model):
    _name = "logistics.approval.policy"
    _description = "Approval Policy"
    _order = "kind, sequence, threshold desc, id"

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(APPROVAL_KINDS, string="Decision", required=True, index=True)
    sequence = fields.Integer(
        default=10, help="Among policies that ask, the lowest sequence wins, then the highest threshold."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: every company.")
    subject_model = fields.Selection(
        selection="_selection_subject_model",
        string="Applies To",
        help="Kind of document this policy is for. Empty: every document the decision can be about.",
    )
    domain = fields.Char(
        default="[]", required=True, help="Only documents that match; choose what the policy applies to first."
    )
    condition = fields.Selection(
        [("above", "Above a threshold"), ("always", "Always")],
        string="Ask",
        default="above",
        required=True,
        help="Always: every request of this decision waits for an approver, whatever it costs.",
    )
    threshold = fields.Monetary(
        help="A request that costs more than this waits; this much or less is carried out at once."
    )
    currency_id = fields.Many2one("res.currency", help="Currency of the threshold. Empty: the company's currency.")
    threshold_percent = fields.Float(
        string="Threshold (% of Value)",
        help="Also ask when the cost is more than this part of the document's value. 0: not looked at.",
    )
    exclude_responsible = fields.Boolean(
        string="Exclude the Responsible",
        help="The document's responsible (salesperson, buyer) may not decide, besides requester and beneficiary.",
    )
    step_ids = fields.One2many("logistics.approval.policy.step", "policy_id", string="Steps", copy=True)
    version = fields.Integer(default=1, readonly=True, copy=False)
    decision_only = fields.Boolean(
        compute="_compute_decision_only",
        help="Nothing is carried out after this decision: a person does it by hand and the decision is the proof.",
    )
    request_count = fields.Integer(compute="_compute_request_count", string="Requests")

    _sql_constraints = [
        ("threshold_positive", "CHECK(threshold >= 0)", "The threshold cannot be negative. Use 0 to ask for any cost."),
        (
            "percent_range",
            "CHECK(threshold_percent >= 0)",
            "The threshold in percent cannot be negative. Use 0 to leave it out.",
        ),
    ]

    @api.model
    def _selection_subject_model(self):
        names = sorted({name for models_of_kind in SUBJECTS.values() for name in models_of_kind if name in self.env})
        return [(name, self.env["ir.model"]._get(name).name or name) for name in names]

    @api.depends("kind")
    def _compute_decision_only(self):
        request = self.env["logistics.approval.request"]
        for policy in self:
            policy.decision_only = bool(policy.kind) and not request._can_carry_out(policy.kind)

    def _compute_request_count(self):
        counts = dict(
            self.env["logistics.approval.request"]._read_group(
                [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
            )
        )
        for policy in self:
            policy.request_count = counts.get(policy, 0)

    @api.constrains("kind", "subject_model", "domain")
    def _check_domain(self):
        for policy in self:
            if policy.subject_model and policy.subject_model not in SUBJECTS.get(policy.kind, (policy.subject_model,)):
                raise ValidationError(
                    _(
                        "Policy %(name)s: a decision of this kind is never about %(model)s. Choose one of: %(models)s.",
                        name=policy.name,
                        model=policy.subject_model,
                        models=", ".join(SUBJECTS[policy.kind]),
                    )
                )
            domain = policy._domain()
            if domain and not policy.subject_model:
                raise ValidationError(
                    _("Policy %(name)s: choose what it applies to before setting a filter.", name=policy.name)
                )
            if domain:
                try:
                    self.env[policy.subject_model]._where_calc(domain)
                except Exception as error:
                    raise ValidationError(
                        _(
                            "Policy %(name)s: the filter %(domain)s cannot be used: %(error)s",
                            name=policy.name,
                            domain=policy.domain,
                            error=error,
                        )
                    ) from error

    @api.constrains("active", "step_ids")
    def _check_steps(self):
        for policy in self:
            if policy.active and not policy.step_ids:
                raise ValidationError(
                    _("Policy %(name)s: add at least one step, else nobody could decide.", name=policy.name)
                )

    def _domain(self):
        try:
            return safe_eval(self.domain or "[]", {"uid": self.env.uid})
        except Exception as error:
            raise ValidationError(
                _("Policy %(name)s: the filter %(domain)s is not readable.", name=self.name, domain=self.domain)
            ) from error

    @api.model_create_multi
    def create(self, vals_list):
        """Its first steps belong to version 1."""
        policies = super(ApprovalPolicy, self.with_context(logistics_policy_new=True)).create(vals_list)
        return policies.with_env(self.env)

    def write(self, vals):
        """A change of what the policy says is a new version of it."""
        result = super(ApprovalPolicy, self.with_context(logistics_policy_write=True)).write(vals)
        if _TERMS & set(vals):
            self._new_version()
        return result

    def _new_version(self):
        """Count the version up; requests that wait follow the policy as it is now."""
        if self.env.context.get("logistics_policy_new"):
            return
        for policy in self:
            super(ApprovalPolicy, policy).write({"version": policy.version + 1})
        if self.env.context.get("logistics_policy_write"):
            return  # the policy's own write comes here once all of its steps are written
        # sudo: who is asked follows from the policy, whoever may write requests
        requests = self.env["logistics.approval.request"].sudo()
        for request in requests.search([("state", "=", "requested"), ("policy_id", "in", self.ids)]):
            request._refresh_policy()

    # -- which policy, and does it ask ------------------------------------------------------------------------

    @api.model
    def _match(self, kind, subject, amount, currency, company):
        """The policy that speaks for a request.

        :param str kind: one of APPROVAL_KINDS
        :param subject: the document (one record)
        :param float amount: what it costs, in ``currency``
        :returns: tuple (policy or empty, whether it asks for a decision, why in words)
        """
        # sudo: a policy binds whoever asks, also users who may not read policies or the whole document
        policies = self.sudo().search([("kind", "=", kind), ("company_id", "in", (False, company.id))])
        policies = policies.with_company(company).filtered(lambda p: p._concerns(subject))
        asking = [(policy, why) for policy in policies if (why := policy._why_asks(subject, amount, currency, company))]
        if asking:
            asking.sort(key=lambda pair: (pair[0].sequence, -pair[0]._threshold_in(company.currency_id, company)))
            return asking[0][0], True, asking[0][1]
        if policies:
            return policies[0], False, _("Within policy %(name)s.", name=policies[0].name)
        return policies, False, _("No policy asks for this decision.")

    def _concerns(self, subject):
        self.ensure_one()
        if self.subject_model and self.subject_model != subject._name:
            return False
        return bool(subject.sudo().filtered_domain(self._domain()))  # sudo: as in _match

    def _threshold_in(self, currency, company):
        own = self.currency_id or company.currency_id
        return own._convert(self.threshold, currency, company, fields.Date.context_today(self))

    def _why_asks(self, subject, amount, currency, company):
        """Words for why this policy asks for a decision, or an empty string when it does not."""
        self.ensure_one()
        if self.condition == "always":
            return _("Policy %(name)s always asks.", name=self.name)
        limit = self._threshold_in(currency, company)
        if currency.compare_amounts(amount, limit) > 0:
            return _(
                "%(amount)s is more than the %(limit)s of policy %(name)s.",
                amount=formatLang(self.env, amount, currency_obj=currency),
                limit=formatLang(self.env, limit, currency_obj=currency),
                name=self.name,
            )
        value = self._value_of(subject, currency, company)
        if self.threshold_percent and value and amount > value * self.threshold_percent / 100:
            return _(
                "%(amount)s is more than the %(percent)s %% of the document's value that policy %(name)s allows.",
                amount=formatLang(self.env, amount, currency_obj=currency),
                percent=self.threshold_percent,
                name=self.name,
            )
        return ""

    def _value_of(self, subject, currency, company):
        document = self.env["logistics.approval.request"]._order_of(subject) or subject.sudo()  # sudo: as in _match
        if "amount_total" not in document._fields:
            return 0.0
        own = document.currency_id if "currency_id" in document._fields else company.currency_id
        return own._convert(document.amount_total, currency, company, fields.Date.context_today(self))

    def action_open_requests(self):
        """The requests this policy spoke for."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_approvals.action_approval_request")
        return dict(action, domain=[("policy_id", "=", self.id)], context={})
