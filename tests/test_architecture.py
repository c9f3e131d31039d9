"""The rules of the house that no linter knows: which way the arrows point, what a plain room is, where a model goes."""

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools.common import ADDONS, ROOT
from tools.lint import too_long
from tools.templates import manifest

CORE = "logistics_orchestration"
SMALL = tuple(addon for addon in ADDONS if addon != CORE)
# Rooms of plain Python: what is in them is tested without a database, so they know nothing of Odoo.
PLAIN_ROOMS = ("relay", "adapters", "parsers", "scoring", "core", "milestones", "tracking")
MODEL_BASES = {"Model", "AbstractModel", "TransientModel"}


def python_files(addon):
    """An addon's Python files."""
    return sorted((ROOT / addon).rglob("*.py"))


def imported(path):
    """The modules a file imports, absolute, with the line they are imported on."""
    package = list(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                above = package[: len(package) - node.level + 1]
                base = ".".join(["odoo", "addons", *above, *([node.module] if node.module else [])])
            else:
                base = node.module
            yield base, node.lineno
            # `from odoo.addons import logistics_x` names the addon last.
            for alias in node.names:
                yield f"{base}.{alias.name}", node.lineno


def forbidden(addon):
    """The suite's addons that this one may not know."""
    allowed = {addon} if addon == CORE else {addon, CORE}
    return [other for other in ADDONS if other not in allowed]


def text_files(addon):
    """Files in which an external id or an asset path of another addon could stand."""
    found = (path for path in (ROOT / addon).rglob("*") if path.suffix in (".py", ".xml", ".csv", ".js"))
    return sorted(path for path in found if "__pycache__" not in path.parts)


@pytest.mark.parametrize("addon", ADDONS)
def test_addon_is_there(addon):
    assert manifest(addon)["version"].startswith("17.0."), addon


@pytest.mark.parametrize("addon", ADDONS)
def test_dependencies_follow_the_arrows(addon):
    depends = manifest(addon)["depends"]
    assert not set(depends) & set(forbidden(addon))
    if addon != CORE:
        assert CORE in depends


@pytest.mark.parametrize("addon", ADDONS)
def test_imports_follow_the_arrows(addon):
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in python_files(addon)
        for name, line in imported(path)
        for other in forbidden(addon)
        if f"odoo.addons.{other}" == name or name.startswith(f"odoo.addons.{other}.") or name.split(".")[0] == other
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("addon", ADDONS)
def test_external_ids_follow_the_arrows(addon):
    """`ref="logistics_x.thing"`, `env.ref("logistics_x.thing")`, `%(logistics_x.thing)d`, `/logistics_x/static/...`."""
    others = "|".join(forbidden(addon))
    pattern = re.compile(rf"""["'(/,]({others})[./]\w""")
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in text_files(addon)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert not wrong, "\n".join(wrong)


def plain_files():
    """Every file of a plain room, in any addon."""
    return [
        path
        for addon in ADDONS
        for path in python_files(addon)
        # a capability's models may have the name of the plain room they stand on
        if path.relative_to(ROOT).parts[1] in PLAIN_ROOMS and "tests" not in path.relative_to(ROOT).parts
    ]


def test_plain_rooms_know_nothing_of_odoo():
    files = plain_files()
    assert files
    wrong = []
    for path in files:
        room = next(index for index, part in enumerate(path.parts) if part in PLAIN_ROOMS and index > len(ROOT.parts))
        home = ".".join(("odoo", "addons", *path.relative_to(ROOT).parts[: room - len(ROOT.parts) + 1]))
        for name, line in imported(path):
            # A relative import may go about in its own room, not out of it.
            if name.split(".")[0] in ("odoo", "openerp") and name != home and not name.startswith(f"{home}."):
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {name}")
    assert not wrong, "\n".join(wrong)


def models_in(path):
    """The Odoo model classes of a file."""
    return [
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Attribute) and base.attr in MODEL_BASES for base in node.bases)
    ]


@pytest.mark.parametrize("addon", ADDONS)
@pytest.mark.parametrize("room", ["models", "wizards"])
def test_one_model_per_file(addon, room):
    wrong = [
        f"{path.relative_to(ROOT)}: {', '.join(models)}"
        for path in sorted((ROOT / addon / room).rglob("*.py"))
        if len(models := models_in(path)) > 1
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("addon", ADDONS)
def test_every_module_is_imported(addon):
    """A model or a test that its package does not import is never seen by Odoo, and nobody notices."""
    models = [path for room in ("models", "wizards") for path in (ROOT / addon / room).rglob("*.py") if models_in(path)]
    tests = (ROOT / addon / "tests").rglob("test_*.py")
    wrong = [
        f"{path.relative_to(ROOT)} is not imported in {path.parent.name}/__init__.py"
        for path in sorted([*models, *tests])
        if path.stem != "__init__" and path.stem not in imported_here(path.parent)
    ]
    assert not wrong, "\n".join(wrong)


def imported_here(package):
    """The sibling modules that a package imports in its __init__.py."""
    init = package / "__init__.py"
    if not init.is_file():
        return set()
    return {
        name
        for node in ast.walk(ast.parse(init.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for name in ([node.module.split(".")[0]] if node.module else [alias.name for alias in node.names])
    }


def test_rooms_know_only_those_before_them():
    """The order of ``models/__init__.py`` is the order of the rooms: no import goes to a later one."""
    models = ROOT / CORE / "models"
    rooms = [line.split()[-1] for line in (models / "__init__.py").read_text().splitlines() if "from . import" in line]
    assert sorted(rooms) == sorted(path.name for path in models.iterdir() if (path / "__init__.py").is_file())
    home = f"odoo.addons.{CORE}.models."
    wrong = []
    for place, room in enumerate(rooms):
        for path in sorted((models / room).glob("*.py")):
            for name, line in imported(path):
                known = name.removeprefix(home).split(".")[0] if name.startswith(home) else ""
                if known in rooms[place + 1 :]:
                    wrong.append(f"{path.relative_to(ROOT)}:{line}: {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("addon", ADDONS)
def test_manifest_and_files_agree(addon):
    """Every data, view and demo file is in the manifest, and what is in the manifest is there."""
    listed = {name for key in ("data", "demo") for name in manifest(addon).get(key, [])}
    missing = sorted(name for name in listed if not (ROOT / addon / name).is_file())
    assert not missing, f"in the manifest but not there: {missing}"
    rooms = ("data", "views", "security", "wizards", "demo", "report")
    there = {
        path.relative_to(ROOT / addon).as_posix()
        for room in rooms
        for path in (ROOT / addon / room).rglob("*")
        if path.suffix in (".xml", ".csv")
    }
    assert not there - listed, f"not in the manifest: {sorted(there - listed)}"


@pytest.mark.parametrize("addon", ADDONS)
def test_changeable_records_stay_as_the_admin_left_them(addon):
    """In a noupdate file each record is forcecreate="0": what an admin deleted must not come back with an upgrade."""
    wrong = []
    for path in sorted((ROOT / addon / "data").rglob("*.xml")):
        root = ElementTree.parse(path).getroot()
        for block in [root, *root.iter("data"), *root.iter("odoo")]:
            if block.get("noupdate") not in ("1", "True"):
                continue
            wrong += [
                f"{path.relative_to(ROOT)}: {record.get('id')}"
                for record in block.iter("record")
                if record.get("forcecreate") not in ("0", "False")
                # Odoo counts on its sequences; nobody deletes one to be rid of it.
                and record.get("model") != "ir.sequence"
            ]
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_no_file_outgrows_its_reader():
    assert not (long := too_long()), "\n".join(long)


def test_nothing_is_left_open():
    """No marker of unfinished work, and no test that may not run."""
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "skip" + "Test", "skip" + "if", "x" + "fail")
    pattern = re.compile(rf"\b({'|'.join(marks)})\b")
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for room in (*ADDONS, "tests", "tools")
        for path in sorted((ROOT / room).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert not wrong, "\n".join(wrong)


def test_sudo_says_why():
    """Each sudo() in the addons has its reason on its line or the one above."""
    wrong = []
    for path in (path for addon in ADDONS for path in python_files(addon) if "tests" not in path.parts):
        lines = path.read_text().splitlines()
        for index, line in enumerate(lines):
            near = "\n".join(lines[max(0, index - 1) : index + 1])
            if ".sudo()" in line.split("#")[0] and "# sudo" not in near.lower():
                wrong.append(f"{Path(path).relative_to(ROOT)}:{index + 1}: {line.strip()}")
    assert not wrong, "\n".join(wrong)
