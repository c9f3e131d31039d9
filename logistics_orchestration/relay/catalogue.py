"""The catalogue of event types, apart from any database: schemas that only grow, and documents made of them.

A *type* here is a dictionary with ``name``, ``version``, ``description``, ``schema`` and ``example`` (parsed), and
what else a document tells. The same functions serve the files in ``docs/`` and the addresses of a running Odoo.
"""

ASYNCAPI = "3.0.0"
DRAFT = "http://json-schema.org/draft-07/schema#"
SCHEMA_PATH = "/logistics/schemas"
# Every envelope has these; see mapping.ENVELOPE for the names.
_ENVELOPE_FIELDS = {
    "specversion": {"const": "1.0"},
    "id": {"type": "string", "format": "uuid", "description": "UUIDv7 of the event."},
    "source": {"type": "string", "description": "/odoo/<database>/<company id>"},
    "type": {"type": "string"},
    "subject": {"type": "string", "description": "The reference people know the document by."},
    "time": {"type": "string", "format": "date-time", "description": "When it happened, UTC."},
    "dataschema": {"type": "string", "format": "uri-reference"},
    "datacontenttype": {"const": "application/json"},
    "companyid": {"type": "string"},
    "correlationid": {"type": "string", "description": "Same for all events of one flow."},
    "causationid": {"type": "string", "description": "Id of the event or message that led to this one, or empty."},
    "orderingkey": {"type": "string", "description": "Events with the same key are delivered in order."},
    "certainty": {"enum": ["planned", "estimated", "requested", "actual"]},
    "data": {"type": "object"},
}
_HEADERS = {
    "type": "object",
    "required": ["webhook-id", "webhook-timestamp"],
    "properties": {
        "webhook-id": {"type": "string", "description": "Stable over retries and replays: drop what you know."},
        "webhook-timestamp": {"type": "string", "description": "Seconds since 1970, of this attempt."},
        "webhook-signature": {
            "type": "string",
            "description": "Standard Webhooks: v1,<base64>; two of them, by a space, while a secret is rotated.",
        },
    },
}


def schema_url(base, name, version):
    """Address of a type's JSON Schema, the ``dataschema`` of its envelopes."""
    return f"{base}{SCHEMA_PATH}/{name}/{version}"


def schema_document(entry, base=""):
    """A type's JSON Schema as it is served, with its own address and words."""
    return {
        "$schema": DRAFT,
        "$id": schema_url(base, entry["name"], entry["version"]),
        "title": entry["name"],
        "description": entry.get("description") or "",
        **entry["schema"],
    }


# -- a schema only grows ------------------------------------------------------------------------------------------


def schema_breaks(old, new, path="data"):
    """Words for what in ``new`` would surprise who relies on ``old``; an empty list when it has only grown.

    A property that goes away, a new or newly required property inside, a narrower type or list of values: each breaks
    a partner, or what was emitted before. Properties may be added, requirements dropped.
    """
    found = []
    gone = sorted(set(old.get("properties", {})) - set(new.get("properties", {})))
    found += [f"{path}.{name} is not there any more" for name in gone]
    added = sorted(set(new.get("required", ())) - set(old.get("required", ())))
    found += [f"{path}.{name} is required now" for name in added]
    if narrower := _narrower(old, new):
        found.append(f"{path} {narrower}")
    for name, schema in old.get("properties", {}).items():
        if name in new.get("properties", {}):
            found += schema_breaks(schema, new["properties"][name], f"{path}.{name}")
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        found += schema_breaks(old["items"], new["items"], f"{path}[]")
    if old.get("additionalProperties", True) and new.get("additionalProperties", True) is False:
        found.append(f"{path} allows no further properties now")
    return found


def _narrower(old, new):
    before, after = _type_set(old), _type_set(new)
    if after and not before:
        return f"must be {' or '.join(sorted(after))} now"
    if before and after and before - after:
        return f"cannot be {' or '.join(sorted(before - after))} any more"
    if "enum" in new and "enum" not in old:
        return "is limited to a list of values now"
    if "enum" in new and (lost := [value for value in old["enum"] if value not in new["enum"]]):
        return f"cannot be {', '.join(map(str, lost))} any more"
    return ""


def _type_set(schema):
    types = schema.get("type", [])
    types = {types} if isinstance(types, str) else set(types)
    return types | {"integer"} if "number" in types else types


# -- documents --------------------------------------------------------------------------------------------------


def schema_rows(schema, prefix=""):
    """(path, type, required, values or words) of every property, in depth-first order."""
    for name, inner in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        element = inner.get("items") if isinstance(inner.get("items"), dict) else None
        types = inner.get("type", "any")
        kind = " or ".join(types) if isinstance(types, list) else types
        if element:
            path += "[]"
            kind = f"list of {element.get('type', 'any')}"
        if "enum" in inner or "const" in inner:
            kind = "one of"
        words = ", ".join(f"`{value}`" for value in inner.get("enum", [inner["const"]] if "const" in inner else []))
        yield path, kind, name in schema.get("required", ()), words or inner.get("description", "")
        yield from schema_rows(element or inner, f"{path}.")


def message_name(entry):
    """Name of a type's message in the AsyncAPI document."""
    return f"{entry['name']}.v{entry['version']}"


def asyncapi(entries, inbound=(), *, title="Logistics events", version="1", base="", host="", protocol="https"):
    """An AsyncAPI 3.0 document of these types.

    :param entries: types, see the module's docstring
    :param inbound: names (without ``logistics.``) of what partners may say
    :param str version: version of the document
    :param str base: address schemas are served below, without a slash at the end
    :param str host: host[:port] of the server that hears partners; none is described when empty
    :param str protocol: how that server is reached, http or https
    """
    messages = {message_name(entry): _message(entry, base) for entry in entries}
    schemas = {message_name(entry): schema_document(entry, base) for entry in entries}
    schemas["envelope"] = {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "data"],
        "properties": _ENVELOPE_FIELDS,
    }
    document = {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": title,
            "version": version,
            "description": "Business facts as CloudEvents 1.0, delivered at least once, in order per orderingkey, "
            "signed per Standard Webhooks. A type's schema only grows; a breaking change is a new version beside it.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "events": {
                "address": None,
                "title": "Events",
                "description": "POST to the URL agreed with the partner; the partner answers 2xx when it has it.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            },
            "inbox": {
                "address": "/logistics/inbox/{slug}",
                "title": "Inbox",
                "description": "Where partners speak: POST, verified on the raw bytes, answered 202.",
                "parameters": {"slug": {"description": "The partner's own address, a secret."}},
                "messages": {"said": {"$ref": "#/components/messages/said"}},
            },
        },
        "operations": {
            "tell": {"action": "send", "channel": {"$ref": "#/channels/events"}, "summary": "A fact is told."},
            "hear": {"action": "receive", "channel": {"$ref": "#/channels/inbox"}, "summary": "A partner says so."},
        },
        "components": {
            "messages": {
                **messages,
                "said": {
                    "name": "said",
                    "title": "What a partner says",
                    "headers": {"$ref": "#/components/schemas/headers"},
                    "payload": {
                        "allOf": [
                            {"$ref": "#/components/schemas/envelope"},
                            {"properties": {"type": {"enum": [f"logistics.{name}" for name in sorted(inbound)]}}},
                        ]
                    },
                },
            },
            "schemas": {**schemas, "headers": _HEADERS},
        },
    }
    if host:
        document["servers"] = {"odoo": {"host": host, "protocol": protocol, "description": "This Odoo."}}
        document["channels"]["inbox"]["servers"] = [{"$ref": "#/servers/odoo"}]
    return document


def _message(entry, base):
    """One type's message: the envelope with the type's own data."""
    name = message_name(entry)
    words = entry.get("description") or entry["name"]
    return {
        "name": name,
        "title": entry["name"],
        "summary": words.strip().split("\n")[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/headers"},
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/envelope"},
                {
                    "properties": {
                        "type": {"const": entry["name"]},
                        "dataschema": {"const": schema_url(base, entry["name"], entry["version"])},
                        "data": {"$ref": f"#/components/schemas/{name}"},
                    }
                },
            ]
        },
        "examples": [{"name": "example", "payload": {"type": entry["name"], "data": entry["example"]}}],
    }
