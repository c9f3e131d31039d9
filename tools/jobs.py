"""The pieces `make test` is cut into: one pytest process each, with a database, a data folder and a port of its own."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tools import databases, odoo_conf, templates
from tools.common import LOCAL, ROOT, read_json, shown, tail
from tools.postgres import Server

RESULTS = LOCAL / "test" / "results"
TIMINGS = LOCAL / "test" / "timings.json"
# A hanging test must not eat the whole time of a CI run.
JOB_SECONDS = 1800
# What a test costs where no earlier run has told: most of a browser test is the browser.
SECONDS_PER_TEST = 0.4
SECONDS_PER_BROWSER_TEST = 8.0


@dataclass
class Outcome:
    """What one job came to. A skipped test of ours is a failed one: it was written to be run."""

    name: str
    passed: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    log: Path | None = None
    by_file: dict[str, float] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return len(self.failures)

    def line(self) -> str:
        """Return the job's progress line."""
        return f"{self.name}: {self.seconds:.1f} s ({self.passed} passed, {self.failed} failed)"


@dataclass
class Job:
    """One pytest process: its arguments, and the environment, which is made just before it starts."""

    name: str
    slug: str
    arguments: list[str]
    prepare: Callable[[], tuple[list[str], dict[str, str]]]
    finish: Callable[[], None] = lambda: None
    weight: float = 0.0

    def run(self) -> Outcome:
        """Run it and read its results; whatever goes wrong is a failure in them."""
        started = time.monotonic()
        report, log = RESULTS / f"{self.slug}.xml", RESULTS / f"{self.slug}.log"
        report.parent.mkdir(parents=True, exist_ok=True)
        for old in (report, log):
            old.unlink(missing_ok=True)
        try:
            arguments, environment = self.prepare()
            command = [sys.executable, "-m", "pytest", *arguments, f"--junit-xml={report}", *self.arguments]
            with log.open("wb") as stream:
                code = self._wait(command, environment, stream)
            outcome = read_report(self.name, report, code)
            _remember(outcome.by_file)
        except Exception as error:  # a job that cannot even start is a failure too, not the end of the others
            outcome = Outcome(self.name, failures=[f"{self.name}: cannot run: {error}"])
        try:
            self.finish()
        except Exception as error:  # e.g. the server is gone
            outcome.failures.append(f"{self.name}: cannot clear away: {error}")
        outcome.seconds, outcome.log = time.monotonic() - started, log
        return outcome

    @staticmethod
    def _wait(command: list[str], environment: dict[str, str], stream) -> int | None:
        """Run pytest; None when it took too long."""
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT
        ) as child:
            try:
                return child.wait(JOB_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                return None


def read_report(name: str, report: Path, code: int | None) -> Outcome:
    """Count a junit report; an exit code that the counted tests do not explain is one more failure."""
    outcome = Outcome(name)
    total = 0
    try:
        cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314  our own pytest wrote it
    except (FileNotFoundError, ElementTree.ParseError):
        cases = []
    for case in cases:
        total += 1
        identity = f"{case.get('classname')}.{case.get('name')}"
        path = case.get("file") or ""
        outcome.by_file[path] = outcome.by_file.get(path, 0.0) + float(case.get("time") or 0)
        verdict = next((child for child in case if child.tag in ("failure", "error", "skipped")), None)
        if verdict is None:
            outcome.passed += 1
            continue
        word = "skipped, which counts as failed" if verdict.tag == "skipped" else verdict.tag
        reason = (verdict.get("message") or verdict.text or "").strip().splitlines()
        outcome.failures.append(f"{identity}: {word}: {reason[0][:300] if reason else ''}")
    if code is None:
        outcome.failures.append(f"{name}: stopped after {JOB_SECONDS} s")
    elif not total:
        outcome.failures.append(f"{name}: pytest ended with exit code {code} and ran no test")
    elif code not in (0, 1) or (code == 1 and not outcome.failures):
        outcome.failures.append(f"{name}: pytest ended with exit code {code} (a negative one: killed by that signal)")
    return outcome


def explain(outcome: Outcome) -> str:
    """Return a failed job's failures, and the end of its log where no single test explains them."""
    words = [f"  {line}" for line in outcome.failures]
    if outcome.log and any(line.startswith(f"{outcome.name}:") for line in outcome.failures):
        words += [f"    | {line}" for line in tail(outcome.log, 30).splitlines()]
    if outcome.log:
        words.append(f"  everything it said: {shown(outcome.log)}")
    return "\n".join(words)


# ---------------------------------------------------------------- Odoo's tests
def odoo_files(addon: str) -> list[Path]:
    """Return an addon's test files."""
    return sorted((ROOT / addon / "tests").glob("test_*.py"))


def weigh(path: Path) -> float:
    """Estimate a test file's seconds: from the last run, else from what is in it."""
    known = read_json(TIMINGS).get(str(path.relative_to(ROOT)))
    if known is not None:
        return known
    text = path.read_text()
    tests = sum(
        isinstance(node, ast.FunctionDef) and node.name.startswith("test") for node in ast.walk(ast.parse(text))
    )
    each = SECONDS_PER_BROWSER_TEST if "start_tour" in text or "browser_js" in text else SECONDS_PER_TEST
    return 1 + tests * each


def balance(paths: list[Path], count: int) -> list[list[Path]]:
    """Split files into groups of about the same weight, the heaviest first."""
    groups: list[list[Path]] = [[] for _ in range(min(count, len(paths)))]
    load = [0.0] * len(groups)
    for path in sorted(paths, key=weigh, reverse=True):
        lightest = load.index(min(load))
        groups[lightest].append(path)
        load[lightest] += weigh(path)
    return [sorted(group) for group in groups]


def odoo_job(server: Server, odoo: Path, template: str, paths: list[Path], slug: str, name: str) -> Job:
    """Return the job that runs some of the addons' tests on a copy of the template."""
    database = f"{templates.PREFIX}_job_{slug}"
    folder = LOCAL / "test" / "jobs" / slug
    data_dir = folder / "data"

    def prepare():
        databases.copy(server, template, database, data_dir, templates.DATA_DIR)
        conf = odoo_conf.write(folder / "odoo.conf", server, odoo, data_dir, db_name=database, dbfilter=f"^{database}$")
        arguments = [
            f"--odoo-config={conf}",
            f"--odoo-database={database}",
            "--odoo-http",
            "--odoo-log-level=warn",
            # Nothing but the tests themselves runs in their database.
            "--odoo-extra=max-cron-threads=0",
        ]
        environment = databases.odoo_environment(conf, server)
        environment["PYTHONPATH"] = str(odoo)
        return arguments, environment

    def finish():
        databases.drop(server, database, data_dir)

    return Job(name, slug, [str(path) for path in paths], prepare, finish, sum(map(weigh, paths)))


# ---------------------------------------------------------------- other tests
def plain_job(
    server: Server, odoo: Path, arguments: list[str], slug: str, name: str, weight: float = 0, **given: str
) -> Job:
    """Return a job of tests that start what they need themselves; `given` goes into pytest's environment."""

    def prepare():
        environment = {**os.environ, **server.environment(), **given}
        environment.update(ODOO_HOME=str(odoo), LOGISTICS_TEST_JOB=slug)
        return ["-p", "no:odoo"], environment

    return Job(name, slug, arguments, prepare, weight=weight)


def _remember(seconds: dict[str, float]) -> None:
    """Keep what each file took, for the next run's balance."""
    known = read_json(TIMINGS)
    known.update({path: round(value, 2) for path, value in seconds.items() if path})
    TIMINGS.parent.mkdir(parents=True, exist_ok=True)
    TIMINGS.write_text(json.dumps(known, indent=1, sort_keys=True))

