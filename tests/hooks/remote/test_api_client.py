"""What one sync may cost, and what is remembered of a source, by an injected clock."""

from collections.abc import Iterator

import pytest
import requests
import responses
from urllib3.exceptions import ProtocolError

from mcsa_hooks.remote import api_client
from mcsa_hooks.remote.reply import Failure, Reply
from support.samples import world

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
    api_client.forget()
    yield Clock()
    api_client.forget()


def call(clock: Clock, server: str = world.SERVER) -> Reply | Failure:
    return api_client.caller("cluster2", clock)(
        world.access("secret", server=server), "GET", PATH, None
    )


def test_one_deadline_for_all_calls_of_a_sync(clock: Clock) -> None:
    timeouts = []

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        timeouts.append(request.req_kwargs["timeout"])  # type: ignore[attr-defined]
        clock.now += 5
        return 200, {}, "{}"

    with responses.RequestsMock() as remote:
        remote.add_callback(responses.GET, URL, answer)
        get = api_client.caller("cluster2", clock)
        access = world.access("secret")
        got = [get(access, "GET", PATH, None) for _ in range(3)]
    assert [isinstance(one, Reply) for one in got] == [True, True, False]
    assert got[2] is Failure.SLOW
    assert timeouts == [(2, 8.0), (2, 3.0)]


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (requests.ConnectTimeout(), Failure.CONNECT_TIMEOUT),
        (requests.ConnectionError(), Failure.CONNECT),
        (requests.exceptions.ProxyError(), Failure.PROXY),
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


def test_a_dead_server_is_tried_by_one_at_a_time(clock: Clock) -> None:
    meanwhile = []

    def answer(_request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        meanwhile.append(call(clock))
        return 200, {}, "{}"

    with responses.RequestsMock() as remote:
        remote.get(URL, body=requests.ConnectionError())
        remote.add_callback(responses.GET, URL, answer)
        call(clock)
        clock.now += 11
        assert isinstance(call(clock), Reply)
    assert meanwhile == [Failure.CONNECT]


def token_request(clock: Clock) -> Reply | Failure:
    return api_client.caller("cluster2", clock)(world.access("secret"), "POST", PATH, {})


def test_a_slow_token_request_does_not_stop_other_calls(clock: Clock) -> None:
    with responses.RequestsMock() as remote:
        remote.post(URL, body=requests.ReadTimeout())
        remote.get(URL, json={})
        assert token_request(clock) is Failure.SLOW
        assert isinstance(call(clock), Reply)


def test_several_slow_token_requests_do(clock: Clock) -> None:
    """New imports of a silent cluster make no other calls."""
    with responses.RequestsMock() as remote:
        remote.post(URL, body=requests.ReadTimeout())
        for _ in range(20):
            assert token_request(clock) is Failure.SLOW
        assert len(remote.calls) == 5
        clock.now += 6
        assert token_request(clock) is Failure.SLOW
        assert len(remote.calls) == 6


def test_a_slow_review_stops_other_calls(clock: Clock) -> None:
    review = api_client.caller("cluster2", clock)
    with responses.RequestsMock() as remote:
        remote.post(world.REVIEW_URL, body=requests.ReadTimeout())
        access = world.access("secret")
        assert review(access, "POST", world.REVIEW_PATH, {}) is Failure.SLOW
        assert call(clock) is Failure.SLOW
        assert len(remote.calls) == 1


def test_nor_does_a_call_that_had_but_the_rest_of_the_time(clock: Clock) -> None:
    with responses.RequestsMock() as remote:
        remote.get(URL, body=requests.ReadTimeout())
        remote.get(URL, json={})
        late = api_client.caller("cluster2", clock)
        clock.now += 1
        assert late(world.access("secret"), "GET", PATH, None) is Failure.SLOW
        assert isinstance(call(clock), Reply)


def test_a_connection_that_died_meanwhile_is_made_anew_once(clock: Clock) -> None:
    stale = requests.ConnectionError(ProtocolError("aborted"))
    with responses.RequestsMock() as remote:
        remote.get(URL, body=stale)
        remote.get(URL, json={})
        assert isinstance(call(clock), Reply)
        remote.replace(responses.GET, URL, body=stale)
        assert call(clock) is Failure.GARBAGE


def test_a_server_of_the_same_address_elsewhere_is_another(clock: Clock) -> None:
    get = api_client.caller("cluster2", clock)
    with responses.RequestsMock() as remote:
        remote.get(URL, body=requests.ConnectionError())
        remote.get(URL, json={})
        assert get(world.access("secret"), "GET", PATH, None) is Failure.CONNECT
        elsewhere = world.access("secret", proxy_url="http://proxy:1")
        assert isinstance(get(elsewhere, "GET", PATH, None), Reply)


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


@pytest.mark.parametrize("rubbish", ["", "[]", "<html>", "{", "[" * 10_000, "x" * 65537])
def test_who_sends_nothing_but_rubbish_is_left_alone_for_a_moment(
    clock: Clock, rubbish: str
) -> None:
    with responses.RequestsMock() as remote:
        for body in (*[rubbish] * 4, "{}", *[rubbish] * 5):
            remote.get(URL, body=body)
        for _ in range(20):
            call(clock)
        assert len(remote.calls) == 10
        clock.now += 6
        remote.get(URL, json={})
        assert isinstance(call(clock), Reply)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503])
def test_what_is_said_of_a_failure_may_be_anything(clock: Clock, status: int) -> None:
    with responses.RequestsMock() as remote:
        remote.get(URL, status=status, body="<html>")
        for _ in range(20):
            assert isinstance(call(clock), Reply)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (None, 0)),
        ({"Date": "Fri, 15 Jan 2027 08:00:00 GMT", "Retry-After": "7"}, (float(world.NOW), 7)),
        ({"Date": "garbage", "Retry-After": "-7"}, (None, 0)),
        ({"Date": "", "Retry-After": "Fri, 15 Jan 2027 08:00:00 GMT"}, (None, 0)),
        ({"Date": f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"}, (None, 0)),
        ({"Date": "Friday, 15-Jan-27 08:00:00 GMT"}, (None, 0)),
        ({"Date": "Fri Jan 15 08:00:00 2027"}, (None, 0)),
        ({"Date": "Fri, 15 Jan 2027 08:00:00 +0100"}, (None, 0)),
        ({"Date": "Fri, 15 Jan 2027 08:00:60 GMT"}, (None, 0)),
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
