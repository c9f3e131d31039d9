"""When something happened: a local time, and how its zone is found.

A time that carries its offset is taken at its word. One that does not is local to the place of the scan: the zone is
that of the place where the place has one zone only (a country, or a state of a large one). Else nothing is guessed: the
time stays without offset, and the time zone set for the sending system decides.
"""

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytz
from babel.core import get_global

from .errors import TrackingError
from .statement import When

# The zone most of a state keeps; states that are cut through go by their larger part.
_US = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR",
}
_CA = {
    "America/Toronto": "ON QC", "America/Winnipeg": "MB", "America/Regina": "SK", "America/Edmonton": "AB NT",
    "America/Vancouver": "BC", "America/Halifax": "NS NB PE", "America/St_Johns": "NL", "America/Whitehorse": "YT",
}  # fmt: skip
_AU = {
    "Australia/Sydney": "NSW ACT", "Australia/Melbourne": "VIC", "Australia/Brisbane": "QLD",
    "Australia/Adelaide": "SA", "Australia/Perth": "WA", "Australia/Hobart": "TAS", "Australia/Darwin": "NT",
}  # fmt: skip
STATES = {
    country: {state: zone for zone, states in zones.items() for state in states.split()}
    for country, zones in (("US", _US), ("CA", _CA), ("AU", _AU))
}
# Countries with more than one zone whose mainland, where parcels travel, has one.
_MAINLAND = {
    "ES": "Europe/Madrid", "PT": "Europe/Lisbon", "DE": "Europe/Berlin", "NL": "Europe/Amsterdam",
    "CN": "Asia/Shanghai", "CY": "Asia/Nicosia", "NZ": "Pacific/Auckland", "CL": "America/Santiago",
    "UA": "Europe/Kyiv", "MY": "Asia/Kuala_Lumpur", "GB": "Europe/London", "FR": "Europe/Paris",
}  # fmt: skip
_OFFSET = re.compile(r"(?<=[0-9:.])([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)$")


@lru_cache(maxsize=4096)
def zone_of(country="", state=""):
    """Name of the zone of a place, or an empty text: it has several, or nothing is known of it."""
    country, state = (country or "").strip().upper(), (state or "").strip().upper()
    country = (get_global("territory_aliases").get(country) or [country])[0] if country else ""
    if country in STATES:
        return STATES[country].get(state, "")
    if country in _MAINLAND:
        return _MAINLAND[country]
    zones = pytz.country_timezones.get(country, []) if country else []
    return zones[0] if len(zones) == 1 else ""


def moment(told, where, place=None):
    """The :class:`~.statement.When` of a time as a sender tells it (ISO 8601).

    :param str where: what it is called in the message, for the error
    :param dict place: country and state of the scan, if known
    :raises TrackingError: not a time
    """
    told = str(told or "").strip()
    try:
        found = datetime.fromisoformat(_iso(told))
    except ValueError as error:
        raise TrackingError(f"{where} is no time: {told[:40]!r}") from error
    offset = _OFFSET.search(told)
    if found.tzinfo:
        zone = "UTC" if offset and offset[0] in "Zz" else (offset[0] if offset else "UTC")
        return _at(found, told, zone, "told")
    place = place or {}
    return local(found, told, place.get("country", ""), place.get("state", ""))


def local(found, told, country="", state=""):
    """The moment of a naive local time at a place."""
    name = zone_of(country, state)
    if not name:
        return When(found.isoformat(timespec="seconds"), told, utc=found.replace(microsecond=0))
    return _at(found.replace(tzinfo=ZoneInfo(name)), told, name, "place")


def fixed(found, told, hours, zone):
    """The moment of a naive time whose offset the sender names.

    :param float hours: east of Greenwich
    :raises TrackingError: no place is so far from Greenwich
    """
    if abs(hours) >= 24:
        raise TrackingError(f"{told[:40]!r} is no time: its offset is {hours:g} hours")
    return _at(found.replace(tzinfo=timezone(timedelta(hours=hours))), told, zone, "told")


def named(found, told, name):
    """The moment of a naive time in a named zone."""
    return _at(found.replace(tzinfo=ZoneInfo(name)), told, name, "told")


def _at(found, told, zone, source):
    try:
        utc = found.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
    except OverflowError as error:
        raise TrackingError(f"{told[:40]!r} is no time: it lies outside the years 1 to 9999") from error
    return When(utc.isoformat() + "Z", told, zone, source, utc)


def _iso(told):
    """What Python 3.10 reads: an offset of +0100 gets its colon, a short fraction of a second is filled up."""
    said = told.replace("Z", "+00:00").replace("z", "+00:00")
    said = re.sub(r"([+-][0-9]{2})([0-9]{2})$", r"\1:\2", said)
    said = re.sub(r"([0-9]:[0-9]{2})([+-][0-9]{2})$", r"\1\2:00", said)
    return re.sub(r"\.([0-9]+)", lambda match: "." + (match[1] + "000000")[:6], said)
