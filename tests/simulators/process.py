"""Start a simulator as a process of its own and talk to its controls: for tests and for the demo."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class SimulatorControl:
    """The controls of a running simulator at `url`."""

    def __init__(self, url):
        self.url = url.rstrip("/")

    def request(self, method, path, body=None, headers=None, timeout=60):
        """(status, parsed body) of any request to it."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        head = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.url + path, data=data, headers=head, method=method)
        try:
            with _OPENER.open(request, timeout=timeout) as response:
                return response.status, _parsed(response)
        except urllib.error.HTTPError as error:
            return error.code, _parsed(error)

    def _ask(self, method, path, body=None):
        status, answer = self.request(method, path, body)
        if status != 200:
            raise RuntimeError(f"{method} {path} answered {status}: {answer}")
        return answer

    def health(self):
        """Who it is, its settings, its faults."""
        return self._ask("GET", "/_health")

    def control(self, **body):
        """Change settings or set faults; the key "for" is given as `times`."""
        if "times" in body:
            body["for"] = body.pop("times")
        return self._ask("POST", "/_control", body)

    def act(self, do, **body):
        """Make it do something; returns the pushes with how Odoo answered."""
        return self._ask("POST", "/_act", {"do": do, **body})["pushed"]

    def reset(self):
        """Forget log, faults and records."""
        return self._ask("POST", "/_reset")

    def state(self):
        """Its business records."""
        return self._ask("GET", "/_state")

    def log(self, type_name=None, after=0):
        """Its log: {"received", "sent", "refused"}."""
        narrow = f"&type={type_name}" if type_name else ""
        return self._ask("GET", f"/_log?after={after}{narrow}")

    def received(self, type_name=None, after=0):
        """What it received, of one event type."""
        return self.log(type_name, after)["received"]

    def sent(self, type_name=None, after=0):
        """What it sent, one row per attempt."""
        return self.log(type_name, after)["sent"]


class SimulatorProcess(SimulatorControl):
    """A simulator in a process of its own, on a free port unless one is given."""

    def __init__(self, kind, port=0, **options):
        self.kind = kind
        self._port = port
        self._options = options
        self.process = None
        super().__init__("")
        self.start()

    def start(self):
        """Start it (again, on the same port) and wait until it listens."""
        command = [sys.executable, "-m", "tests.simulators", self.kind, "--port", str(self._port)]
        for name, value in self._options.items():
            flag = "--" + name.replace("_", "-")
            if name == "settings":
                command += [f"--set={key}={json.dumps(item)}" for key, item in value.items()]
            elif value is True:
                command.append(flag)
            elif value:
                command += [flag, str(value)]
        self.process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"The {self.kind} simulator did not start (exit code {self.process.wait(5)}).")
        self._port = json.loads(line)["port"]
        self.url = f"http://127.0.0.1:{self._port}"
        return self

    def kill(self):
        """End it at once, as a power cut does."""
        self.process.kill()
        self._wait()

    def stop(self):
        """End it in order."""
        if self.process.poll() is None:
            self.process.terminate()
        self._wait()

    def _wait(self):
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()


def wait_for(condition, seconds=20, what="the condition", every=0.05):
    """Poll until `condition()` is truthy and return it; a clear error naming what was awaited otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {seconds:g} s in vain for {what}; last seen: {value!r}")
        time.sleep(every)


def _parsed(response):
    raw = response.read()
    if "json" in (response.headers.get("Content-Type") or ""):
        return json.loads(raw or b"null")
    return raw
