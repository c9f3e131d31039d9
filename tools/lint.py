"""`make lint`: ruff, pylint-odoo, and the length of our files."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tools.common import ADDONS, ROOT, phase, run_main, say, tree_files

MAX_LINES = 400
ROOMS = (*ADDONS, "tests", "tools")
MEASURED = (".py", ".xml", ".js", ".scss", ".css")
# Written by others or by machines.
NOT_OURS = ("/static/lib/", "/i18n/")


def sources(*suffixes: str) -> list[Path]:
    """Return our source files with one of the suffixes."""
    return [
        path
        for room in ROOMS
        if (ROOT / room).is_dir()
        for path in sorted(tree_files(ROOT / room, suffixes))
        if not any(part in str(path) for part in NOT_OURS)
    ]


def too_long() -> list[str]:
    """Return the files that have grown too long to be read in one go."""
    found = []
    for path in sources(*MEASURED):
        lines = len(path.read_text().splitlines())
        if lines > MAX_LINES:
            found.append(f"{path.relative_to(ROOT)}: {lines} lines, {MAX_LINES} at most: split it")
    return found


def check(title: str, *command: str) -> bool:
    """Run a linter; tell whether it was content."""
    with phase(title):
        return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False).returncode == 0


def main() -> int:
    """Run all linters, also when the first complains, and fail when one does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", action="store_true", help="measure the files and nothing else")
    rooms = [] if parser.parse_args().sizes else [room for room in ROOMS if (ROOT / room).is_dir()]
    good = rooms and [
        check("ruff", "ruff", "check", "--quiet", *rooms),
        # Odoo's own rules are for addons; in tests/ and tools/ print() and the like are right.
        check("pylint-odoo", "pylint", "--rcfile=.pylintrc", "--score=n", *(room for room in rooms if room in ADDONS)),
    ]
    with phase("File sizes"):
        long = too_long()
    for line in long:
        say(line)
    clean = all(good) and not long
    say("lint: clean" if clean else "lint: see above")
    return 0 if clean else 1


if __name__ == "__main__":
    run_main(main)
