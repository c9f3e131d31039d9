"""The port: what a carrier adapter can do, and the words in which it is asked and answers.

All values are plain and immutable, so that they can be gathered in one transaction and used outside any.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from .errors import LookupUnsupported, NotSupported
from .vocabulary import Vocabulary


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
class Good:
    """What is in a parcel, as the customs want to know it; what is not known is empty or 0.

    :ivar Decimal quantity: in the unit it was sold in, named by `unit`
    :ivar float weight_kg: of one such unit
    :ivar Decimal value: of one such unit, without taxes, in `currency`
    :ivar str origin: country code
    :ivar str parcel: reference of the parcel it is in, empty when that is not known
    """

    sku: str
    description: str
    quantity: Decimal
    weight_kg: float = 0.0
    value: Decimal = Decimal(0)
    currency: str = ""
    hs_code: str = ""
    origin: str = ""
    unit: str = ""
    parcel: str = ""


@dataclass(frozen=True)
class RateRequest:
    """What would it cost? `services` narrows the answer to these carrier codes."""

    sender: Address
    recipient: Address
    parcels: tuple
    services: tuple = ()


@dataclass(frozen=True)
class Rate:
    """One offer of the carrier.

    :ivar Decimal amount: the whole price
    :ivar Decimal base: the freight alone, None when the carrier does not say
    :ivar tuple surcharges: (name, amount) of each, where told
    """

    service: str
    amount: Decimal
    currency: str
    name: str = ""
    transit_days: int | None = None
    base: Decimal | None = None
    surcharges: tuple = ()


@dataclass(frozen=True)
class BookingRequest:
    """An order to the carrier. `reference` is ours: unique, and the same in every try.

    :ivar str packaging: the carrier's code of the packaging, empty for the shipper's own
    :ivar str incoterm: who pays duties, as an Incoterms 2020 code; empty within a customs union
    :ivar bool is_return: the parcels come back: the label is for the way from `sender` (the customer) to `recipient`
    :ivar bool export: the way leaves the customs territory; `goods` (of `Good`) are told then, and only then
    :ivar str eori, vat: what the customs know the sender by, where that is known
    """

    reference: str
    service: str
    sender: Address
    recipient: Address
    parcels: tuple
    label_format: str = "pdf"
    packaging: str = ""
    incoterm: str = ""
    is_return: bool = False
    export: bool = False
    goods: tuple = ()
    eori: str = ""
    vat: str = ""


@dataclass(frozen=True)
class BookedParcel:
    """What the carrier says about one of our parcels; some carriers send the label along with the booking."""

    reference: str
    tracking_number: str
    label_url: str = ""
    label: bytes = field(repr=False, default=b"")


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


def label_format_of(content):
    """pdf or zpl, by the first bytes of a label; empty when it is neither."""
    head = content[:1024]
    return "pdf" if b"%PDF" in head else "zpl" if b"^XA" in head else ""


@dataclass(frozen=True)
class TrackingEvent:
    """One scan as the carrier tells it when asked. `field` says where the code stood, as in the status map."""

    raw_code: str
    occurred_at: datetime
    field: str = ""
    description: str = ""
    place: str = ""


@dataclass(frozen=True)
class PickupRequest:
    """A driver is asked to come. `reference` is ours, the same in every try."""

    reference: str
    address: Address
    ready_at: datetime
    close_at: datetime
    parcel_count: int
    weight_kg: float
    instructions: str = ""


@dataclass(frozen=True)
class Pickup:
    """A pickup as the carrier confirmed it."""

    id: str
    reference: str
    planned_at: datetime | None = None
    cancelled: bool = False


@dataclass(frozen=True)
class ManifestRequest:
    """The day's bookings handed over together. `reference` is ours, the same in every try."""

    reference: str
    address: Address
    booking_ids: tuple


@dataclass(frozen=True)
class Manifest:
    """The carrier's list of what was handed over, ready to sign."""

    id: str
    reference: str
    format: str = "pdf"
    content: bytes = field(repr=False, default=b"")


# What may be asked of a carrier that has the parcels already.
INSTRUCTIONS = ("redirect", "correct_address", "hold_at_point", "change_date", "intercept")


@dataclass(frozen=True)
class InstructionRequest:
    """A change of plan after dispatch. `kind` is one of INSTRUCTIONS, `reference` is ours, the same in every try."""

    reference: str
    kind: str
    booking_id: str
    tracking_numbers: tuple
    address: Address | None = None
    point: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Instruction:
    """What the carrier said to a change of plan; a refusal is raised as `RejectedByCarrier`."""

    id: str
    reference: str
    tracking_numbers: tuple = ()


@dataclass(frozen=True)
class Settings:
    """What an account tells its adapter. The token is not here: it lives in the HTTP client alone.

    :ivar str carrier: whom an adapter for several carriers is to call, in its own words
    :ivar dict credentials: what such a carrier wants to know of us, by its own names; never shown
    :ivar bool test: call the carrier's rehearsal system
    """

    base_url: str = ""
    vocabulary: dict = field(default_factory=dict)
    label_format: str = "pdf"
    carrier: str = ""
    credentials: dict = field(default_factory=dict, repr=False)
    test: bool = True


class CarrierAdapter(ABC):
    """One way of talking to carriers. Subclass, set `code` and `name`, decorate with `@register`.

    :cvar bool automatic: False when a person does the booking and nothing is called
    :cvar bool needs_url: whether an account of this kind needs an address to call
    :cvar bool many_carriers: whether an account of this kind says which carrier it is with, and gives credentials
    """

    code = ""
    name = ""
    automatic = True
    needs_url = True
    many_carriers = False

    def abilities(self):
        """What this carrier can be asked, as a set of: rate, book, find, label, void, track, pickup, manifest, return
        and INSTRUCTIONS. What is not in it is a task for a person."""
        return frozenset({"book"})

    @classmethod
    def check_vocabulary(cls, words):
        """Whether an account's words can be used, before any call.

        :raises VocabularyError: naming what is wrong
        """
        Vocabulary(words)

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
        """What the carrier knows of a parcel, for those that send no tracking feed: a list of `TrackingEvent`."""
        raise NotSupported(f"{self.name} is tracked by its feed only.")

    def pickup(self, request):
        """Ask a driver to come: a `PickupRequest` in, a `Pickup` out."""
        raise NotSupported(f"{self.name} takes no pickup requests.")

    def cancel_pickup(self, pickup_id):
        """Call a pickup off; no error when it is called off already."""
        raise NotSupported(f"{self.name} takes no pickup requests.")

    def find_pickups(self, reference):
        """The pickups the carrier holds under our reference, a list of `Pickup`: asked after a lost reply.

        :raises LookupUnsupported: the carrier cannot tell
        """
        raise LookupUnsupported(f"{self.name} cannot look up a pickup by our reference.")

    def find_manifests(self, reference):
        """The manifests the carrier closed under our reference, a list of `Manifest`: asked after a lost reply.

        :raises LookupUnsupported: the carrier cannot tell
        """
        raise LookupUnsupported(f"{self.name} cannot look up a manifest by our reference.")

    def manifest(self, request):
        """Close the day: a `ManifestRequest` in, a `Manifest` out."""
        raise NotSupported(f"{self.name} wants no manifest.")

    def instruct(self, request):
        """Change the plan of parcels under way: an `InstructionRequest` in, an `Instruction` out."""
        raise NotSupported(f"{self.name} takes no instructions after dispatch.")

    def find_instructions(self, reference):
        """What the carrier holds under our reference, a list of `Instruction`: asked after a lost reply.

        :raises LookupUnsupported: the carrier cannot tell
        """
        raise LookupUnsupported(f"{self.name} cannot look up an instruction by our reference.")

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
        if request.export:
            lines += self._customs_lines(request)
        return lines

    @staticmethod
    def _customs_lines(request):
        """The same for the customs; what is not known shows as a dash."""
        known = [f"{name} {number}" for name, number in (("EORI", request.eori), ("VAT", request.vat)) if number]
        yield "Customs: " + ", ".join([f"Incoterm {request.incoterm or '-'}", *known])
        for good in request.goods:
            where = f" (parcel {good.parcel})" if good.parcel else ""
            sold = f"{float(good.quantity):g} {good.unit}".strip()
            yield (
                f"{sold} {good.description}{where}: HS code {good.hs_code or '-'}, origin {good.origin or '-'}, "
                f"each {good.weight_kg or '-'} kg, {good.value or '-'} {good.currency}".rstrip()
            )
