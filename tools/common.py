"""What every script of the tooling shares: paths, progress lines, one-line errors, ports.

Standard library only: part of it runs before the virtual environment exists.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
ADDONS = ("logistics_orchestration", "logistics_approvals", "logistics_exceptions", "logistics_carrier_connector")
MIN_FREE_GB = 3


class SetupError(Exception):
    """Something the machine lacks; the message is one line and names the way out."""


@contextlib.contextmanager
def phase(title: str) -> Iterator[None]:
    """Print one progress line for a phase, with the time it took."""
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print(f"{title}: FAILED after {time.monotonic() - started:.1f} s", flush=True)
        raise
    print(f"{title}: {time.monotonic() - started:.1f} s", flush=True)


def say(line: str) -> None:
    """Print a line at once, also when the output is a pipe."""
    print(line, flush=True)


def run_main(main) -> None:
    """Run a script's main(); a SetupError becomes one line on stderr and exit code 1."""
    try:
        code = main()
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        code = 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr, flush=True)
        code = 130
    sys.exit(code or 0)


def run(command: list, *, log: Path | None = None, what: str = "", **options) -> subprocess.CompletedProcess:
    """Run a command to its end; its failure is a SetupError with its last words (all of them are in the log)."""
    command = [str(part) for part in command]
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as stream:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, check=False, **options
            )
        words = tail(log, 6) if done.returncode else ""
        where = f" (all of it: {shown(log)})"
    else:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **options,
        )
        words, where = "\n".join(done.stdout.strip().splitlines()[-6:]), ""
    if done.returncode:
        raise SetupError(f"{what or command[0]} failed with exit code {done.returncode}{where}:\n{words}")
    return done


def tail(path: Path, lines: int) -> str:
    """Return the last lines of a text file."""
    try:
        return "\n".join(path.read_text(errors="replace").rstrip().splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def shown(path: Path) -> str:
    """Return a path as people type it: relative to the repository where it lies in it."""
    try:
        return str(path.relative_to(ROOT))
    except ValueError:
        return str(path)


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def need_disk(path: Path = ROOT) -> None:
    """Refuse to begin on a nearly full disk: a half-made environment is worse than none."""
    free = shutil.disk_usage(path).free / 1024**3
    if free < MIN_FREE_GB:
        raise SetupError(
            f"only {free:.1f} GB free on the disk of {path}, {MIN_FREE_GB} GB are needed:"
            " free some space (`make clean` removes what the suite itself keeps) and run again"
        )


def digest(paths: Iterable[Path], extra: str = "") -> str:
    """Return a short hash over files' names and contents, to see whether something has to be done again."""
    total = hashlib.sha256(extra.encode())
    for path in sorted(paths):
        total.update(str(path).encode())
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def tree_files(folder: Path, suffixes: tuple[str, ...] = ()) -> Iterator[Path]:
    """Yield a folder's files, without caches and hidden ones; only those with one of the suffixes, if given."""
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__" and not name.startswith(".")]
        for name in names:
            if not suffixes or name.endswith(suffixes):
                yield Path(base, name)


def read_json(path: Path) -> dict:
    """Return a JSON file's object, or an empty one where there is no readable file."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read (it holds a password)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)
    path.write_text(text)
