"""A headless Chromium that a test drives over the DevTools protocol, on the running stack.

Odoo's own tour runner wants the test's transaction; here Odoo, relay and partners are real processes, so the browser
talks to them as a person's does. Debian's `chromium` and the `websocket-client` package are all it needs.
"""

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import requests
import websocket

from tools.common import LOCAL, SetupError, shown

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
    "--window-size=1920,1080",
)


class PageError(AssertionError):
    """The page said that something is wrong, or did not show in time what was expected."""


class Browser:
    """One page of a fresh browser profile; a context manager."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self._ids = itertools.count(1)
        self.errors = []
        self.said = []

    def __enter__(self):
        program = next(filter(None, map(shutil.which, NAMES)), None)
        if not program:
            raise SetupError("no Chromium: `apt-get install chromium`")
        self._profile = tempfile.TemporaryDirectory(prefix="logistics-browser-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [program, *SWITCHES, f"--user-data-dir={self._profile.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._socket = websocket.create_connection(self._page_address(), timeout=60)
            for domain in ("Page", "Runtime"):
                self.call(f"{domain}.enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception):
        if getattr(self, "_socket", None):
            self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._profile.cleanup()

    def _page_address(self):
        port_file = Path(self._profile.name) / "DevToolsActivePort"
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if port_file.is_file() and port_file.read_text().strip():
                port = port_file.read_text().split()[0]
                pages = requests.get(f"http://127.0.0.1:{port}/json/list", timeout=10).json()
                for page in pages:
                    if page["type"] == "page":
                        return page["webSocketDebuggerUrl"]
            time.sleep(0.1)
        raise PageError("Chromium did not start within 30 s")

    # -- protocol --------------------------------------------------------------------------------------------------

    def call(self, method, **params):
        """One DevTools command and its result; events that come in between are noted."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise PageError(f"{method}: {message['error']['message']}")
                return message.get("result", {})
            self._note(message)

    def _note(self, message):
        params = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            detail = params["exceptionDetails"]
            self.errors.append(detail.get("exception", {}).get("description") or detail.get("text"))
        elif message.get("method") == "Runtime.consoleAPICalled":
            words = " ".join(str(part.get("value", part.get("description"))) for part in params["args"])
            (self.errors if params["type"] == "error" else self.said).append(words)

    def run(self, script):
        """Value of a JavaScript expression in the page (a promise is awaited)."""
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise PageError(result["exceptionDetails"]["exception"].get("description", script))
        return result["result"].get("value")

    # -- what a person does ----------------------------------------------------------------------------------------

    def open(self, path):
        """Go to a path of the site and wait until it is loaded."""
        self.call("Page.navigate", url=self.url + path)
        self.wait("document.readyState === 'complete'", f"{path} to load")

    def wait(self, script, what, seconds=30):
        """Wait until a JavaScript expression is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.run(f"Boolean({script})"):
                    return
            except PageError:
                pass  # between two pages there is nothing to ask
            time.sleep(0.1)
        raise PageError(f"waited {seconds} s for {what}; console: {self.errors[-3:]}; page: {self.text()[:500]}")

    def text(self):
        """What the page says."""
        return self.run("document.body ? document.body.innerText : ''") or ""

    def log_in(self, login, password):
        """Log in through the form."""
        self.open("/web/login")
        self.run(
            f"document.querySelector('input[name=login]').value = {json.dumps(login)};"
            f"document.querySelector('input[name=password]').value = {json.dumps(password)};"
            "document.querySelector('.oe_login_form').submit()"
        )
        self.wait("document.querySelector('.o_main_navbar')", "the web client", 60)

    def tour(self, name, path="/web", seconds=90):
        """Run one of the suite's tours to its end; a failing step or any error on the console fails it."""
        self.open(f"{path}?debug=tests")
        self.wait("window.odoo && odoo.isTourReady", "the web client", 60)
        self.wait(f"odoo.isTourReady({json.dumps(name)})", f"tour {name}", 60)
        self.errors.clear()
        self.said.clear()
        self.run(f"odoo.startTour({json.dumps(name)}, {{redirect: false}}); true")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.run("1")  # what the page has said since comes in with the answer
            if self.errors:
                seen = LOCAL / "log" / f"tour-{name}.png"
                self.screenshot(seen)
                raise PageError(f"tour {name}: {self.errors[0]}; seen: {shown(seen)}")
            if "test successful" in self.said:
                return
            time.sleep(0.2)
        raise PageError(f"tour {name} did not end within {seconds} s; page: {self.text()[:500]}")

    def screenshot(self, path):
        """Save what is seen as a PNG."""
        Path(path).write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
