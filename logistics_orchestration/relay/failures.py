"""Why a delivery failed: one table, in words for whoever has to do something about it.

A *failure* is finer than an HTTP status, because most trouble has none: names that do not resolve, certificates that
have run out, partners that hang up. Each attempt that was not delivered carries exactly one of these codes. The words
of the single case ("HTTP 503 …", "no answer within 15 s") are the attempt's ``error``.
"""

from typing import NamedTuple


class Failure(NamedTuple):
    """One class: its code in the database, its short label, and what to do about it."""

    code: str
    label: str
    hint: str


FAILURES = (
    Failure(
        "dns",
        "Name not found",
        "The host name in the URL does not resolve. Check the spelling, and whether this server's DNS works.",
    ),
    Failure(
        "refused_address",
        "Address not allowed",
        "The host name leads to an address inside a private network, which is refused for safety. If the system really "
        "is there, add its network to the allowed networks; otherwise the partner's DNS entry is wrong.",
    ),
    Failure(
        "connect",
        "No connection",
        "Nothing listens at this address, or a firewall turns us away. Check host and port, and whether the partner's "
        "system is running.",
    ),
    Failure(
        "connect_timeout",
        "Connection timed out",
        "The address does not react at all. The system may be off, or a firewall drops our calls: ask the partner "
        "whether this server's public address is let in.",
    ),
    Failure(
        "tls",
        "No secure connection",
        "The partner's certificate is not accepted (expired, for another name, from an unknown authority), or the "
        "partner asks for a client certificate we do not have. A private authority goes into the CA certificates.",
    ),
    Failure(
        "reset",
        "Connection broken off",
        "The partner took the call and hung up without an answer. Usually it restarted or something between us cut the "
        "line. It may have received the message; the repeat has the same webhook-id.",
    ),
    Failure(
        "timeout",
        "No answer in time",
        "The partner took the message and said nothing until the timeout. It may have received it. If it is always "
        "this slow, ask for an answer before the work is done, or raise the timeout.",
    ),
    Failure(
        "deadline",
        "Answer never finished",
        "The call as a whole took too long: the partner, its DNS or its token endpoint answers in drips. It may have "
        "received the message.",
    ),
    Failure(
        "oversize",
        "Answer too large",
        "The head of the answer is larger than any honest one. Something that is no webhook receiver answers there.",
    ),
    Failure(
        "invalid",
        "Not understood",
        "What came back is not HTTP. Check port and scheme: a mail or database server, or https against a plain http "
        "port, looks like this.",
    ),
    Failure(
        "redirect",
        "Redirected",
        "The partner points to another address. Redirects are not followed: enter the final URL.",
    ),
    Failure(
        "http_client",
        "Call refused (4xx)",
        "The partner does not accept the call as it is. 404 and 405 mostly mean a wrong URL. Tried again, because "
        "deployments look like this too.",
    ),
    Failure(
        "http_server",
        "Partner failed (5xx)",
        "The partner's system has a fault of its own. Tried again by the schedule; tell the partner if it goes on.",
    ),
    Failure(
        "throttled",
        "Told to slow down",
        "The partner asks for fewer calls. They wait as long as it says; a rate limit on the system avoids it.",
    ),
    Failure(
        "gone",
        "No longer wanted (410)",
        "The partner has withdrawn this address. The subscription is switched off and what it is owed is held.",
    ),
    Failure(
        "rejected",
        "Content refused",
        "The partner read the message and refuses its content; the same bytes will not be better tomorrow. See its "
        "answer, mend the cause, then replay.",
    ),
    Failure(
        "setup",
        "Our settings",
        "Something is missing or wrong in this system's settings here: nothing was sent. The error says what.",
    ),
    Failure(
        "auth",
        "Not let in",
        "Password, token, key or signature is not accepted (401, 403), or no token was given to us. Enter the "
        "credentials again, or ask the partner whether they were changed.",
    ),
    Failure(
        "internal",
        "Relay",
        "The relay itself could not make the call. It is tried again; see the relay's log if it goes on.",
    ),
)

# for selection fields: (code, label), and the same codes with what to do
LABELS = [(failure.code, failure.label) for failure in FAILURES]
HINTS = [(failure.code, failure.hint) for failure in FAILURES]

_BY_STATUS = {
    401: ("auth", "we are not let in: the credentials are refused"),
    403: ("auth", "we are not let in: it is forbidden to us"),
    404: ("http_client", "there is nothing at this URL"),
    405: ("http_client", "the URL takes no POST"),
    408: ("http_client", "the partner waited for our request"),
    410: ("gone", "the partner does not want this any more"),
    429: ("throttled", "too many calls"),
    502: ("http_server", "the partner's gateway has no answer from its system"),
    503: ("http_server", "the partner's system is out of service"),
    504: ("http_server", "the partner's gateway got no answer in time"),
}
_BY_HUNDRED = {
    3: ("redirect", "redirects are not followed, enter the final URL"),
    4: ("http_client", "the partner does not accept the call"),
    5: ("http_server", "the partner's system failed"),
}


def of_status(status):
    """What an HTTP status that is no success stands for.

    :param int status: any status but 2xx
    :returns: (failure code, words that begin with the status)
    """
    code, words = _BY_STATUS.get(status) or _BY_HUNDRED.get(status // 100) or ("invalid", "no status a server may send")
    return code, f"HTTP {status}: {words}"
