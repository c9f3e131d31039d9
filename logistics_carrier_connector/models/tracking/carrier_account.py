"""Asking a carrier about parcels it is silent about: what its pushes missed comes in all the same.

Parcels are chosen and marked, that is committed, then the carrier is asked with no transaction open, and what it says
is stored like anything it pushes: what is known already is recognised.
"""

import logging
from typing import NamedTuple

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.logistics_orchestration.models.shipment.codes import CLOSED

from ... import adapters
from ...tracking.statement import STATUS, Statement
from ...tracking.zones import fixed
from .adapters import incoming

_logger = logging.getLogger(__name__)

# Parcels asked about per account and run: the others have their turn next time.
_TURN = 100


class Silent(NamedTuple):
    """A parcel nobody has heard of for too long."""

    parcel_id: int
    tracking_number: str


class CarrierAccount(models.Model):
    _inherit = "logistics.carrier.account"

    track_hours = fields.Integer(
        string="Ask After (Hours)",
        default=12,
        help="Without a scan of a parcel for so long, the carrier is asked about it, where it can be asked and a "
        "tracking feed is set. 0: never.",
    )

    tracker_code = fields.Char(
        string="Carrier There",
        help="What the tracking feed calls this carrier, e.g. USPS, dhl-germany or dhl_express. With it the feed is "
        "told each tracking number, once, so that it watches it for us. Empty: it knows without being told.",
    )

    @api.constrains("track_hours")
    def _check_track_hours(self):
        for account in self:
            if account.track_hours < 0:
                raise ValidationError(_("%(name)s: ask after 0 (never) or more hours.", name=account.name))

    @api.model
    def _cron_track(self):
        """Scheduled action: ask every carrier about the parcels it is silent about."""
        for account in self.search([("state", "=", "active"), ("system_id", "!=", False), ("track_hours", ">", 0)]):
            if not account.hold_until or account.hold_until <= fields.Datetime.now():
                account._track_silent()

    def _track_silent(self):
        """Ask about what is silent; returns how many scans were new."""
        self.ensure_one()
        try:
            adapter = self._adapter()
        except UserError as error:
            self._failed(str(error))
            return 0
        if "track" not in adapter.abilities():
            return 0
        silent = self._silent_parcels()
        parcels = self.env["logistics.parcel"].browse([one.parcel_id for one in silent])
        parcels.sudo().asked_at = fields.Datetime.now()  # sudo: a mark of the worker's own
        system_id, company_id = self.system_id.id, self.company_id.id
        bookings = self.env["logistics.carrier.booking"]
        bookings._work_commit()
        new = 0
        for one in silent:
            try:
                events = adapter.track(one.tracking_number)
            except adapters.CarrierError as error:
                # the others are asked another time: a carrier that is down is left alone for a while
                self._failed(str(error))
                break
            messages = [_message(event, one.tracking_number) for event in events]
            named = [(message.external_id, message) for message in messages]
            if named:
                inbox = self.env["logistics.inbox.message"]
                stored = inbox._store(system_id, company_id, named, {"polled": "track"}, look_first=True)
                new += sum(status == "accepted" for _id, status in stored)
            bookings._work_commit()
        return new

    def _silent_parcels(self):
        """Booked parcels under way whose last scan, and last question, are longer ago than their service allows."""
        # sudo: the worker reads bookings and parcels of the account, whoever runs it
        bookings = self.env["logistics.carrier.booking"].sudo()
        domain = [
            ("account_id", "=", self.id),
            ("state", "=", "booked"),
            ("shipment_id.milestone", "not in", CLOSED),
            ("shipment_id.dispatched_at", "!=", False),
        ]
        hours = {service.code: service.track_hours for service in self.service_ids if service.track_hours}
        now, found = fields.Datetime.now(), []
        for booking in bookings.search(domain, order="id"):
            limit = fields.Datetime.subtract(now, hours=hours.get(booking.service, self.track_hours))
            for parcel in booking.shipment_id.parcel_ids:
                if parcel.tracking_number and parcel.milestone not in CLOSED and parcel._silent_since() < limit:
                    found.append(Silent(parcel.id, parcel.tracking_number))
            if len(found) >= _TURN:
                break
        return found[:_TURN]


def _message(event, number):
    """What the carrier says when asked, as the message it would have pushed."""
    moment = event.occurred_at.replace(tzinfo=None)
    told = Statement(
        STATUS,
        tracking_number=number,
        codes=((event.field, event.raw_code),),
        when=fixed(moment, event.occurred_at.isoformat(), 0, "UTC"),
        place={"name": event.place},
        description=event.description,
        raw={"asked": number, "code": event.raw_code, "at": event.occurred_at.isoformat()},
    )
    return incoming(told, "track")
