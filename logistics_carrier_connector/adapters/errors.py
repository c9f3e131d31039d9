"""What can go wrong with a carrier, sorted by what the caller has to do about it.

The one question that costs money is *may the carrier have acted?* A refused connection certainly bought nothing; a
reply that never came may have bought a label. `maybe_done` carries the answer, and is True whenever there is any doubt.
"""


class CarrierError(Exception):
    """Base of all; its text is meant for a person and never holds a token."""

    maybe_done = False


class TransientCarrierError(CarrierError):
    """Time-out, lost connection, 5xx, an answer that is no answer: try again later.

    :param bool maybe_done: whether the carrier may have acted on the request all the same
    """

    def __init__(self, message, maybe_done=False):
        super().__init__(message)
        self.maybe_done = maybe_done


class CarrierBusy(CarrierError):
    """The carrier asked for a pause (429, or 503 with Retry-After): it did nothing, and the try does not count.

    :param float retry_after: seconds the carrier wants to be left alone
    """

    def __init__(self, message, retry_after):
        super().__init__(message)
        self.retry_after = retry_after


class AccountRefused(CarrierError):
    """The account is not let in, or the address is wrong (401, 403, 3xx): an administrator must look."""


class RejectedByCarrier(CarrierError):
    """The carrier understood and said no (400, 404, 409, 422...): the same request will not get better.

    :param str field: the field the carrier complains about, where it says so
    :param int status: HTTP status, 0 when the refusal did not come over HTTP
    """

    def __init__(self, message, field="", status=0):
        super().__init__(message)
        self.field = field
        self.status = status


class LookupUnsupported(CarrierError):
    """This carrier cannot be asked for a booking by our reference, so only a person can tell whether it exists."""


class NotSupported(CarrierError):
    """The carrier does not offer this at all (say, rates)."""


class VocabularyError(CarrierError):
    """The account's field mapping is wrong; the text names the key."""
