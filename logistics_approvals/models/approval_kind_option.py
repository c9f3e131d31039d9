"""Choices for a shortage: another supplier (emergency procurement) or expediting what is late.

The kinds exist for documents already (a purchase order, a delivery); here they are about a priced option. It binds to
what was seen when it was chosen, and carrying it out is the option's own.
"""

from odoo import _, models
from odoo.tools.misc import formatLang

from ..core.kinds import OPTION

_ENDED = ("rejected", "expired", "cancelled", "superseded")


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    def _kind_hook(self, prefix):
        if self.subject_model == OPTION and prefix != "_missing":
            return getattr(self, f"{prefix}_option", None)
        if self.subject_model == OPTION:
            return self._missing_option
        return super()._kind_hook(prefix)

    def _missing_option(self, option):
        if option.state != "requested":
            return _("%(option)s is not chosen.", option=option.display_name)
        return ""

    def _amount_option(self, option):
        return option.cost, option.currency_id

    def _summary_option(self, option):
        return _("%(kind)s for %(shortage)s: %(option)s",
                 kind=self._kind_label(), shortage=option.shortage_id.display_name, option=option.words)  # fmt: skip

    def _changes_option(self, option):
        shortage = option.shortage_id
        yield _("Missing"), f"{option.need:g} {option.product_uom_id.name}", f"{option.covers:g} {_('covered')}"
        yield _("On the shelf"), "", str(option.arrival_on)
        yield (
            _("Value at risk"),
            formatLang(self.env, shortage.value_at_risk, currency_obj=option.currency_id),
            _("%(count)s day(s) late", count=option.late_days),
        )
        for other in shortage.option_ids.filtered(lambda other: other.state == "proposed"):
            cost = formatLang(self.env, other.cost, currency_obj=other.currency_id)
            yield _("Instead: %(option)s", option=other.words), "", f"{cost}, {other.arrival_on}"

    def _snapshot_option(self, option):
        """What was chosen as long as it still is so: a change within tolerance is none."""
        changed = option._changed(option._fresh()) if option.state == "requested" else ["state"]
        return {
            "option": option.snapshot or {},
            "state": option.state,
            "changed_facts": changed,
        }

    def _execute_option(self):
        option = self._subject()
        if self.state == "approved":
            option.sudo().decided_by_id = self.decision_ids[-1:].approver_id  # sudo: a note of who decided
        option._carry_out()

    def write(self, vals):
        """What ends a request without a yes ends the choice."""
        result = super().write(vals)
        if vals.get("state") in _ENDED:
            for request in self.filtered(lambda request: request.subject_model == OPTION):
                option = request.sudo()._subject()  # sudo: the choice follows its request, whoever ends it
                if option and option.state == "requested":
                    why = _("%(request)s: %(state)s", request=request.name, state=request.state)
                    option._refuse(why) if vals["state"] in ("rejected", "expired") else option._supersede(why)
        return result

    def _snapshot_words(self):
        return {
            **super()._snapshot_words(),
            "changed_facts": (_("Changed"), "text"),
            "covers": (_("Covers"), "float"),
            "arrival": (_("On the shelf"), "text"),
            "cost": (_("Cost"), "float"),
            "supplier_id": (_("Supplier"), "res.partner"),
        }
