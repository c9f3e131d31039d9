"""What a warehouse says it picked, taken apart into parts that lie in one package each. Plain Python."""

from dataclasses import dataclass, replace


class PickError(ValueError):
    """The warehouse's words do not add up; the text says where."""


@dataclass(frozen=True)
class Part:
    """A quantity of one line, of one lot, in one package (its index) or in none."""

    line: int
    sku: str
    quantity: float
    lot: str
    package: int


def parse_lines(rows, key="quantity"):
    """Parts of the lines of a message, in no package yet.

    :param list rows: dicts with ``line`` and/or ``sku``, the quantity, ``lot``
    :param str key: where the quantity stands: ``quantity``, or ``picked`` in a message about shortages
    :raises PickError: naming the line and what is wrong with it
    """
    if not isinstance(rows, list):
        raise PickError("'lines' is no list")
    parts = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise PickError(f"line {number} is no object")
        line, sku = row.get("line"), str(row.get("sku") or "")
        if line in (None, "") and not sku:
            raise PickError(f"line {number} names neither 'line' nor 'sku'")
        try:
            line = int(line) if line not in (None, "") else 0
        except (TypeError, ValueError):
            raise PickError(f"'line' {line!r} is no line number we sent") from None
        quantity = _number(row.get(key), f"'{key}' of {sku or line}")
        if quantity:
            parts.append(Part(line, sku, quantity, str(row.get("lot") or ""), -1))
    return parts


def pack(parts, packages):
    """The parts spread over the packages of the message; what no package names stays in none.

    :param list parts: of :func:`parse_lines`
    :param list packages: dicts with ``lines``; the only package may leave them out and holds everything then
    :returns: list of :class:`Part`
    :raises PickError: a package holds what was not picked, or does not say what it holds
    """
    if not packages:
        return list(parts)
    if not isinstance(packages, list) or not all(isinstance(package, dict) for package in packages):
        raise PickError("'packages' is no list of objects")
    if len(packages) == 1 and not packages[0].get("lines"):
        return [replace(part, package=0) for part in parts]
    loose = list(parts)
    packed = []
    for index, package in enumerate(packages):
        name = package.get("reference") or f"package {index + 1}"
        if not package.get("lines"):
            raise PickError(f"{name} does not say which lines it holds")
        for wanted in parse_lines(package["lines"]):
            packed += _take(loose, wanted, index, name)
    return packed + [part for part in loose if part.quantity > 1e-9]


def _take(loose, wanted, index, name):
    """Move ``wanted`` out of the loose parts into package ``index``."""
    taken, left = [], wanted.quantity
    for position, part in enumerate(loose):
        same = part.line == wanted.line if wanted.line and part.line else part.sku == wanted.sku
        if not same or (wanted.lot and part.lot != wanted.lot) or part.quantity <= 1e-9:
            continue
        quantity = min(part.quantity, left)
        taken.append(replace(part, quantity=quantity, package=index))
        loose[position] = replace(part, quantity=part.quantity - quantity)
        left -= quantity
        if left <= 1e-9:
            return taken
    raise PickError(f"{name} holds {left:g} more of {wanted.sku or wanted.line} than was picked")


def parse_weight(package):
    """Weight in kg of a package, 0 when it was not weighed.

    :raises PickError: no number, or below zero
    """
    value = package.get("weight_kg")
    return 0.0 if value in (None, "") else _number(value, f"'weight_kg' of {package.get('reference') or 'a package'}")


def _number(value, what):
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise PickError(f"{what} is {value!r}, not a number") from None
    if not 0 <= number < 1e12:
        raise PickError(f"{what} is {value!r}: write 0 or more")
    return number
