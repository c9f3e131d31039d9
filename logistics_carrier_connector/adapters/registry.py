"""Adapters by code. Another addon adds one by decorating its class with `@register` at import."""

_ADAPTERS = {}


def register(cls):
    """Class decorator: make an adapter selectable on carrier accounts."""
    if not cls.code or not cls.name:
        raise ValueError(f"{cls.__name__} needs a code and a name to be registered.")
    known = _ADAPTERS.get(cls.code)
    if known is not None and known.__qualname__ != cls.__qualname__:
        raise ValueError(f"Adapter code {cls.code!r} belongs to {known.__qualname__} already; choose another.")
    _ADAPTERS[cls.code] = cls
    return cls


def adapter_class(code):
    """The adapter class for a code.

    :raises LookupError: nobody registered it, say because an addon was removed
    """
    try:
        return _ADAPTERS[code]
    except KeyError:
        raise LookupError(f"No carrier adapter {code!r}; installed: {', '.join(sorted(_ADAPTERS))}.") from None


def choices():
    """(code, name) of every adapter, those that call first, then by name."""
    return [(cls.code, cls.name) for cls in sorted(_ADAPTERS.values(), key=lambda cls: (not cls.automatic, cls.name))]
