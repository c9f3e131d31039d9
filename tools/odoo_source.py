"""Find Odoo 17.0's source, or fetch it, and say how it is run.

Two layouts are understood: a git checkout (`addons/` and `odoo/addons/`) and the nightly archive (all of it in
`odoo/addons/`).
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from tools.common import LOCAL, ROOT, SetupError, run

SERIES = "17.0"
OFFICIAL = "https://github.com/odoo/odoo.git"


def cache_folder() -> Path:
    """Return where the source is kept for all projects of this account."""
    return Path.home() / ".cache" / "odoo" / SERIES


def check(folder: Path) -> str:
    """Return why a folder is not a usable Odoo 17.0 source, or an empty string."""
    release = folder / "odoo" / "release.py"
    if not release.is_file():
        return "it has no odoo/release.py"
    found = re.search(r"version_info\s*=\s*\((\d+)\s*,\s*(\d+)", release.read_text())
    series = ".".join(found.groups()) if found else "?"
    if series != SERIES:
        return f"it is Odoo {series}, not {SERIES}"
    if not (folder / "odoo-bin").is_file():
        return "it has no odoo-bin"
    if not any((base / "stock" / "__manifest__.py").is_file() for base in addons_folders(folder)):
        return "it has no stock addon in addons/ or odoo/addons/"
    return ""


def addons_folders(folder: Path) -> list[Path]:
    """Return the addons folders of either layout, the ones Odoo needs in `addons_path`."""
    return [base for base in (folder / "addons", folder / "odoo" / "addons") if base.is_dir()]


def find() -> Path:
    """Return Odoo's folder: $ODOO_HOME, then the cache, else a fresh clone from $ODOO_GIT."""
    home = os.environ.get("ODOO_HOME")
    if home:
        folder = Path(home).expanduser().resolve()
        wrong = check(folder)
        if wrong:
            raise SetupError(f"ODOO_HOME={home} is no Odoo {SERIES} source: {wrong}; point it to one or unset it")
        return folder
    folder = cache_folder()
    if folder.exists():
        wrong = check(folder)
        if wrong:
            raise SetupError(f"{folder} is no Odoo {SERIES} source: {wrong}; remove it, or set ODOO_HOME to one")
        return folder
    return clone(folder)


def clone(folder: Path) -> Path:
    """Clone Odoo into the cache; a clone that broke off leaves nothing behind."""
    address = os.environ.get("ODOO_GIT") or OFFICIAL
    way_out = f"set ODOO_HOME to an Odoo {SERIES} source, put one into {folder}, or set ODOO_GIT to a reachable mirror"
    if not shutil.which("git"):
        raise SetupError(f"no Odoo {SERIES} source and no git to clone it: install git, or {way_out}")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        run(
            ["git", "clone", "--quiet", "--depth", "1", "--branch", SERIES, address, partial],
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
            log=LOCAL / "log" / "git-clone.log",
        )
    except SetupError as error:
        shutil.rmtree(partial, ignore_errors=True)
        lines = str(error).splitlines()
        reason = next((line for line in lines if line.startswith("fatal:")), lines[-1])
        raise SetupError(f"no Odoo {SERIES} source and {address} cannot be cloned ({reason}): {way_out}") from None
    partial.rename(folder)
    wrong = check(folder)
    if wrong:
        raise SetupError(f"what was cloned from {address} is no Odoo {SERIES} source: {wrong}; {way_out}")
    return folder


def addons_path(folder: Path) -> str:
    """Return the value of `addons_path`: Odoo's own folders, then the suite."""
    return ",".join(str(path) for path in [*addons_folders(folder), ROOT])
