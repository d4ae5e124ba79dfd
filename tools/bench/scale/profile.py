"""A profile of Metacontroller's CPU, which it serves itself (--pprof-address)."""

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
    """The first 30 s of the `with` block are in the folder under that name, if there is one."""
    if not options:
        yield
        return
    address = options[0].partition("=")[2]
    thread = threading.Thread(target=_take, args=(address, Path(FOLDER) / f"{name}.pb.gz"))
    thread.start()
    yield
    thread.join()


def _take(address: str, file: Path) -> None:
    url = f"http://{address}/debug/pprof/profile?seconds={_SECONDS}"
    file.write_bytes(requests.get(url, timeout=_SECONDS * 4).content)
