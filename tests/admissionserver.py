"""The admission application under gunicorn, as it is deployed, over TLS on the loopback."""

import os
import re
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import certificates
from clusters.loopback import HOST, answers, free_ports
from clusters.process import Process


class AdmissionServer:
    """It serves for as long as the `with` block lasts."""

    def __init__(self, folder: Path, app: str = "mcsa_hooks:admission_app()") -> None:
        self.app = app
        self.log = folder / "admission.log"
        self.port = free_ports(1)[0]
        self.url = f"https://{HOST}:{self.port}"
        self.tls = certificates.serving(folder)
        pythonpath = os.pathsep.join(filter(None, sys.path))
        env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": pythonpath}
        self._process = Process(self.log, env, grace=10)

    def start(self) -> None:
        """It answers, on the same port as before."""
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:mcsa_hooks.gunicorn_config"]
        tls = ["--certfile", str(self.tls.certificate), "--keyfile", str(self.tls.key)]
        self._process.start([*gunicorn, *tls, "-b", f"{HOST}:{self.port}", self.app])
        self._process.wait_until(lambda: answers(self.port, "/healthz", ca=self.tls.ca))

    def stop(self) -> None:
        """Nobody listens on its port."""
        self._process.stop()

    def kill_worker(self) -> None:
        """The process that serves is gone, all of a sudden; gunicorn starts another one."""
        workers = re.findall(r"Booting worker with pid: (\d+)", self.log.read_text())
        os.kill(int(workers[-1]), signal.SIGKILL)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
