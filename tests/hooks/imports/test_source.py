"""What one sync may cost, and what is remembered of a source, by an injected clock."""

from collections.abc import Iterator

import pytest
import requests
import responses

import world
from mcsa_hooks.imports import source
from mcsa_hooks.imports.verdict import Failure, Reply

PATH = "/path"
URL = world.SERVER + PATH


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    source.forget()
    yield Clock()
    source.forget()


def call(clock: Clock, server: str = world.SERVER) -> Reply | Failure:
    return source.caller(clock)(world.access("secret", server=server), "GET", PATH, None)


def test_one_deadline_for_all_calls_of_a_sync(clock: Clock) -> None:
    timeouts = []

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        timeouts.append(request.req_kwargs["timeout"])  # type: ignore[attr-defined]
        clock.now += 5
        return 200, {}, "{}"

    with responses.RequestsMock() as remote:
        remote.add_callback(responses.GET, URL, answer)
        get = source.caller(clock)
        access = world.access("secret")
        got = [get(access, "GET", PATH, None) for _ in range(3)]
    assert [isinstance(one, Reply) for one in got] == [True, True, False]
    assert got[2] is Failure.SLOW
    assert timeouts == [(2, 8.0), (2, 3.0)]


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (requests.ConnectTimeout(), Failure.CONNECT),
        (requests.ConnectionError(), Failure.CONNECT),
        (requests.ReadTimeout(), Failure.SLOW),
    ],
)
def test_a_dead_server_is_left_alone_for_some_seconds(
    clock: Clock, error: Exception, failure: Failure
) -> None:
    with responses.RequestsMock() as remote:
        remote.get(URL, body=error)
        assert call(clock) is failure
        clock.now += 9
        assert call(clock) is failure
        assert len(remote.calls) == 1
        clock.now += 2
        assert call(clock) is failure
        assert len(remote.calls) == 2


def test_the_others_are_not(clock: Clock) -> None:
    with responses.RequestsMock() as remote:
        remote.get(URL, body=requests.ConnectionError())
        remote.get(f"https://other{PATH}", json={})
        assert call(clock) is Failure.CONNECT
        assert isinstance(call(clock, "https://other"), Reply)


@pytest.mark.parametrize("body", [requests.exceptions.SSLError(), "{}"])
def test_one_that_answers_is_not_dead(clock: Clock, body: Exception | str) -> None:
    with responses.RequestsMock() as remote:
        remote.get(URL, body=body)
        for _ in range(2):
            call(clock)
        assert len(remote.calls) == 2


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (None, 0)),
        ({"Date": "Fri, 15 Jan 2027 08:00:00 GMT", "Retry-After": "7"}, (float(world.NOW), 7)),
        ({"Date": "garbage", "Retry-After": "-7"}, (None, 0)),
        ({"Date": "", "Retry-After": "Fri, 15 Jan 2027 08:00:00 GMT"}, (None, 0)),
        ({"Date": "Fri, 99 Jan 2027 08:00:00 GMT", "Retry-After": "٣"}, (None, 0)),
    ],
)
def test_headers(clock: Clock, headers: dict[str, str], expected: tuple[float | None, int]) -> None:
    with responses.RequestsMock() as remote:
        remote.get(URL, json={}, headers=headers)
        got = call(clock)
    assert isinstance(got, Reply)
    assert (got.date, got.retry_after) == expected


def test_no_token_in_a_repr() -> None:
    reply = Reply(200, None, 0, {"status": {"token": "secret"}})
    assert "secret" not in repr(reply)
