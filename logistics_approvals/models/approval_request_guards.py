"""What may be written on a request, and when. These guards hold for every caller, the superuser included.

* What was asked is the requester's while the request is a draft, and nobody's afterwards: a decision binds to it.
* A state follows another only along ``core/transitions.py``, and ``approved`` only with the decisions it takes.
"""

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from ..core import transitions

# What the requester says about which document; theirs to change while the request is a draft, nobody's afterwards.
_ABOUT = ("kind", "subject_model", "subject_id", "company_id")
ASKED = ("reason", "carrier_id", "amount", "currency_id", "value_cap", "valid_until", "beneficiary_id", "payload")
_FROZEN = {
    *ASKED,
    *_ABOUT,
    "requested_by_id",
    "requested_at",
    "change_rows",
    "snapshot",
    "snapshot_hash",
    "mode",
}
_MAIL = ("message_", "activity_", "my_activity_", "website_message_")


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    @api.model_create_multi
    def create(self, vals_list):
        """Requests begin as drafts in the name of who asks."""
        for vals in vals_list:
            if not self.env.su:
                self._refuse({f for f in vals if not f.startswith(_MAIL)} - {*ASKED, *_ABOUT})
            if vals.get("state", "draft") != "draft":
                raise UserError(_("An approval request begins as a draft. Leave its state out."))
            company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
            vals.setdefault("currency_id", company.currency_id.id)
            if vals.get("name", _("New")) == _("New"):
                # sudo: the counter is not the requester's to write
                sequence = self.env["ir.sequence"].sudo().with_company(company)
                vals["name"] = sequence.next_by_code("logistics.approval.request") or _("New")
        return super().create(vals_list)

    def write(self, vals):
        """Refuse what would change a decision's ground, or reach a state by another way than the methods'."""
        touched = {field for field in vals if not field.startswith(_MAIL)}
        if touched and not self.env.su:
            self.check_access_rights("write")
            self._check_requester_may_write(touched)
        for request in self:
            if request.state != "draft" and (frozen := sorted(touched & _FROZEN)):
                raise UserError(
                    _(
                        "%(name)s is %(state)s: %(fields)s cannot change any more, a decision binds to it. "
                        "Cancel the request and ask anew.",
                        name=request.name,
                        state=dict(self._fields["state"]._description_selection(self.env))[request.state],
                        fields=", ".join(self._fields[field]._description_string(self.env) for field in frozen),
                    )
                )
            if "state" in vals and vals["state"] != request.state:
                request._check_move(vals["state"])
        return super().write(vals)

    def _refuse(self, names):
        if names:
            labels = sorted(self._fields[name]._description_string(self.env) for name in names if name in self._fields)
            raise AccessError(
                _(
                    "%(fields)s of an approval request cannot be written. Use its buttons: they check who may do what.",
                    fields=", ".join(labels),
                )
            )

    def _check_requester_may_write(self, touched):
        self._refuse(touched - set(ASKED))
        for request in self:
            if (
                request.state == "draft"
                and request.requested_by_id != self.env.user
                and not request.env.user.has_group("logistics_orchestration.group_manager")
            ):
                raise AccessError(
                    _("%(name)s was asked by %(user)s: only they complete it.",
                      name=request.name, user=request.requested_by_id.name)
                )  # fmt: skip

    def _check_move(self, state):
        if not transitions.can_move(self.state, state, executed=bool(self.executed_at)):
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                _(
                    "%(name)s is %(old)s%(done)s and cannot become %(new)s.",
                    name=self.name,
                    old=labels[self.state],
                    done=_(" and carried out") if self.executed_at else "",
                    new=labels.get(state, state),
                )
            )
        if state == "approved" and (not self._decided_users() or self._next_step()):
            raise UserError(
                _("%(name)s lacks approvals. Approvers decide with the buttons; nothing else approves.", name=self.name)
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never_when_submitted(self):
        for request in self:
            if request.state not in ("draft", "cancelled") or request.decision_ids:
                raise UserError(_("%(name)s is part of the audit trail. Cancel it instead.", name=request.name))
