"""A real Kubernetes control plane: etcd, kube-apiserver, and a kube-controller-manager if asked."""

import os
import secrets
import signal
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Self

from . import commands, credentials
from .binaries import binaries
from .errors import ClusterError
from .loopback import HOST, answers, free_ports
from .process import Process

TAKEN = "address already in use"
NAMESPACE = "/api/v1/namespaces/default"
ACCOUNT = f"{NAMESPACE}/serviceaccounts/default"


class ControlPlane:
    """A cluster without nodes, for as long as the `with` block lasts; its folder stays."""

    issuer = commands.ISSUER

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        version: str = "1.37",
        controller_manager: bool = False,
        flags: Sequence[str] = (),
        host: str = HOST,
    ) -> None:
        self.name = name
        self._host = host
        self.version = version
        self._files = files = commands.Files(folder.resolve())
        self._token = secrets.token_urlsafe(24)
        self._ports = commands.Ports(*free_ports(3))
        self._started = False
        self._has_controller_manager = controller_manager
        self._flags = tuple(flags)
        self._env = commands.environment(os.environ, files)
        self._etcd = Process(files.log("etcd"), self._env)
        self._apiserver = Process(files.log("kube-apiserver"), self._env)
        self._controllers = Process(files.log("kube-controller-manager"), self._env)

    @property
    def server(self) -> str:
        """Its URL; final once it has started."""
        return f"https://{self._host}:{self._ports.apiserver}"

    @property
    def ca(self) -> str:
        """The CA (PEM) of its serving certificate, once it has started."""
        return self._files.ca.read_text()

    @property
    def ca_file(self) -> Path:
        """The file with that CA."""
        return self._files.ca

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; its cluster, context and user are called `name`."""
        return self._files.kubeconfig

    @property
    def signing_key(self) -> Path:
        """The private key (PEM) that signs the service accounts' tokens."""
        return self._files.signing_key

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Everything runs and is ready, or nothing runs; what was in the folder is there again."""
        self._files.home.mkdir(parents=True, exist_ok=True)
        credentials.write_private(self._files.tokens, credentials.admin_tokens(self._token))
        if not self.signing_key.exists():
            credentials.write_private(self.signing_key, credentials.private_key())
        for attempts_left in range(4, -1, -1):
            try:
                self._start()
            except BaseException as error:
                self.stop()
                taken = isinstance(error, ClusterError) and TAKEN in str(error)
                if self._started or not taken or not attempts_left:
                    raise
                self._ports = commands.Ports(*free_ports(3))
            else:
                return

    def _start(self) -> None:
        self.start_etcd()
        self.start_apiserver()
        credentials.write_private(
            self.kubeconfig, credentials.kubeconfig(self.name, self.server, self.ca, self._token)
        )
        if self._has_controller_manager:
            self._start_controllers()
        self._started = True

    def stop(self) -> None:
        """Nothing runs any more, and the ports are closed."""
        with ExitStack() as last_first:
            last_first.callback(self._etcd.stop)
            last_first.callback(self._apiserver.stop)
            last_first.callback(self._controllers.stop)

    def start_etcd(self) -> None:
        """It is ready, and so is the API server if that runs."""
        self._etcd.start(self._command(commands.etcd(self._files, self._ports)))
        self._etcd.wait_until(lambda: answers(self._ports.etcd, "/health"))
        if self._apiserver.running:
            self._apiserver.wait_until(self._is_ready)

    def stop_etcd(self) -> None:
        """The API server, if it runs, has no storage: an outage."""
        self._etcd.stop()

    def kill_etcd(self) -> None:
        """An outage that begins with SIGKILL: etcd can't put its files in order."""
        self._etcd.kill()

    def start_apiserver(self) -> None:
        """It is ready, on the same port as before."""
        command = commands.apiserver(
            self._files,
            self._ports,
            host=self._host,
            controller_manager=self._has_controller_manager,
            flags=self._flags,
        )
        self._apiserver.start(self._command(command))
        self._apiserver.wait_until(self._is_ready)

    def stop_apiserver(self) -> None:
        """No process listens on its port: an outage."""
        self._apiserver.stop()

    def freeze_apiserver(self) -> None:
        """Connections to it are accepted, and nothing is ever answered: a black hole."""
        self._apiserver.send(signal.SIGSTOP)
        while self._answers("/readyz"):
            pass

    def thaw_apiserver(self) -> None:
        """It goes on where it was, and is ready."""
        self._apiserver.send(signal.SIGCONT)
        self._apiserver.wait_until(self._is_ready)

    def _start_controllers(self) -> None:
        self._controllers.start(self._command(commands.controller_manager(self._files)))
        self._controllers.wait_until(lambda: self._answers(ACCOUNT))

    def replace_signing_key(self) -> None:
        """Tokens of service accounts are signed with a new key, and none from before is valid."""
        self._controllers.stop()
        self.stop_apiserver()
        credentials.write_private(self.signing_key, credentials.private_key())
        self.start_apiserver()
        if self._has_controller_manager:
            self._start_controllers()

    def kubectl(self, *args: str, input: str | None = None, check: bool = True) -> str:  # noqa: A002
        """What kubectl, as the administrator, writes to its standard output."""
        done = subprocess.run(
            self._command(["kubectl", *args]),
            input=input,
            env=self._env,
            capture_output=True,
            text=True,
        )
        if check and done.returncode:
            raise ClusterError(f"kubectl {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout

    def _command(self, command: Sequence[str]) -> list[str]:
        program, *arguments = command
        return [str(self._programs / program), *arguments]

    # Once: a test that changes $HOME later must not have everything built anew.
    @cached_property
    def _programs(self) -> Path:
        return binaries(self.version)

    def _is_ready(self) -> bool:
        if not self._files.ca.exists():
            chain = self._files.certificates / "apiserver.crt"
            ca = credentials.ca(chain.read_text()) if chain.exists() else None
            if ca is None:
                return False
            self._files.ca.write_text(ca)
        return self._answers("/readyz") and self._answers(NAMESPACE)

    def _answers(self, path: str) -> bool:
        return answers(
            self._ports.apiserver, path, host=self._host, ca=self._files.ca, token=self._token
        )
