"""Many requests to servers on the loopback, several at a time, and how long they took."""

import asyncio
import ssl
import time
from collections.abc import Sequence
from typing import NamedTuple

from support.cluster.loopback import HOST
from support.loopback.gunicorns import Gunicorn
from tools.bench.figures import p99


class Load(NamedTuple):
    """What is posted."""

    path: str
    body: bytes
    requests: int
    parallel: int


class Pace(NamedTuple):
    """The throughput and the latency of a server under a load."""

    per_second: float
    p99: float
    """Seconds."""


def in_turn(loads: Sequence[tuple[Gunicorn, Load]], rounds: int) -> list[list[Pace]]:
    """For each server under its load the pace in each round; their order turns around each time."""
    paces: list[list[Pace]] = [[] for _ in loads]
    # The first round is for warming up.
    for number in range(rounds + 1):
        for which in list(range(len(loads)))[:: -1 if number % 2 else 1]:
            pace = run(*loads[which])
            if number:
                paces[which].append(pace)
    return paces


def run(server: Gunicorn, load: Load) -> Pace:
    """All requests are answered with 200; AssertionError otherwise."""
    total, each = asyncio.run(_run(server, load))
    return Pace(load.requests / total, p99(each))


async def _run(server: Gunicorn, load: Load) -> tuple[float, list[float]]:
    head = f"POST {load.path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(load.body)}\r\n\r\n".encode() + load.body
    context = ssl.create_default_context(cafile=str(server.ca)) if server.ca else None
    left, each = iter(range(load.requests)), list[float]()
    connections = [
        await asyncio.open_connection(HOST, server.port, ssl=context) for _ in range(load.parallel)
    ]

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in left:
            started = time.perf_counter()
            writer.write(request)
            headers = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert headers.startswith(b"http/1.1 200"), headers
            await reader.readexactly(int(headers.split(b"content-length: ")[1].split(b"\r\n")[0]))
            each.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(client(*connection) for connection in connections))
    total = time.perf_counter() - started
    for _, writer in connections:
        writer.close()
        await writer.wait_closed()
    return total, each
