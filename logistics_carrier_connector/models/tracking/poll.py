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
_NAMES = {
    "easypost": "EasyPost trackers",
    "aftership": "AfterShip trackings",
    "karrio": "Karrio server trackers",
    "shippo": "Shippo tracks, number by number",
    "sendcloud": "Sendcloud tracking, number by number",
}
# Numbers asked about per turn, those not asked about for longest first: the others have their turn next time.
_TURN = 100


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
    def _poll_tracking_shippo(self, system, url, cursor, numbers):
        """What Shippo knows of each number: GET <url>/<carrier>/<number>, e.g. https://api.goshippo.com/tracks."""
        return self._poll_numbers("shippo", system, url, numbers), cursor

    @api.model
    def _poll_tracking_sendcloud(self, system, url, cursor, numbers):
        """What Sendcloud knows of each number: GET <url>/<number>, e.g. https://panel.sendcloud.sc/api/v2/tracking."""
        return self._poll_numbers("sendcloud", system, url, numbers), cursor

    def _poll_about(self):
        about = super()._poll_about()
        if self.what.removeprefix("tracking_") not in polls.NUMBER_POLLS:
            return about
        # sudo: the worker asks about the system's numbers, whoever runs it
        trackers = self.env["logistics.tracker"].sudo()
        trackers._close_ended()
        domain = [("system_id", "=", self.system_id.id), ("state", "=", "registered")]
        due = trackers.search(domain, order="asked_at NULLS FIRST, id", limit=_TURN)
        due.asked_at = fields.Datetime.now()
        return {**about, "numbers": [(row.tracking_number, row.carrier_code or "") for row in due]}

    @api.model
    def _poll_numbers(self, code, system, url, numbers):
        """What is known of some numbers, as messages; one that is unknown there stops no other.

        :param list numbers: (tracking number, what the system calls the carrier)
        :returns: [(external id, Incoming)]
        :raises FetchError: no answer about any of them
        """
        sender, found = JSON_SENDERS[code], []
        deadline = time.monotonic() + fetch.DEADLINE
        with closing(Transport()) as transport:
            for at, (number, carrier) in enumerate(numbers):
                address = polls.about(code, url, number, carrier)
                if not address:
                    continue
                try:
                    raw = fetch.get(system, address, transport=transport)
                except fetch.FetchError as error:
                    if error.status in (400, 404):
                        continue
                    if not at or error.status in (401, 403, 429):
                        raise
                    # what was told so far is stored; the others have their turn in a later round
                    break
                found += self._read_number(sender, number, raw)
                if time.monotonic() > deadline:
                    break
        return found

    @api.model
    def _read_number(self, sender, number, raw):
        try:
            bodies = polls.told(sender.code, number, read_json(raw))
        except (EnvelopeError, TrackingError) as error:
            text = raw.decode("utf-8", "replace").replace("\x00", "")
            return [(message.external_id, message) for message in unreadable(error, text)]
        return [one for body in bodies for one in self._read_tracker(sender, body)]

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
