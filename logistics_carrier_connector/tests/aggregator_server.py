"""An aggregator on this machine: it answers each question with the next of its pages, the last one for ever, and
watches the numbers it is told, each once."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What may happen to one registration instead of an answer; a (status, body, headers) is that answer.
DROP, SLOW = "drop", "slow"


class Aggregator(ThreadingHTTPServer):
    """``pages`` are the answers to come (a pair: status and body), ``asked`` the paths it was asked.

    ``told`` are the registrations: (path, headers, body). Each is met by the next of ``meets``, and answered by
    ``answer`` when there is none; ``trackers`` is what it watches, by what was told.

    :param answer: function from the body told and whether it was known to (status, body)
    """

    daemon_threads = True

    def __init__(self, pages=(), answer=None):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages, self.asked = list(pages), []
        self.answer, self.meets, self.told, self.trackers = answer, [], [], {}
        self.root = f"http://127.0.0.1:{self.server_address[1]}"
        self.url = f"{self.root}/v2/trackers"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception):
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        pages = self.server.pages
        page = pages.pop(0) if len(pages) > 1 else pages[0]
        self._answer(*(page if isinstance(page, tuple) else (200, page)))

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"] or 0))
        body = json.loads(raw)
        self.server.told.append((self.path, {name.lower(): text for name, text in self.headers.items()}, body))
        meets = self.server.meets.pop(0) if self.server.meets else None
        if isinstance(meets, tuple):
            self._answer(*meets)
            return
        key = json.dumps(body, sort_keys=True)
        known = key in self.server.trackers
        self.server.trackers[key] = body
        if meets == DROP:
            # it has done what it was asked, and nobody hears of it
            self.close_connection = True
            return
        if meets == SLOW:
            time.sleep(3)
        self._answer(*self.server.answer(body, known))

    def _answer(self, status, body, headers=()):
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        try:
            self.wfile.write(text)
        except OSError:
            self.close_connection = True

    def log_message(self, *_args):
        """Tests are quiet."""
