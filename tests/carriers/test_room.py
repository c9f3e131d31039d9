"""The room itself: registry, lifecycle, the manual adapter, and that nothing of Odoo gets in."""

import ast
from pathlib import Path

import carrier_adapters
import pytest
from carrier_adapters import LIVE, TRANSITIONS, CarrierAdapter, NotSupported, Settings, adapter_class, can_move, choices
from carrier_adapters.registry import register


def test_room_imports_nothing_of_odoo():
    for file in Path(carrier_adapters.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
                assert node.level <= 1, file
            assert not any(name.split(".")[0] == "odoo" for name in names), file


def test_adapters_are_found_by_code():
    assert [code for code, _name in choices()] == ["karrio", "rest_json", "manual"]
    with pytest.raises(LookupError, match="No carrier adapter 'fax'; installed: karrio, manual, rest_json"):
        adapter_class("fax")


def test_a_code_cannot_be_taken_over():
    with pytest.raises(ValueError, match="belongs to RestJson already"):

        @register
        class Other(CarrierAdapter):
            code = "rest_json"
            name = "Other"

            def book(self, request):
                return None


def test_manual_adapter_tells_a_person_what_to_do(request_for):
    adapter = adapter_class("manual")(Settings())
    lines = adapter.instructions(request_for(weights=(1, 2.5)))
    assert lines == [
        "Reference: BKG-00001-AB12",
        "Service: standard",
        "To: Dora Desk, Street 2, 9000 Ghent BE, +32 1",
        "Parcel P1: 1 kg",
        "Parcel P2: 2.5 kg",
    ]
    assert not adapter.automatic
    with pytest.raises(NotSupported):
        adapter.book(request_for())


def test_lifecycle_is_closed_and_a_label_is_never_forgotten():
    assert {new for moves in TRANSITIONS.values() for new in moves} <= set(TRANSITIONS)
    assert set(LIVE) <= set(TRANSITIONS)
    assert can_move("requested", "booked")
    assert can_move("booked", "booked")
    assert not can_move("booked", "failed")
    assert not any(can_move("voided", new) for new in TRANSITIONS if new != "voided")
