"""Field lists, personal paths and mappings: what one partner gets of an event."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from relay.mapping import (
    MappingError,
    compile_shape,
    dump,
    known,
    parse_field_list,
    parse_mapping,
    required,
    shape,
    sources,
)

ENVELOPE = {
    "specversion": "1.0",
    "id": "0198",
    "type": "logistics.fulfillment.requested",
    "subject": "FUL/1",
    "time": "2026-03-05T08:00:00Z",
    "data": {
        "order": "S1",
        "consignee": {"name": "Ann", "city": "Ghent", "phone": "+32"},
        "carrier": None,
        "lines": [{"sku": "A", "quantity": 2.0}, {"sku": "B", "quantity": 1.0, "note": "x"}],
    },
}
PERSONAL = "consignee.name\nconsignee.phone"


def shaped(field_list=None, mapping=None, personal=None):
    """What a partner gets, parsed."""
    made = compile_shape(field_list, mapping and json.dumps(mapping), personal)
    return json.loads(made(ENVELOPE))


def test_nothing_to_do_is_none():
    assert compile_shape(None, "", " \n") is None
    assert compile_shape("# only a remark", None, None) is None


def test_the_same_content_is_the_same_text():
    assert shape(ENVELOPE) == dump(ENVELOPE)
    assert compile_shape("order\nconsignee\ncarrier\nlines", None, None)(ENVELOPE) == dump(ENVELOPE)


def test_field_list_leads_through_lists_and_stands_for_what_is_below():
    data = shaped("order\nconsignee\nlines[].sku\n")["data"]
    assert data == {"order": "S1", "consignee": ENVELOPE["data"]["consignee"], "lines": [{"sku": "A"}, {"sku": "B"}]}
    assert shaped("data.order\nlines.note")["data"] == {"order": "S1", "lines": [{}, {"note": "x"}]}


def test_field_list_leaves_the_envelope():
    assert shaped("order") == {**ENVELOPE, "data": {"order": "S1"}}


def test_what_is_null_stays_null_and_a_path_behind_a_value_gives_nothing():
    assert shaped("carrier.name\norder.number")["data"] == {"carrier": None}


def test_personal_paths_are_left_out():
    assert shaped(personal=PERSONAL)["data"]["consignee"] == {"city": "Ghent"}
    assert shaped("consignee", personal=PERSONAL)["data"] == {"consignee": {"city": "Ghent"}}, (
        "naming the parent is not enough"
    )


def test_personal_paths_named_are_sent():
    assert shaped("consignee.phone\norder", personal=PERSONAL)["data"] == {"consignee": {"phone": "+32"}, "order": "S1"}
    assert shaped("consignee.name", personal="consignee")["data"] == {"consignee": {"name": "Ann"}}


def test_mapping():
    made = shaped(
        mapping={
            "kind": {"const": "release"},
            "head.ref": "order",
            "head.when": "time",
            "items[].code": "lines[].sku",
            "items[].meta.remark": "data.lines[].note",
            "missing": "nothing.here",
        }
    )
    assert made == {
        "kind": "release",
        "head": {"ref": "S1", "when": "2026-03-05T08:00:00Z"},
        "items": [{"code": "A"}, {"code": "B", "meta": {"remark": "x"}}],
    }


def test_mapping_of_whole_elements():
    assert shaped(mapping={"codes[]": "lines[].sku", "all": "lines"}) == {
        "codes": ["A", "B"],
        "all": ENVELOPE["data"]["lines"],
    }


def test_mapping_sees_only_what_is_allowed():
    assert shaped("order", {"who": "consignee.name", "ref": "order"}) == {"ref": "S1"}
    assert shaped(None, {"who": "consignee.name", "town": "consignee.city"}, PERSONAL) == {"town": "Ghent"}


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "not a JSON object"),
        ('{"a b": "order"}', "a b"),
        ('{"a": "b..c"}', "b..c"),
        ('{"a": 1}', "1 is not a path"),
        ('{"a": {"value": 1}}', "const"),
        ('{"a[]": {"const": 1}}', "no list to follow"),
        ('{"a[].b": "order"}', "same number of"),
        ('{"a": "order", "a.b": "order"}', "a.b"),
        ('{"a.b": "order", "a": "order"}', "collides"),
        ('{"a[].b": "lines[].sku", "a.c": "order"}', "collides"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_in_words(mapping, words):
    with pytest.raises(MappingError, match=words.replace("[", r"\[").replace(".", r"\.")):
        parse_mapping(mapping)


def test_a_field_list_that_is_none_is_refused():
    with pytest.raises(MappingError, match="a b"):
        parse_field_list("order\na b")
    with pytest.raises(MappingError, match="201 paths"):
        parse_field_list("\n".join(f"f{n}" for n in range(201)))


SCHEMA = {
    "type": "object",
    "required": ["order", "lines"],
    "properties": {
        "order": {"type": "string"},
        "lines": {"type": "array", "items": {"required": ["sku"], "properties": {"sku": {}, "lot": {}}}},
        "extra": {"type": ["object", "null"], "properties": {"a": {}}},
        "free": {"type": "object"},
    },
}


def test_known_in_schema_or_example():
    assert known(("lines", "lot"), SCHEMA, {})
    assert known(("extra", "a"), SCHEMA, {})
    assert known(("free", "whatever"), SCHEMA, {})
    assert known(("lines", "new"), SCHEMA, {"lines": [{"new": 1}]})
    assert not known(("lines", "new"), SCHEMA, {})
    assert not known(("orders",), SCHEMA, {})
    assert known(("anything",), {"type": "object"}, {})


def test_required_looks_at_the_place_itself():
    assert required(("order",), SCHEMA)
    assert required(("lines", "sku"), SCHEMA)
    assert not required(("lines", "lot"), SCHEMA)


def test_sources_are_those_below_data():
    rules = parse_mapping('{"a": "order", "b": "data.lines", "c": "time", "d": {"const": 1}, "e[].f": "lines[].sku"}')
    assert list(sources(rules)) == [("order",), ("lines",), ("lines", "sku")]


NAMES = st.sampled_from("abc")
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=3).map(".".join), min_size=1, max_size=4)


def leaves(node, path=()):
    """Paths of everything in a value, lists not counted."""
    if isinstance(node, list):
        for item in node:
            yield from leaves(item, path)
    elif isinstance(node, dict):
        for name, value in node.items():
            yield (*path, name)
            yield from leaves(value, (*path, name))


@given(data=st.dictionaries(NAMES, VALUES, max_size=3), allowed=PATHS, personal=PATHS)
def test_nothing_passes_that_is_not_allowed_or_is_personal(data, allowed, personal):
    text = compile_shape("\n".join(allowed), None, "\n".join(personal))({"data": data})
    named = [tuple(path.split(".")) for path in allowed]
    hidden = [tuple(path.split(".")) for path in personal]
    for path in leaves(json.loads(text)["data"]):
        assert any(path[: len(one)] == one or one[: len(path)] == path for one in named)
        for one in hidden:
            assert path[: len(one)] != one or any(name[: len(one)] == one for name in named)


@given(data=st.dictionaries(NAMES, VALUES, max_size=3), personal=PATHS)
def test_what_is_not_personal_stays(data, personal):
    text = compile_shape(None, None, "\n".join(personal))({"data": data})
    kept = set(leaves(json.loads(text)["data"]))
    hidden = [tuple(path.split(".")) for path in personal]
    for path in leaves(data):
        assert path in kept or any(path[: len(one)] == one for one in hidden)
