"""The carrier without an interface: nothing is called, a person books and types the tracking number.

What has to be told stands in a to-do and, where the account has a mail address for it, goes to the carrier by mail.
"""

from .errors import NotSupported
from .port import CarrierAdapter
from .registry import register


@register
class Manual(CarrierAdapter):
    """A to-do with all that has to be told to the carrier, by telephone, e-mail or its own web page."""

    code = "manual"
    name = "By hand (no interface)"
    automatic = False
    needs_url = False

    def abilities(self):
        """Nothing by itself: each step is a task for a person."""
        return frozenset()

    def check(self):
        """Nothing to reach, so nothing to check."""

    def book(self, request):
        """Never called by the worker; says so when somebody does."""
        raise NotSupported("This carrier is booked by hand: enter the tracking number on the booking.")
