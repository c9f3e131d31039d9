"""Lifting one hold: of credit (up to a value, until a date) or of any other type. Exactly that hold and no other."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    @api.model
    def _kind_for_hold(self, hold):
        """Credit holds are lifted by a credit release only, all others by a shipment hold decision.

        Without this rule the laxer of two policies could be chosen for any hold.
        """
        return "credit_release" if (hold.type_id.code or "").startswith("credit") else "shipment_hold"

    def _missing_shipment_hold(self, hold):
        if hold.state != "active":
            return _("%(hold)s is lifted already.", hold=hold.display_name)
        wanted = self._kind_for_hold(hold)
        if self.kind != wanted:
            labels = dict(self._fields["kind"]._description_selection(self.env))
            return _("%(hold)s is lifted by a decision of kind %(kind)s. Ask for that.",
                     hold=hold.display_name, kind=labels[wanted])  # fmt: skip
        return ""

    def _missing_credit_release(self, hold):
        if self.value_cap and self.value_cap < hold._held_order().amount_total:
            return _(
                "Value cap %(cap)s is below the order value %(value)s: the release would not hold. Raise the cap.",
                cap=formatLang(self.env, self.value_cap),
                value=formatLang(self.env, hold._held_order().amount_total),
            )
        if self.valid_until and self.valid_until <= fields.Datetime.now():
            return _("The release would end at %(date)s, which is over. Choose a later end.", date=self.valid_until)
        return self._missing_shipment_hold(hold)

    def _amount_shipment_hold(self, hold):
        order = hold._held_order()
        return order.amount_total, order.currency_id or self.currency_id

    _amount_credit_release = _amount_shipment_hold

    def _summary_shipment_hold(self, hold):
        return _("Lift %(hold)s", hold=hold.display_name)

    _summary_credit_release = _summary_shipment_hold

    def _changes_shipment_hold(self, hold):
        labels = dict(hold._fields["state"]._description_selection(self.env))
        yield hold.type_id.name, labels[hold.state], labels["released"]
        yield _("Held because"), hold.reason or "", ""
        order = hold._held_order()
        yield _("Order value"), formatLang(self.env, order.amount_total, currency_obj=order.currency_id), _("unchanged")

    _changes_credit_release = _changes_shipment_hold

    def _snapshot_shipment_hold(self, hold):
        order = hold._held_order()
        return {
            "state": hold.state,
            "hold_type": hold.type_id.id,
            "hold_reason": hold.reason or "",
            "held_lines": sorted(hold.line_ids.ids),
            "partner_id": order.partner_id.id,
            "order_value": order.amount_total,
        }

    _snapshot_credit_release = _snapshot_shipment_hold

    def _execute_shipment_hold(self):
        hold = self._subject()
        if hold.state != "active":
            raise UserError(_("%(hold)s is lifted already.", hold=hold.display_name))
        hold.action_release(_("%(request)s: %(reason)s", request=self.name, reason=self.reason))

    # The cap and the end that were decided are kept by the order's release: see sale.order._logistics_decided_limits.
    _execute_credit_release = _execute_shipment_hold

    @api.model
    def _snapshot_words(self):
        return {
            **super()._snapshot_words(),
            "hold_type": (_("Hold type"), "logistics.hold.type"),
            "hold_reason": (_("Held because"), "text"),
            "held_lines": (_("Held lines"), "text"),
        }
