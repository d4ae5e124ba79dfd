"""A profile of Metacontroller's CPU, which it serves itself (--pprof-address)."""

import itertools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from support.cluster.loopback import HOST, free_ports

FOLDER = os.environ.get("MCSA_BENCH_PROFILES", "")
"""Where to write profiles for `go tool pprof -top`; empty if none is wanted."""
_SECONDS = 30


def options() -> tuple[str, ...]:
    """What Metacontroller needs to serve profiles."""
    return (f"--pprof-address={HOST}:{free_ports(1)[0]}",) if FOLDER else ()


@contextmanager
def taken(options: tuple[str, ...], name: str) -> Iterator[None]:
    """Profiles of 30 s, one after another, are in the folder as NAME-0, NAME-1..., if it is set."""
    if not options:
        yield
        return
    is_over = threading.Event()
    address = options[0].partition("=")[2]
    thread = threading.Thread(target=_take, args=(address, name, is_over))
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _take(address: str, name: str, is_over: threading.Event) -> None:
    url = f"http://{address}/debug/pprof/profile?seconds={_SECONDS}"
    for number in itertools.count():
        file = Path(FOLDER) / f"{name}-{number}.pb.gz"
        file.write_bytes(requests.get(url, timeout=_SECONDS * 4).content)
        if is_over.is_set():
            return
