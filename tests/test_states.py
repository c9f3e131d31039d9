"""docs/states.md says what the code obeys; and the relay's and inbox's SQL moves only as their tables say."""

import re
from pathlib import Path

import pytest

from tools import states_doc

ROOT = Path(__file__).resolve().parent.parent


def test_the_document_is_up_to_date():
    assert states_doc.DOC.read_text() == states_doc.text(), "run `python -m tools.states_doc`"


@pytest.mark.parametrize(("title", "path"), states_doc.TABLES)
def test_every_state_can_be_reached(title, path):
    rows = states_doc.rows(path)
    starts = {old for old, _new, _who, _event in rows} - {new for _old, new, _who, _event in rows}
    assert len(starts) <= 1, f"{title}: only the first state has no way in, not {sorted(starts)}"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("logistics_orchestration/relay/states.py", ("relay/*.py", "models/outbox/outbox_message*.py")),
        ("logistics_orchestration/relay/inbox_states.py", ("models/inbox/inbox_*.py",)),
    ],
)
def test_states_named_in_the_code_are_in_the_table(path, code):
    """A state that the code sets (SQL or ORM) is one the table leads to."""
    reachable = {new for _old, new, _who, _event in states_doc.rows(path)}
    for pattern in code:
        for file in (ROOT / "logistics_orchestration").glob(pattern):
            text = file.read_text()
            named = set(re.findall(r"SET state = '(\w+)'", text)) | set(re.findall(r"\"state\": \"(\w+)\"", text))
            assert named <= reachable, f"{file.name} sets {sorted(named - reachable)}"
