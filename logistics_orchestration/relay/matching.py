"""Which events a subscription wants beyond their type: an Odoo-style domain over the event's envelope.

``[("data.amount_total", ">", 1000), "|", ("certainty", "=", "actual"), ("data.lines.sku", "in", ["DESK"])]``

A path is looked up in the envelope (``type``, ``subject``, ``certainty``, ...), and in ``data`` when the envelope does
not have it. On the way through a list every element is tried and one match is enough. What is not there is ``False``,
as in Odoo, and is neither greater nor smaller than anything.
"""

import ast
import operator

MAX_LEAVES = 50


class DomainError(ValueError):
    """The domain cannot be used; the text says where."""


def _ordered(compare):
    def test(left, right):
        if isinstance(left, bool) or left is None or isinstance(right, bool) or right is None:
            return False
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        texts = isinstance(left, str) and isinstance(right, str)
        return (numbers or texts) and compare(left, right)

    return test


def _equal(left, right):
    if right is None or right is False:
        return left is None or left is False or left == ""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _in(left, right):
    return any(_equal(left, item) for item in right)


def _like(fold, exact):
    def test(left, right):
        left, right = fold(left if isinstance(left, str) else ""), fold(str(right))
        return left == right if exact else right in left

    return test


# operator -> (test, negated): a negated one is true when no value on the path matches
_OPERATORS = {
    "=": (_equal, False),
    "==": (_equal, False),
    "!=": (_equal, True),
    "<>": (_equal, True),
    "<": (_ordered(operator.lt), False),
    "<=": (_ordered(operator.le), False),
    ">": (_ordered(operator.gt), False),
    ">=": (_ordered(operator.ge), False),
    "in": (_in, False),
    "not in": (_in, True),
    "like": (_like(str, False), False),
    "not like": (_like(str, False), True),
    "ilike": (_like(str.lower, False), False),
    "not ilike": (_like(str.lower, False), True),
    "=like": (_like(str, True), False),
    "=ilike": (_like(str.lower, True), False),
}


def parse_domain(text):
    """List form of a domain given as text; empty text matches everything.

    :raises DomainError: no literal list, or something in it that is no operator and no (path, operator, value)
    """
    if not (text or "").strip():
        return []
    try:
        domain = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise DomainError(
            f"'{text[:200]}' is not a list of conditions, e.g. [('data.amount_total', '>', 1000)]"
        ) from None
    if not isinstance(domain, (list, tuple)):
        raise DomainError(f"'{text[:200]}' is not a list of conditions")
    if len(domain) > MAX_LEAVES:
        raise DomainError(f"The domain has {len(domain)} parts; {MAX_LEAVES} are allowed")
    return [_leaf(item) for item in domain]


def _leaf(item):
    if item in ("&", "|", "!"):
        return item
    if not isinstance(item, (list, tuple)) or len(item) != 3:
        raise DomainError(f"{item!r} is neither '&', '|', '!' nor (path, operator, value)")
    path, name, value = item
    if isinstance(path, int) and path in (0, 1) and value == 1 and name == "=":
        return (path, name, value)  # Odoo's own TRUE and FALSE leaves
    if not isinstance(path, str) or not path or not all(path.split(".")):
        raise DomainError(f"{path!r} is not a path such as data.amount_total")
    if name not in _OPERATORS:
        raise DomainError(f"Operator {name!r} of {path} is not known; use one of {', '.join(_OPERATORS)}")
    if name in ("in", "not in") and not isinstance(value, (list, tuple, set)):
        raise DomainError(f"The value of {path} {name} must be a list")
    if isinstance(value, dict):
        raise DomainError(f"The value of {path} must not be a dictionary")
    return (path, name, value)


def compile_domain(text):
    """A function ``envelope dict -> bool`` for the domain in ``text``, or None when it matches everything.

    :raises DomainError: see :func:`parse_domain`; also operators without their operands
    """
    terms = parse_domain(text)
    if not terms:
        return None
    stack = []
    for term in reversed(terms):
        if term == "!":
            if not stack:
                raise DomainError("'!' has nothing behind it")
            inner = stack.pop()
            stack.append(lambda envelope, inner=inner: not inner(envelope))
        elif term in ("&", "|"):
            if len(stack) < 2:
                raise DomainError(f"'{term}' needs two conditions behind it")
            first, second = stack.pop(), stack.pop()
            stack.append(_join(term, first, second))
        else:
            stack.append(_condition(*term))
    test = stack.pop()
    while stack:
        test = _join("&", test, stack.pop())
    return test


def _join(term, first, second):
    if term == "|":
        return lambda envelope: first(envelope) or second(envelope)
    return lambda envelope: first(envelope) and second(envelope)


def _condition(path, name, value):
    if not isinstance(path, str):
        return lambda envelope: path == 1
    parts = path.split(".")
    test, negated = _OPERATORS[name]

    def condition(envelope):
        found = list(_values(envelope, parts))
        if found == [] and parts[0] not in envelope:
            found = list(_values(envelope.get("data"), parts))
        matched = any(test(item, value) for item in found or [None])
        return matched != negated

    return condition


def _values(node, parts):
    """Every value a path leads to; a list on the way stands for each of its elements."""
    if isinstance(node, list):
        for item in node:
            yield from _values(item, parts)
    elif not parts:
        yield node
    elif isinstance(node, dict) and parts[0] in node:
        yield from _values(node[parts[0]], parts[1:])
