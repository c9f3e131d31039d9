"""The port: what a carrier adapter can do, and the words in which it is asked and answers.

All values are plain and immutable, so that they can be gathered in one transaction and used outside any.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from decimal import Decimal

from .errors import LookupUnsupported, NotSupported


@dataclass(frozen=True)
class Address:
    """Where a parcel comes from or goes to; `state` and `country` are codes."""

    name: str
    street: str = ""
    street2: str = ""
    city: str = ""
    zip: str = ""
    state: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    company: str = ""


@dataclass(frozen=True)
class Parcel:
    """One box. Sizes are 0 when nobody measured."""

    reference: str
    weight_kg: float
    length_cm: float = 0.0
    width_cm: float = 0.0
    height_cm: float = 0.0


@dataclass(frozen=True)
class RateRequest:
    """What would it cost? `services` narrows the answer to these carrier codes."""

    sender: Address
    recipient: Address
    parcels: tuple
    services: tuple = ()


@dataclass(frozen=True)
class Rate:
    """One offer of the carrier."""

    service: str
    amount: Decimal
    currency: str
    name: str = ""
    transit_days: int | None = None


@dataclass(frozen=True)
class BookingRequest:
    """An order to the carrier. `reference` is ours: unique, and the same in every try."""

    reference: str
    service: str
    sender: Address
    recipient: Address
    parcels: tuple
    label_format: str = "pdf"


@dataclass(frozen=True)
class BookedParcel:
    """What the carrier says about one of our parcels."""

    reference: str
    tracking_number: str
    label_url: str = ""


@dataclass(frozen=True)
class Booking:
    """A booking as the carrier knows it."""

    id: str
    reference: str
    parcels: tuple
    service: str = ""
    amount: Decimal | None = None
    currency: str = ""
    voided: bool = False


@dataclass(frozen=True)
class Label:
    """A label, ready for the printer."""

    tracking_number: str
    format: str
    content: bytes = field(repr=False, default=b"")


@dataclass(frozen=True)
class Settings:
    """What an account tells its adapter. The token is not here: it lives in the HTTP client alone."""

    base_url: str = ""
    vocabulary: dict = field(default_factory=dict)
    label_format: str = "pdf"


class CarrierAdapter(ABC):
    """One way of talking to carriers. Subclass, set `code` and `name`, decorate with `@register`.

    :cvar bool automatic: False when a person does the booking and nothing is called
    :cvar bool needs_url: whether an account of this kind needs an address to call
    """

    code = ""
    name = ""
    automatic = True
    needs_url = True

    def __init__(self, settings, http=None):
        self.settings = settings
        self.http = http

    def check(self):
        """Ask something harmless to see whether address and token work; raises a `CarrierError` when not."""
        self.find_bookings("connection-test")

    def rate(self, request):
        """Offers for a `RateRequest`: a list of `Rate`."""
        raise NotSupported(f"{self.name} gives no rates.")

    @abstractmethod
    def book(self, request):
        """Buy: a `BookingRequest` in, a `Booking` out. Call it through `buying.buy_once`, which buys only once."""

    def find_bookings(self, reference):
        """All bookings the carrier holds under our reference, voided ones too: a list of `Booking`.

        :raises LookupUnsupported: the carrier cannot tell
        """
        raise LookupUnsupported(f"{self.name} cannot look up a booking by our reference.")

    def label(self, booking, parcel, label_format):
        """The `Label` of one `BookedParcel` of a booking."""
        raise NotSupported(f"{self.name} gives no labels.")

    def void(self, booking_id):
        """Cancel a booking; no error when it is cancelled already."""
        raise NotSupported(f"{self.name} cannot void a booking.")

    def track(self, tracking_number):
        """What the carrier knows of a parcel, for those that send no tracking feed."""
        raise NotSupported(f"{self.name} is tracked by its feed only.")

    def instructions(self, request):
        """What a person has to do to book this by hand: a list of lines."""
        to = request.recipient
        place = " ".join(part for part in (to.zip, to.city, to.country) if part)
        lines = [
            f"Reference: {request.reference}",
            f"Service: {request.service or '-'}",
            "To: " + ", ".join(part for part in (to.name, to.street, to.street2, place, to.phone) if part),
        ]
        for parcel in request.parcels:
            size = ""
            if parcel.length_cm and parcel.width_cm and parcel.height_cm:
                size = f", {parcel.length_cm:g} x {parcel.width_cm:g} x {parcel.height_cm:g} cm"
            lines.append(f"Parcel {parcel.reference}: {parcel.weight_kg:g} kg{size}")
        return lines
