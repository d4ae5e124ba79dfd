"""Measures the admission function: against bare Flask, and by what the users of a cluster feel."""

import asyncio
import json
import ssl
import statistics
import sys
import tempfile
import time
from pathlib import Path

import requests
import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))

import automount
from admissionpods import pod, review
from clusters import ControlPlane
from clusters.loopback import HOST
from gunicorns import AdmissionServer

ROUNDS, REQUESTS, PARALLEL = 8, 3000, 50
PODS = 300
NAME = "cluster2-default-pod-lister"

Seconds = list[float]


async def load(server: AdmissionServer, body: bytes) -> tuple[float, Seconds]:
    """How long REQUESTS took, PARALLEL at a time, and how long each took."""
    head = f"POST /mutate HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    context = ssl.create_default_context(cafile=str(server.tls.ca))
    left, each = iter(range(REQUESTS)), []
    connections = [
        await asyncio.open_connection(HOST, server.port, ssl=context) for _ in range(PARALLEL)
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


def p99(seconds: Seconds) -> float:
    return statistics.quantiles(seconds, n=100)[98]


def in_turn(servers: list[AdmissionServer], body: bytes) -> list[list[tuple[float, float]]]:
    """For each round and server the requests per second and the 99th percentile."""
    rounds = []
    for number in range(ROUNDS + 1):
        # Each is first as often as the other.
        order = servers[:: -1 if number % 2 else 1]
        results = {server: asyncio.run(load(server, body)) for server in order}
        rounds.append(
            [(REQUESTS / total, p99(each)) for total, each in map(results.__getitem__, servers)]
        )
    # The first is for warming up.
    return rounds[1:]


def created(target: ControlPlane, names: list[str | None]) -> list[Seconds]:
    """How long each of PODS took with each of these annotations, one by one and in turn."""
    token = yaml.safe_load(target.kubeconfig.read_text())["users"][0]["user"]["token"]
    taken: list[Seconds] = [[] for _ in names]
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(target.kubeconfig.parent / "ca.crt")
        session.headers["Authorization"] = f"Bearer {token}"
        for number in range(PODS):
            for kind, annotation in enumerate(names):
                started = time.perf_counter()
                session.post(
                    f"{target.server}/api/v1/namespaces/apps/pods",
                    json=pod(annotation, name=f"bench-{kind}-{number}"),
                ).raise_for_status()
                taken[kind].append(time.perf_counter() - started)
    return taken


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("admission", "echo", "cluster")]
        for path in paths:
            path.mkdir()
        with (
            AdmissionServer(paths[0]) as admission,
            AdmissionServer(paths[1], "echo:app()") as echo,
            ControlPlane("cluster1", paths[2], controller_manager=True) as target,
        ):
            automount.install(target, admission)
            args = ("create", "-n", "other", "--dry-run=server", "-o", "json", "-f", "-")
            as_sent = json.loads(target.kubectl(*args, input=json.dumps(pod(NAME))))
            without, with_it = created(target, [None, NAME])
            target.stop()
            rounds = in_turn([admission, echo], json.dumps(review(as_sent)).encode())
    print(f"| {PARALLEL} parallel reviews over TLS | admission | bare Flask | ratio |")
    print("| --- | ---: | ---: | ---: |")
    rate, echo_rate = (statistics.median(one[n][0] for one in rounds) for n in range(2))
    ratio = statistics.median(its[0] / ours[0] for ours, its in rounds)
    print(f"| requests/s | {rate:.0f} | {echo_rate:.0f} | {ratio:.2f} |")
    slow, echo_slow = (statistics.median(one[n][1] for one in rounds) * 1000 for n in range(2))
    ratio = statistics.median(ours[1] / its[1] for ours, its in rounds)
    print(f"| 99th percentile | {slow:.0f} ms | {echo_slow:.0f} ms | {ratio:.2f} |")
    print(f"\n| {PODS} pods, one by one | with the webhook | without | difference |")
    print("| --- | ---: | ---: | ---: |")
    for row, of in (("median", statistics.median), ("99th percentile", p99)):
        ms, ms_without = of(with_it) * 1000, of(without) * 1000
        print(f"| {row} | {ms:.1f} ms | {ms_without:.1f} ms | {ms - ms_without:.1f} ms |")


if __name__ == "__main__":
    main()
