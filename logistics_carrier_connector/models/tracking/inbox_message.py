"""Messages about tracking: what is no news, what cannot be read yet, and which numbers mean the same parcel."""

from odoo import _, models

from odoo.addons.logistics_orchestration.models.inbox.inbox_errors import Discard, Quarantine

from ...tracking import JSON_SENDERS, TrackingError
from .adapters import again


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    def _dispatch(self):
        rehearsal = isinstance(self.data, dict) and self.data.get("test") is True
        if rehearsal and self.system_id.environment == "live":
            raise Discard(_("%(system)s says that this is a test.", system=self.system_id.name))
        return super()._dispatch()

    def _handle_tracking_other(self, _data):
        """A sender told something, but nothing about a parcel."""
        raise Discard(_("It tells nothing about a parcel under way."))

    def _handle_tracking_unreadable(self, data):
        """Something was missing when it came: read it again, and store what is in it."""
        system = self.system_id
        if system.inbound_adapter not in JSON_SENDERS:
            raise Quarantine(
                _("%(why)s. Ask %(system)s to send it again.", why=data.get("unreadable"), system=system.name)
            )
        try:
            messages = again(system.inbound_adapter, self.raw)
        except TrackingError as error:
            raise Quarantine(
                _(
                    "%(why)s. Discard it, or replay it when the adapter reads it.",
                    why=error,
                )
            ) from error
        named = [(message.external_id or f"{self.external_id[:240]}#read", message) for message in messages]
        self._store(system.id, system.company_id.id, named, self.headers or {})
        return None

    def _tracked_parcels(self, data, moment=None):
        parcels = super()._tracked_parcels(data, moment)
        alias = str(data.get("alias") or "")
        if alias and data.get("tracking_number"):
            fresh = parcels.filtered(lambda parcel: parcel.known_as != alias)
            fresh.sudo().known_as = alias  # sudo: a fact of the sender, whoever processes it
            if fresh:
                self._replay_for_tracking([alias])
        return parcels
