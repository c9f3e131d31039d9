"""docs/events.md and docs/asyncapi.json from the catalogue: `python -m tools.events_doc` writes them, a test compares.

The event types are read from the addons' data files, without Odoo and without a database.
"""

import ast
import importlib.util
import json
import re
from pathlib import Path
from xml.etree import ElementTree

from tools.common import ADDONS, ROOT

DOC = ROOT / "docs" / "events.md"
ASYNCAPI = ROOT / "docs" / "asyncapi.json"
RELAY = ROOT / "logistics_orchestration" / "relay"
MODEL = "logistics.event.type"
OWNERS = {
    "odoo": "Odoo",
    "warehouse": "the warehouse system",
    "carrier": "the carrier",
    "finance": "the finance system",
    "supplier": "the supplier",
    "any": "whoever acts",
}
# What `_logistics_root` of each model leads to.
KEYS = {
    "sale.order": "the sales order",
    "logistics.fulfillment": "the sales order",
    "logistics.shipment": "the sales order; the purchase order of a drop shipment; else the shipment",
    "logistics.pod": "as its shipment: the sales order",
    "stock.picking": "the sales order, or the purchase order; else the transfer",
    "account.move": "the sales order, where it is of one; else the invoice",
    "logistics.dispute": "as its invoice: the sales order",
    "purchase.order": "the purchase order",
    "logistics.shortage": "the reordering rule: product and place",
    "stock.warehouse": "the warehouse",
    "logistics.discrepancy": "product and warehouse (its reordering rule, where there is one)",
    "logistics.approval.request": "as the document it is about: the sales or purchase order",
    "logistics.exception": "as the document it is about: the sales or purchase order",
    "logistics.system": "the external system",
}
INTRO = """# Events

Generated from the catalogue (`python -m tools.events_doc`); every type is a record under *Logistics > Configuration >
Event Types*. The same as an AsyncAPI 3.0 document: [asyncapi.json](asyncapi.json), and for a running Odoo
`GET /logistics/asyncapi.json`. JSON Schemas: `GET /logistics/schemas/<type>/<version>`.

## What a partner gets

A `POST` per event, body a CloudEvents 1.0 JSON object, signed per Standard Webhooks, at least once (drop a
`webhook-id` you know), in order per `orderingkey`.

| field | what |
|---|---|
| `id` | UUIDv7 of the event; `webhook-id` is of the message |
| `source` | `/odoo/<database>/<company id>` |
| `type`, `dataschema` | one of the types below, and the address of its schema |
| `subject` | the reference people know the document by |
| `time` | when it happened, UTC |
| `companyid` | the company |
| `correlationid` | same for all events of one flow |
| `causationid` | the event or message that led to this one, or empty |
| `orderingkey` | the root document; facts with the same key arrive in order |
| `certainty` | `planned`, `estimated`, `requested` or `actual` |
| `data` | see the type |

* **Fewer fields, or a form of your own.** A subscription can have a *field list* (paths below `data`, one per line,
  `lines[].sku` leads through a list) and a *mapping*, which is posted instead of the envelope:
  `{"kind": {"const": "release"}, "ref": "order", "when": "time", "items[].code": "lines[].sku"}`.
* **Personal data** (marked below) goes to systems that need it (by default warehouses and carriers); to others only
  where a subscription's field list names it. The names of employees who ask for and take approvals are part of those
  facts and are not left out.
* **Large events.** Above 64 kB `data` is `{"link", "bytes", "sha256"}`; `GET` the link with your pull token
  (`Authorization: Bearer ...`) for the whole envelope.
* **A type's schema only grows.** A breaking change is a new version beside the old one.
* **Nothing stale.** *Only the latest*: an older one about the same record that still waits is cancelled. *Makes void*:
  what is still owed of those types is cancelled when this is told. *Sent only while*: looked at just before sending.
"""


def catalogue():
    """The functions of relay/catalogue.py, loaded without the addon around them."""
    spec = importlib.util.spec_from_file_location("logistics_catalogue", RELAY / "catalogue.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def data_files():
    """(addon, data file) of every XML file the addons install, in the order of installation."""
    for addon in ADDONS:
        manifest = ast.literal_eval((ROOT / addon / "__manifest__.py").read_text())
        for name in manifest["data"]:
            if name.endswith(".xml"):
                yield addon, ROOT / addon / name


def entries():
    """Every event type of the addons, as the functions of relay/catalogue.py want them, in the order of the files."""
    found, names = [], {}
    for addon, path in data_files():
        if MODEL not in path.read_text():
            continue
        for record in ElementTree.parse(path).iter("record"):  # noqa: S314  our own data
            if record.get("model") == MODEL:
                entry = _entry(addon, record)
                names[f"{addon}.{record.get('id')}"] = entry["name"]
                found.append(entry)
    for entry in found:
        entry["voids"] = [names[xmlid] for xmlid in entry["voids"]]
    return found


def _entry(addon, record):
    fields = {field.get("name"): field for field in record.findall("field")}
    text = {name: (field.text or "").strip() for name, field in fields.items()}
    refs = re.findall(r"ref\('([\w.]+)'\)", fields["voids_type_ids"].get("eval")) if "voids_type_ids" in fields else []
    valid = fields["valid_field_id"].get("ref").partition("__")[2] if "valid_field_id" in fields else ""
    return {
        "addon": addon,
        "name": text["name"],
        "version": int(text.get("version") or 1),
        "description": " ".join(text.get("description", "").split()),
        "res_model": text.get("res_model", ""),
        "authority": text.get("authority") or "odoo",
        "schema": json.loads(text["schema"]),
        "example": json.loads(text["example"]),
        "since": text.get("since") or "17.0.1.0.0",
        "strict": text.get("strict") in ("1", "True"),
        "personal": text.get("personal_paths", "").split(),
        "supersede": text.get("supersede", "none"),
        "valid_minutes": int(text.get("valid_minutes") or 0),
        "valid": (valid, text.get("valid_values", "")),
        "voids": [ref if "." in ref else f"{addon}.{ref}" for ref in refs],
    }


def heard(found):
    """Names (without ``logistics.``) of types that partners may say to us: those with a handler in the code."""
    handlers = set()
    for addon in ADDONS:
        for path in sorted((ROOT / addon / "models").rglob("*.py")):
            handlers.update(re.findall(r"def _handle_(\w+)\(", path.read_text()))
    names = {entry["name"].removeprefix("logistics.") for entry in found}
    return sorted(name for name in names if name.replace(".", "_") in handlers)


def text():
    """The whole of docs/events.md."""
    found = entries()
    inbound = set(heard(found))
    rows = catalogue().schema_rows
    families = {}
    for entry in found:
        families.setdefault(entry["name"].split(".")[1], []).append(entry)
    parts = [INTRO, "## The types\n"]
    for family, members in sorted(families.items()):
        links = " · ".join(f"[{e['name'].split('.', 2)[2]}](#{e['name'].replace('.', '')})" for e in members)
        parts.append(f"* **{family}**: {links}")
    for family, members in sorted(families.items()):
        parts.append(f"\n## {family}")
        parts += [_section(entry, entry["name"].removeprefix("logistics.") in inbound, rows) for entry in members]
    return "\n".join(parts) + "\n"


def _section(entry, said, rows):
    """One type: when, who owns it, ordering key, schema, example."""
    facts = [
        ("heard", "partners may say it to us, too" if said else ""),
        ("owned by", OWNERS[entry["authority"]]),
        ("about", f"`{entry['res_model']}`" if entry["res_model"] else ""),
        ("ordering key", KEYS.get(entry["res_model"], "the document")),
        ("version", f"{entry['version']}, since {entry['since']}"),
        ("personal data", ", ".join(f"`{path}`" for path in entry["personal"])),
        ("strict", "yes: data that does not fit stops what is being done" if entry["strict"] else ""),
        ("of several waiting", "only the latest about a record" if entry["supersede"] == "latest" else ""),
        ("worth sending for", f"{entry['valid_minutes']} minutes" if entry["valid_minutes"] else ""),
        ("sent only while", "`{}` is {}".format(*entry["valid"]) if entry["valid"][0] else ""),
        ("makes void", ", ".join(f"`{name}`" for name in entry["voids"])),
    ]
    lines = [f"\n### {entry['name']}\n", entry["description"], ""]
    lines += [f"* {label}: {words}" for label, words in facts if words]
    table = [
        f"| `{path}` | {kind} | {'yes' if needed else ''} | {words} |"
        for path, kind, needed, words in rows(entry["schema"])
    ]
    lines += ["", "| field | type | required | |", "|---|---|---|---|", *table]
    lines += ["", "```json", _sample(entry["example"]), "```"]
    return "\n".join(lines)


def _sample(example):
    """JSON text of an example, one line per key of the data."""
    inner = ",\n".join(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in example.items())
    return "{\n" + inner + "\n}"


def asyncapi_text():
    """The whole of docs/asyncapi.json."""
    found = entries()
    document = catalogue().asyncapi(found, heard(found), version="17.0")
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def write():
    """Write both documents."""
    for path, content in ((DOC, text()), (ASYNCAPI, asyncapi_text())):
        path.write_text(content)
        print(f"written: {Path(path).relative_to(ROOT)}")


if __name__ == "__main__":
    write()
