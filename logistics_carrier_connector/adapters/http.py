"""One small HTTP client for carriers.

* A deadline for the whole exchange, also for a host that answers a byte a minute; a limit on what is read.
* No redirects: a carrier that answers with one has moved, and a person should say where to.
* The address is checked by whoever builds the client (`resolve`) and the connection goes to the checked address, so a
  name that resolves differently a moment later reaches nothing.
* The token goes to the account's own host only, and into no error text and no log: also not with the address, where
  urllib3 would write it at debug level and with warnings.
* Every failure is turned into one of `errors`, with the answer to "may the carrier have acted?".
"""

import json
import logging
import ssl
import time
from decimal import Decimal
from urllib.parse import quote_plus, urlencode, urljoin, urlsplit

import urllib3
from urllib3.connection import CertificateError
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util import Timeout

from .errors import AccountRefused, CarrierBusy, RejectedByCarrier, TransientCarrierError

MAX_BYTES = 10 * 1024 * 1024
_CONNECT_SECONDS = 5
_LONGEST_PAUSE = 6 * 3600


def _no_debug(record):
    """urllib3 writes the whole URL at debug level; ours may contain a token."""
    return record.levelno > logging.DEBUG


logging.getLogger("urllib3.connectionpool").addFilter(_no_debug)


class _HTTPPool(urllib3.HTTPConnectionPool):
    def _absolute_url(self, path):
        """urllib3 puts this into warnings: without the path."""
        return f"{self.scheme}://{self.host}:{self.port}/"


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    _absolute_url = _HTTPPool._absolute_url


def _explain_nothing(payload):
    return "", ""


class HttpClient:
    """Calls one carrier account.

    :param str base_url: where the carrier listens; paths are relative to it
    :param str token: bearer token, sent to this host only
    :param float timeout: seconds for one whole exchange
    :param resolve: function of a URL that returns the IP address to connect to (or None: by name) and raises
        ``ValueError`` when the URL must not be called, ``OSError`` when its name is not known
    :param dict headers: sent with every request to the account's host
    :param str query: parameter of the address that carries the token, for carriers that take it in no header
    :param ssl_context: for tests with certificates of their own
    """

    def __init__(
        self,
        base_url,
        token="",
        timeout=10.0,
        resolve=None,
        headers=None,
        scheme="Bearer",
        header="Authorization",
        query="",
        ssl_context=None,
    ):
        self.base_url = base_url.rstrip("/") + "/"
        self.timeout = float(timeout)
        self._token = token
        self._resolve = resolve
        self._ssl_context = ssl_context
        self._headers = dict(headers or {})
        self._query = query if token else ""
        if token and not query:
            self._headers[header] = f"{scheme} {token}".strip()

    def __repr__(self):
        return f"<HttpClient {self.base_url}>"

    def json(self, method, path, body=None, headers=None, explain=_explain_nothing, changes=False):
        """Send JSON, get JSON.

        :param bool changes: the request makes the carrier do something, so a lost reply leaves doubt
        :param explain: function of an error's decoded body that returns (message, field)
        :returns: the decoded answer; numbers with a point are `Decimal`
        """
        raw, status = self._exchange(method, path, body, headers or {}, explain, changes, "application/json")
        if not raw.strip():
            return {}
        try:
            return json.loads(raw, parse_float=Decimal)
        except ValueError as error:
            raise TransientCarrierError(
                f"{self._name(method, path)} answered {status} with something that is not JSON: {self.excerpt(raw)!r}",
                maybe_done=changes,
            ) from error

    def content(self, url, accept="*/*", explain=_explain_nothing):
        """Fetch bytes (a label) from a path of the account, or from a full URL, which gets no token when elsewhere."""
        return self._exchange("GET", url, None, {}, explain, False, accept)[0]

    def excerpt(self, raw, limit=200):
        """The beginning of an answer as text, without the token should the carrier echo it."""
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        if self._token:
            text = text.replace(self._token, "***").replace(quote_plus(self._token), "***")
        text = " ".join(text.split())
        return text if len(text) <= limit else text[:limit] + "…"

    # -- one exchange ----------------------------------------------------------------------------------------------

    def _name(self, method, path):
        parts = urlsplit(urljoin(self.base_url, path.lstrip("/") if not urlsplit(path).scheme else path))
        return f"{method} {parts.netloc.rpartition('@')[2]}{parts.path}"

    def raw(self, method, url, data=None, headers=None, changes=False):
        """One exchange with a full URL, its answer neither read nor judged: (status, reason, headers, bytes).

        :param bytes data: sent as it is; the headers say what it is
        :raises TransientCarrierError: no answer
        :raises AccountRefused: an address that must not be called, or a certificate that is not accepted
        """
        response, body = self._send(method, url, data, dict(headers or {}), changes)
        return response.status, response.reason, response.headers, body

    def _exchange(self, method, path, body, headers, explain, changes, accept):
        url = path if urlsplit(path).scheme else urljoin(self.base_url, path.lstrip("/"))
        own = urlsplit(url)[:2] == urlsplit(self.base_url)[:2]
        sent = {
            "Accept": accept,
            "User-Agent": "logistics-carrier-connector",
            **(self._headers if own else {}),
            **headers,
        }
        name = self._name(method, url)
        if own and self._query:
            url += f"{'&' if urlsplit(url).query else '?'}{urlencode({self._query: self._token})}"
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode()
            sent["Content-Type"] = "application/json"
        response, raw = self._send(method, url, data, sent, changes)
        self._judge(name, response, raw, explain, changes)
        return raw, response.status

    def _send(self, method, url, data, sent, changes):
        name = self._name(method, url)
        deadline = time.monotonic() + self.timeout
        pool = self._pool(url, sent)
        try:
            response = self._open(pool, method, url, data, sent, name, changes)
            try:
                return response, self._read(response, deadline, name, changes)
            finally:
                response.close()
        finally:
            pool.close()

    def _pool(self, url, headers):
        """A connection pool of one, to the address that was checked."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AccountRefused(f"{self.excerpt(url)} is no address that can be called: give http(s)://host/path.")
        try:
            address = self._resolve(url) if self._resolve else None
        except ValueError as error:
            raise AccountRefused(f"{parts.hostname} must not be called: {error}") from error
        except OSError as error:
            raise TransientCarrierError(f"{parts.hostname} does not resolve: {_cause(error)}") from error
        timeout = Timeout(connect=min(_CONNECT_SECONDS, self.timeout), read=self.timeout)
        options = {"port": parts.port, "maxsize": 1, "timeout": timeout, "retries": False}
        headers["Host"] = parts.netloc.rpartition("@")[2]
        if parts.scheme == "http":
            return _HTTPPool(address or parts.hostname, **options)
        return _HTTPSPool(
            address or parts.hostname,
            server_hostname=parts.hostname,
            assert_hostname=parts.hostname,
            cert_reqs="CERT_REQUIRED",
            ssl_context=self._ssl_context,
            **options,
        )

    def _open(self, pool, method, url, data, headers, name, changes):
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            return pool.urlopen(
                method,
                target,
                body=data,
                headers=headers,
                redirect=False,
                preload_content=False,
                assert_same_host=False,
            )
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise TransientCarrierError(f"{name}: no connection ({_cause(error)})") from error
        except SSLError as error:
            if _is_certificate(error):
                raise AccountRefused(f"{name}: the certificate was not accepted ({_cause(error)})") from error
            raise TransientCarrierError(f"{name}: TLS failed ({_cause(error)})", maybe_done=changes) from error
        except ReadTimeoutError as error:
            raise TransientCarrierError(f"{name}: no answer within {self.timeout:g} s", maybe_done=changes) from error
        except (HTTPError, OSError) as error:
            raise TransientCarrierError(f"{name}: connection lost ({_cause(error)})", maybe_done=changes) from error

    def _read(self, response, deadline, name, changes):
        chunks, size = [], 0
        try:
            while True:
                chunk = response.read(65536)
                if not chunk:
                    return b"".join(chunks)
                chunks.append(chunk)
                size += len(chunk)
                if size > MAX_BYTES:
                    raise TransientCarrierError(
                        f"{name}: the answer is longer than {MAX_BYTES} bytes", maybe_done=changes
                    )
                if time.monotonic() > deadline:
                    raise TransientCarrierError(f"{name}: not finished within {self.timeout:g} s", maybe_done=changes)
        except (HTTPError, OSError) as error:
            raise TransientCarrierError(f"{name}: answer cut off ({_cause(error)})", maybe_done=changes) from error

    def _judge(self, name, response, raw, explain, changes):
        """Turn a status that is no success into the error that says what to do."""
        status = response.status
        if 200 <= status < 300:
            return
        message, field = _explained(raw, explain)
        words = f"{name} answered {status}: {self.excerpt(message or raw) or response.reason or 'no reason given'}"
        pause = explain_pause(status, response.headers)
        if pause is not None:
            raise CarrierBusy(words, pause)
        if status in (401, 403):
            raise AccountRefused(words)
        if 300 <= status < 400:
            raise AccountRefused(f"{words} (redirects are not followed: correct the address)")
        if status >= 500 or status in (408, 425):
            raise TransientCarrierError(words, maybe_done=changes)
        if message:
            # A person has to put it right: what the carrier says comes first.
            said = self.excerpt(message)
            words = f"{said if field in said else f'{field}: {said}'} ({name} answered {status})"
        raise RejectedByCarrier(words, field=field, status=status)


def _explained(raw, explain):
    try:
        message, field = explain(json.loads(raw))
    except ValueError:
        return "", ""
    return str(message or ""), str(field or "")


def _cause(error):
    """Few words for a low-level error; urllib3's own texts repeat the URL and the object's address."""
    reason = getattr(error, "reason", None) or error
    while getattr(reason, "args", None) and isinstance(reason.args[-1], Exception):
        reason = reason.args[-1]
    text = str(reason)
    if "object at 0x" in text:
        text = text.rpartition(": ")[2]
    return text or type(reason).__name__


def _is_certificate(error):
    """Whether TLS failed over the certificate, so before anything was sent."""
    reason = error.args[0] if error.args else None
    return isinstance(reason, ssl.SSLCertVerificationError | CertificateError)


def explain_pause(status, headers):
    """Seconds a carrier wants to be left alone, None when its answer does not ask for it."""
    pause = _retry_after(headers.get("Retry-After"))
    if status == 429 or (status == 503 and pause is not None):
        return 60.0 if pause is None else pause
    return None


def _retry_after(text):
    """Seconds from a Retry-After header that gives a number; a date or nonsense counts as a minute."""
    if text is None:
        return None
    try:
        return min(max(float(text), 1.0), _LONGEST_PAUSE)
    except ValueError:
        return 60.0
