"""The snapshot a decision binds to: plain JSON, one canonical text, one hash, and what differs between two of them."""

import hashlib
import json

_DIGITS = 6


def canonical(value):
    """The same value with nothing accidental in it: keys are text, floats are rounded, whole floats are integers.

    :raises TypeError: for a value that JSON does not know (a date must be given as ISO text)
    """
    if isinstance(value, dict):
        return {str(key): canonical(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, float):
        rounded = round(value, _DIGITS)
        return int(rounded) if rounded.is_integer() else rounded
    raise TypeError(f"A snapshot cannot hold {value!r} of type {type(value).__name__}")


def text(value):
    """Canonical JSON text: sorted keys, no spaces."""
    return json.dumps(canonical(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value):
    """SHA-256 (hex) of the canonical text."""
    return hashlib.sha256(text(value).encode()).hexdigest()


def differences(old, new, path=()):
    """List of (path, old value, new value) for every leaf that differs; a missing leaf counts as ``None``."""
    old, new = canonical(old), canonical(new)
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for key in sorted(set(old) | set(new)):
            found += differences(old.get(key), new.get(key), (*path, key))
        return found
    return [] if old == new else [(path, old, new)]
