"""Ways around a URL guard that have worked elsewhere, each tried on ours; real DNS, real redirects, real proxies."""

import ipaddress
import socket
import threading

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from relay.transport import Transport
from relay.url_guard import UrlRefused, parse_networks, parse_url, refusal, vet

from . import hostile
from .dns_stub import NameServer
from .hostile import Server
from .receiver import Answer
from .test_failures import OK, call
from .test_transport import job, system

# Every spelling leads inside, or to where nobody's webhook is: loopback, metadata, private networks.
INSIDE = [
    # IPv4 in other clothes
    "https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/",
    "https://0x7f.1/", "https://0x7f.0x0.0x0.0x1/", "https://0177.0.0.1/", "https://017700000001/", "https://0/",
    "https://0.0.0.0/", "https://0x0/", "https://127.0.0.1./", "https://127.000.000.001/", "https://127.0.0.1:443/",
    "https://10.0.0.1/", "https://167772161/", "https://0xa.1/", "https://172.16.5.5/", "https://192.168.0.1/",
    "https://0xc0a80001/", "https://169.254.169.254/latest/meta-data/", "https://2852039166/", "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/", "https://169.254.43518/", "https://100.64.0.1/", "https://100.100.100.200/",
    "https://192.0.0.192/", "https://198.18.0.1/", "https://198.19.255.254/", "https://192.0.2.1/",
    "https://198.51.100.1/", "https://203.0.113.1/", "https://224.0.0.251/", "https://239.255.255.250/",
    "https://240.0.0.1/", "https://255.255.255.255/", "https://192.88.99.1/", "https://0.1.2.3/",
    # IPv6, alone and with IPv4 inside
    "https://[::1]/", "https://[::]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:ffff:a9fe:a9fe]/", "https://[::127.0.0.1]/", "https://[::7f00:1]/",
    "https://[::ffff:0:127.0.0.1]/", "https://[64:ff9b::127.0.0.1]/", "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::1]/", "https://[2002:7f00:1::]/", "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/", "https://[2001:10::1]/", "https://[2001:db8::1]/",
    "https://[fc00::1]/", "https://[fd00:ec2::254]/", "https://[fe80::1]/", "https://[fec0::1]/", "https://[ff02::1]/",
    "https://[100::1]/", "https://[3fff::1]/", "https://[5f00::1]/", "https://[4000::1]/", "https://[e000::1]/",
    # zone ids
    "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[::1%25lo]/", "https://[2606:4700::1%25lo]/",
    # user info, backslashes, fragments: whom does it mean?
    "https://partner.example@127.0.0.1/", "https://partner.example:443@127.0.0.1/", "https://user@127.0.0.1/",
    "https://127.0.0.1\\@partner.example/", "https://partner.example\\@127.0.0.1/", "https:\\\\127.0.0.1/",
    "https://127.0.0.1#@partner.example/", "https://127.0.0.1?@partner.example/", "https://127.0.0.1;@partner.example/",
    "https://127.0.0.1%2f@partner.example/", "https://127.0.0.1%23@partner.example/", "https://partner.example%00@x/",
    "https://@127.0.0.1/", "https://:@127.0.0.1/", "https://%31%32%37.0.0.1/", "https://127%2e0%2e0%2e1/",
    "https:///127.0.0.1/", "https:127.0.0.1/", "https:/127.0.0.1/", "//127.0.0.1/",
    # white space and control characters that some parsers drop
    "https://127.0.\t0.1/", "https://127.0.0.1\n/", "ht\ntps://127.0.0.1/", "https://127.0.0.1 /",
    "https://127.0.0.1\x00.partner.example/", "https://127.0.0.1\x0b/", "https://127.0.0.1\x7f/",
    "https://127.0.0.1\u00a0/", "https://127.0.0.1\u2028/", "https://127.0.0.1\ufeff/", "https://127.0.0\u200b.1/",
    # letters, digits and dots that only look different
    "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/", "https://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
    "https://127\u30020\u30020\u30021/", "https://127\uff0e0\uff0e0\uff0e1/", "https://127\uff610\uff610\uff611/",
    "https://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/", "https://loca\u02e1host/",
    "https://\u0967\u0968\u096d.\u0966.\u0966.\u0967/", "https://127.0.0.\u00b9/", "https://\u2488/",
    "https://\uff3b::1\uff3d/", "https://127.0.0.1\uff0fpartner.example/", "https://127.0.0.1\u2044partner.example/",
    "https://127.0.0.1\uff20partner.example/", "https://127.0.0.1\uff1a443/", "https://127.0.0.1\uff03partner.example/",
    # names of home
    "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://ip6-localhost/",
    # ports and schemes
    "https://127.0.0.1:0/", "https://127.0.0.1:-1/", "https://127.0.0.1:65536/", "https://127.0.0.1:+443/",
    "https://127.0.0.1:4\uff143/", "https://127.0.0.1:443:443/", "https://[::1]:443/", "https://[::1]443/",
    "HTTP://127.0.0.1/", "HTTPS://127.0.0.1/", "hTTpS://0x7f.1/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x",
    "dict://127.0.0.1:11211/", "ftp://127.0.0.1/", "unix:///var/run/docker.sock", "data:text/plain,x",
    "https+unix://%2Fvar%2Frun%2Fdocker.sock/", "jar:https://127.0.0.1!/",
    # brackets
    "https://[127.0.0.1]/", "https://[::1/", "https://::1/", "https://[::1]]/", "https://[[::1]]/", "https://[v1.x]/",
    "https://[::1].partner.example/", "https://[::ffff:127.0.0.1", "https://[]/", "https://[::ffff:127.1]/",
]  # fmt: skip


@pytest.fixture
def no_connections(monkeypatch):
    """Nothing may be connected to at all; returns what was tried."""
    tried = []

    def connect(sock, address):
        tried.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


@pytest.mark.parametrize("url", INSIDE)
def test_bypasses(url, no_connections):
    for allow_http in (False, True):
        response, outcome = call(system(url, allow_http=allow_http, allowed_networks="", timeout=0.5), watch=False)
        assert outcome.failure in ("setup", "refused_address", "dns"), outcome
        assert not response.sent
    # resolvers of test machines may forward names; whatever they say, nothing was connected to
    assert not [address for address in no_connections if address[1] != 53]


@pytest.mark.parametrize("url", INSIDE)
def test_refusals_tell_no_secrets(url):
    try:
        parse_url(url.replace("partner.example", "user:passw0rd@partner.example") + "?token=t0ken")
    except UrlRefused as error:
        assert "passw0rd" not in str(error) and "t0ken" not in str(error)


# -- the network moves between two looks -------------------------------------------------------------------------


def test_rebinding_with_a_real_name_server():
    """The address that was looked at is the one connected to; the next connection is looked at anew."""
    with NameServer({"rebind.test": [["127.0.0.1"], ["127.0.0.2"]]}) as dns, Server(hostile.answers(OK)) as server:
        config = system(f"http://rebind.test:{server.port}/", allowed_networks="127.0.0.1")
        transport = Transport(resolver=dns.getaddrinfo)
        response, outcome = call(config, transport)
        assert (response.status, response.phases.address) == (200, "127.0.0.1")
        assert len(dns.asked) == 2, "asked once (A and AAAA): there is no second look-up to be fooled"
        # the partner closed the connection; the name leads elsewhere now
        response, outcome = call(config, transport)
        assert (outcome.failure, server.connections) == ("refused_address", 1)
        assert "127.0.0.2 is not a public address" in outcome.error
        assert len(dns.asked) == 4
        transport.close()


def test_a_public_name_that_turns_inside(no_connections):
    with NameServer({"rebind.test": [["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34", "127.0.0.1"]]}) as dns:
        transport = Transport(resolver=dns.getaddrinfo)
        config = system("https://rebind.test/", allowed_networks="")
        failures = [call(config, transport, watch=False)[1].failure for _ in range(3)]
    assert failures == ["connect", "refused_address", "refused_address"]
    assert no_connections == [("93.184.216.34", 443)]


@pytest.mark.parametrize(
    "addresses",
    [["::1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["2606:4700::1111", "fe80::1"], ["8.8.8.8", "10.0.0.1"], []],
)
def test_names_that_lead_inside(addresses, no_connections):
    with NameServer({"partner.test": [addresses]}) as dns:
        _response, outcome = call(
            system("https://partner.test/", allowed_networks=""), Transport(resolver=dns.getaddrinfo), watch=False
        )
    assert outcome.failure == ("refused_address" if addresses else "dns")
    assert not no_connections


def test_kept_connections_stay_with_the_address_that_was_vetted(receiver):
    with NameServer({"partner.test": [["127.0.0.1"], ["10.0.0.1"]]}) as dns:
        transport = Transport(resolver=dns.getaddrinfo)
        config = system(f"http://partner.test:{receiver.port}/")
        assert [transport.send(job(config)).status for _ in range(5)] == [200] * 5
        assert len(dns.asked) == 2
        transport.close()


# -- what others send us after ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_inside_are_not_followed(receiver, status):
    with Server(hostile.answers(OK)) as inside:
        receiver.rule = lambda request, times: Answer(status, headers=(("Location", inside.url),))
        response, outcome = call(system(receiver.url))
        assert (response.status, outcome.failure, inside.connections) == (status, "redirect", 0)


def test_other_ways_of_being_sent_elsewhere(receiver):
    with Server(hostile.answers(OK)) as inside:
        extra = (("Refresh", f"0; url={inside.url}"), ("Alt-Svc", f'h2="127.0.0.1:{inside.port}"'),
                 ("Content-Location", inside.url), ("Link", f"<{inside.url}>; rel=canonical"))  # fmt: skip
        receiver.rule = lambda request, times: Answer(200, headers=extra)
        transport = Transport()
        config = system(receiver.url)
        assert [transport.send(job(config)).status for _ in range(3)] == [200] * 3
        assert inside.connections == 0
        transport.close()


def test_proxies_of_the_environment_stay_untouched(receiver, monkeypatch):
    with Server(hostile.answers(OK)) as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        assert call(system(receiver.url))[0].status == 200
        assert call(system(f"https://127.0.0.1:{receiver.port}/"))[1].failure == "tls"
        assert proxy.connections == 0


def test_a_netrc_is_not_read(receiver, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login odoo password from-netrc\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert call(system(receiver.url))[0].status == 200
    assert "authorization" not in receiver.requests[0][0].headers


# -- allowances ---------------------------------------------------------------------------------------------------


def test_an_allowance_opens_one_network_for_one_system(receiver):
    allowed = parse_networks("10.20.0.0/16, fd12::/16")
    for address in ("10.20.0.1", "10.20.255.255", "fd12::1", "::ffff:10.20.1.1"):
        assert refusal(address, allowed) == ""
    for address in ("10.21.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd13::1", "2002:0a14:1::", "64:ff9b::a14:1"):
        assert refusal(address, allowed)
    transport = Transport()
    assert transport.send(job(system(receiver.url))).status == 200
    assert transport.send(job(system(receiver.url, id=2, allowed_networks="10.0.0.0/8"))).failure == "refused_address"
    transport.close()


def test_plain_http_is_for_whom_it_was_allowed(receiver):
    assert call(system(receiver.url, allow_http=False))[1].failure == "setup"
    assert call(system(receiver.url.upper().replace("HTTP", "HtTp"), allow_http=False))[1].failure == "setup"


# -- against the standard library's own opinion --------------------------------------------------------------------


def is_ordinary(ip):
    """Public by everything ``ipaddress`` knows, whatever is wrapped into it."""
    if ip.version == 6:
        inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        inner = [address for address in inner if address is not None]
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            inner.append(ipaddress.ip_address(int(ip) & 0xFFFFFFFF))
        if inner and not all(is_ordinary(address) for address in inner):
            return False
        if ip.ipv4_mapped is not None:
            return True
        if ip.is_site_local:
            return False
    return ip.is_global and not (
        ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved or ip.is_unspecified
    )


@settings(max_examples=2000)
@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
@example(ipaddress.ip_address("192.88.99.1"))
@example(ipaddress.ip_address("2001:20::1"))
def test_what_is_let_through_is_public(ip):
    if not refusal(str(ip)):
        assert is_ordinary(ip), ip


@settings(max_examples=500)
@given(st.ip_addresses(v=4))
def test_public_ipv4_is_let_through(ip):
    """The guard is no tighter than it has to be, where the standard library and we can agree."""
    if is_ordinary(ip) and not any(ip in net for net in parse_networks("192.88.99.0/24, 192.0.0.0/24")):
        assert refusal(str(ip)) == ""
        assert refusal(f"::ffff:{ip}") == ""


_hosts = st.one_of(
    st.text(min_size=1, max_size=20),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map("[{}]".format),
    st.integers(0, 2**32 - 1).map(str),
    st.integers(0, 2**32 - 1).map(hex),
    st.lists(st.integers(0, 300), min_size=1, max_size=5).map(lambda parts: ".".join(map(str, parts))),
    st.lists(st.integers(0, 255), min_size=4, max_size=4).map(lambda parts: ".".join(map(oct, parts)).replace("o", "")),
)


@settings(max_examples=500, deadline=None)
@given(_hosts, st.text(max_size=8), st.text(max_size=8))
def test_no_url_ever_leads_inside(host, before, after):
    """Whatever is typed: what the resolver of this machine makes of it is public, or it is refused."""
    try:
        target = parse_url(f"https://{before}{host}{after}/")
    except UrlRefused:
        return

    def lookup(name, port, *rest):
        # numeric forms only: the property is about addresses, and no name server is to be asked
        return socket.getaddrinfo(name, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)

    try:
        addresses = vet(target.host, target.port, resolver=lookup)
    except (UrlRefused, OSError, UnicodeError):
        return
    assert all(is_ordinary(ipaddress.ip_address(address)) for address in addresses)


def test_vetting_is_for_every_thread_and_every_connection():
    """Many threads at once, half of them on a name that leads inside: none of those gets through."""
    zone = {"good.test": [["127.0.0.1"]], "bad.test": [["127.0.0.2"]]}
    with NameServer(zone) as dns, Server(hostile.answers(OK)) as server:
        transport = Transport(resolver=dns.getaddrinfo)
        found = []

        def one(name):
            config = system(f"http://{name}:{server.port}/", id=hash(name), allowed_networks="127.0.0.1")
            found.extend((name, transport.send(job(config)).failure) for _ in range(10))

        threads = [threading.Thread(target=one, args=(name,)) for name in zone for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        transport.close()
    assert set(found) == {("good.test", None), ("bad.test", "refused_address")}
