"""Asking an aggregator for what its pushes missed."""

import json
import time
from contextlib import closing

from odoo import api, fields, models

from odoo.addons.logistics_orchestration.relay import fetch
from odoo.addons.logistics_orchestration.relay.envelope import EnvelopeError, read_json
from odoo.addons.logistics_orchestration.relay.transport import Transport

from ...tracking import JSON_SENDERS, TrackingError, polls
from .adapters import messages_of, unreadable

_MAX_PAGES = 20
_NAMES = {"easypost": "EasyPost trackers", "aftership": "AfterShip trackings", "karrio": "Karrio server trackers"}


class Poll(models.Model):
    _inherit = "logistics.poll"

    what = fields.Selection(
        selection_add=[(f"tracking_{code}", name) for code, name in _NAMES.items()],
        ondelete={f"tracking_{code}": "cascade" for code in _NAMES},
    )

    @api.model
    def _poll_tracking_easypost(self, system, url, cursor):
        """EasyPost's trackers changed since: GET <url>, e.g. https://api.easypost.com/v2/trackers."""
        return self._poll_tracking("easypost", system, url, cursor)

    @api.model
    def _poll_tracking_aftership(self, system, url, cursor):
        """AfterShip's trackings changed since: GET <url>, e.g. https://api.aftership.com/tracking/2024-10/trackings."""
        return self._poll_tracking("aftership", system, url, cursor)

    @api.model
    def _poll_tracking_karrio(self, system, url, cursor):
        """The trackers of a Karrio server changed since: GET <url>, e.g. https://karrio.example/v1/trackers."""
        return self._poll_tracking("karrio", system, url, cursor)

    @api.model
    def _poll_tracking(self, code, system, url, cursor):
        """All pages of what changed, as messages; one tracker that cannot be read is kept and stops no other.

        :returns: ([(external id, Incoming)], cursor)
        :raises FetchError: no answer, or none that can be read
        """
        sender = JSON_SENDERS[code]
        found, newest, deadline = [], cursor, time.monotonic() + fetch.DEADLINE
        query = polls.question(code, cursor)
        with closing(Transport()) as transport:
            for _page in range(_MAX_PAGES):
                try:
                    body = read_json(fetch.get(system, url, query, transport=transport))
                    bodies, more, changed = polls.answer(code, body)
                except (EnvelopeError, TrackingError) as error:
                    raise fetch.FetchError(str(error)) from error
                newest = max(newest, changed)
                for one in bodies:
                    found += self._read_tracker(sender, one)
                if not more or time.monotonic() > deadline:
                    break
                query = {**query, **more}
        # the next poll begins where this one ended: what is still to come is asked for again
        return found, newest

    @api.model
    def _read_tracker(self, sender, body):
        text = json.dumps(body, ensure_ascii=False)
        try:
            messages = [one for one in messages_of(sender.read(body, {}), sender.code, text) if one.external_id]
        except TrackingError as error:
            messages = unreadable(error, text)
        return [(message.external_id, message) for message in messages]
