"""A CA, a server that has its certificate, and a proxy: what a client meets on its way."""

import datetime as dt
import http.server
import ipaddress
import json
import select
import socket
import socketserver
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
NAME = "api.example"
"""Another name that the certificates are for."""


class CA:
    """Issues server certificates for HOST, or for another name alone."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        self._certificate = (
            _certificate(self._name, self._name, self._key.public_key())
            .add_extension(constraints, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.pem = self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def server(self, name: str | None = None) -> str:
        """A private key and a certificate, PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.DNSName(name) if name else x509.IPAddress(ipaddress.ip_address(HOST))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test server")])
        certificate = (
            _certificate(subject, self._name, key.public_key())
            .add_extension(x509.SubjectAlternativeName([names]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return (private + certificate.public_bytes(serialization.Encoding.PEM)).decode()


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
    )


class Server:
    """Answers each request with an empty list of pods, and remembers who asked."""

    def __init__(self, certificate: str) -> None:
        self.authorizations: list[str | None] = []
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.use(certificate)
        self._server = http.server.ThreadingHTTPServer((HOST, 0), self._handler())
        self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://{HOST}:{self._server.server_address[1]}"

    def use(self, certificate: str) -> None:
        """New connections get this certificate."""
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(certificate)
            file.flush()
            self._tls.load_cert_chain(file.name)

    @contextmanager
    def running(self) -> Iterator["Server"]:
        with _serving(self._server):
            yield self

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        authorizations = self.authorizations

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                authorizations.append(self.headers["Authorization"])
                body = json.dumps({"kind": "PodList", "apiVersion": "v1", "items": []}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class Proxy:
    """Tunnels, and remembers whereto."""

    def __init__(self) -> None:
        self.targets: list[str] = []
        self._server = socketserver.ThreadingTCPServer((HOST, 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://{HOST}:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        with _serving(self._server):
            yield self

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        targets = self.targets

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                method, target, _ = self.rfile.readline().decode().split()
                assert method == "CONNECT"
                while self.rfile.readline().strip():
                    pass
                targets.append(target)
                host, port = target.split(":")
                with socket.create_connection((host, int(port))) as there:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                    _tunnel(self.connection, there)

        return Handler


def _tunnel(one: socket.socket, other: socket.socket) -> None:
    to = {one: other, other: one}
    while True:
        for ready in select.select([one, other], [], [])[0]:
            try:
                content = ready.recv(65536)
            except ConnectionError:
                return
            if not content:
                return
            to[ready].sendall(content)


@contextmanager
def _serving(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
