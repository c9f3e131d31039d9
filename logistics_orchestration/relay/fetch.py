"""Asking a partner for what it has to say, or for something small: one call, over the same transport as deliveries.
Plain Python.

So it has the same guard (vetted addresses, no redirects, no proxies), the same ways to authenticate and the same words
when it fails; texts of exceptions are not passed on, because they contain URLs and URLs contain secrets.
"""

import threading
import time
from urllib.parse import urlencode

from .diagnosis import CallFailed, explain
from .outgoing import Job
from .transport import Transport

DEADLINE = 30.0
MAX_BYTES = 4 * 1024 * 1024


class FetchError(Exception):
    """No usable answer; the text says why and contains neither URL nor secret.

    :ivar retry_after: what the partner asked for
    :ivar status: of its answer; None when there was none
    """

    def __init__(self, words, retry_after=None, status=None):
        super().__init__(words)
        self.retry_after = retry_after
        self.status = status


class Question(Job):
    """A call that brings something home: a GET, or a POST of a body."""

    most = MAX_BYTES

    def __init__(self, system, url, deadline, body=b""):
        super().__init__(system, 0, 0, 0, None, 0, 0, "", url, body)
        self.method = "POST" if body else "GET"
        self.deadline = time.monotonic() + deadline


def get(system, url, query=None, deadline=DEADLINE, transport=None):
    """The body of one GET.

    :param system: a :class:`~.outgoing.SystemConfig` (what it allows, how it authenticates)
    :param str url: https, or http where the system allows it
    :param dict query: added to the URL's own query
    :param float deadline: seconds for all of it
    :param transport: the :class:`~.transport.Transport` to use, for several questions; the caller closes it
    :returns: bytes
    :raises FetchError: settings that cannot be used, refused address, no connection, a status other than 200, too
        late or too large
    """
    answer = ask(system, url, query, deadline, transport)
    if answer.status != 200:
        words = f"HTTP {answer.status}"
        if 300 <= answer.status < 400:
            words += ": redirects are not followed; enter the final address"
        raise FetchError(words, answer.retry_after, answer.status)
    return answer.data


def ask(system, url, query=None, deadline=DEADLINE, transport=None, body=b""):
    """One call whose answer the caller judges, whatever its status.

    :param bytes body: JSON; with it the call is a POST. It may arrive twice: ask only for what may be asked twice
    :returns: the whole answer, with ``status``, ``retry_after`` and ``data`` (bytes); for the rest see :func:`get`
    :raises FetchError: as for :func:`get`, but not for a status
    """
    if system.problem:
        raise FetchError(system.problem)
    if query:
        url += ("&" if "?" in url else "?") + urlencode(query)
    question = Question(system, url, deadline, body)
    own = transport or Transport()
    # a partner may drip one byte per read timeout for ever: at the deadline the line is cut
    timer = threading.Timer(deadline, Transport.abort, [question])
    timer.daemon = True
    timer.start()
    try:
        return _whole(own.ask(question))
    except FetchError:
        raise
    except Exception as error:
        raise FetchError(explain(error, question.call, system.timeout)[1]) from None
    finally:
        timer.cancel()
        if transport is None:
            own.close()


def _whole(answer):
    """The answer, if all of it came.

    :raises FetchError: it is too large
    :raises CallFailed: it broke off
    """
    if answer.cut and answer.status // 100 == 2:
        if len(answer.data) >= MAX_BYTES:
            raise FetchError(f"the answer is larger than {MAX_BYTES} bytes")
        raise CallFailed("broken", "the answer broke off")
    return answer
