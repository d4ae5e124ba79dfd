"""The hooks under gunicorn, as they are deployed, on a port of the loopback."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from clusters.loopback import HOST, answers, free_ports
from clusters.process import Process


class HookServer:
    """The sync application for as long as the `with` block lasts."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str] | None = None,
        app: str = "mcsa_hooks:sync_app()",
    ) -> None:
        self.log = folder / "hooks.log"
        self._app = app
        self.port = free_ports(1)[0]
        self.url = f"http://{HOST}:{self.port}"
        env = {"PATH": os.environ["PATH"], "HOME": str(folder)} | dict(environ or {})
        self._process = Process(self.log, env)

    def start(self) -> None:
        """It answers, on the same port as before."""
        config = "python:mcsa_hooks.gunicorn_config"
        bind = f"{HOST}:{self.port}"
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", config, "-b", bind]
        self._process.start([*gunicorn, self._app])
        self._process.wait_until(lambda: answers(self.port, "/healthz"))

    def stop(self) -> None:
        """Nobody listens on its port."""
        self._process.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()
