"""The Karrio SDK, loaded when it is first needed and kept from doing in this process what a guest should not do.

Importing Karrio has effects of its own on the whole process, and its calls go out by means of their own. Here they are
contained, once, when it is loaded:

* it turns off the check of TLS certificates for everything in the process that opens URLs with Python's own client:
  put back as it was, and the image library's setting likewise;
* it writes to the log and the console, with payloads and tokens: silenced;
* each of its HTTP requests is handed to the account that is calling (`karrio_line`), under our deadlines, size limits
  and address checks; a request outside such a call is refused;
* it works in threads and in an event loop of its own: done here one after the other, in order, in the caller's thread;
* it keeps the tracking numbers of several parcels in a set, which forgets which parcel has which: kept in order;
* it drops the time zone of a scan and writes Z behind it: zones are heeded.
"""

import logging
import ssl
import sys
import threading
from concurrent.futures import Future
from copy import copy
from datetime import datetime, timezone
from functools import cache
from importlib import import_module
from types import SimpleNamespace

from .errors import AccountRefused
from .karrio_line import current_line

PIP = "pip install 'karrio=={0}' 'karrio-{1}=={0}'"
KNOWN_VERSION = "2026.1.32"
_MOST_NAMES = 12
_GUESTS = ("karrio", "jstruct", "pysoap")
_lock = threading.Lock()
_ready = threading.Event()


class KarrioMissing(AccountRefused):
    """Karrio or the carrier's package is not installed; the text says which to install."""


def provider(carrier):
    """Karrio's description of a carrier, with its Mapper, Proxy and Settings.

    :param str carrier: Karrio's name of it, e.g. ``dhl_express``
    :raises KarrioMissing: the SDK or the carrier's package is not there
    """
    known = providers(carrier)
    if carrier not in known:
        package = PIP.format(KNOWN_VERSION, (carrier or "<carrier>").replace("_", "-"))
        installed = ", ".join(sorted(known)[:_MOST_NAMES]) + (", …" if len(known) > _MOST_NAMES else "") or "none"
        raise KarrioMissing(f"Karrio knows no carrier {carrier or '-'!r} here (installed: {installed}): {package}")
    return known[carrier]


def providers(wanted="ups"):
    """{name: Karrio's description} of every installed carrier package that can be imported."""
    load(wanted)
    return import_module("karrio.references").collect_providers_data()


def is_installed():
    """Whether the SDK can be loaded."""
    try:
        load()
    except KarrioMissing:
        return False
    return True


def load(wanted="ups"):
    """Import the SDK and contain it; any later call returns at once.

    :raises KarrioMissing: it is not installed
    """
    if _ready.is_set():
        return
    with _lock:
        if _ready.is_set():
            return
        context, truncated = ssl._create_default_https_context, _pillow_setting()
        try:
            import_module("loguru").logger.disable("karrio")
            import_module("karrio.core.utils")
            # At once, not when all of it is loaded: other threads open URLs meanwhile.
            ssl._create_default_https_context = context
            import_module("karrio.sdk")
            import_module("karrio.references").collect_providers_data()
        except ImportError as error:
            package = PIP.format(KNOWN_VERSION, (wanted or "<carrier>").replace("_", "-"))
            raise KarrioMissing(
                f"The Karrio library cannot be loaded ({error}). It needs Python 3.11 or later: {package}"
            ) from error
        finally:
            ssl._create_default_https_context = context
            _pillow_setting(truncated)
        _contain()
        _ready.set()


def _pillow_setting(value=None):
    module = import_module("PIL.ImageFile")
    old = module.LOAD_TRUNCATED_IMAGES
    if value is not None:
        module.LOAD_TRUNCATED_IMAGES = value
    return old


def _contain():
    helpers, caching, transformer, utils, lib, loguru = map(
        import_module,
        (
            "karrio.core.utils.helpers",
            "karrio.core.utils.caching",
            "karrio.core.utils.transformer",
            "karrio.core.utils",
            "karrio.lib",
            "loguru",
        ),
    )
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _GUESTS and module is not None:
            module.print = _say_nothing
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _GUESTS:
            logging.getLogger(name).disabled = True
    loguru.logger.remove()
    loguru.logger.disable("karrio")
    helpers._urlopen_with_span = _open
    helpers.urlopen = _open
    inline = SimpleNamespace(ThreadPoolExecutor=_Inline, Future=Future)
    caching.futures = inline
    for place in (helpers, utils):
        place.exec_async = _one_by_one
        place.exec_parrallel = _one_by_one
    transformer.bundled_shipment = transformer.to_multi_piece_shipment
    for place in (transformer, utils, lib):
        if hasattr(place, "to_multi_piece_shipment"):
            place.to_multi_piece_shipment = _in_order(transformer.bundled_shipment)
    lib.fiso_timestamp = _with_zone(lib.fiso_timestamp)


def _say_nothing(*_args, **_kwargs):
    """In place of print: some packages write what they do not know to the console, tokens among it."""


def _open(request, timeout=None):
    """In place of urllib: the line of the account that is calling."""
    return current_line().open(request)


class _Inline:
    """An executor that does the work at once, in the caller's thread."""

    def __init__(self, *_args, **_kwargs):
        pass

    def submit(self, function, *args, **kwargs):
        done = Future()
        try:
            done.set_result(function(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


def _one_by_one(action, sequence, max_workers=None):
    return [action(item) for item in sequence or []]


def _in_order(bundle):
    """Karrio's bundling of one shipment per parcel, which parcel got which number and label being kept.

    :raises ValueError: only some of the parcels were booked
    """

    def bundled(shipments):
        pieces = [shipment for _name, shipment in shipments]
        if len(pieces) < 2:
            return bundle(shipments)
        if not all(pieces):
            booked = ", ".join(piece.shipment_identifier for piece in pieces if piece) or "none"
            raise ValueError(f"of {len(pieces)} parcels only these were booked: {booked}")
        whole = copy(pieces[0])
        whole.meta = {
            **(whole.meta or {}),
            "tracking_numbers": [piece.tracking_number for piece in pieces],
            "shipment_identifiers": list(dict.fromkeys(piece.shipment_identifier for piece in pieces)),
            "parcel_labels": [piece.docs.label for piece in pieces],
        }
        return whole

    return bundled


def _with_zone(original):
    """Karrio's time stamp: in UTC where the carrier names a zone, without one where it does not."""

    def stamp(date_str=None, time_str=None, current_format=None, try_formats=None):
        if not date_str:
            return None
        text = f"{date_str} {time_str}".strip() if time_str else str(date_str)
        for form in ([current_format] if current_format else []) + list(try_formats or []):
            try:
                return zoned(datetime.strptime(text, form))
            except (ValueError, TypeError):
                continue
        try:
            return zoned(datetime.fromisoformat(text))
        except ValueError:
            # A form only Karrio knows; none of those holds a zone.
            found = original(date_str, time_str, current_format, try_formats)
            return found and found.removesuffix("Z")

    def zoned(moment):
        if moment.tzinfo:
            moment = moment.astimezone(timezone.utc)
        return moment.isoformat(timespec="seconds")

    return stamp


@cache
def quiet_tracer():
    """A tracer that records nothing: Karrio's own keeps every request in memory."""
    load()

    class Quiet(import_module("karrio.core.utils").Tracer):
        def trace(self, *_args, **_kwargs):
            return None

        def with_metadata(self, *_args, **_kwargs):
            return self.trace

    return Quiet
