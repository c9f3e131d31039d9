"""Taking values out of what a sender sent: what is used has to be there and of the right kind, the rest is left."""

import json
import re

from .errors import TrackingError

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(raw):
    """The JSON value in a request body. Half a character (a lone surrogate), which nobody can store, becomes "?".

    :raises TrackingError: it is none
    """
    try:
        text = raw.decode("utf-8")
        body = json.loads(text, parse_constant=_refuse)
        if _SURROGATE.search(text):
            body = json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise TrackingError("The body is no JSON in UTF-8") from error
    if "\\u0000" in text:
        raise TrackingError("The body contains the character NUL")
    return body


def _refuse(name):
    raise ValueError(f"{name} is no number")


def an_object(value, where):
    """``value`` if it is an object.

    :raises TrackingError: it is something else
    """
    if not isinstance(value, dict):
        raise TrackingError(f"{where} is no object")
    return value


def objects(value, where):
    """``value`` as a list of objects; nothing is an empty list.

    :raises TrackingError: it is something else
    """
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise TrackingError(f"{where} is no list of objects")
    return value


def text(source, *keys):
    """The first of ``keys`` that has a value, as text; empty where none has."""
    for key in keys:
        value = source.get(key)
        if isinstance(value, bool) or value in (None, ""):
            continue
        if isinstance(value, str | int | float):
            return str(value).strip()
    return ""


def need(source, where, *keys):
    """The first of ``keys`` that has a value.

    :raises TrackingError: none has
    """
    if found := text(source, *keys):
        return found
    raise TrackingError(f"{where} lacks {' / '.join(keys)}")


def part(source, key):
    """The object under ``key``; an empty one where there is none."""
    value = source.get(key)
    return value if isinstance(value, dict) else {}
