"""From exceptions to failures: what went wrong in a call, without the URL, headers or body in the words.

Texts of exceptions are never passed on, because they contain URLs and URLs contain secrets.
"""

import ssl
from http.client import BadStatusLine, HTTPException, LineTooLong, RemoteDisconnected

from urllib3 import exceptions

from . import url_guard
from .certificates import CertificateProblem
from .connections import CONNECT_TIMEOUT


class CallFailed(Exception):
    """A call that must not or cannot be made; carries the failure code and the words.

    :param str code: one of :data:`.failures.FAILURES`
    :param bool hopeless: the same bytes will never be sent: no retry
    """

    def __init__(self, code, words, hopeless=False):
        super().__init__(words)
        self.code = code
        self.hopeless = hopeless


def explain(error, call, timeout):
    """Failure code and words of an exception.

    :param call: the :class:`~.connections.Call` it happened in, or None when it was not begun
    :param float timeout: what the system allows, for the words
    :returns: (code, words)
    """
    if isinstance(error, CallFailed):
        return error.code, str(error)
    if isinstance(error, url_guard.AddressRefused):
        return "refused_address", str(error)
    if isinstance(error, url_guard.UrlRefused | CertificateProblem):
        return "setup", str(error)
    if call is not None and call.is_over():
        return "deadline", f"no complete answer within {timeout:g} s"
    stage = call.stage if call is not None else "start"
    connecting = min(CONNECT_TIMEOUT, timeout)
    cause = error.__cause__ or error.__context__
    if isinstance(error, exceptions.NewConnectionError):  # before its base class, the timeout
        if stage == "dns":
            slow = isinstance(cause, TimeoutError)
            return "dns", f"the host name did not resolve within {CONNECT_TIMEOUT:g} s" if slow else (
                "the host name does not resolve"
            )
        return "connect", f"connection failed: {getattr(cause, 'strerror', None) or type(cause).__name__}"
    if isinstance(error, exceptions.ConnectTimeoutError):
        return "connect_timeout", f"no connection within {connecting:g} s"
    if isinstance(error, exceptions.ReadTimeoutError):
        if stage == "tls":
            return "tls", f"TLS failed: the handshake did not end within {connecting:g} s"
        return "timeout", f"no answer within {timeout:g} s"
    if isinstance(error, exceptions.SSLError):
        if stage != "tls" and isinstance(error.args[0] if error.args else None, ssl.SSLEOFError):
            return "reset", "connection broken: the partner hung up without an answer"
        return "tls", f"TLS failed: {_tls_words(error.args[0] if error.args else None)}"
    if isinstance(error, exceptions.InvalidHeader):
        return "invalid", "the answer is not HTTP: contradicting lengths"
    if isinstance(error, exceptions.ProtocolError):
        return _broken(error.args[-1] if error.args else None, stage)
    if isinstance(error, OSError):
        return _broken(error, stage)
    return "internal", f"call failed: {type(error).__name__}"


def _tls_words(inner):
    """What OpenSSL says, where it is worth reading."""
    if isinstance(inner, ssl.SSLCertVerificationError):
        return inner.verify_message.rstrip(".")
    if isinstance(inner, ssl.SSLEOFError):
        return "the partner hung up during the handshake"
    reason = getattr(inner, "reason", None) or ""
    if "CERTIFICATE_REQUIRED" in reason:
        return "the partner asks for a client certificate"
    if "ALERT" in reason:
        return f"the partner turned us away ({reason.split('ALERT_')[-1].replace('_', ' ').lower()})"
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"):
        return "the partner does not speak TLS on this port"
    return reason.replace("_", " ").lower() or "the connection broke off during the handshake"


def _broken(inner, stage):
    if isinstance(inner, LineTooLong) or (isinstance(inner, HTTPException) and "headers" in str(inner)):
        return "oversize", "the head of the answer is too large"
    if isinstance(inner, RemoteDisconnected | ConnectionError):
        if stage == "tls":
            return "tls", "TLS failed: the partner hung up during the handshake"
        return "reset", f"connection broken: {_hung_up(inner)}"
    if isinstance(inner, TimeoutError):
        return "timeout", "the partner did not take the message in time"
    if isinstance(inner, BadStatusLine | HTTPException | ValueError):
        return "invalid", "the answer is not HTTP"
    return "reset", f"connection broken: {type(inner).__name__}"


def _hung_up(inner):
    if isinstance(inner, RemoteDisconnected):
        return "the partner hung up without an answer"
    return (inner.strerror or type(inner).__name__).lower()
