"""/metrics, on a port of its own, so that Prometheus needs no access to the hooks."""

import re
import socket

from prometheus_client import disable_created_metrics, make_wsgi_app

from mcsa_hooks.serving.worker import Worker

_CONNECTIONS = 64


def parse(address: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` (`[HOST]:PORT` for IPv6), or ValueError."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})", address)
    if not match or not 0 < int(match[3]) < 65536:
        raise ValueError(f"{address!r} is not HOST:PORT")
    return match[1] or match[2], int(match[3])


def listener(address: str, *, shared: bool) -> socket.socket:
    """A socket that listens at `address`; OSError if that is not possible.

    Several `shared` sockets can listen at the same address (SO_REUSEPORT).
    """
    host, port = parse(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, reuse_port=shared)


def serve(address: str, worker: Worker) -> None:
    """`worker` serves the metrics of its process at `address` (Prometheus text format)."""
    # Half as many series: no alert or dashboard here reads the times of creation.
    disable_created_metrics()
    # While gunicorn replaces a worker, two of them listen.
    worker.listen(listener(address, shared=True), make_wsgi_app(), _CONNECTIONS)
