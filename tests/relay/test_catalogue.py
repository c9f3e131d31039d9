"""A schema only grows; the words say what would break."""

import pytest
from relay.catalogue import schema_breaks, schema_document, schema_rows

OLD = {
    "type": "object",
    "required": ["order"],
    "properties": {
        "order": {"type": "string"},
        "state": {"enum": ["new", "done"]},
        "amount": {"type": ["number", "null"]},
        "lines": {
            "type": "array",
            "items": {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}},
        },
    },
}


def changed(**properties):
    return {**OLD, "properties": {**OLD["properties"], **properties}}


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        changed(more={"type": "string"}),
        changed(state={"enum": ["new", "done", "late"]}),
        changed(order={"type": ["string", "null"]}),
        changed(order={}),
        {**OLD, "required": []},
        {**OLD, "description": "words"},
    ],
)
def test_growing_is_fine(new):
    assert schema_breaks(OLD, new) == []


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ({**OLD, "properties": {"order": {"type": "string"}}}, "data.lines is not there any more"),
        ({**OLD, "required": ["order", "state"]}, "data.state is required now"),
        (changed(amount={"type": "number"}), "data.amount cannot be null any more"),
        (changed(amount={"type": ["integer", "null"]}), "data.amount cannot be number any more"),
        (changed(state={"enum": ["new"]}), "data.state cannot be done any more"),
        (changed(order={"enum": ["S1"]}), "data.order is limited to a list"),
        (changed(lines={"type": "array", "items": {"properties": {}}}), r"data.lines\[\].sku is not there"),
        ({**OLD, "additionalProperties": False}, "no further properties"),
    ],
)
def test_what_breaks_is_named(new, words):
    import re

    assert any(re.search(words, found) for found in schema_breaks(OLD, new)), schema_breaks(OLD, new)


def test_integers_may_become_numbers():
    assert schema_breaks({"type": "integer"}, {"type": "number"}) == []


def test_rows_and_document():
    rows = list(schema_rows(OLD))
    assert rows[0] == ("order", "string", True, "")
    assert ("lines[].sku", "string", True, "") in rows
    assert ("state", "one of", False, "`new`, `done`") in rows
    document = schema_document({"name": "logistics.a.b", "version": 2, "schema": OLD}, "https://erp.example")
    assert document["$id"] == "https://erp.example/logistics/schemas/logistics.a.b/2"
    assert document["properties"] == OLD["properties"]
