"""What envelopes of X12 and EDIFACT are held to: the end counts what is in it and repeats the beginning's number."""

from .errors import OrderError

AGAIN = "Ask the sender for the whole interchange, unchanged."


def agree(said, counted, what, where, position):
    """The end of an envelope counts right.

    :param str said: the count as it stands there
    :param int counted: how many there are of ``what``
    :param str where: the element; ``position``: of its segment
    :raises OrderError: it does not
    """
    if not (said.isascii() and said.isdigit() and int(said) == counted):
        raise OrderError(f"there are {counted} {what}", where, position, said or "-", AGAIN)


def same(said, begun, what, where, position):
    """The end of an envelope has the number of its beginning.

    :param str said: the number as it stands at the end
    :param str begun: the number at the beginning
    :param str what: how the standard calls it
    :raises OrderError: it has not
    """
    if said != begun:
        raise OrderError(f"the {what} is not that of the beginning ({begun})", where, position, said or "-", AGAIN)
