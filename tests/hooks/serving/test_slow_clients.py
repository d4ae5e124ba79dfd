"""Which connection is dropped, and when; the clock stands still but for what a test lets pass."""

from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent import Greenlet

from mcsa_hooks.serving.client_connection import DroppedError
from mcsa_hooks.serving.slow_clients import Clients


class Port:
    """A port with room for two clients and 100 bytes."""

    def __init__(self) -> None:
        self.now = 0.0
        self.clients = Clients(max_connections=2, max_bytes=100, clock=lambda: self.now)
        self.greenlets: list[Greenlet] = []

    def connect(self, *steps: Callable[[Clients], object]) -> Greenlet:
        """A connection that gets so far, and then waits."""
        greenlet = gevent.spawn(self._serve, steps)
        self.greenlets.append(greenlet)
        gevent.idle()
        return greenlet

    def dropped(self) -> list[bool]:
        """Which connections are gone, in the order in which they came."""
        self.clients.drop_overdue()
        gevent.idle()
        return [greenlet.dead for greenlet in self.greenlets]

    def _serve(self, steps: tuple[Callable[[Clients], object], ...]) -> None:
        try:
            with self.clients.connected():
                for step in steps:
                    step(self.clients)
                gevent.sleep(1000)
        except DroppedError:
            pass


def request(clients: Clients) -> None:
    clients.await_request(120)


def work(clients: Clients) -> None:
    clients.work()


def idle(clients: Clients) -> None:
    clients.work()
    clients.keep_alive(True)
    clients.await_request(120)


def body(length: int) -> Callable[[Clients], object]:
    return lambda clients: clients.await_transfer(length)


@pytest.fixture
def port() -> Iterator[Port]:
    port = Port()
    yield port
    gevent.killall(port.greenlets)


@pytest.mark.parametrize(
    ("first", "second", "seconds", "dropped"),
    [
        (request, request, 0, [True, False, False]),
        (request, idle, 0, [True, False, False]),
        (idle, idle, 0, [True, False, False]),
        # A kept-alive connection is spared for an unfinished request that takes long.
        (idle, request, 2, [False, True, False]),
        (idle, body(1), 2, [False, True, False]),
        (idle, request, 0.5, [True, False, False]),
        (work, request, 0, [False, True, False]),
        (work, work, 0, [False, False, False]),
    ],
)
def test_a_third_connection(
    port: Port,
    first: Callable[[Clients], object],
    second: Callable[[Clients], object],
    seconds: float,
    dropped: list[bool],
) -> None:
    port.connect(first)
    port.now = 0.1
    port.connect(second)
    port.now += seconds
    port.connect(request)
    assert port.dropped() == dropped


@pytest.mark.parametrize(
    ("step", "seconds"), [(request, 10), (idle, 120), (body(1), 10)], ids=["new", "idle", "body"]
)
def test_deadlines(port: Port, step: Callable[[Clients], object], seconds: float) -> None:
    port.connect(step)
    port.now = seconds
    assert port.dropped() == [False]
    port.now = seconds + 0.1
    assert port.dropped() == [True]


def test_what_the_server_works_on_has_no_deadline(port: Port) -> None:
    port.connect(request, work)
    port.now = 1000
    assert port.dropped() == [False]


@pytest.mark.parametrize(
    ("first", "second", "dropped"),
    [
        (50, 50, [False, False]),
        (51, 50, [True, False]),
        # One alone may have as much as the application takes.
        (0, 200, [False, False]),
    ],
)
def test_bytes(port: Port, first: int, second: int, dropped: list[bool]) -> None:
    port.connect(body(first))
    port.now = 0.1
    port.connect(body(second))
    assert port.dropped() == dropped


def test_bytes_of_a_connection_that_ended_count_no_more(port: Port) -> None:
    gevent.kill(port.connect(body(100)))
    port.connect(body(60))
    port.connect(body(40))
    assert port.dropped() == [True, False, False]


def test_a_body_has_one_deadline_however_often_it_is_read(port: Port) -> None:
    port.connect(lambda clients: read_in_parts(clients, port))
    assert port.dropped() == [False]
    port.now = 10.1
    assert port.dropped() == [True]


def read_in_parts(clients: Clients, port: Port) -> None:
    deadline = None
    for second in range(9):
        port.now = second
        deadline = clients.await_transfer(1, deadline)
        clients.work()
    clients.await_transfer(1, deadline)


def test_what_went_on_meanwhile_is_not_dropped(port: Port) -> None:
    """Its bytes and its end came in the same turn of the event loop."""
    arrived = gevent.event.Event()

    def wait(clients: Clients) -> None:
        clients.await_transfer(1)
        arrived.wait()
        clients.work()

    port.connect(wait)
    port.now = 10.1
    arrived.set()
    port.clients.drop_overdue()
    gevent.idle()
    assert port.dropped() == [False]
