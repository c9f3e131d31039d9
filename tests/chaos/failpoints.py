"""Failures at chosen steps of a relay process, without a trace of them in the engine.

A *step* is what the world outside can see of the engine: a statement sent to the database, a commit, a call to a
partner. Connections and transport are given to the engine from outside, so counting them there covers every step there
is, also those that are added later. A *point* is the moment before or after a step, named by the engine's own line:
``claims._take:4 before statement``. Between two points nothing happens that anybody but the process itself could know.
"""

import os
import random
import socket
import sys
import threading
from collections import Counter

import psycopg2
import psycopg2.extensions

# exit code of a process that died on purpose
DIED = 77
_ENGINE = os.path.join("logistics_orchestration", "relay", "")
_GLUE = {"together"}


def _place():
    """The line of the engine a step is on, relative to its function: ``module.function:line``."""
    frame = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if _ENGINE in code.co_filename and code.co_name not in _GLUE:
            module = os.path.splitext(os.path.basename(code.co_filename))[0]
            return f"{module}.{code.co_name}:{frame.f_lineno - code.co_firstlineno}"
        frame = frame.f_back
    return "elsewhere"


class Plan:
    """What happens at which point.

    :param str point: name of a point, or None to only count
    :param int at: at which pass of that point, from 1
    :param str mode: ``exit`` (the process is gone), ``cut`` (its database connection is gone before the step),
        ``unsure`` (the commit is done, its answer never comes)
    :param float chance: instead of a point: die at every step with this probability
    """

    def __init__(self, point=None, at=1, mode="exit", chance=0.0, seed=None):
        self.point, self.at, self.mode, self.chance = point, at, mode, chance
        self.passes = Counter()
        self._lock = threading.Lock()
        self._random = random.Random(seed)

    def reach(self, point, connection=None):
        """Called at every point; may not come back."""
        with self._lock:
            self.passes[point] += 1
            hit = (point == self.point and self.passes[point] == self.at) or (
                self.chance and self._random.random() < self.chance
            )
        if not hit:
            return
        if self.mode == "exit":
            os._exit(DIED)
        cut(connection)
        if self.mode == "unsure":
            raise psycopg2.OperationalError("server closed the connection unexpectedly")


def cut(connection):
    """Break the network connection under a database connection."""
    copy = socket.socket(fileno=os.dup(connection.fileno()))
    try:
        copy.shutdown(socket.SHUT_RDWR)
    finally:
        copy.close()


class Cursor(psycopg2.extensions.cursor):
    """A cursor whose statements are steps."""

    def execute(self, query, variables=None):
        place = _place()
        self.connection.plan.reach(f"{place} before statement", self.connection)
        return super().execute(query, variables)


class Connection(psycopg2.extensions.connection):
    """A connection whose statements and commits are steps."""

    plan = Plan()

    def cursor(self, *args, **kwargs):
        return super().cursor(*args, cursor_factory=Cursor, **kwargs)

    def commit(self):
        place = _place()
        self.plan.reach(f"{place} before commit", self)
        super().commit()
        self.plan.reach(f"{place} after commit", self)


def connector(plan, **info):
    """A function that opens connections on which ``plan`` counts."""
    factory = type("PlannedConnection", (Connection,), {"plan": plan})
    return lambda: psycopg2.connect(connection_factory=factory, **info)


def planned(transport, plan):
    """A transport whose calls are steps: before the call nothing has left, after it the partner may have acted."""
    send = transport.send

    def step(job):
        plan.reach("transport.send before call")
        response = send(job)
        plan.reach("transport.send after call")
        return response

    transport.send = step
    return transport
