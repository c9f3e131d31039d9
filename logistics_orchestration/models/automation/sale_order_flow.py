"""The flow page of a sales order: every expected step, who has to move it on, who spoke last.

Capabilities add their steps in ``_get_logistics_flow_steps``; here they are sorted, stalled ones are marked and all of
it is made fit for the browser.
"""

from odoo import SUPERUSER_ID, _, fields, models

STEP_DEFAULTS = {
    "state": "pending",
    "owner": "",
    "deadline": False,
    "done_at": False,
    "summary": "",
    "spoke": False,
    "records": [],
    "action": False,
}
OPEN_STATES = ("current", "waiting")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_logistics_flow_steps(self):
        """Steps of this order's flow as dicts (keys: see STEP_DEFAULTS plus key, sequence, label). Override and add."""
        self.ensure_one()
        confirmed = self.state == "sale"
        return [
            {
                "key": "order",
                "sequence": 10,
                "label": _("Order"),
                "state": "done" if confirmed else ("skipped" if self.state == "cancel" else "current"),
                "owner": self.user_id.name or "",
                "done_at": confirmed and self.date_order,
                "summary": _("Confirmed") if confirmed else _("Not confirmed yet"),
                "records": [{"model": self._name, "id": self.id, "name": self.name}],
                "action": not confirmed
                and self.state != "cancel"
                and {"model": self._name, "id": self.id, "method": "action_confirm", "label": _("Confirm")},
            }
        ]

    def logistics_flow(self):
        """The flow page's content.

        :returns: dict with the order's name and its steps in order, times as text in UTC
        """
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        now = fields.Datetime.now()
        steps = []
        for given in sorted(self._get_logistics_flow_steps(), key=lambda step: step["sequence"]):
            step = dict(STEP_DEFAULTS, **given)
            if step["state"] in OPEN_STATES and step["deadline"] and step["deadline"] < now:
                step["state"] = "stalled"
            for key in ("deadline", "done_at"):
                step[key] = step[key] and fields.Datetime.to_string(step[key])
            if step["spoke"]:
                step["spoke"] = dict(step["spoke"], at=fields.Datetime.to_string(step["spoke"]["at"]))
            steps.append(step)
        return {
            "id": self.id,
            "name": self.name,
            "customer": self.partner_id.display_name,
            "steps": steps,
            "buttons": self._get_logistics_flow_buttons(),
        }

    def _get_logistics_flow_buttons(self):
        """Smart buttons of the page: (label, count, method) of the order."""
        buttons = [{"label": _("Events"), "icon": "fa-bolt", "method": "action_logistics_events", "count": False}]
        if self.env["logistics.outbox.message"].check_access_rights("read", raise_exception=False):
            buttons.append(
                {
                    "label": _("Messages"),
                    "icon": "fa-paper-plane",
                    "method": "action_logistics_messages",
                    "count": False,
                }
            )
        return buttons

    def action_logistics_flow(self):
        """Open the flow page."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "logistics_flow",
            "name": _("Flow of %(order)s", order=self.name),
            "params": {"order_id": self.id},
            "context": {"active_id": self.id, "active_model": self._name},
        }

    def _logistics_spoke(self, records, types=None):
        """Who spoke last about ``records`` and through which message, for a step's ``spoke``.

        :param records: records of one model
        :param list types: full event type names to look at; all when not given
        :returns: dict with who, at, model, id; or False
        """
        if not records:
            return False
        domain = [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        # sudo: everybody who may see the order may see who spoke last; the message itself keeps its own rights
        inbox = self.env["logistics.inbox.message"].sudo().search(domain, limit=1)
        if types:
            domain.append(("type_name", "in", types))
        event = self.env["logistics.event"].sudo().search(domain, limit=1)  # sudo: as above
        if inbox and (not event or inbox.received_at >= event.occurred_at):
            return {
                "who": inbox.system_id.name,
                "what": inbox.type,
                "at": inbox.received_at,
                "model": inbox._name,
                "id": inbox.id,
            }
        if event:
            return {
                "who": self._logistics_speaker(event),
                "what": event.type_name,
                "at": event.occurred_at,
                "model": event._name,
                "id": event.id,
            }
        return False

    def _logistics_speaker(self, event):
        """Name of who told a fact: the partner system, else the person; what Odoo does by itself is told by Odoo."""
        if event.source and event.source != "odoo":
            # sudo: the name of a partner, for everybody who may see the order
            systems = self.env["logistics.system"].sudo()
            domain = [("code", "=", event.source), ("company_id", "=", event.company_id.id)]
            return systems.search(domain, limit=1).name or event.source
        by_itself = event.user_id == SUPERUSER_ID
        return (not by_itself and event.user_name) or _("Odoo")
