"""A client of its own process, which sends one GET after another until its input is closed.

`python -m tools.bench.getter URL CA_FILE` reads a bearer token from its input; at the end it prints
how long each GET took, in seconds, as JSON.
"""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Self

from support.cluster.api_client import session

_PAUSE = 0.005


class Getter:
    """It sends GETs for as long as the `with` block lasts."""

    def __init__(self, url: str, ca: Path, token: str) -> None:
        self._command = [sys.executable, "-m", "tools.bench.getter", url, str(ca)]
        self._token = token
        self.seconds: list[float] = []
        """How long each of them took, once the `with` block has ended."""

    def __enter__(self) -> Self:
        self._client = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._client.stdin
        assert self._client.stdout
        self._client.stdin.write(f"{self._token}\n")
        self._client.stdin.flush()
        self._client.stdout.readline()
        return self

    def __exit__(self, *_raised: object) -> None:
        output, _ = self._client.communicate()
        self.seconds = json.loads(output)


def _main(url: str, ca: str) -> None:
    client = session(ca, sys.stdin.readline().strip())
    client.get(url).raise_for_status()
    print("begins", flush=True)
    is_over = threading.Event()
    threading.Thread(target=_await_end, args=(is_over,), daemon=True).start()
    seconds = []
    while not is_over.wait(_PAUSE):
        started = time.perf_counter()
        client.get(url).raise_for_status()
        seconds.append(time.perf_counter() - started)
    print(json.dumps(seconds))


def _await_end(is_over: threading.Event) -> None:
    sys.stdin.read()
    is_over.set()


if __name__ == "__main__":
    _main(*sys.argv[1:])
