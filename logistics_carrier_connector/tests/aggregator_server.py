"""An aggregator on this machine: it answers each question with the next of its pages, the last one for ever."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Aggregator(ThreadingHTTPServer):
    """``pages`` are the answers to come, ``asked`` the paths it was asked."""

    daemon_threads = True

    def __init__(self, pages):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages, self.asked = list(pages), []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v2/trackers"

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
        body = json.dumps(pages.pop(0) if len(pages) > 1 else pages[0]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Tests are quiet."""
