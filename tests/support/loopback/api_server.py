"""An HTTPS server on the loopback that answers each GET with an empty PodList."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme

from support.cluster.loopback import HOST

PODS = json.dumps({"kind": "PodList", "apiVersion": "v1", "items": []}).encode()


class Server:
    """Keeps the Authorization header of each request."""

    def __init__(self, certificate: trustme.LeafCert) -> None:
        self.authorizations: list[str | None] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.use(certificate)
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self._server.socket = self._context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://{HOST}:{self._server.server_address[1]}"

    def use(self, certificate: trustme.LeafCert) -> None:
        """New connections get this certificate."""
        certificate.configure_cert(self._context)

    @contextmanager
    def running(self) -> Iterator["Server"]:
        """It answers for as long as the `with` block lasts."""
        serve = {"poll_interval": 0.02}
        thread = threading.Thread(target=self._server.serve_forever, kwargs=serve)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        authorizations = self.authorizations

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                authorizations.append(self.headers["Authorization"])
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(PODS)))
                self.end_headers()
                self.wfile.write(PODS)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
