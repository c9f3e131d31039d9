"""Cases on the flow page of a sales order."""

from odoo import _, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_logistics_flow_steps(self):
        """Trouble is no expected step: it shows only where there is or was some."""
        steps = super()._get_logistics_flow_steps()
        # sudo: whoever may see the order may see that something is wrong with it
        cases = self.env["logistics.exception"].sudo().search([("order_id", "=", self.id)])
        if not cases:
            return steps
        waiting = cases.filtered("is_open")
        step = {
            "key": "exceptions",
            "sequence": 75,
            "label": _("Exceptions"),
            "spoke": self._logistics_spoke(cases),
            "records": [{"model": case._name, "id": case.id, "name": case.display_name} for case in waiting or cases],
        }
        if waiting:
            first = waiting[0]
            step.update(
                state="waiting" if first.state == "waiting" else "current",
                owner=first.owner_id.name or first.group_id.name or "",
                deadline=first.due_at,
                summary=_("%(count)s open: %(title)s", count=len(waiting), title=first.title),
                action={"model": first._name, "id": first.id, "method": "action_open", "label": _("Open case")},
            )
        else:
            step.update(
                state="done",
                done_at=max((case.resolved_at or case.closed_at or case.write_date) for case in cases),
                summary=_("%(count)s resolved", count=len(cases)),
            )
        return [*steps, step]
