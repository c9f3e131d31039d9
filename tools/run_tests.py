"""`make test`: every test, in parallel, each group on its own copy of one template database.

Ends with exactly one plain line `N passed, N failed, N skipped`; exits with 1 unless all passed.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import fcntl
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import databases, jobs, odoo_source, postgres, stack, templates
from tools.common import LOCAL, ROOT, SetupError, need_disk, phase, run_main, say
from tools.postgres import Server

TESTS = ROOT / "tests"


@contextmanager
def test_server() -> Iterator[Server]:
    """Yield the configured server, or the private one for tests, which is stopped afterwards."""
    server = postgres.configured()
    if server:
        yield server
        return
    cluster = postgres.test_cluster()
    in_use = cluster.running()  # by somebody who runs pytest by hand
    with phase("PostgreSQL"):
        server = cluster.start()
    try:
        yield server
    finally:
        if not in_use:
            cluster.stop()


@contextmanager
def alone() -> Iterator[None]:
    """Refuse a second test run in the same folder: they would drop each other's databases."""
    path = LOCAL / "test" / "run.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SetupError("another test run is going on here: wait for it, or use a second clone") from None
        yield


def slots() -> int:
    """Return how many jobs run at once: $JOBS, else one more than there are cores, as many of them wait a lot."""
    return int(os.environ.get("JOBS") or 0) or len(os.sched_getaffinity(0)) + 1


class Run:
    """A run of jobs as their prerequisites get ready."""

    def __init__(self):
        self.count = slots()
        self.free = threading.Semaphore(self.count)
        self.pool = concurrent.futures.ThreadPoolExecutor(max_workers=64)
        self.outcomes: list[jobs.Outcome] = []
        self.pending: list[concurrent.futures.Future] = []

    def submit(self, *wanted: jobs.Job) -> None:
        """Queue jobs, the heaviest first, so that no long one is left for the end."""
        for job in sorted(wanted, key=lambda job: -job.weight):
            self.pending.append(self.pool.submit(self._one, job))

    def _one(self, job: jobs.Job) -> None:
        with self.free:
            outcome = job.run()
        self.outcomes.append(outcome)
        say(outcome.line())
        if outcome.failures:
            say(jobs.explain(outcome))

    def wait(self) -> int:
        """Wait for all jobs, print the closing line and return the exit code."""
        concurrent.futures.wait(self.pending)
        for future in self.pending:
            future.result()
        passed = sum(outcome.passed for outcome in self.outcomes)
        failed = sum(outcome.failed for outcome in self.outcomes)
        if not passed and not failed:
            failed = 1
            say("no test was found")
        # Skipped tests are among the failed ones, so that a green line means that everything was run.
        say(f"{passed} passed, {failed} failed, 0 skipped")
        return 1 if failed else 0


def clear_away(server: Server) -> None:
    """Remove what a run that was killed has left: its processes and its databases."""
    for folder in LOCAL.glob("e2e-*"):
        if "by_hand" not in folder.name:
            stack.stop_processes(folder.name)
            shutil.rmtree(folder, ignore_errors=True)
    for home in postgres.Cluster("chaos").base.glob("chaos-*"):
        if "by_hand" not in home.name:
            postgres.Cluster(home.name).remove()
    for old in databases.names(server, f"{templates.PREFIX}_job_"):
        if "by_hand" not in old:
            databases.drop(server, old)


def e2e_jobs(server: Server, odoo: Path, template: str) -> list[jobs.Job]:
    """Return the end-to-end tests, one job per file: each starts processes of its own."""
    files = sorted((TESTS / "e2e").glob("test_*.py"))
    given = {templates.GIVEN_FULL: template}
    found = []
    for path in files:
        slug = path.stem.removeprefix("test_")
        title = f"End to end: {slug.replace('_', ' ')}"
        # They wait more than they compute: first in line, so that the others fill the gaps.
        found.append(jobs.plain_job(server, odoo, [str(path)], f"e2e-{slug}", title, 1000 + jobs.weigh(path), **given))
    return found


def chaos_jobs(server: Server, odoo: Path, **given: str) -> list[jobs.Job]:
    """Return the tests that kill things: those that need the template when it is given, else the others."""
    files = sorted((TESTS / "chaos").glob("test_*.py"))
    wanted = [path for path in files if (path.stem == "test_chaos_short") == bool(given)]
    return [
        jobs.plain_job(
            server,
            odoo,
            [str(path)],
            path.stem.removeprefix("test_"),
            path.stem.removeprefix("test_").replace("_", " ").capitalize(),
            900 + jobs.weigh(path),
            **given,
        )
        for path in wanted
    ]


def everything(server: Server, odoo: Path) -> int:
    """Run all tests; what needs no template runs while the templates are made."""
    run = Run()
    apart = ("e2e", "chaos", "test_install.py")
    plain = [str(TESTS), *(f"--ignore={TESTS / name}" for name in apart)]
    install = [str(TESTS / "test_install.py")]
    try:
        with run.free:  # the templates take one core
            run.submit(jobs.plain_job(server, odoo, plain, "plain", "Architecture, tooling and simulators"))
            run.submit(*chaos_jobs(server, odoo))
            given = {templates.GIVEN_BASE: templates.base(server, odoo)}
            run.submit(jobs.plain_job(server, odoo, install, "install", "Install, upgrade, uninstall", **given))
            template = templates.full(server, odoo)
    except SetupError as error:
        say(f"error: {error}")
        run.outcomes.append(jobs.Outcome("Template databases", failures=[str(error)]))
        return run.wait()
    files = [path for addon in templates.addons() for path in jobs.odoo_files(addon)]
    groups = jobs.balance(files, 2 * run.count)
    modules = [
        jobs.odoo_job(server, odoo, template, group, f"odoo{number}", f"Addons' tests {number} of {len(groups)}")
        for number, group in enumerate(groups, 1)
    ]
    killing = chaos_jobs(server, odoo, **{templates.GIVEN_FULL: template})
    run.submit(*modules, *e2e_jobs(server, odoo, template), *killing)
    return run.wait()


def only_e2e(server: Server, odoo: Path) -> int:
    """Run the end-to-end tests, one after the other."""
    template = templates.full(server, odoo)
    run = Run()
    run.submit(*e2e_jobs(server, odoo, template))
    return run.wait()


def one_module(server: Server, odoo: Path, module: str, keyword: str) -> int:
    """Run one addon's tests in the foreground, pytest's own output and all."""
    if module not in templates.addons():
        raise SetupError(f"MODULE={module} is none of {', '.join(templates.addons())}")
    template = templates.full(server, odoo)
    job = jobs.odoo_job(server, odoo, template, jobs.odoo_files(module), "unit", module)
    try:
        arguments, environment = job.prepare()
        command = [sys.executable, "-m", "pytest", *arguments, *job.arguments, *(["-k", keyword] if keyword else [])]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    finally:
        job.finish()


def main() -> int:
    """Run the tests that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("all", "e2e", "unit"))
    parser.add_argument("--module", default="")
    parser.add_argument("--keyword", default="")
    arguments = parser.parse_args()
    if arguments.what == "unit" and not arguments.module:
        raise SetupError("say which addon: `make test-unit MODULE=logistics_orchestration` (and K=name to narrow it)")
    need_disk()
    odoo = odoo_source.find()
    with alone(), test_server() as server:
        clear_away(server)
        if arguments.what == "unit":
            return one_module(server, odoo, arguments.module, arguments.keyword)
        return everything(server, odoo) if arguments.what == "all" else only_e2e(server, odoo)


if __name__ == "__main__":
    run_main(main)
