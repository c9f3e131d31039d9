"""What a reader says about an order it cannot read."""


class OrderError(ValueError):
    """A document that cannot be taken, with the place and the way out in its text.

    :param str problem: what is wrong
    :param str where: segment or field, e.g. ``PO102``
    :param int position: number of the segment or line in the document, from 1
    :param value: what stands there
    :param str way_out: what the sender does about it
    """

    def __init__(self, problem, where="", position=0, value=None, way_out=""):
        self.where, self.position, self.value = where, position, value
        place = ""
        if where:
            place = f"{where} (position {position}): " if position else f"{where}: "
        shown = f" It says {str(value)[:60]!r}." if value not in (None, "") else ""
        super().__init__(f"{place}{problem}.{shown}{' ' + way_out if way_out else ''}")


class LibraryMissing(OrderError):
    """The document may be fine: a library to read or write it is not installed here."""
