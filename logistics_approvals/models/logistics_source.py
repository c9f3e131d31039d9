"""Documents can be asked about: the "Request approval" server action makes a real request here."""

from odoo import _, api, fields, models

from ..core.kinds import SUBJECTS

_READERS = "logistics_orchestration.group_user,logistics_orchestration.group_auditor"


class Source(models.AbstractModel):
    _inherit = "logistics.source"

    logistics_approval_count = fields.Integer(compute="_compute_logistics_approval_count", groups=_READERS)
    logistics_approval_waiting = fields.Boolean(compute="_compute_logistics_approval_count", groups=_READERS)

    def _logistics_approval_domain(self):
        """Requests shown on this document; override where requests about other documents belong here too."""
        return [("subject_model", "=", self._name), ("subject_id", "in", self.ids)]

    @api.depends_context("uid")
    def _compute_logistics_approval_count(self):
        for record in self:
            requests = self.env["logistics.approval.request"]
            if record.id and isinstance(record.id, int):
                requests = requests.search(record._logistics_approval_domain())
            record.logistics_approval_count = len(requests)
            record.logistics_approval_waiting = any(request.state in ("draft", "requested") for request in requests)

    def action_logistics_approvals(self):
        """Smart button: the approval requests about this document."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_approvals.action_approval_request")
        action = dict(action, domain=self._logistics_approval_domain(), context={})
        requests = self.env["logistics.approval.request"].search(action["domain"])
        if len(requests) == 1:
            action.update(views=[[False, "form"]], res_id=requests.id)
        return action

    def action_logistics_ask(self):
        """Button: ask for the decision named in the context (``logistics_approval_kind``) about this document."""
        self.ensure_one()
        kind = self.env.context.get("logistics_approval_kind")
        return self.env["logistics.approval.ask"]._open(self, kind)

    def _logistics_check_carrier(self, carrier):
        """Another delivery method for what is released: a policy may want a decision.

        :raises RedirectWarning: see ``_guard_carrier``
        """
        super()._logistics_check_carrier(carrier)
        self.env["logistics.approval.request"]._guard_carrier(self, carrier)

    def _logistics_approval_subjects(self, kind):
        """The documents a decision of ``kind`` asked on this one is about; empty when there are none."""
        self.ensure_one()
        return self if self._name in SUBJECTS.get(kind, ()) else self.browse()

    def _logistics_request_approval(self, kind, reason="", vals=None):
        """Ask for a decision of ``kind`` on behalf of a rule; returns the requests.

        An open request is not asked twice. Where there is nothing to decide about, a person is asked to look.
        """
        self.ensure_one()
        request = self.env["logistics.approval.request"]
        subjects = self._logistics_approval_subjects(kind)
        if not subjects:
            return super()._logistics_request_approval(kind, reason, vals)
        if not self._logistics_enforced("approvals"):
            words = _("Would have asked for a decision: %(kind)s, %(document)s", kind=kind, document=self.display_name)
            self._logistics_observe("approvals", words)
            return request
        for subject in subjects:
            request |= request._ask(subject, kind, reason, vals, automatic=True)
        return request
