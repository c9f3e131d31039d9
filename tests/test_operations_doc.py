"""docs/operations.md keeps up with the code: every alarm has its procedure, every metric and retention is named."""

import ast
import re

import pytest

from tools.common import ROOT

MODELS = ROOT / "logistics_orchestration" / "models"
TEXT = (ROOT / "docs" / "operations.md").read_text()


def kinds():
    """The kinds of alarms, from the rule's own table."""
    for node in ast.parse((MODELS / "watch" / "alert_rule.py").read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "KINDS":
            return [kind for kind, _label, _unit in ast.literal_eval(node.value)]
    raise LookupError("alert_rule.py has no KINDS")


def sections():
    """{anchor as GitHub makes it: text of the section}"""
    found = {}
    for part in re.split(r"^#{2,3} ", TEXT, flags=re.MULTILINE)[1:]:
        title, _newline, text = part.partition("\n")
        found[re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")] = text
    return found


@pytest.mark.parametrize("kind", kinds())
def test_every_alarm_has_its_procedure(kind):
    text = sections().get(kind.replace("_", "-"))
    assert text, f"no heading for the anchor #{kind.replace('_', '-')}, to which alarms of this kind lead"
    assert re.search(r"\*(Tried|Test|Not tried)", text), "says whether it was tried"


def test_every_metric_is_named():
    names = set(re.findall(r'"(logistics_[a-z_]+)",\s*\n?\s*"[A-Z0-9]', (MODELS / "watch" / "metrics.py").read_text()))
    names -= {"logistics_scrape_seconds"}
    assert len(names) > 15
    missing = {name for name in names if name not in TEXT}
    assert not missing
