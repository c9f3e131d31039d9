"""Template databases for the tests, made once and copied: Odoo's own dependencies, and the suite on top of them.

Their names carry a hash of what they were made from, so that a change makes a new one and no change makes none.
"""

from __future__ import annotations

import ast
import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from tools import databases, odoo_conf
from tools.common import ADDONS, LOCAL, ROOT, digest, phase, tree_files
from tools.postgres import Server

FOLDER = LOCAL / "test"
DATA_DIR = FOLDER / "data"
LOGS = LOCAL / "log" / "test"
PREFIX = "logistics_test"
# How a test run tells its processes which templates it made: files may be edited while it goes on.
GIVEN_BASE, GIVEN_FULL = "LOGISTICS_TEST_BASE", "LOGISTICS_TEST_FULL"


def manifest(addon: str) -> dict:
    """Return an addon's manifest."""
    return ast.literal_eval((ROOT / addon / "__manifest__.py").read_text())


def addons() -> list[str]:
    """Return the suite's addons, what others depend on first."""
    return [name for name in ADDONS if (ROOT / name / "__manifest__.py").is_file()]


def dependencies() -> list[str]:
    """Return the modules of Odoo that the suite's addons name in their manifests."""
    return sorted({name for addon in addons() for name in manifest(addon)["depends"]} - set(ADDONS))


def base(server: Server, odoo: Path) -> str:
    """Return the template that holds Odoo's modules alone, making it when there is none."""
    if given := os.environ.get(GIVEN_BASE):
        return given
    release = [path for path in (odoo / "odoo" / "release.py", odoo / ".git" / "HEAD") if path.is_file()]
    name = f"{PREFIX}_base_{digest(release, ','.join([str(odoo), *dependencies()]))}"
    with _lock("base"):
        if not databases.exists(server, name):
            with phase("Template database with Odoo's modules"), _making(server, name) as draft:
                databases.create(server, draft)
                conf = configuration(server, odoo)
                databases.install(odoo, conf, draft, dependencies(), LOGS / "template-base.log")
    return name


def full(server: Server, odoo: Path) -> str:
    """Return the template in which the whole suite is installed, making it when there is none."""
    if given := os.environ.get(GIVEN_FULL):
        return given
    origin = base(server, odoo)
    name = f"{PREFIX}_full_{digest(sources(), origin)}"
    with _lock("full"):
        if not databases.exists(server, name):
            with phase("Template database with the suite"), _making(server, name) as draft:
                databases.copy(server, origin, draft, DATA_DIR)
                conf = configuration(server, odoo)
                databases.install(odoo, conf, draft, addons(), LOGS / "template-full.log")
                _bundle(odoo, conf, draft)
    return name


def configuration(server: Server, odoo: Path) -> Path:
    """Write the configuration with which templates are made."""
    return odoo_conf.write(FOLDER / "odoo.conf", server, odoo, DATA_DIR)


def sources() -> list[Path]:
    """Return every file of the addons that goes into a database."""
    found = (path for addon in addons() for path in tree_files(ROOT / addon) if path.suffix not in (".pyc", ".md"))
    return [path for path in found if "/tests/" not in str(path) or path.suffix == ".js"]


def _bundle(odoo: Path, conf: Path, database: str) -> None:
    """Make the web client's asset bundles once, instead of in the first browser test of each copy."""
    script = FOLDER / "bundle.py"
    script.write_text("env['ir.qweb']._pregenerate_assets_bundles()\nenv.cr.commit()\n")
    with script.open() as stream:
        databases.odoo_shell(odoo, conf, database, stream, LOGS / "template-assets.log")


@contextlib.contextmanager
def _making(server: Server, name: str) -> Iterator[str]:
    """Yield the draft of a template. Of its kind the last one is kept: somebody may be copying it; older ones go."""
    for old in databases.names(server, name.rsplit("_", 1)[0] + "_")[:-1]:
        databases.drop(server, old, DATA_DIR)
    with databases.making(server, name, DATA_DIR) as draft:
        yield draft


@contextlib.contextmanager
def _lock(kind: str) -> Iterator[None]:
    """Let one process at a time look for a template and make it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{kind}.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
