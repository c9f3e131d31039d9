"""Which receipts are checked: by history, so that the same history always gives the same answer. Plain Python."""

from math import ceil


def is_sampled(method, every, percent, tightened, history):
    """Whether the next receipt is checked.

    The first receipt always is. After a failure the next ``tightened`` receipts are, whatever the method says.

    :param str method: ``all``, ``nth`` or ``percent``
    :param int every: of ``nth``: one of so many
    :param float percent: of ``percent``: so many of a hundred, evenly spread
    :param int tightened: receipts checked after a failure
    :param list history: of earlier receipts, oldest first: True passed, False failed, None not checked
    """
    if method == "all" or any(verdict is False for verdict in history[-tightened:] if tightened):
        return True
    before = len(history)
    if method == "nth":
        return before % every == 0
    return ceil(round((before + 1) * percent / 100, 9)) > ceil(round(before * percent / 100, 9))
