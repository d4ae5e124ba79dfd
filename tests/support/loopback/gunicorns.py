"""The applications under gunicorn, as they are deployed, on ports of the loopback."""

import json
import os
import re
import signal
import ssl
import sys
from collections.abc import Mapping
from http.client import HTTPSConnection
from pathlib import Path
from typing import Self

from support.cluster.loopback import HOST, answers, free_ports
from support.cluster.process import Process
from support.loopback import certificates
from support.loopback.certificates import Serving
from support.samples.admission_pods import patch_of, pod, review


class Gunicorn:
    """An application for as long as the `with` block lasts, over TLS if it has certificates."""

    def __init__(
        self,
        log: Path,
        app: str,
        environ: Mapping[str, str] | None = None,
        tls: Serving | None = None,
    ) -> None:
        self.app = app
        self.log = log
        self.port = free_ports(1)[0]
        self.url = f"{'https' if tls else 'http'}://{HOST}:{self.port}"
        self.ca = tls.ca if tls else None
        self._tls = ["--certfile", tls.certificate, "--keyfile", tls.key] if tls else []
        pythonpath = os.pathsep.join(filter(None, sys.path))
        env = {"PATH": os.environ["PATH"], "HOME": str(log.parent), "PYTHONPATH": pythonpath}
        self._process = Process(log, env | dict(environ or {}), grace=10)

    def start(self) -> None:
        """It answers, on the same port as before."""
        config = ["-c", "python:mcsa_hooks.gunicorn_config", "-b", f"{HOST}:{self.port}"]
        gunicorn = [sys.executable, "-m", "gunicorn", *config, *map(str, self._tls)]
        self._process.start([*gunicorn, self.app])
        self.await_worker()

    def stop(self) -> None:
        """No process listens on its port."""
        self._process.stop()

    def reload(self) -> None:
        """Gunicorn was told to replace its worker, which goes when the next one is there."""
        [master] = re.findall(r"Listening at: \S+ \((\d+)\)", self.log.read_text())
        os.kill(int(master), signal.SIGHUP)

    @property
    def worker(self) -> int:
        """The pid of the process that serves."""
        workers = re.findall(r"Booting worker with pid: (\d+)", self.log.read_text())
        return int(workers[-1])

    def peak_memory(self) -> int:
        """The most bytes of memory that its worker has held so far; Linux only."""
        status = Path(f"/proc/{self.worker}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024

    def kill_worker(self) -> None:
        """The worker got SIGKILL; gunicorn starts another one."""
        os.kill(self.worker, signal.SIGKILL)

    def await_worker(self) -> None:
        """There is one that serves."""
        self._process.wait_until(lambda: answers(self.port, "/healthz", ca=self.ca))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()


class HookServer(Gunicorn):
    """The application that Metacontroller calls."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str] | None = None,
        app: str = "mcsa_hooks:sync_app()",
    ) -> None:
        super().__init__(folder / "hooks.log", app, environ)


class AdmissionServer(Gunicorn):
    """The application that the API server calls, over TLS."""

    def __init__(
        self,
        folder: Path,
        app: str = "mcsa_hooks:admission_app()",
        tls: Serving | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.tls = tls or certificates.serving(folder)
        super().__init__(folder / "admission.log", app, environ, self.tls)

    def reviewed(self, seconds: float) -> int:
        """The status of a review that a new client sends, and gets a patch for in that time."""
        trust = ssl.create_default_context(cafile=str(self.tls.ca))
        connection = HTTPSConnection(HOST, self.port, timeout=seconds, context=trust)
        body, headers = json.dumps(review(pod("a"))), {"Content-Type": "application/json"}
        try:
            connection.request("POST", "/mutate?timeout=5s", body, headers)
            response = connection.getresponse()
            assert patch_of(json.load(response))
            return response.status
        finally:
            connection.close()
