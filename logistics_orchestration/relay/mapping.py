"""What one partner gets of an event: only the fields it may see, no personal data it has no need for, its own form.

A *field list* names paths below ``data``, one per line; ``lines[].sku`` (or ``lines.sku``) leads through a list. A path
stands for everything below it. An empty list allows everything. *Personal paths* belong to the event type: they are
left out unless the field list names them, or something below them.

A *mapping* is a JSON object, target path -> source path or ``{"const": value}``; what is posted is then what it makes,
not the envelope::

    {"kind": {"const": "release"}, "ref": "order", "when": "time", "items[].code": "lines[].sku"}

A source is looked up in the envelope (``type``, ``subject``, ``time``, ...), and in ``data`` when the envelope does not
have it; it sees only what the field list and the personal paths leave. Lists are copied element by element: source and
target have the same number of ``[]``. What is not there is left out.
"""

import json
import re

ENVELOPE = (
    "specversion", "id", "source", "type", "subject", "time", "dataschema", "datacontenttype", "companyid",
    "correlationid", "causationid", "orderingkey", "certainty", "data",
)  # fmt: skip
MAX_PATHS = 200
_NAME = re.compile(r"[^.\[\]\s]+(\[\])?")
_MISSING = object()


class MappingError(ValueError):
    """A field list or mapping that cannot be used; the text says where."""


# -- paths ------------------------------------------------------------------------------------------------------


def parse_path(text):
    """``lines[].sku`` as ``(("lines", True), ("sku", False))``: name, and whether ``[]`` follows it.

    :raises MappingError: no path
    """
    steps = text.split(".") if isinstance(text, str) else [""]
    if not all(_NAME.fullmatch(step) for step in steps):
        raise MappingError(f"{text!r} is not a path such as order, consignee.city or lines[].sku")
    return tuple((step.removesuffix("[]"), step.endswith("[]")) for step in steps)


def parse_field_list(text):
    """Paths of a field list as tuples of names; None when it is empty, which allows everything.

    :raises MappingError: a line that is no path, or too many of them
    """
    lines = [line.strip() for line in (text or "").splitlines()]
    paths = [
        tuple(name for name, _many in parse_path(line.removeprefix("data.")))
        for line in lines
        if line and not line.startswith("#")
    ]
    if len(paths) > MAX_PATHS:
        raise MappingError(f"{len(paths)} paths are listed; {MAX_PATHS} are allowed")
    return paths or None


def _tree(paths):
    """Paths as nested dictionaries; an empty one stands for everything below."""
    root = {}
    for path in sorted(paths, key=len):
        node = root
        for number, name in enumerate(path):
            if name in node and not node[name]:
                break  # a shorter path has it all
            node = node.setdefault(name, {})
            if number == len(path) - 1:
                node.clear()
    return root


def _keep(node, tree):
    """What of a JSON value the tree names."""
    if not tree or node is None:
        return node
    if isinstance(node, list):
        return [kept for kept in (_keep(item, tree) for item in node) if kept is not _MISSING]
    if not isinstance(node, dict):
        return _MISSING  # the path wants to lead on, and there is nothing behind
    kept = {name: _keep(value, tree[name]) for name, value in node.items() if name in tree}
    return {name: value for name, value in kept.items() if value is not _MISSING}


def _drop(node, tree):
    """A JSON value without what the tree names."""
    if isinstance(node, list):
        return [_drop(item, tree) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _drop(value, tree[name]) if name in tree else value
        for name, value in node.items()
        if name not in tree or tree[name]
    }


# -- mapping ----------------------------------------------------------------------------------------------------


def parse_mapping(text):
    """Rules of a mapping: (target steps, source steps or None, constant); None when there is no mapping.

    :raises MappingError: no JSON object, no path, lists that do not match, or targets that exclude each other
    """
    if not (text or "").strip():
        return None
    try:
        mapping = json.loads(text)
    except ValueError as error:
        raise MappingError(f"The mapping is not JSON: {error}") from None
    if not isinstance(mapping, dict) or not mapping:
        raise MappingError('The mapping is not a JSON object such as {"ref": "order"}')
    if len(mapping) > MAX_PATHS:
        raise MappingError(f"The mapping has {len(mapping)} targets; {MAX_PATHS} are allowed")
    rules, shape = [], {}
    for target, source in mapping.items():
        steps = parse_path(target)
        _claim(shape, steps, target)
        lists = sum(many for _name, many in steps)
        if isinstance(source, dict):
            if set(source) != {"const"}:
                raise MappingError(f'Target {target}: a literal is written {{"const": value}}')
            if lists:
                raise MappingError(f"Target {target}: a literal has no list to follow, leave out []")
            rules.append((steps, None, source["const"]))
            continue
        origin = parse_path(source)
        if sum(many for _name, many in origin) != lists:
            raise MappingError(f"Target {target} and source {source} must have the same number of []")
        rules.append((steps, origin, None))
    return rules


def _claim(shape, steps, target):
    """Remember a target; refuse one that would have to be a value and a container, or a list and an object."""
    node = shape
    for number, (name, many) in enumerate(steps):
        last = number == len(steps) - 1
        known = node.get(name)
        if known is None:
            known = node[name] = (many, last, {})
        elif known[0] != many or known[1] or last:
            raise MappingError(f"Target {target} collides with another target at '{name}'")
        node = known[2]


def _get(node, steps):
    """Value of a source; a list of values per ``[]``."""
    (name, many), rest = steps[0], steps[1:]
    if not isinstance(node, dict) or name not in node:
        return _MISSING
    value = node[name]
    if many:
        if not isinstance(value, list):
            return _MISSING
        return [_get(item, rest) if rest else item for item in value]
    return _get(value, rest) if rest else value


def _put(node, steps, value):
    """Write a value at a target, list elements side by side."""
    (name, many), rest = steps[0], steps[1:]
    if not many:
        if rest:
            _put(node.setdefault(name, {}), rest, value)
        else:
            node[name] = value
        return
    items = node.setdefault(name, [])
    for number, item in enumerate(value):
        if not rest:
            items.append(item)
            continue
        if len(items) <= number:
            items.append({})
        if item is not _MISSING:
            _put(items[number], rest, item)


def _map(envelope, rules):
    made = {}
    for target, source, constant in rules:
        if source is None:
            value = constant
        else:
            value = _get(envelope if source[0][0] in envelope else envelope.get("data"), source)
        if value is not _MISSING:
            _put(made, target, value)
    return made


# -- shaping ----------------------------------------------------------------------------------------------------


def dump(content):
    """JSON text as it goes over the wire: the same content always gives the same bytes."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def shape(envelope, allowed=None, mapping=None, personal=()):
    """JSON text of what a partner gets of an event.

    :param dict envelope: the event as CloudEvents
    :param allowed: paths of :func:`parse_field_list`, or None for all
    :param mapping: rules of :func:`parse_mapping`, or None to send the envelope itself
    :param personal: paths that are left out unless ``allowed`` names them
    """
    return _Shaper(allowed, mapping, personal)(envelope)


class _Shaper:
    """A field list, personal paths and a mapping made ready for many events."""

    def __init__(self, allowed, mapping, personal):
        named = allowed or ()
        self._allowed = None if allowed is None else _tree(allowed)
        self._personal = _tree([path for path in personal if not any(name[: len(path)] == path for name in named)])
        self._mapping = mapping

    def __call__(self, envelope):
        data = envelope.get("data")
        if self._allowed is not None:
            data = _keep(data, self._allowed)
        if self._personal:
            data = _drop(data, self._personal)
        envelope = {**envelope, "data": data}
        return dump(envelope if self._mapping is None else _map(envelope, self._mapping))


def compile_shape(field_list, mapping, personal_paths):
    """A function ``envelope dict -> JSON text`` for the texts people wrote, or None when nothing is to be changed.

    :raises MappingError: see :func:`parse_field_list` and :func:`parse_mapping`
    """
    allowed, rules, personal = parse_field_list(field_list), parse_mapping(mapping), parse_field_list(personal_paths)
    if allowed is None and rules is None and personal is None:
        return None
    return _Shaper(allowed, rules, personal or ())


def document_of(envelope):
    """Text of the document (X12, EDIFACT) that an event carries in ``data.document.text``, or None."""
    found = envelope.get("data") if isinstance(envelope, dict) else None
    found = found.get("document") if isinstance(found, dict) else None
    text = found.get("text") if isinstance(found, dict) else None
    return text if isinstance(text, str) and text else None


# -- checks when a form is saved ----------------------------------------------------------------------------------


def known(names, schema, example):
    """Whether a path (tuple of names below ``data``) can lead anywhere in events of a type.

    :param dict schema: JSON Schema of the data; one that names no properties allows every path
    :param example: example of the data
    """
    return _in_schema(schema, names) or _in_example(example, names)


def _in_schema(schema, names):
    if not names:
        return True
    if not isinstance(schema, dict):
        return False
    branches = [branch for word in ("anyOf", "oneOf", "allOf") for branch in schema.get(word, ())]
    if any(_in_schema(branch, names) for branch in branches):
        return True
    if "items" in schema:
        return _in_schema(schema["items"], names)
    if "properties" not in schema:
        return not branches and "object" in _types(schema)
    return names[0] in schema["properties"] and _in_schema(schema["properties"][names[0]], names[1:])


def _types(schema):
    found = schema.get("type", "object")
    return found if isinstance(found, list) else [found]


def _in_example(node, names):
    if not names:
        return True
    if isinstance(node, list):
        return any(_in_example(item, names) for item in node)
    return isinstance(node, dict) and names[0] in node and _in_example(node[names[0]], names[1:])


def required(names, schema):
    """Whether a JSON Schema insists on this path, or on something on the way to it being complete."""
    if not isinstance(schema, dict) or not names:
        return False
    if "items" in schema:
        return required(names, schema["items"])
    if len(names) == 1:
        return names[0] in schema.get("required", ())
    return required(names[1:], schema.get("properties", {}).get(names[0], {}))


def sources(rules):
    """Source paths of a mapping that lead into ``data``, as tuples of names."""
    for _target, source, _constant in rules or ():
        names = tuple(name for name, _many in source or ())
        if names[:1] == ("data",):
            yield names[1:]
        elif names and names[0] not in ENVELOPE:
            yield names
