"""docs/carriers.md: what each of Karrio's carrier packages does, found by running them.

Every operation a package offers is tried: the request for a plain parcel is made and sent, to nowhere.
"yes" means that a request left; "more" that the package wants more than a plain parcel before it sends anything.
Only the rows of packages that are installed are written anew; the others stay as they were when they were tried.

    python -m tools.carriers_doc            write the table
    python -m tools.carriers_doc --check    exit 1 when a row of an installed package differs
"""

import argparse
import importlib.util
import json
import sys
from datetime import datetime
from importlib import metadata

from .common import ROOT

DOC = ROOT / "docs" / "carriers.md"
BEGIN, END = "<!-- carriers: begin -->", "<!-- carriers: end -->"
OPERATIONS = ("rate", "book", "void", "track", "pickup", "manifest", "return")
# Places a plain parcel stays within; a carrier of one country serves no other.
PLACES = (
    ("US", "NJ", "07470", "Wayne"),
    ("CA", "ON", "K1A0B1", "Ottawa"),
    ("DE", "", "53113", "Bonn"),
    ("FR", "", "75001", "Paris"),
    ("GB", "", "SW1A1AA", "London"),
    ("AU", "NSW", "2000", "Sydney"),
    ("PL", "", "00001", "Warsaw"),
    ("AT", "", "1010", "Vienna"),
)


def adapters():
    """The adapters' room as a plain package: importing the addon would import Odoo."""
    name = "carrier_adapters"
    if name not in sys.modules:
        room = ROOT / "logistics_carrier_connector" / "adapters"
        spec = importlib.util.spec_from_file_location(
            name, room / "__init__.py", submodule_search_locations=[str(room)]
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


class Nowhere:
    """In place of the HTTP client: lets everybody in, refuses everything else, and keeps what it was asked."""

    timeout = 20.0

    def __init__(self):
        self.asked = []

    def raw(self, method, url, data=None, headers=None, changes=False):
        text = (data or b"").decode("utf-8", "replace") if isinstance(data, bytes) else str(data or "")
        if any(word in url.lower() for word in ("token", "auth", "login")):
            return 200, "OK", {}, json.dumps(_login()).encode()
        self.asked.append(f"{method} {url} {text}")
        return 404, "Not Found", {}, b"{}"

    def excerpt(self, text, limit=200):
        return text[:limit]


def _login():
    late = {"issued_at": "4102444800000", "expires_in": 86400, "expires_at": "2099-01-01T00:00:00Z"}
    return {**late, "access_token": "t" * 20, "token": "t" * 20, "accessToken": "t" * 20, "token_type": "Bearer"}


def _settings(room, carrier, country):
    given = {each.name: "12345678" for each in room.credentials(carrier)}
    given |= {name: country for name in given if name == "account_country_code"}
    return room.Settings("", {}, carrier=carrier, credentials=given)


def _call(room, adapter, what, place, service, label_format="pdf"):
    """One operation as a person would ask for it."""
    country, state, code, city = place
    at = room.Address(
        "Dora Desk", "Main Street 1", "", city, code, state, country, "+15145550100", "d@example.com", "Desk Ltd"
    )
    parcels = (room.Parcel("P1", 2.0, 30.0, 20.0, 10.0),)
    if what == "rate":
        return adapter.rate(room.RateRequest(at, at, parcels))
    if what in ("book", "return"):
        order = room.BookingRequest("BKG-1", service, at, at, parcels, label_format, is_return=what == "return")
        return adapter.book(order)
    if what == "void":
        return adapter.void("1Z999AA10123456784")
    if what == "track":
        return adapter.track("1Z999AA10123456784")
    if what == "pickup":
        day = datetime(2026, 12, 1, 14)
        return adapter.pickup(room.PickupRequest("PU-1", at, day, day.replace(hour=17), 1, 2.0))
    return adapter.manifest(room.ManifestRequest("MAN-1", at, ("1Z999AA10123456784",)))


def tried(room, carrier, what, label_format="pdf"):
    """What was sent when an operation was tried where the carrier is at home: a list, empty when nothing was."""
    services = [code for code, _name in room.services(carrier)][:3] or [f"{carrier}_standard"]
    for place in PLACES:
        for service in services:
            nowhere = Nowhere()
            adapter = room.adapter_class("karrio")(_settings(room, carrier, place[0]), nowhere)
            try:
                _call(room, adapter, what, place, service, label_format)
            except room.CarrierError:
                pass  # nobody answers; what counts is whether it got so far as to ask
            if nowhere.asked:
                return nowhere.asked
    return []


def rows():
    """{carrier: row of the table} of every installed package."""
    room = adapters()
    from carrier_adapters import karrio_carriers, karrio_library

    found = {}
    for carrier in sorted(karrio_library.providers()):
        if carrier == "generic":
            continue
        able = karrio_carriers.abilities(carrier)
        cells = []
        for what in OPERATIONS:
            sent = tried(room, carrier, what) if what in able else None
            cells.append("–" if sent is None else "yes" if sent else "more")
        if karrio_carriers.priced_by_list(carrier):
            cells[0] = "list"
        zpl = "book" in able and any("zpl" in each.lower() for each in tried(room, carrier, "book", "zpl"))
        label = "PDF, ZPL" if zpl else "PDF" if "book" in able else "–"
        wants = ", ".join(f"`{each.name}`" for each in room.credentials(carrier) if each.required) or "see its form"
        version = metadata.version(f"karrio-{carrier.replace('_', '-')}")
        name = karrio_carriers.CARRIERS.get(carrier, carrier)
        count = len(room.services(carrier))
        found[carrier] = (
            f"| {name} (`{carrier}`) | {version} | " + " | ".join(cells) + f" | {label} | {count} | {wants} |"
        )
    return found


def known():
    """{carrier: row} as the document has it."""
    text = DOC.read_text()
    table = text[text.index(BEGIN) : text.index(END)].splitlines()
    return {line.split("(`")[1].split("`)")[0]: line for line in table if "(`" in line}


def write():
    """Write the rows of what is installed among the others."""
    merged = {**known(), **rows()}
    head = [
        f"| carrier | package | {' | '.join(OPERATIONS)} | label | services | must be given |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines = [BEGIN, *head, *(merged[carrier] for carrier in sorted(merged)), END]
    text = DOC.read_text()
    DOC.write_text(text[: text.index(BEGIN)] + "\n".join(lines) + text[text.index(END) + len(END) :])
    return merged


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    if parser.parse_args().check:
        said = known()
        wrong = [carrier for carrier, row in rows().items() if said.get(carrier) != row]
        print(f"carriers: {'differ: ' + ', '.join(wrong) if wrong else 'as documented'}")
        return 1 if wrong else 0
    print(f"carriers: {len(write())} rows in {DOC.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
