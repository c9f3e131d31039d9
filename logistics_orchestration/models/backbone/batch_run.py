"""Many records of one table done in batches, each committed by itself. No model.

A batch is locked before it is worked on and leaves out what others work on at that moment. Two transactions may still
meet elsewhere; the batch is then undone, stays due, and the rest of the run goes on in smaller ones.
"""

import time

import psycopg2

from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY

from .testing import in_test

_MISSES = 5


def run_batches(model, take, work, seconds, size):
    """Work on what is due until nothing is, or the time is up.

    :param model: a recordset of the model, for its environment
    :param take: function of a number that locks so many due records at most and returns them
    :param work: function of these records; what it has dealt with must not be due any more
    :param float seconds: when to stop
    :param int size: records per batch
    :returns: number of records worked on
    """
    env, deadline, count, misses = model.env, time.monotonic() + seconds, 0, 0
    while time.monotonic() < deadline and misses < _MISSES:
        try:
            due = take(size)
            if not due:
                break
            work(due)
            env.flush_all()
        except psycopg2.Error as error:
            if in_test() or error.pgcode not in PG_CONCURRENCY_ERRORS_TO_RETRY:
                raise
            # a worker's own transaction: nothing of a user is in it
            env.cr.rollback()  # pylint: disable=invalid-commit
            env.invalidate_all(flush=False)
            size, misses = max(size // 10, 1), misses + 1
            continue
        count += len(due)
        if not in_test():
            # what is done is done
            env.cr.commit()  # pylint: disable=invalid-commit
        env.invalidate_all()
    return count
