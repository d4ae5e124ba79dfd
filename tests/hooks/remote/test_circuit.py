"""When a source is not called."""

from contextlib import ExitStack

import pytest

from mcsa_hooks.remote.circuit import Circuit
from mcsa_hooks.remote.reply import Failure

NOW = 1000.0
DEADLINE = NOW + 8


def test_nobody_has_failed() -> None:
    assert Circuit().refusal(NOW, DEADLINE) is None


@pytest.mark.parametrize(
    ("calls", "seconds", "expected"),
    [(4, 1.1, Failure.SLOW), (20, 8, Failure.SLOW), (4, 1, None), (20, 1, None), (3, 8, None)],
)
def test_nobody_queues_up_behind_calls_that_wait(
    calls: int, seconds: float, expected: Failure | None
) -> None:
    circuit = Circuit()
    with ExitStack() as under_way:
        for _ in range(calls):
            under_way.enter_context(circuit.call(NOW))
        assert circuit.refusal(NOW + seconds, DEADLINE + seconds) is expected
    assert circuit.refusal(NOW + seconds, DEADLINE + seconds) is None


def test_a_call_that_raises_is_over() -> None:
    circuit = Circuit()
    for _ in range(4):
        with pytest.raises(OSError, match="lost"), circuit.call(NOW):
            raise OSError("lost")
    assert circuit.refusal(NOW + 5, DEADLINE) is None


def test_who_failed_is_left_alone_and_then_tried_by_one() -> None:
    circuit = Circuit()
    circuit.trip(Failure.CONNECT, NOW)
    assert circuit.refusal(NOW + 9, NOW + 17) is Failure.CONNECT
    assert circuit.refusal(NOW + 10, NOW + 18) is None
    assert circuit.refusal(NOW + 17, NOW + 25) is Failure.CONNECT
    circuit.reset()
    assert circuit.refusal(NOW + 17, NOW + 25) is None


def test_rubbish_several_times_in_a_row() -> None:
    circuit = Circuit()
    for _ in range(4):
        circuit.count(Failure.GARBAGE, NOW)
    assert circuit.refusal(NOW, DEADLINE) is None
    circuit.reset()
    for _ in range(4):
        circuit.count(Failure.GARBAGE, NOW)
    assert circuit.refusal(NOW, DEADLINE) is None
    circuit.count(Failure.GARBAGE, NOW)
    assert circuit.refusal(NOW + 4, DEADLINE) is Failure.GARBAGE
    assert circuit.refusal(NOW + 5, NOW + 13) is None
    assert circuit.refusal(NOW + 12, NOW + 20) is Failure.GARBAGE
    circuit.count(Failure.GARBAGE, NOW + 12)
    assert circuit.refusal(NOW + 16, NOW + 24) is Failure.GARBAGE
    assert circuit.refusal(NOW + 17, NOW + 25) is None


def test_what_opens_it_is_the_last_failure() -> None:
    circuit = Circuit()
    for failure in (*[Failure.GARBAGE] * 4, Failure.SLOW):
        circuit.count(failure, NOW)
    assert circuit.refusal(NOW + 4, DEADLINE) is Failure.SLOW


def test_who_sends_rubbish_can_be_reached() -> None:
    circuit = Circuit()
    circuit.trip(Failure.CONNECT, NOW)
    assert circuit.refusal(NOW + 10, NOW + 18) is None
    circuit.count(Failure.GARBAGE, NOW + 11)
    assert circuit.refusal(NOW + 11, NOW + 19) is None
