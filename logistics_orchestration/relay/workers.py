"""The threads that make the calls. They take jobs, call, and put results back; they never touch the database."""

import logging
import queue
import threading
import time

from .results import judge
from .transport import Response, Transport, utcnow

_logger = logging.getLogger(__name__)

_END = object()


class Workers:
    """A fixed number of threads around two queues.

    :param int threads: how many
    :param done: function called with every :class:`~.results.Result`, in the thread that made it
    :param transport: a :class:`~.transport.Transport`
    """

    def __init__(self, threads, done, transport=None):
        self.threads = threads
        self.transport = transport or Transport()
        self._done = done
        self._jobs = queue.SimpleQueue()
        self._flying = {}
        self._started = []

    @property
    def free(self):
        """Threads that have nothing to do: never claim more than this."""
        return self.threads - len(self._flying)

    @property
    def flying(self):
        """Number of jobs under way."""
        return len(self._flying)

    def jobs(self):
        """Jobs under way."""
        return list(self._flying.values())

    def ids(self):
        """Message ids of the jobs under way."""
        return set(self._flying)

    def submit(self, jobs):
        """Start jobs. At most :attr:`free` of them, so that none waits behind another."""
        for job in jobs:
            self._flying[job.id] = job
            if len(self._started) < min(self.threads, len(self._flying)):
                thread = threading.Thread(target=self._run, name=f"relay-{len(self._started) + 1}", daemon=True)
                self._started.append(thread)
                thread.start()
            self._jobs.put(job)

    def landed(self, results):
        """Take note that results were collected; their threads are free."""
        for result in results:
            self._flying.pop(result.job.id, None)

    def watch(self):
        """Cut off calls that are past their deadline, and close connections nobody uses any more."""
        self.transport.tidy()
        now = time.monotonic()
        for job in self.jobs():
            if job.deadline is not None and job.deadline < now:
                self.transport.abort(job)

    def close(self):
        """End the threads; those in a call end with it."""
        for _thread in self._started:
            self._jobs.put(_END)
        self.transport.close()

    def _run(self):
        while True:
            job = self._jobs.get()
            if job is _END:
                return
            if time.monotonic() > job.expires:
                # this process was frozen between claim and call: the claim may be somebody else's by now
                response = Response(
                    None, None, "", "not sent: the claim was too old", utcnow(), 0, failure="internal"
                )
            else:
                response = self.transport.send(job)
            try:
                self._done(judge(job, response))
            except Exception:
                _logger.exception("Result of message %s could not be judged", job.id)
                self._flying.pop(job.id, None)
