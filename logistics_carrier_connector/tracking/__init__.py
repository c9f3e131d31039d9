"""What carriers and aggregators send about parcels under way, turned into one language. Plain Python.

Each sender has a file with a function ``read(body, headers) -> [Statement, …]`` (JSON senders) or ``read(transaction)``
(EDI): it takes what is used, leaves the rest, and decides nothing. What a code means is data, in the status map of the
sender (`maps`); what comes of it is decided by whoever processes the statement.

- ``statement``: what a statement holds, and how it is told to the inbox
- ``zones``: when something happened, from a local time and what is known of the place
- ``polls`` and ``registering``: what an aggregator is asked, and which numbers it is told to watch
- ``senders``: every sender by its code, how it signs, and the name of its list of codes
- ``maps``: the codes of each sender, as data
"""

from .errors import TrackingError
from .polls import NUMBER_POLLS
from .registering import REGISTRARS
from .senders import JSON_SENDERS, SENDERS, Sender
from .statement import Statement

# Senders that are told, or asked about, one number after the other.
WATCHERS = sorted({*REGISTRARS, *NUMBER_POLLS})

__all__ = ["JSON_SENDERS", "SENDERS", "WATCHERS", "Sender", "Statement", "TrackingError"]
