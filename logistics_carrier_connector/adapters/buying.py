"""Buy exactly once.

A carrier that got our request and whose reply got lost has sold us a label we know nothing of; asking again buys a
second one. So every try but the very first asks for our own reference before it buys. What two overlapping tries may
still leave behind (a carrier that acts after we stopped waiting) is found and voided by looking once more, later.
"""

from dataclasses import dataclass

from .errors import CarrierError, LookupUnsupported, RejectedByCarrier


@dataclass(frozen=True)
class Purchase:
    """What came of a try.

    :ivar booking: the one `Booking` that counts
    :ivar bool found: it had been bought by an earlier try
    :ivar tuple voided: surplus bookings of the same reference that were cancelled
    :ivar tuple surplus: surplus bookings that could not be cancelled, with the reason: (`Booking`, str)
    """

    booking: object
    found: bool = False
    voided: tuple = ()
    surplus: tuple = ()


def buy_once(adapter, request, first_try):
    """Make sure that exactly one booking exists under `request.reference`, and return it as a `Purchase`.

    :param bool first_try: True only when it is certain that no request with this reference ever left
    :raises CarrierError: see `errors`; `LookupUnsupported` when this is no first try and the carrier cannot tell
    """
    if not first_try:
        found = settle(adapter, request.reference)
        if found:
            return found
    return Purchase(adapter.book(request))


def settle(adapter, reference, keep_id=""):
    """Look up a reference and cancel every booking but one: a `Purchase`, or None when there is none.

    :param str keep_id: the carrier's id of the booking to keep; the first one when not given or not there
    """
    living = [booking for booking in adapter.find_bookings(reference) if not booking.voided]
    if not living:
        return None
    keep = next((booking for booking in living if booking.id == keep_id), living[0])
    voided, surplus = [], []
    for booking in living:
        if booking is keep or booking.id == keep.id:
            continue
        try:
            adapter.void(booking.id)
        except CarrierError as error:
            # The one that counts is safe; a person must hear of the other.
            surplus.append((booking, str(error)))
        else:
            voided.append(booking)
    return Purchase(keep, found=True, voided=tuple(voided), surplus=tuple(surplus))


def ask_once(find, act, reference, first_try):
    """What `buy_once` is for bookings, for a pickup or a manifest: never asked for twice under one reference.

    :param find: function of a reference that returns what the carrier holds under it
    :param act: function without arguments that asks
    :raises CarrierError: see `errors`; `LookupUnsupported` when this is no first try and the carrier cannot tell
    """
    if not first_try:
        living = [each for each in find(reference) if not getattr(each, "cancelled", False)]
        if living:
            return living[0]
    return act()


def void_all(adapter, reference, booking_id="", maybe_more=True):
    """Cancel what exists under a reference: the known booking first and, where there is doubt, any other.

    :param bool maybe_more: whether a try ended in doubt, so that there may be bookings nobody knows the id of
    :returns: ids of the bookings that were cancelled
    :raises LookupUnsupported: no booking is known and the carrier cannot tell whether there is one
    """
    ids = []
    if booking_id:
        _void_known(adapter, reference, booking_id)
        ids.append(booking_id)
    if maybe_more:
        try:
            found = adapter.find_bookings(reference)
        except LookupUnsupported:
            if not booking_id:
                raise
            found = []
        for booking in found:
            if not booking.voided and booking.id not in ids:
                adapter.void(booking.id)
                ids.append(booking.id)
    return ids


def _void_known(adapter, reference, booking_id):
    """Cancel a booking; a refusal is no refusal where the carrier says that it is cancelled: our earlier try came
    through and its reply was lost.

    :raises CarrierError: it is refused, and still lives or nobody can tell
    """
    try:
        adapter.void(booking_id)
    except RejectedByCarrier as refusal:
        try:
            found = adapter.find_bookings(reference)
        except CarrierError:
            raise refusal from None
        # one the carrier does not list at all may live all the same: only its word that it is cancelled counts
        if not any(booking.id == booking_id and booking.voided for booking in found):
            raise
