"""`make setup`: virtual environment, requirements, browser, Odoo's source. Idempotent; a step that is done is skipped.

Standard library only: it runs before the virtual environment exists.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import odoo_source
from tools.common import LOCAL, PYTHON, ROOT, VENV, SetupError, digest, need_disk, phase, run, run_main, shown

LOG = LOCAL / "log" / "setup.log"
REQUIREMENTS = (ROOT / "requirements.txt", ROOT / "requirements-dev.txt")
# The names under which Odoo's browser tests look for a browser.
BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
OLDEST, NEWEST = (3, 10), (3, 12)


def check_python() -> None:
    """Refuse a Python that Odoo 17.0's pinned packages do not run on."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise SetupError(
            f"Python {sys.version_info[0]}.{sys.version_info[1]} ({sys.executable}) cannot run Odoo 17.0:"
            " install Python 3.11 (3.10 to 3.12 will do) and run `make PYTHON=python3.11 ...`"
        )


def apt_install(*packages: str) -> bool:
    """Install Debian packages when that is possible here (root, apt-get); tell whether it was."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], log=LOG, what="apt-get update", env=environment)
    command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    run(command, log=LOG, what=f"apt-get install {' '.join(packages)}", env=environment)
    return True


def venv_version() -> tuple[int, ...]:
    """Return the Python version of the virtual environment, () when there is none that runs."""
    if not PYTHON.exists():
        return ()
    code = "import sys, pip; print(*sys.version_info[:2])"
    done = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=False)
    return tuple(int(part) for part in done.stdout.split()) if done.returncode == 0 else ()


def make_venv() -> None:
    """Make the virtual environment, or keep the one that works."""
    if OLDEST <= venv_version() <= NEWEST:
        return
    if importlib.util.find_spec("ensurepip") is None:  # Debian packs it separately
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not apt_install(package):
            raise SetupError(f"this Python cannot make virtual environments: run `sudo apt-get install {package}`")
    run([sys.executable, "-m", "venv", "--clear", VENV], log=LOG, what="making the virtual environment")


def requirements_mark() -> str:
    """Return a mark that changes with the requirements and with the environment's Python."""
    return digest(REQUIREMENTS, extra=str(venv_version()))


def install_requirements() -> bool:
    """Install the requirements unless these very ones are installed; tell whether there was something to do."""
    stamp = VENV / ".requirements"
    mark = requirements_mark()
    if stamp.is_file() and stamp.read_text() == mark:
        return False
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS[-1]]
    run(command, log=LOG, what="pip install -r requirements-dev.txt")
    stamp.write_text(mark)
    return True


def browser() -> str | None:
    """Return the browser that the browser tests will find, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def install_browser() -> None:
    """See to a Chromium for the browser tests."""
    if browser():
        return
    if not apt_install("chromium") or not browser():
        raise SetupError(
            "no Chromium for the browser tests: run `sudo apt-get install chromium`, or put a google-chrome on the PATH"
        )


def prepare(with_browser: bool = True) -> Path:
    """Run every step and return Odoo's folder."""
    check_python()
    need_disk()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with phase("Virtual environment"):
        make_venv()
    with phase("Requirements"):
        install_requirements()
    if with_browser:
        with phase("Chromium"):
            install_browser()
    with phase("Odoo 17.0 source"):
        folder = odoo_source.find()
    return folder


def main() -> int:
    """Set everything up, or what `--no-browser` leaves of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-browser", action="store_true", help="leave Chromium out (only the tests need it)")
    arguments = parser.parse_args()
    folder = prepare(with_browser=not arguments.no_browser)
    print(f"ready: Python in {shown(VENV)}, Odoo in {folder}", flush=True)
    return 0


if __name__ == "__main__":
    run_main(main)
