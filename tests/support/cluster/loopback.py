"""Free ports of 127.0.0.1, and health checks of the servers there."""

import http.client
import random
import socket
import ssl
from contextlib import ExitStack
from pathlib import Path

HOST = "127.0.0.1"

# Below the ports that kernels give to outgoing connections, which could take one during an outage.
PORTS = range(15_000, 30_000)


def free_ports(count: int) -> list[int]:
    """Different ports that no process listens on at this moment."""
    ports: list[int] = []
    with ExitStack() as sockets:
        while len(ports) < count:
            candidate = sockets.enter_context(socket.socket())
            try:
                candidate.bind((HOST, port := random.choice(PORTS)))
            except OSError:
                continue
            ports.append(port)
    return ports


def answers(
    port: int, path: str, *, host: str = HOST, ca: Path | None = None, token: str | None = None
) -> bool:
    """Whether a GET is answered with 200; over TLS if a CA is given."""
    connection: http.client.HTTPConnection
    if ca is None:
        connection = http.client.HTTPConnection(host, port, timeout=5)
    else:
        context = ssl.create_default_context(cafile=str(ca))
        connection = http.client.HTTPSConnection(host, port, timeout=5, context=context)
    try:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
