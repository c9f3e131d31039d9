"""docs/events.md and docs/asyncapi.json say what the catalogue says, and the latter is valid AsyncAPI 3.0."""

import json
import re
from pathlib import Path

import fastjsonschema
import pytest

from tools import events_doc

OFFICIAL = Path(__file__).parent / "vendor" / "asyncapi-3.0.0.json"


@pytest.fixture(scope="module")
def document():
    return json.loads(events_doc.asyncapi_text())


def test_documents_are_up_to_date():
    for path, text in ((events_doc.DOC, events_doc.text()), (events_doc.ASYNCAPI, events_doc.asyncapi_text())):
        assert path.read_text() == text, f"{path.name}: run python -m tools.events_doc"


def test_document_is_valid_asyncapi(document):
    validate = fastjsonschema.compile(json.loads(OFFICIAL.read_text()), use_default=False)
    validate(document)
    with pytest.raises(fastjsonschema.JsonSchemaException):
        validate({**document, "operations": {"tell": {"action": "shout"}}})


def test_every_reference_leads_somewhere(document):
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))):
        node = document
        for part in reference.split("/"):
            node = node[part]


def test_every_type_is_told_with_its_schema_and_example(document):
    entries = events_doc.entries()
    assert len(entries) > 50
    assert len({(entry["name"], entry["version"]) for entry in entries}) == len(entries)
    for entry in entries:
        name = f"{entry['name']}.v{entry['version']}"
        assert f"### {entry['name']}\n" in events_doc.text()
        assert name in document["channels"]["events"]["messages"]
        schema = document["components"]["schemas"][name]
        assert schema["properties"] == entry["schema"]["properties"]
        fastjsonschema.validate(
            entry["schema"], document["components"]["messages"][name]["examples"][0]["payload"]["data"]
        )


def test_every_type_has_words_and_an_ordering_key():
    for entry in events_doc.entries():
        assert entry["description"], entry["name"]
        assert entry["res_model"] in events_doc.KEYS, entry["name"]


def test_what_partners_may_say_is_in_the_catalogue(document):
    said = document["components"]["messages"]["said"]["payload"]["allOf"][1]["properties"]["type"]["enum"]
    assert "logistics.shipment.status_changed" in said
    assert "logistics.order.released" not in said
