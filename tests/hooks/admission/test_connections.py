"""Under gunicorn, over TLS: clients that are slow, or do nothing, are nobody else's problem."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress

import pytest

from support.cluster import ControlPlane
from support.cluster.loopback import HOST
from support.cluster.waiting import until
from support.loopback.gunicorns import AdmissionServer
from support.samples.admission_pods import MOUNT_ROOT, mount_paths, pod, review

# What the webhook's configuration gives it.
TIMEOUT = 5
BODY = json.dumps(review(pod("a")))
JSON = {"Content-Type": "application/json"}


@contextmanager
def crowd(server: AdmissionServer) -> Iterator[None]:
    """200 idle connections, 40 half-open handshakes, two requests that come byte by byte."""
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(tls(server))
        for number in range(40):
            client = stack.enter_context(tcp(server))
            # The beginning of a ClientHello, or nothing at all.
            client.sendall(b"\x16\x03\x01\x02\x00\x01" if number % 2 else b"")
        stop = threading.Event()
        head = f"POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n"
        dripping = [stack.enter_context(tls(server)) for _ in range(2)]
        dripping[1].sendall(f"{head}Content-Type: application/json\r\n\r\n".encode())
        drips = [
            threading.Thread(target=drip, args=(client, text.encode(), stop))
            for client, text in zip(dripping, (head, BODY), strict=True)
        ]
        for thread in drips:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in drips:
                thread.join()


def tcp(server: AdmissionServer) -> socket.socket:
    return socket.create_connection((HOST, server.port), timeout=TIMEOUT)


def tls(server: AdmissionServer) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(server.tls.ca))
    return context.wrap_socket(tcp(server), server_hostname=HOST)


def drip(client: ssl.SSLSocket, data: bytes, stop: threading.Event) -> None:
    """A byte a second, for as long as the server has patience."""
    with suppress(OSError):
        for byte in data:
            client.sendall(bytes([byte]))
            if stop.wait(1):
                return


def test_others_are_served(server: AdmissionServer) -> None:
    with crowd(server), ThreadPoolExecutor(10) as clients:
        answers = list(clients.map(lambda _: server.reviewed(TIMEOUT), range(200)))
    assert answers == [200] * 200


@pytest.mark.cluster
def test_an_api_server_is_served(server: AdmissionServer, target: ControlPlane) -> None:
    args = ("create", "-n", "apps", "--dry-run=server", "-o", "json", "-f", "-")
    with crowd(server):
        created = [target.kubectl(*args, input=json.dumps(pod("a"))) for _ in range(10)]
    assert [mount_paths(json.loads(pod)) for pod in created] == [[[f"{MOUNT_ROOT}/a"]]] * 10


def test_a_client_that_never_waits_lets_the_others_have_their_turn(
    server: AdmissionServer,
) -> None:
    with ThreadPoolExecutor(1) as executor, tls(server) as client:
        stop = threading.Event()
        greedy = executor.submit(never_wait, client, stop)
        answers = [server.reviewed(TIMEOUT) for _ in range(20)]
        assert greedy.running()
        stop.set()
    assert answers == [200] * 20


def never_wait(client: ssl.SSLSocket, stop: threading.Event) -> None:
    """The server has at least 100 more requests of this client at any time."""
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    client.sendall(request)
    length = len(client.recv(4096))
    client.sendall(request * 100)
    while not stop.is_set():
        client.sendall(request * 100)
        left = length * 100
        while left:
            received = client.recv(left)
            assert received
            left -= len(received)


def test_what_speaks_no_tls_is_nobody_elses_problem(server: AdmissionServer) -> None:
    with tcp(server) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        with suppress(ConnectionResetError):
            assert b"200" not in client.recv(4096)
    assert server.reviewed(TIMEOUT) == 200


def test_a_worker_that_dies_is_replaced(server: AdmissionServer) -> None:
    server.kill_worker()
    until(lambda: answers(server))
    assert server.reviewed(TIMEOUT) == 200


def answers(server: AdmissionServer) -> bool:
    try:
        return server.reviewed(TIMEOUT) == 200
    except OSError:
        return False
