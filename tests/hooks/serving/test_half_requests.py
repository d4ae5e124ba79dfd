"""Under gunicorn: clients that begin requests, and neither end them nor take the answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from support.cluster.loopback import HOST, free_ports
from support.cluster.reading import memory_limit
from support.loopback import certificates
from support.loopback.gunicorns import AdmissionServer, Gunicorn
from support.loopback.half_requests import (
    BODY,
    ENDLESS_HEAD,
    HEAD,
    LONG_BODY,
    LONG_HEAD,
    NOTHING,
    connected,
    crowd,
    hung_up,
)

pytestmark = pytest.mark.slow

IMPORTS = "/serviceaccountimports"
MORE_THAN_ANY_LIMIT = 1100


class Door(NamedTuple):
    """A port of a server."""

    component: str
    server: Gunicorn
    port: int
    ca: Path | None
    path: str
    """Of a GET."""
    post: str

    def opens(self) -> bool:
        """Whether it answers a new client."""
        scheme = "https" if self.ca else "http"
        url = f"{scheme}://{HOST}:{self.port}{self.path}"
        return requests.get(url, timeout=5, verify=str(self.ca or False)).status_code == 200


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Door]]:
    """Each port of the servers, as they are deployed."""
    folder = tmp_path_factory.mktemp("doors")
    tls = certificates.serving(folder)
    (folder / "bearer").write_text("bearer")
    [metrics] = free_ports(1)
    environ = {
        "MCSA_BEARER_TOKEN_FILE": str(folder / "bearer"),
        "MCSA_METRICS_ADDRESS": f"{HOST}:{metrics}",
    }
    with (
        Gunicorn(folder / "hooks.log", "mcsa_hooks:sync_app()", environ, tls) as hooks,
        AdmissionServer(folder, tls=tls) as admission,
    ):
        yield {
            "hooks": Door("hooks", hooks, hooks.port, hooks.ca, "/healthz", f"{IMPORTS}/customize"),
            "admission": Door(
                "admission", admission, admission.port, admission.ca, "/healthz", "/mutate"
            ),
            "metrics": Door("hooks", hooks, metrics, None, "/metrics", "/metrics"),
        }
    for server in (hooks, admission):
        assert "Traceback" not in server.log.read_text()


@pytest.fixture(params=["hooks", "admission", "metrics"])
def door(request: pytest.FixtureRequest, doors: dict[str, Door]) -> Door:
    return doors[request.param]


def test_what_is_begun_is_ended_in_time_or_given_up(door: Door) -> None:
    """All of them at a time: nothing, half a header, half a body, and a byte every second."""
    stop = threading.Event()
    with (
        crowd(door.port, door.ca, 3, NOTHING) as clients,
        crowd(door.port, door.ca, 3, HEAD) as headers,
        crowd(door.port, door.ca, 3, BODY) as bodies,
        crowd(door.port, door.ca, 1, NOTHING) as [slow],
    ):
        dripping = threading.Thread(target=drip, args=(slow, stop))
        dripping.start()
        ended = [hung_up(client) for client in (*clients, *headers, *bodies, slow)]
        stop.set()
        dripping.join()
    assert ended == [True] * 10
    assert door.opens()


def drip(client: socket.socket, stop: threading.Event) -> None:
    with suppress(OSError):
        for byte in HEAD * 10:
            client.sendall(bytes([byte]))
            if stop.wait(1):
                return


def test_an_answer_that_is_not_taken_is_given_up(door: Door) -> None:
    request = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % door.path.encode()
    with connected(door.port, door.ca) as client, pytest.raises(OSError) as raised:  # noqa: PT011
        while True:
            client.sendall(request * 1000)
    assert not isinstance(raised.value, TimeoutError)


@pytest.mark.parametrize("begun", [NOTHING, HEAD, BODY], ids=["nothing", "header", "body"])
def test_others_are_let_in_beside_more_of_them_than_there_are_places(
    door: Door, begun: bytes
) -> None:
    with crowd(door.port, door.ca, MORE_THAN_ANY_LIMIT, begun):
        assert door.opens()


@pytest.mark.parametrize(
    ("count", "begun"),
    [(300, LONG_HEAD), (300, ENDLESS_HEAD), (100, LONG_BODY)],
    ids=["long headers", "endless headers", "bodies"],
)
def test_memory(door: Door, count: int, begun: bytes) -> None:
    with crowd(door.port, door.ca, count, begun):
        assert door.opens()
        assert door.server.peak_memory() < memory_limit(door.component)


@pytest.mark.parametrize("door", ["hooks", "admission"], indirect=True)
def test_a_body_of_the_largest_size_gets_in(door: Door) -> None:
    """Beside more of them than there is memory for, which are not ended."""
    length = 3 * 1024 * 1024
    head = HEAD.replace(b"/mutate", door.post.encode()) + b"Authorization: Bearer bearer\r\n"
    with crowd(door.port, door.ca, 20, LONG_BODY), connected(door.port, door.ca) as client:
        client.sendall(head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % length)
        client.sendall(b" " * length)
        status = b"".join(iter(lambda: client.recv(65536), b"")).split(b"\r\n")[0]
    # All of it was read: it is no JSON.
    assert status == b"HTTP/1.1 400 BAD REQUEST"
