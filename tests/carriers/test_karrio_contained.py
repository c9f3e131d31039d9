"""What Karrio may not do in this process: switch off certificates, call by itself, print, tell secrets."""

import base64
import contextlib
import io
import logging
import re
import ssl

import pytest
from carrier_adapters import (
    AccountRefused,
    HttpClient,
    TransientCarrierError,
)

from .karrio_case import BUY, CARRIERS
from .karrio_server import CLIENT, SECRET, Fault

pytest.importorskip("karrio", reason="Karrio needs Python 3.11 or later")

# -- what the library may not do ------------------------------------------------------------------------------------


def test_certificates_are_still_checked_after_loading():
    from carrier_adapters import karrio_library

    karrio_library.load()
    context = ssl._create_default_https_context()
    assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname


def test_no_request_leaves_outside_a_call():
    from carrier_adapters import karrio_library

    karrio_library.load()
    import karrio.lib as lib

    with pytest.raises(AccountRefused, match="outside a call"):
        lib.request(url="http://127.0.0.1:1/", method="GET")


def test_labels_are_not_sent_to_strangers(karrio_account, desk):
    from carrier_adapters.karrio_line import Line

    line = Line(HttpClient("", timeout=1))
    import karrio.lib as lib

    with line.in_use(), pytest.raises(AccountRefused, match="labels are not sent there"):
        lib.zpl_to_pdf(base64.b64encode(b"^XA^XZ").decode(), 4, 6)


def test_credentials_go_to_the_carriers_own_hosts_alone(desk):
    from urllib.error import HTTPError
    from urllib.request import Request

    from carrier_adapters.karrio_line import Line

    line = Line(HttpClient("", timeout=2))
    line.hosts = {"api.carrier.example"}
    with pytest.raises(HTTPError):
        line.open(Request(f"{desk.url}/vis/track/pin/1", headers={"Authorization": "Basic c2VjcmV0"}, method="GET"))
    assert "Authorization" not in desk.requests[-1][2]


def test_secrets_stand_in_no_error_no_log_no_name(karrio_account, karrio_order, desk, caplog):
    caplog.set_level(logging.DEBUG)
    console = io.StringIO()
    said = []
    basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    tokens = {"ups": "ups-access-token-123456", "dhl_parcel_de": "dhl-access-token-123456", "canadapost": ""}
    with contextlib.redirect_stderr(console), contextlib.redirect_stdout(console):
        for carrier in CARRIERS:
            # What each of them knows of us, said back to us.
            known = f"You said {CLIENT}:{SECRET} {basic if carrier != 'dhl_parcel_de' else 'p4ssword'} "
            echo = f"{known} {tokens[carrier]}".encode()
            for status in (200, 400, 401, 418, 500):
                desk.fault = Fault(BUY[carrier], status=status, body=echo)
                adapter = karrio_account(carrier)
                with pytest.raises(Exception) as caught:
                    adapter.book(karrio_order(carrier))
                said += [str(caught.value), repr(caught.value), repr(adapter), repr(adapter.settings)]
            desk.fault = Fault("", status=401, body=known.encode())
            with pytest.raises(AccountRefused) as caught:
                karrio_account(carrier).check()
            said.append(str(caught.value))
    text = "\n".join([*said, caplog.text, console.getvalue()])
    for secret in (SECRET, "p4ssword", "access-token-123456", basic):
        assert secret not in text
    assert re.search(r"answered 500", text)


def test_what_a_package_does_not_know_is_neither_printed_nor_logged(capfd, caplog):
    from carrier_adapters import karrio_library

    caplog.set_level(logging.DEBUG)
    karrio_library.load()
    import karrio.lib as lib
    from karrio.mappers.ups.settings import Settings as UpsSettings

    given = {"client_id": "a", "client_secret": "b", "carrier_id": "ups", "surprise": "s3cret"}
    assert lib.to_object(UpsSettings, given).client_id == "a"
    assert "s3cret" not in caplog.text + "".join(capfd.readouterr())


def test_an_answer_without_end_is_cut(karrio_account, karrio_order, desk):
    desk.fault = Fault("/ship", status=200, body=b"x" * (11 * 1024 * 1024))
    with pytest.raises(TransientCarrierError, match="longer than") as caught:
        karrio_account("ups").book(karrio_order("ups"))
    assert caught.value.maybe_done
