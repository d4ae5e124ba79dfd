"""A program that runs until it is told to end, or until this Python process is gone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .errors import ClusterError, log_tail

GUARD = Path(__file__).parent / "guard.py"


class Process:
    """A program with a log file, in a session of its own, so that Ctrl-C does not reach it."""

    def __init__(self, log: Path, env: Mapping[str, str], grace: float = 2) -> None:
        self.log = log
        self.env = env
        self.grace = grace
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._guard is not None and self._guard.poll() is None

    def start(self, command: Sequence[str]) -> None:
        """The command runs; what it says is appended to the log."""
        if self.running:
            raise ClusterError(f"{self.log.stem} runs already; stop it first.")
        with self.log.open("ab") as log:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", str(GUARD), str(self.grace), *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self.env,
                start_new_session=True,
            )

    def stop(self) -> None:
        """The command has ended: by SIGTERM or, after the grace, by SIGKILL."""
        if self._guard is None:
            return
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        try:
            self._guard.wait(self.grace + 5)
        except subprocess.TimeoutExpired:
            os.killpg(self._guard.pid, signal.SIGKILL)
            self._guard.wait()
        self._guard = None

    def kill(self) -> None:
        """The command has ended by SIGKILL."""
        self.send(signal.SIGKILL)
        self.stop()

    def send(self, number: signal.Signals) -> None:
        """The command gets that signal, which may be SIGSTOP or SIGCONT."""
        if self._guard is None or self._guard.stdin is None:
            raise ClusterError(f"{self.log.stem} does not run; start it first.")
        self._guard.stdin.write(bytes([number]))
        self._guard.stdin.flush()

    def wait_until(self, ready: Callable[[], bool], seconds: float = 60) -> None:
        """It is ready; an error with the end of the log if the program ends or takes too long."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise ClusterError(
                    f"{self.log.stem} ended instead of starting.{log_tail(self.log)}"
                )
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"{self.log.stem} is not ready after {seconds:.0f} s.{log_tail(self.log)}"
                )
            time.sleep(0.05)
