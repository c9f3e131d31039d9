"""The way out for Karrio's requests: one line per operation of one account.

Karrio's carrier packages build the requests and read the answers; what lies between is done here, by `HttpClient`: its
deadline, size limit, address check, no redirects. The line also remembers what happened, because Karrio folds every
failure into a list of messages, and what a booking needs to know is whether the carrier may have acted.
"""

import io
import re
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from email.message import Message
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit

from .errors import AccountRefused, CarrierBusy, CarrierError, TransientCarrierError
from .http import explain_pause

_line = ContextVar("karrio_line", default=None)
# Public converters some carrier packages send labels to: names and addresses of customers are none of their business.
_STRANGERS = {"api.labelary.com"}
_CLIENT_FAULT = re.compile(rb"<(?:\w+:)?faultcode[^>]*>[^<]*(?:client|sender)", re.IGNORECASE)
# An operation may take several calls; a worker's claim on a booking outlives this by far.
_LONGEST_OPERATION = 3


@dataclass(frozen=True)
class Exchange:
    """One request that got an answer."""

    name: str
    method: str
    status: int
    pause: float | None = None
    changes: bool = False
    empty: bool = False

    @property
    def said_done(self):
        """A yes without words, as many answer a DELETE: the carriers' packages want words all the same."""
        return self.changes and self.empty and self.status in (200, 204)


class Answer(io.BytesIO):
    """What Karrio reads from, in the manner of Python's own client."""

    def __init__(self, url, status, headers, body):
        super().__init__(body)
        self.url, self.status, self.code, self.headers = url, status, status, headers

    def getcode(self):
        return self.status

    def info(self):
        return self.headers


class Line:
    """Carries the requests of one operation.

    :param HttpClient http: does the exchanges
    :param str base_url: where every request goes instead of the carrier's own address; empty: to the carrier
    :param bool changes: the operation makes the carrier do something, so a lost reply leaves doubt
    :param secrets: texts that must not stand in any message
    :ivar set hosts: hosts that may be sent our credentials, and those of the same house; empty: any
    """

    def __init__(self, http, base_url="", changes=False, secrets=()):
        self.http = http
        self.base_url = base_url.rstrip("/")
        self.changes = changes
        self.failure = None
        self.hosts = set()
        self.exchanges = []
        self.secrets = {secret for secret in secrets if len(secret) > 3}
        self._logging_in = False
        self._deadline = time.monotonic() + _LONGEST_OPERATION * http.timeout

    @property
    def acted(self):
        """Whether the carrier has said yes to a request that changes something."""
        return any(each.changes and each.status < 300 for each in self.exchanges)

    @property
    def last(self):
        """The latest `Exchange`, None when nothing was asked."""
        return self.exchanges[-1] if self.exchanges else None

    @contextmanager
    def login(self):
        """Within it nothing is ordered, so no doubt can arise."""
        self._logging_in = True
        try:
            yield self
        finally:
            self._logging_in = False

    @contextmanager
    def in_use(self):
        """Within it, requests of this thread go through this line."""
        token = _line.set(self)
        try:
            yield self
        finally:
            _line.reset(token)

    def hide(self, text):
        """A text without secrets, and short."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return self.http.excerpt(text, 400)

    # -- one request ------------------------------------------------------------------------------------------------

    def open(self, request):
        """Carry a ``urllib.request.Request``.

        :raises HTTPError: the carrier refused (3xx, 4xx), which its package knows how to read
        :raises CarrierError: anything else that is no answer; kept in `failure` too
        """
        try:
            return self._carry(request)
        except CarrierError as error:
            if self.acted and request.get_method() == "GET":
                # It is bought; a paper that could not be fetched afterwards leaves no doubt about that.
                raise HTTPError(request.full_url, 504, str(error), Message(), io.BytesIO()) from error
            self.failure = self.failure or error
            raise

    def _carry(self, request):
        method = request.get_method()
        changes = self.changes and not self._logging_in and method != "GET"
        headers = dict(request.header_items())
        if not self._may_know_us(request.full_url):
            headers = {name: value for name, value in headers.items() if name.lower() in _HARMLESS}
        for name, value in headers.items():
            if name.lower() not in _HARMLESS:
                self.secrets |= {part for part in str(value).split() if len(part) > 12}
        url = self._address(request.full_url)
        if time.monotonic() > self._deadline:
            limit = _LONGEST_OPERATION * self.http.timeout
            raise TransientCarrierError(f"The carrier took longer than {limit:g} s over several calls.", self.acted)
        if request.data is not None and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            status, reason, told, body = self.http.raw(method, url, request.data, headers, changes)
        except (TransientCarrierError, AccountRefused) as error:
            raise self._hidden(error, self.acted or error.maybe_done) from error
        name = f"{method} {urlsplit(url).netloc.rpartition('@')[2]}{unquote(urlsplit(url).path)}"
        pause = explain_pause(status, told)
        self.exchanges.append(Exchange(self.hide(name), method, status, pause, changes, not body.strip()))
        return self._answer(url, status, reason, told, body, changes)

    def _may_know_us(self, url):
        """Whether a host is the carrier's own: answers name addresses of papers, and those get no credentials."""
        host = urlsplit(url).hostname or ""
        return not self.hosts or _house(host) in {_house(known) for known in self.hosts}

    def _answer(self, url, status, reason, told, body, changes):
        if status < 300:
            return Answer(url, status, told, body)
        said = f"{self.last.name} answered {status}: {self.hide(body[:2000].decode('utf-8', 'replace')) or reason}"
        if self.last.pause is not None:
            if self.acted:
                raise TransientCarrierError(said, maybe_done=True)
            raise CarrierBusy(said, self.last.pause)
        if status < 400:
            raise AccountRefused(f"{said} (redirects are not followed: the carrier has moved)")
        # A refusal over SOAP is a 500 that says whose fault it is.
        if status in (408, 425) or (status >= 500 and not _CLIENT_FAULT.search(body)):
            raise TransientCarrierError(said, maybe_done=changes or self.acted)
        headers = Message()
        for key, value in told.items():
            headers[key] = value
        raise HTTPError(url, status, reason or "", headers, io.BytesIO(body))

    def _hidden(self, error, maybe_done):
        text = self.hide(str(error))
        if isinstance(error, AccountRefused) and not self.acted:
            return AccountRefused(text)
        return TransientCarrierError(text, maybe_done=maybe_done)

    def _address(self, url):
        parts = urlsplit(url)
        if parts.hostname in _STRANGERS:
            raise AccountRefused(f"{parts.hostname} is not part of this carrier: labels are not sent there.")
        if not self.base_url:
            return url
        return self.base_url + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


_HARMLESS = {"content-type", "accept", "user-agent", "accept-language", "content-length", "soapaction", "host"}


def _house(host):
    """The part of a host's name that one company owns: three labels where the last but one is short, as in co.uk."""
    labels = host.lower().split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and len(labels[-2]) <= 3 else labels[-2:])


def current_line():
    """The line of the operation under way in this thread.

    :raises AccountRefused: there is none, so nobody answers for the request
    """
    line = _line.get()
    if line is None:
        raise AccountRefused("Karrio wanted to call a carrier outside a call of a carrier account: refused.")
    return line
