"""Whom the relay may call."""

import socket

import pytest
from relay.url_guard import UrlRefused, parse_networks, parse_url, refusal, vet

REFUSED = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255",
    "192.168.0.1", "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.0.170",
    "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1",
    "255.255.255.255", "192.88.99.1",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2002:7f00:1::",
    "2002:c0a8:1::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "3fff::1",
    "5f00::1", "not an address", "",
]  # fmt: skip
ALLOWED = ["1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "198.17.255.255",
           "223.255.255.255", "2606:4700::1111", "2a00:1450:4001:80b::200e", "::ffff:8.8.8.8"]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_not_public(address):
    assert refusal(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_public(address):
    assert refusal(address) == ""


@pytest.mark.parametrize(
    ("address", "networks", "allowed"),
    [
        ("127.0.0.1", "127.0.0.0/8", True),
        ("::ffff:127.0.0.1", "127.0.0.0/8", True),
        ("10.1.2.3", "10.1.0.0/16, 192.168.7.7", True),
        ("192.168.7.7", "10.1.0.0/16, 192.168.7.7", True),
        ("10.2.0.1", "10.1.0.0/16", False),
        ("fd00::5", "fd00::/8", True),
        ("::1", "127.0.0.0/8", False),
        ("169.254.169.254", "0.0.0.0/0", False),
        ("169.254.169.254", "169.254.169.254/32", True),
        ("10.0.0.1", "0.0.0.0/0", True),
    ],
)
def test_allowed_networks(address, networks, allowed):
    assert (refusal(address, parse_networks(networks)) == "") is allowed


@pytest.mark.parametrize("text", ["10.1.0.0/33", "office", "10.1/16/3"])
def test_unreadable_networks(text):
    with pytest.raises(UrlRefused, match="no network"):
        parse_networks(text)


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        "partner.example",
        "ftp://partner.example/",
        "file:///etc/passwd",
        "gopher://partner.example",
        "http://partner.example/",
        "https://",
        "https:///path",
        "https://user:secret@partner.example/",
        "https://user@partner.example/",
        "https://partner.example:0/",
        "https://partner.example:99999/",
        "https://partner.example:http/",
        "https://part ner.example/",
        "https://partner.example/\r\nX-Evil: 1",
        "https://partner.example\\@evil.example/",
        "https://[::1",
        "https://[zz::1]/",
        "https://-partner.example/",
        "https://partner_example!/",
        "https://partner.example/ü",
        "https://partner.example/" + "a" * 2000,
        "//partner.example/",
        "javascript:alert(1)",
    ],
)
def test_refused_urls_say_why(url):
    with pytest.raises(UrlRefused) as caught:
        parse_url(url)
    assert "secret" not in str(caught.value)


def test_good_urls():
    assert parse_url("https://Partner.example/hook?a=1#x") == ("https", "partner.example", 443, "/hook?a=1")
    assert parse_url("https://partner.example:8443") == ("https", "partner.example", 8443, "/")
    assert parse_url("http://127.0.0.1:5001/a", allow_http=True) == ("http", "127.0.0.1", 5001, "/a")
    assert parse_url("https://[2606:4700::1111]/") == ("https", "2606:4700::1111", 443, "/")
    assert parse_url("https://bücher.example/").host == "xn--bcher-kva.example"


def resolver(*addresses):
    def lookup(host, port, *_rest):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return lookup


def test_vetting():
    assert vet("partner.example", 443, resolver=resolver("8.8.8.8", "1.1.1.1", "8.8.8.8")) == ["8.8.8.8", "1.1.1.1"]
    with pytest.raises(UrlRefused, match=r"10\.0\.0\.5 is not a public address"):
        vet("partner.example", 443, resolver=resolver("8.8.8.8", "10.0.0.5"))
    with pytest.raises(OSError):
        vet("partner.example", 443, resolver=resolver())


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "0", "127.0.0.1"])
def test_every_spelling_of_home(host):
    """However it is written, what counts is the address it leads to."""
    with pytest.raises((UrlRefused, OSError)):
        vet(host, 80)
