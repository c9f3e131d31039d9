"""Identifiers: ordered by time, and derived from a name."""

import os
import time
import uuid
from functools import lru_cache


def uuid7():
    """A UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits.

    :returns: uuid.UUID; later ones sort behind earlier ones (to the millisecond)
    """
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


@lru_cache(maxsize=4096)
def uuid5_text(namespace, name):
    """The UUID version 5 (RFC 9562, section 5.5) of a name as text; kept, because documents have many facts.

    :param str namespace: a UUID
    """
    return str(uuid.uuid5(uuid.UUID(namespace), name))
