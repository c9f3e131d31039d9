"""The whole thing as real processes: Odoo (web and scheduled actions), the relay, the partner simulators.

`make demo` leaves such a stack running; the end-to-end tests start and kill one of their own:

    with Stack("e2e", server, odoo, "my_database") as stack:
        stack.start()
        stack.execute("sale.order", "search_count", [])
        stack.simulators["carrier"].log()
        stack.kill("relay"); stack.start_relay()
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import requests

from tests.simulators.process import SimulatorControl
from tools import odoo_conf
from tools.common import LOCAL, ROOT, SetupError, free_port, port_is_free, read_json, shown, tail
from tools.databases import odoo_environment
from tools.postgres import Server

SIMULATORS = ("carrier", "warehouse", "finance", "supplier")
SIMULATOR_PORT = 9301
BOOT_SECONDS = 120
STOP_SECONDS = 20


class Process:
    """One process of a stack. Its pid file outlives the program that started it, so that a later one can end it."""

    def __init__(self, pid_file: Path, log: Path):
        self.name = pid_file.stem
        self.pid_file = pid_file
        self.log = log

    def start(self, command: list[str], environment: dict[str, str]) -> None:
        """Start the command in a session of its own, its output going to the log."""
        self.stop()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as stream:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        born = psutil.Process(child.pid).create_time()
        self.pid_file.write_text(json.dumps({"pid": child.pid, "born": born}))

    def running(self) -> psutil.Process | None:
        """Return the process if it runs; a pid that another process has got since does not count."""
        known = read_json(self.pid_file)
        try:
            found = psutil.Process(known["pid"])
            # The boot clock is read with a second's rounding by some kernels.
            alive = abs(found.create_time() - known["born"]) < 2 and found.status() != psutil.STATUS_ZOMBIE
        except (KeyError, psutil.NoSuchProcess):
            return None
        return found if alive else None

    def stop(self) -> bool:
        """End the process and its children in order, with force after a while; tell whether it ran."""
        found = self.running()
        if found:
            self._end(found, signal.SIGTERM)
        self.pid_file.unlink(missing_ok=True)
        return bool(found)

    def kill(self) -> None:
        """End the process and its children at once, as a power cut does."""
        found = self.running()
        if found:
            self._end(found, signal.SIGKILL)

    def _end(self, found: psutil.Process, number: int) -> None:
        family = [found, *found.children(recursive=True)]
        # The leader of the group alone is asked politely: Odoo takes a second signal as "at once".
        targets = family if number == signal.SIGKILL else family[:1]
        for process in targets:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
        for process in alive:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(alive, timeout=5)


class Stack:
    """Odoo, its scheduled actions, the relay and the simulators on one database.

    Processes are named `odoo`, `cron`, `relay` and `sim-<kind>`; their logs are .local/log/<stack>/<process>.log.
    """

    def __init__(
        self,
        name: str,
        server: Server,
        odoo: Path,
        database: str,
        http_port: int = 0,
        data_dir: Path | None = None,
        interface: str = "127.0.0.1",
        password: str = "admin",
        **odoo_options: str,
    ):
        self.name, self.server, self.odoo, self.database = name, server, odoo, database
        self.folder = LOCAL / name
        self.logs = LOCAL / "log" / name
        self.password = password
        self.http_port = http_port or free_port()
        self.interface = interface
        self.url = f"http://localhost:{self.http_port}"
        self.simulators: dict[str, SimulatorControl] = {}
        self._uid: dict[tuple[str, str], int] = {}
        self.conf = odoo_conf.write(
            self.folder / "odoo.conf",
            server,
            odoo,
            data_dir or self.folder / "data",
            **{
                "db_name": database,
                "dbfilter": f"^{database}$",
                "http_interface": interface,
                "http_port": str(self.http_port),
                "gevent_port": str(free_port()),
                **odoo_options,
            },
        )

    # --------------------------------------------------------------- starting
    def start(self, *simulators: str) -> Stack:
        """Start everything and wait until it answers; simulators: all of them unless some are named."""
        self.start_simulators(*simulators)
        self.start_odoo(wait=False)
        self.start_cron()
        self.start_relay()
        self.wait_for_odoo()
        return self

    def start_odoo(self, wait: bool = True) -> None:
        """Start the web server."""
        if not port_is_free(self.http_port, self.interface):
            raise SetupError(f"port {self.http_port} is busy: stop what listens there, or choose another")
        self._odoo("odoo", "--max-cron-threads=0")
        if wait:
            self.wait_for_odoo()

    def start_cron(self) -> None:
        """Start the process that runs scheduled actions and nothing else."""
        # A server without HTTP but with several workers would still want a port: threads do here.
        self._odoo("cron", "--no-http", "--workers=0")

    def start_relay(self) -> None:
        """Start the process that delivers the outbox."""
        self._odoo("relay", "logistics_relay", "-d", self.database)

    def start_simulators(self, *kinds: str) -> None:
        """Start partner simulators; their ports stay the same over restarts, because Odoo keeps their addresses."""
        ports_file = self.folder / "simulators.json"
        ports = read_json(ports_file)
        for kind in kinds or SIMULATORS:
            process = self.process(f"sim-{kind}")
            process.stop()
            if kind not in ports or not port_is_free(ports[kind]):
                wanted = SIMULATOR_PORT + SIMULATORS.index(kind)
                ports[kind] = wanted if self.name == "demo" and port_is_free(wanted) else free_port()
            command = [sys.executable, "-m", "tests.simulators", kind, "--port", str(ports[kind]), "--odoo", self.url]
            process.start(command, {**os.environ, "PYTHONUNBUFFERED": "1"})
            self.simulators[kind] = SimulatorControl(f"http://127.0.0.1:{ports[kind]}")
        ports_file.parent.mkdir(parents=True, exist_ok=True)
        ports_file.write_text(json.dumps(ports))
        for kind in kinds or SIMULATORS:
            self._await(f"sim-{kind}", f"{self.simulators[kind].url}/_health", 20)

    def _odoo(self, name: str, *arguments: str) -> None:
        command = [sys.executable, str(self.odoo / "odoo-bin"), *arguments]
        self.process(name).start(command, odoo_environment(self.conf, self.server))

    # ---------------------------------------------------------------- waiting
    def wait_for_odoo(self) -> None:
        """Wait until Odoo answers."""
        self._await("odoo", f"{self.url}/web/health", BOOT_SECONDS)
        # The registry is loaded by the first request that needs the database; let that not be a measured one.
        self._await("odoo", f"{self.url}/web/login", BOOT_SECONDS)

    def _await(self, name: str, url: str, seconds: float) -> None:
        process, deadline = self.process(name), time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if requests.get(url, timeout=30, allow_redirects=False).status_code == 200:
                    return
            except requests.RequestException:
                if not process.running():
                    raise SetupError(self._last_words(name, "ended at once")) from None
            time.sleep(0.1)
        raise SetupError(self._last_words(name, f"does not answer at {url} after {seconds:g} s"))

    def _last_words(self, name: str, what: str) -> str:
        log = self.process(name).log
        return f"{name} {what} (log: {shown(log)}):\n{tail(log, 8)}"

    # --------------------------------------------------------------- stopping
    def process(self, name: str) -> Process:
        """Return one of the stack's processes by name, running or not."""
        return Process(self.folder / "run" / f"{name}.json", self.logs / f"{name}.log")

    def kill(self, name: str) -> None:
        """Kill one process without warning (SIGKILL)."""
        self.process(name).kill()

    def stop(self, *wanted: str) -> list[str]:
        """Stop some processes, or all; return the names of those that ran."""
        return stop_processes(self.name, *wanted)

    def __enter__(self) -> Stack:
        return self

    def __exit__(self, *_exc) -> None:
        self.stop()

    # ---------------------------------------------------------------- talking
    def execute(self, model: str, method: str, *args, login: str = "admin", password: str | None = None, **kwargs):
        """Call a model's method as a user, over JSON-RPC; an error of Odoo's is a RuntimeError with its message."""
        password = password or self.password
        who = (login, password)
        if who not in self._uid:
            uid = self._rpc("common", "authenticate", self.database, login, password, {})
            if not uid:
                raise RuntimeError(f"{login} cannot log in to {self.database}")
            self._uid[who] = uid
        return self._rpc("object", "execute_kw", self.database, self._uid[who], password, model, method, args, kwargs)

    def _rpc(self, service: str, method: str, *args):
        call = {"jsonrpc": "2.0", "method": "call", "params": {"service": service, "method": method, "args": args}}
        answer = requests.post(f"{self.url}/jsonrpc", json=call, timeout=300).json()
        if "error" in answer:
            data = answer["error"].get("data") or {}
            raise RuntimeError(data.get("message") or answer["error"].get("message"))
        return answer.get("result")


def stop_processes(stack: str, *wanted: str) -> list[str]:
    """Stop a stack's processes from its pid files alone; return the names of those that ran."""
    folder = LOCAL / stack / "run"
    names = [path.stem for path in sorted(folder.glob("*.json"))] if folder.is_dir() else []
    ran = []
    # The relay and the scheduled actions first: they use what the others serve.
    order = {"relay": 0, "cron": 1, "odoo": 2}
    for name in sorted(names, key=lambda name: order.get(name, 3)):
        process = Process(folder / f"{name}.json", LOCAL / "log" / stack / f"{name}.log")
        if (not wanted or name in wanted) and process.stop():
            ran.append(name)
    return ran
