"""The looks at imports, as Metacontroller's log of level 4 has them."""

import re
import time
from pathlib import Path

_LOOK = re.compile(r'"msg":"Sync","object":\{"name":"(.*?)","namespace":"(.*?)"\}')
_PATIENCE_SECONDS = 3600
_SILENCE_SECONDS = 3


class Looks:
    """Those of now and later."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._imports: set[tuple[str, str]] = set()
        self._count = 0
        self._rest = ""
        self._offset = log.stat().st_size

    def count(self) -> int:
        """How many there have been so far."""
        self._read()
        return self._count

    def await_imports(self, number: int) -> None:
        """So many imports have been looked at, each at least once."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while len(self._imports) < number:
            assert time.monotonic() < deadline, f"{len(self._imports)} of {number} after an hour"
            time.sleep(0.2)
            self._read()

    def await_pause(self) -> None:
        """For some seconds there have been no more than a few of the steady state."""
        before = -1
        while (count := self.count()) > before + max(5, len(self._imports) // 50):
            before = count
            time.sleep(_SILENCE_SECONDS)

    def _read(self) -> None:
        with self._log.open() as log:
            log.seek(self._offset)
            lines = (self._rest + log.read()).split("\n")
            self._offset = log.tell()
        self._rest = lines.pop()
        for line in lines:
            if match := _LOOK.search(line):
                self._count += 1
                self._imports.add((match[1], match[2]))
