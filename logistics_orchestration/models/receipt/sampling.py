"""Which receipts are checked: by their number, so that the same history always gives the same answer. Plain Python."""

from math import ceil


def is_sampled(method, every, percent, number, recent):
    """Whether a receipt is checked. The first always is; after a failure the next are, whatever the method says.

    :param str method: ``all``, ``nth`` or ``percent``
    :param int every: of ``nth``: one of so many
    :param float percent: of ``percent``: so many of a hundred, evenly spread
    :param int number: of the receipt, from 1
    :param recent: verdicts of the last receipts that a failure is remembered for: True passed, False failed, None not
        checked
    """
    if method == "all" or any(verdict is False for verdict in recent):
        return True
    before = number - 1
    if method == "nth":
        return before % every == 0
    return ceil(round(number * percent / 100, 9)) > ceil(round(before * percent / 100, 9))
