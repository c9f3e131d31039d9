"""The outbox as administrators operate it: replays and cancellations that are told, found again, and paced."""

import re

from odoo import _, fields, models

from ..backbone.record_link import open_form

# A selection larger than this becomes a job: counted, paced, and stopped when it was a mistake.
DIRECT = 100
_UID = re.compile(r"^(?:msg_)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.IGNORECASE)


class OutboxOperate(models.Model):
    _inherit = "logistics.outbox.message"

    search_text = fields.Char(
        string="Message",
        compute="_compute_search_text",
        search="_search_search_text",
        help="Webhook id, event id, ordering key or subject.",
    )

    def _compute_search_text(self):
        for message in self:
            message.search_text = message.webhook_id

    def _search_search_text(self, operator, value):
        """Found by what people have at hand: ids and keys are looked up in an index, a subject has to be sought."""
        value = str(value or "").strip()
        known = _UID.match(value)
        if known:
            return [("event_id.uid", "=", known[1].lower())]
        if re.fullmatch(r"[a-z_.]+/\d+", value):
            return [("ordering_key", "=", value)]
        return [("event_id.subject", operator, value)]

    # -- replay -----------------------------------------------------------------------------------------------

    def action_replay(self):
        """Send again with the same webhook-id; a large selection becomes a job."""
        return self._large("replay") or self._replay_and_tell(new_id=False)

    def action_replay_new_id(self):
        """Send again as something new; a large selection becomes a job."""
        return self._large("replay", new_id=True) or self._replay_and_tell(new_id=True)

    def _replay_and_tell(self, new_id):
        """A replay by one click, told as a fact of each system."""
        self._replay(new_id)
        for system in self.system_id:
            count = len(self.filtered(lambda message, system=system: message.system_id == system))
            system._tell_replayed("selection", count, new_id, _("By hand, without a reason"))
        return True

    def action_cancel(self, reason=None):
        """Not to be sent any more; asks for the reason when none is given. A large selection becomes a job."""
        return (not reason and self._large("cancel")) or super().action_cancel(reason)

    def _cancel_because(self, reason):
        """Cancel with a reason that is known already; see ``action_cancel``."""
        return not self or super().action_cancel(reason)

    def _large(self, operation, new_id=False):
        """Window with a job for this selection, or nothing when it is small."""
        if len(self) <= DIRECT:
            return False
        self._check_operator()
        return self.action_make_replay(operation=operation, new_id=new_id)

    def action_make_replay(self, operation="replay", new_id=False):
        """A replay job for this selection: counted first, paced, with a reason.

        :param str operation: replay or cancel
        """
        systems = self.system_id
        job = self.env["logistics.replay"].create(
            {
                "mode": "selection",
                "operation": operation,
                "new_id": new_id,
                "selection": self.ids,
                "system_id": systems.id if len(systems) == 1 else False,
            }
        )
        return dict(open_form(job), name=job.name)
