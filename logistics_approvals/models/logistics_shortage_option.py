"""A choice for a shortage is decided on by policy."""

from odoo import _, models

from odoo.addons.logistics_orchestration.models.replenishment.shortage_option import DECISIONS

from ..core.transitions import OPEN


class ShortageOption(models.Model):
    _inherit = "logistics.shortage.option"

    def _open_requests(self):
        # sudo: a request counts, also one the user may not see
        requests = self.env["logistics.approval.request"].sudo()
        return requests.search(
            [("subject_model", "=", self._name), ("subject_id", "in", self.ids), ("state", "in", OPEN)]
        )

    def _why_not_choose(self):
        why = super()._why_not_choose()
        if why or self.kind not in DECISIONS:
            return why
        if not self.env["logistics.approval.request"].check_access_rights("create", raise_exception=False):
            return _("This option may need a decision, and you cannot ask for one. A planner can.")
        return ""

    def _logistics_decided_elsewhere(self):
        return bool(self._open_requests()) or super()._logistics_decided_elsewhere()

    def _logistics_decide_choice(self, kind, reason):
        """Ask by policy: carried out at once where none asks or approvals only observe."""
        self.ensure_one()
        self.env["logistics.approval.request"]._ask(self, kind, reason)
        return True

    def _logistics_withdraw_choice(self, why):
        result = super()._logistics_withdraw_choice(why)
        for request in self._open_requests():
            request._supersede(why)
        return result
