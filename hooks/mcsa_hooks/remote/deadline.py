"""A time-out for a whole piece of work, name resolution included."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

from gevent import Timeout
from gevent.monkey import is_module_patched

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` returns, or its exception; TimeoutError after `seconds`.

    A socket's own time-out starts anew at every byte, and resolving a name has none. Under
    gevent the work is interrupted, elsewhere it is left behind in a thread of its own.
    """
    if is_module_patched("socket"):
        return _interrupted(seconds, work)
    future: Future[T] = Future()
    Thread(target=_fulfil, args=(future, work), daemon=True).start()
    return future.result(seconds)


def _interrupted(seconds: float, work: Callable[[], T]) -> T:
    # gevent.Timeout is no TimeoutError: create_connection() would catch that and try the host's
    # next address.
    timeout = Timeout(seconds)
    try:
        with timeout:
            return work()
    except Timeout as raised:
        if raised is not timeout:
            raise
        raise TimeoutError from None


def _fulfil(future: Future[T], work: Callable[[], T]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - the waiting thread raises it
        future.set_exception(error)
