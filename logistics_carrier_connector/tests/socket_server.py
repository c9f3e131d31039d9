"""What the carriers of the tests share: a socket of their own, served by a thread while the test lasts."""

import threading
from http.server import ThreadingHTTPServer


class SocketServer:
    """Start with `with`; `url` is where it is. Its handler finds it as `self.server.owner`.

    :cvar handler: the ``BaseHTTPRequestHandler`` of the subclass
    """

    handler = None

    def __enter__(self):
        self.clear()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self._server.daemon_threads = True
        self._server.owner = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exc):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def clear(self):
        """As it was at the start; for the subclass."""
