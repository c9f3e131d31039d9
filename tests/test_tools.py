"""The tooling itself: what counts as passed, what is refused with which words, how a configuration is filled in."""

import configparser
import os
import socket
import subprocess
import sys

import pytest

from tools import databases, demo, jobs, odoo_conf, odoo_source, postgres
from tools import setup as set_up
from tools.common import ROOT, SetupError, digest, free_port, need_disk, port_is_free, tree_files
from tools.stack import Process

TWO_TESTS = """
import pytest, unittest
def test_good(): pass
class TestMore(unittest.TestCase):
    def test_more(self): {body}
"""


def run_pytest(folder, body):
    """Run pytest on a file of two tests, the second of which does as told; its report and exit code, counted."""
    (folder / "test_it.py").write_text(TWO_TESTS.format(body=body))
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:odoo", "-c", os.devnull, f"--junit-xml={report}", "."]
    code = subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode
    return jobs.read_report("It", report, code)


@pytest.mark.parametrize(
    ("body", "passed", "word"),
    [
        ("pass", 2, None),
        ("self.fail('so it is')", 1, "so it is"),
        ("raise KeyError('gone')", 1, "gone"),
        ("raise unittest.SkipTest('no browser')", 1, "skipped, which counts as failed: no browser"),
        ("__import__('os')._exit(0)", 0, "ran no test"),
        ("__import__('os').kill(__import__('os').getpid(), 9)", 0, "exit code -9"),
        ("pytest.exit('enough')", 2, "exit code 2"),
    ],
)
def test_only_what_ran_and_passed_counts_as_passed(tmp_path, body, passed, word):
    outcome = run_pytest(tmp_path, body)
    assert outcome.passed == passed
    assert outcome.failed == (0 if word is None else 1), outcome.failures
    assert word is None or word in outcome.failures[0]


def test_a_run_without_tests_has_failed(tmp_path):
    report = tmp_path / "none.xml"
    assert jobs.read_report("It", report, 5).failed == 1
    assert jobs.read_report("It", report, 0).failed == 1
    assert jobs.read_report("It", report, None).failures == [f"It: stopped after {jobs.JOB_SECONDS} s"]


def test_a_job_that_cannot_start_has_failed():
    def refuse():
        raise SetupError("no server")

    outcome = jobs.Job("It", "cannot", [], refuse, refuse).run()
    assert (outcome.passed, outcome.failures) == (0, ["It: cannot run: no server", "It: cannot clear away: no server"])


def test_groups_are_balanced(tmp_path, monkeypatch):
    weights = {"a": 9.0, "b": 5.0, "c": 4.0, "d": 1.0}
    monkeypatch.setattr(jobs, "weigh", lambda path: weights[path.name])
    groups = jobs.balance([tmp_path / name for name in weights], 2)
    assert sorted(sum(weights[path.name] for path in group) for group in groups) == [9.0, 10.0]
    assert jobs.balance([tmp_path / "a"], 4) == [[tmp_path / "a"]]


def test_configuration_is_filled_in():
    text = "[options]\n# about db_host = nothing\n;db_host = localhost\nhttp_port = 8069\nworkers = 0\n"
    filled = odoo_conf.fill_in(text, {"db_host": "127.0.0.1", "http_port": "1", "data_dir": "/d"})
    parser = configparser.RawConfigParser()
    parser.read_string(filled)
    assert dict(parser["options"]) == {"db_host": "127.0.0.1", "http_port": "1", "workers": "0", "data_dir": "/d"}
    assert "# about db_host = nothing" in filled


def test_the_repository_configuration_names_no_machine():
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "odoo.conf")
    private = {"addons_path", "db_host", "db_password", "data_dir", "admin_passwd", "logistics_secret_key"}
    assert not private & set(parser["options"])
    assert postgres.configured({}, ROOT / "odoo.conf") is None


def test_a_configured_server_goes_before_the_private_one(tmp_path):
    conf = tmp_path / "odoo.conf"
    conf.write_text("[options]\ndb_host = db.example\ndb_user = me\ndb_port = False\n")
    found = postgres.configured({}, conf)
    assert (found.host, found.port, found.user, found.private) == ("db.example", 5432, "me", False)
    found = postgres.configured({"PGHOST": "other", "PGPORT": "5433", "PGPASSWORD": "s"}, conf)
    assert (found.host, found.port, found.user, found.password) == ("other", 5433, "odoo", "s")


def test_an_unreachable_server_is_named():
    server = postgres.Server("127.0.0.1", free_port(), "odoo", "odoo", False)
    with pytest.raises(SetupError, match=rf"cannot reach PostgreSQL at 127.0.0.1:{server.port} as odoo: .*PGHOST"):
        databases.exists(server, "any")


def test_both_layouts_of_the_source_are_understood(tmp_path):
    for layout in ("addons", "odoo/addons"):
        home = tmp_path / layout.replace("/", "-")
        (home / layout / "stock").mkdir(parents=True)
        (home / layout / "stock" / "__manifest__.py").touch()
        (home / "odoo" / "addons").mkdir(parents=True, exist_ok=True)
        (home / "odoo" / "release.py").write_text("version_info = (17, 0, 0, FINAL, 0, '')\n")
        assert odoo_source.check(home) == "it has no odoo-bin"
        (home / "odoo-bin").touch()
        assert not odoo_source.check(home)
        expected = ["addons", "odoo/addons"] if layout == "addons" else ["odoo/addons"]
        assert odoo_source.addons_path(home) == ",".join([*(str(home / part) for part in expected), str(ROOT)])
    (home / "odoo" / "release.py").write_text("version_info = (18, 0, 0, FINAL, 0, '')\n")
    assert odoo_source.check(home) == "it is Odoo 18.0, not 17.0"


def test_a_missing_source_tells_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(SetupError, match=r"ODOO_HOME=.* is no Odoo 17.0 source: it has no odoo/release.py; point it"):
        odoo_source.find()
    monkeypatch.delenv("ODOO_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ODOO_GIT", str(tmp_path / "nowhere.git"))
    with pytest.raises(SetupError, match=r"cannot be cloned \(fatal: .*\): set ODOO_HOME to"):
        odoo_source.find()
    assert not list((tmp_path / ".cache" / "odoo").iterdir())


def test_the_wrong_python_is_refused(monkeypatch):
    monkeypatch.setattr(set_up.sys, "version_info", (3, 13, 0))
    with pytest.raises(SetupError, match=r"Python 3\.13 .* install Python 3\.11"):
        set_up.check_python()


def test_a_missing_browser_tells_the_way_out(monkeypatch):
    monkeypatch.setattr(set_up, "browser", lambda: None)
    monkeypatch.setattr(set_up, "apt_install", lambda *packages: False)
    with pytest.raises(SetupError, match=r"no Chromium .* apt-get install chromium"):
        set_up.install_browser()


def test_a_full_disk_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr("tools.common.shutil.disk_usage", lambda path: type("Usage", (), {"free": 2 * 1024**3})())
    with pytest.raises(SetupError, match=r"only 2\.0 GB free .* 3 GB are needed"):
        need_disk(tmp_path)


def test_a_busy_port_is_refused(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not port_is_free(port)
        monkeypatch.setenv("HTTP_PORT", str(port))
        with pytest.raises(SetupError, match=rf"port {port} is busy: .* `make demo HTTP_PORT={port + 1}`"):
            demo.http_port()
    monkeypatch.setenv("HTTP_PORT", "web")
    with pytest.raises(SetupError, match="HTTP_PORT=web is no port"):
        demo.http_port()


def test_a_digest_sees_every_change(tmp_path):
    (tmp_path / "a.py").write_text("1")
    first = digest(tree_files(tmp_path))
    (tmp_path / "a.py").write_text("2")
    second = digest(tree_files(tmp_path))
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("3")
    assert first != second == digest(tree_files(tmp_path))


def test_a_process_is_found_again_by_its_pid_file(tmp_path):
    def process():
        return Process(tmp_path / "run" / "it.json", tmp_path / "it.log")

    process().start([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"], dict(os.environ))
    pid = process().running().pid
    assert process().stop()
    assert not process().running() and not process().stop()
    # Somebody else's process that has got the same pid since is left alone.
    process().pid_file.write_text(f'{{"pid": {os.getpid()}, "born": 1}}')
    assert not process().running() and not process().stop()
    assert pid != os.getpid()


def test_a_private_server_starts_stops_and_keeps_its_data(tmp_path, monkeypatch):
    """Its own cluster, not the one this run works on."""
    monkeypatch.setattr(postgres, "LOCAL", tmp_path)
    cluster = postgres.Cluster(f"trial{os.getpid()}", durable=False)
    try:
        server = cluster.start()
        databases.create(server, "kept")
        assert cluster.start() == server
        assert cluster.stop() and not cluster.stop()
        again = cluster.start()
        assert databases.exists(again, "kept")
        with databases.connection(again, "kept") as cursor:
            cursor.execute("SELECT current_setting('data_directory_mode'), current_setting('is_superuser')")
            assert cursor.fetchone() == ("0700", "on")
        wrong = postgres.Server(again.host, again.port, again.user, "wrong", True)
        with pytest.raises(SetupError, match="password authentication failed"):
            databases.exists(wrong, "kept")
    finally:
        cluster.remove()
    assert not cluster.home.exists()
