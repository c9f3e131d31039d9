"""docs/states.md from the transition tables in the code: `python -m tools.states_doc` writes it, a test compares.

The tables are read without Odoo: those of plain-Python rooms are imported, those in model files are taken from the
syntax tree.
"""

import ast
import importlib
import importlib.util
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOC = ROOT / "docs" / "states.md"
ORCHESTRATION = "logistics_orchestration"
# title, file, the tuple's columns beyond from and to
TABLES = [
    ("Outbox message", f"{ORCHESTRATION}/relay/states.py"),
    ("Replay", f"{ORCHESTRATION}/models/outbox/replay.py"),
    ("Inbox message", f"{ORCHESTRATION}/relay/inbox_states.py"),
    ("Alarm", f"{ORCHESTRATION}/models/watch/alert.py"),
    ("Discrepancy", f"{ORCHESTRATION}/models/authority/discrepancy.py"),
    ("Mass action", f"{ORCHESTRATION}/models/automation/mass_action.py"),
    ("Fulfilment request", f"{ORCHESTRATION}/models/fulfillment/fulfillment_states.py"),
    ("Warehouse allocation", f"{ORCHESTRATION}/models/allocation/allocation.py"),
    ("Shipment and parcel milestones", f"{ORCHESTRATION}/milestones/transitions.py"),
    ("Proof of delivery", f"{ORCHESTRATION}/models/shipment/pod.py"),
    ("Shortage", f"{ORCHESTRATION}/models/replenishment/shortage.py"),
    ("Shortage option", f"{ORCHESTRATION}/models/replenishment/shortage_option.py"),
    ("Supplier confirmation", f"{ORCHESTRATION}/models/replenishment/purchase_clock.py"),
    ("Price of a supplier", f"{ORCHESTRATION}/models/replenishment/purchase_line_price.py"),
    ("Ship notice", f"{ORCHESTRATION}/models/receipt/ship_notice.py"),
    ("Receipt check", f"{ORCHESTRATION}/models/receipt/check.py"),
    ("Stock balance report", f"{ORCHESTRATION}/models/balance/balance_report.py"),
    ("Carrier booking", "logistics_carrier_connector/adapters/lifecycle.py"),
    ("Change after dispatch", "logistics_carrier_connector/models/instruction/carrier_instruction.py"),
    ("Carrier pickup and manifest", "logistics_carrier_connector/models/handover/handover_states.py"),
    ("Watched number", "logistics_carrier_connector/models/tracking/tracker.py"),
    ("Approval request", "logistics_approvals/core/transitions.py"),
    ("Exception case", "logistics_exceptions/core/transitions.py"),
]
INTRO = """# States and who moves them

Generated from the tables the code itself obeys (`python -m tools.states_doc`). A move that is not in its table does not
happen. "new" stands for the creation of the record.
"""


def literal(path):
    """The TRANSITIONS of a model's file, which is a plain literal there."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and any(getattr(name, "id", "") == "TRANSITIONS" for name in node.targets):
            return ast.literal_eval(node.value)
    raise LookupError(f"{path} has no TRANSITIONS")


def imported(path):
    """TRANSITIONS of a module in a plain-Python room, imported under a name of its own."""
    room = path.parent
    name = f"states_{room.parent.name}_{room.name}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, room / "__init__.py", submodule_search_locations=[str(room)]
        )
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return importlib.import_module(f"{name}.{path.stem}").TRANSITIONS


def rows(path):
    """Rows (from, to, who, event) of a file's transition table, whatever its form."""
    file = ROOT / path
    if "/models/" not in path:
        table = imported(file)
    else:
        table = literal(file) if "import" in file.read_text() else runpy.run_path(str(file))["TRANSITIONS"]
    if isinstance(table, dict):
        return [(old, new, "", "") for old, targets in table.items() for new in sorted(targets)]
    return [_row(row) for row in table]


def _row(row):
    """One move as (from, to, who, event)."""
    if hasattr(row, "verb"):  # exception cases: a move is a verb people press
        return (row.before, row.after, row.who, row.verb)
    event = row[3] or ""
    if len(row) > 4 and row[4]:
        event = f"{event} (after: {', '.join(sorted(row[4]))})"
    return (row[0], row[1], row[2], event)


def text():
    """The whole document."""
    parts = [INTRO]
    for title, path in TABLES:
        table = rows(path)
        told = any(who or event for _old, _new, who, event in table)
        head = "| from | to | who | event |\n|---|---|---|---|" if told else "| from | to |\n|---|---|"
        lines = [
            f"| {old} | {new} | {who} | {event} |" if told else f"| {old} | {new} |" for old, new, who, event in table
        ]
        parts.append(f"## {title}\n\nTable: `{path}`\n\n{head}\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    DOC.write_text(text())
    print(f"written: {DOC.relative_to(ROOT)}")
