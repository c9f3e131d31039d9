"""docs/carriers.md says of every installed package what running it shows."""

import re

import pytest

from tools import carriers_doc
from tools.common import ROOT


def required():
    """{carrier: version} of the packages in requirements.txt."""
    text = (ROOT / "requirements.txt").read_text()
    return {name.replace("-", "_"): version for name, version in re.findall(r"^karrio-([a-z-]+)==([\d.]+)", text, re.M)}


def test_required_packages_are_documented_with_their_version():
    rows = carriers_doc.known()
    assert required(), "no carrier package is required"
    for carrier, version in required().items():
        assert f"| {version} |" in rows[carrier], carrier


def test_the_table_says_what_running_the_packages_shows():
    pytest.importorskip("karrio", reason="Karrio needs Python 3.11 or later")
    documented = carriers_doc.known()
    found = carriers_doc.rows()
    assert set(required()) <= set(found), "a required package cannot be imported"
    assert {carrier: documented[carrier] for carrier in found} == found


def test_every_documented_carrier_can_be_chosen():
    carriers_doc.adapters()
    from carrier_adapters import carrier_choices

    assert set(carriers_doc.known()) <= {code for code, _name in carrier_choices()}
