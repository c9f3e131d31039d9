"""Whom the relay may call. Anyone who can set a URL could otherwise make the server read its own network.

Two steps, at two times. :func:`parse_url` looks at the text (when a system is saved, and before each call).
:func:`vet` resolves the host at the moment of connecting and returns the addresses that may be used; the connection is
made to exactly those, with the original name in ``Host`` and in TLS. A name that resolves to something else a moment
later (DNS rebinding) therefore changes nothing, and neither do redirects, which are not followed.
"""

import ipaddress
import re
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

# Everything that is not an ordinary public address. Written out, because the standard library's idea of "global"
# differs between the Python versions in use.
_REFUSED = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
# Outside of this no IPv6 address is public: loopback, embedded IPv4, NAT64, ULA, link-local, multicast.
_PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
# Cloud metadata lives here: a wide allowance such as 0.0.0.0/0 does not open it, only one inside of it does.
_LINK_LOCAL = (ipaddress.ip_network("169.254.0.0/16"), ipaddress.ip_network("fe80::/10"))
_MAPPED = ipaddress.ip_network("::ffff:0:0/96")
_BAD_TEXT = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?", re.ASCII)
MAX_ADDRESSES = 4
MAX_URL = 2000


class UrlRefused(ValueError):
    """The URL or the address behind it may not be called; the text names the reason, never path or query."""


class AddressRefused(UrlRefused):
    """The URL is in order, but what its host resolves to may not be called."""


class Target(NamedTuple):
    """A URL taken apart. ``path`` includes the query."""

    scheme: str
    host: str
    port: int
    path: str


def parse_networks(text):
    """Networks of "10.1.0.0/16, 127.0.0.0/8".

    :raises UrlRefused: one of them is no network
    """
    networks = []
    for part in re.split(r"[,;\s]+", (text or "").strip()):
        if part:
            try:
                networks.append(ipaddress.ip_network(part, strict=False))
            except ValueError:
                raise UrlRefused(f"'{part}' in the allowed networks is no network such as 10.1.0.0/16") from None
    return tuple(networks)


def is_address(host):
    """Whether the host is an address in plain form, so that nothing has to be resolved."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def parse_url(url, allow_http=False):
    """Take a URL apart and refuse what is not a plain https (or allowed http) address.

    :raises UrlRefused: with the reason
    """
    text = (url or "").strip()
    if not text:
        raise UrlRefused("There is no URL")
    if len(text) > MAX_URL:
        raise UrlRefused(f"The URL is longer than {MAX_URL} characters")
    if _BAD_TEXT.search(text):
        raise UrlRefused("The URL contains a space, a backslash or a control character")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UrlRefused("The URL cannot be read") from None
    if parts.scheme not in ("http", "https"):
        raise UrlRefused("The URL must start with https://")
    if parts.scheme == "http" and not allow_http:
        raise UrlRefused("Plain http is not allowed for this system: use https://, or allow plain http")
    if parts.username is not None or parts.password is not None:
        raise UrlRefused("The URL contains a user or password: use the authentication fields")
    host = parts.hostname or ""
    if not host:
        raise UrlRefused("The URL has no host")
    if ":" in host:
        if "%" in host or not is_address(host):
            raise UrlRefused("The URL's host is no address")
    else:
        try:
            host = host.encode("idna").decode("ascii") if not host.isascii() else host
        except UnicodeError:
            raise UrlRefused("The URL's host is no host name") from None
        if not _HOST.fullmatch(host):
            raise UrlRefused("The URL's host is no host name")
    if port == 0:
        raise UrlRefused("The URL's port is 0")
    path = parts.path or "/"
    path += f"?{parts.query}" if parts.query else ""
    if not path.isascii():
        raise UrlRefused("The URL's path has characters that must be percent-encoded")
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)


def refusal(address, allowed=()):
    """Why an address may not be called, or an empty string when it may.

    :param str address: what a resolver returned
    :param allowed: networks from :func:`parse_networks`
    """
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return f"{address} is no address"
    if ip.version == 6 and ip in _MAPPED:
        ip = ip.ipv4_mapped
    is_public = ip.version == 4 or ip in _PUBLIC_IPV6
    if is_public and not any(net.version == ip.version and ip in net for net in _REFUSED):
        return ""
    link_local = [net for net in _LINK_LOCAL if net.version == ip.version and ip in net]
    for net in allowed:
        if net.version == ip.version and ip in net and (not link_local or net.subnet_of(link_local[0])):
            return ""
    return f"{ip} is not a public address; add its network to the allowed networks if it is meant"


def vet(host, port, allowed=(), resolver=None):
    """Addresses of a host that may be connected to, in the resolver's order.

    One refused address refuses the host: a name that points inside and outside at once is no partner's name.

    :param resolver: ``getaddrinfo`` of a test
    :raises AddressRefused: one of them is refused
    :raises OSError: the name does not resolve
    """
    found = (resolver or socket.getaddrinfo)(host, port, 0, socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(entry[4][0] for entry in found))
    if not addresses:
        raise OSError(f"{host} has no address")
    for address in addresses:
        reason = refusal(address, allowed)
        if reason:
            raise AddressRefused(f"{host}: {reason}")
    return addresses[:MAX_ADDRESSES]
