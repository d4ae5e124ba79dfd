"""/metrics, on a port of its own: not the business of those who call the hooks."""

import re
import socket

from prometheus_client import disable_created_metrics, make_wsgi_app

from mcsa_hooks.serving.worker import Worker

_CONNECTIONS = 64


def parse(address: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` (`[HOST]:PORT` for IPv6), or ValueError."""
    matched = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})", address)
    if not matched or not 0 < int(matched[3]) < 65536:
        raise ValueError(f"{address!r} is not HOST:PORT")
    return matched[1] or matched[2], int(matched[3])


def listener(address: str, *, shared: bool) -> socket.socket:
    """A socket that takes connections; OSError if the address can't be had.

    Several that are `shared` can be there at a time.
    """
    host, port = parse(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, reuse_port=shared)


def serve(address: str, worker: Worker) -> None:
    """The worker answers there with this process's metrics (Prometheus text format)."""
    # Half as many series, and nobody reads the others.
    disable_created_metrics()
    # While gunicorn replaces a worker there are two.
    worker.listen(listener(address, shared=True), make_wsgi_app(), _CONNECTIONS)
