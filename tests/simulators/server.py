"""The HTTP side: one handler for all simulators, standard library only."""

import socket
import struct
import sys
import traceback
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from .base import Reply, Request, parse_query
from .faults import ControlError
from .journal import readable

_MAX_BODY = 20 * 1024 * 1024
_GARBAGE = b"<html><body>It works!</body>\n\x00 upstream said: {"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "partner-simulator"
    # Without these two an answer waits 40 ms for the receiver's delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format, *args):
        """The journal is the log."""

    def do_GET(self):
        self._serve("GET")

    def do_POST(self):
        self._serve("POST")

    def do_DELETE(self):
        self._serve("DELETE")

    def do_PUT(self):
        self._serve("PUT")

    def _serve(self, method):
        url = urlsplit(self.path)
        simulator = self.server.simulator
        try:
            if url.path.startswith("/_"):
                self._reply(self._admin(simulator, method, url))
            else:
                self._partner(simulator, method, url)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _body(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MAX_BODY:
            raise ControlError(f"The body is {length} bytes; at most {_MAX_BODY} are read.")
        return self.rfile.read(length) if length else b""

    def _request(self, method, url):
        return Request(method, url.path, parse_query(url.query), dict(self.headers.items()), self._body())

    # -- for those who run the rehearsal -------------------------------------------------------------------------

    def _admin(self, simulator, method, url):
        try:
            request = self._request(method, url)
            route = (method, url.path)
            if route == ("GET", "/_health"):
                return Reply(200, simulator.health())
            if route == ("GET", "/_log"):
                after = int(request.query.get("after") or 0)
                return Reply(200, simulator.journal.snapshot(request.query.get("type"), after))
            if route == ("GET", "/_state"):
                with simulator.lock:
                    return Reply(200, Reply(200, simulator.records()).encoded())
            if route == ("POST", "/_control"):
                return Reply(200, simulator.control(request.json()))
            if route == ("POST", "/_act"):
                return Reply(200, simulator.act(request.json()))
            if route == ("POST", "/_reset"):
                return Reply(200, simulator.reset())
            return Reply(404, {"error": f"No such control: {method} {url.path}"})
        except ValueError as error:
            return Reply(400, {"error": str(error)})

    # -- for the partner -----------------------------------------------------------------------------------------

    def _partner(self, simulator, method, url):
        with simulator.under_way():
            answer = self._hear(simulator, method, url)
        answer()

    def _hear(self, simulator, method, url):
        """Act on a partner's request; returns the function that answers it."""
        fault = simulator.faults.take(method, url.path)
        mode = fault.mode if fault else "ok"
        if mode == "down":
            simulator.journal.start("refused", method=method, path=url.path)
            return partial(self._hang_up, reset=True)
        request = self._request(method, url)
        row = simulator.journal.start(
            "received", method=method, path=self.path, headers=request.headers, **readable(request.raw)
        )
        if mode != "ok":
            row["fault"] = mode
        if fault and fault.status:
            extra = (("Retry-After", f"{fault.retry_after:g}"),) if mode in ("429", "503") else ()
            simulator.journal.finish(row, status=fault.status)
            return partial(self._reply, Reply(fault.status, {"error": "As told by /_control."}, headers=extra))
        if mode == "slow":
            fault.hold()
        try:
            told, reply = simulator.handle(request)
        except ControlError as error:
            told, reply = {}, Reply(400, {"error": {"message": str(error)}})
        except Exception:
            # A fault of the simulator itself: it must be seen, and look like a partner's crash.
            traceback.print_exc(file=sys.stderr)
            told = {"reason": traceback.format_exc(limit=3)}
            reply = Reply(500, {"error": {"message": "Internal error"}})
        if mode == "drop_reply":
            simulator.journal.finish(row, **told, status=reply.status, reply_dropped=True)
            return self._hang_up
        if mode == "garbage":
            reply = Reply(200, _GARBAGE, "text/html")
        simulator.journal.finish(row, **told, status=reply.status)
        return partial(self._reply, reply)

    # -- answering -----------------------------------------------------------------------------------------------

    def _reply(self, reply):
        content = reply.encoded()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _hang_up(self, reset=False):
        """Close without a word; with `reset` the caller sees a reset connection, as from a host that went away."""
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.connection.shutdown(socket.SHUT_RDWR)


class SimulatorServer(ThreadingHTTPServer):
    """A threaded server bound to one simulator; port 0 picks a free one."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, simulator, port=0, host="127.0.0.1"):
        self.simulator = simulator
        super().__init__((host, port), _Handler)
        simulator.port = self.server_address[1]

    def handle_error(self, request, client_address):
        """A client that went away (its time-out, a kill) is everyday life here; anything else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)
