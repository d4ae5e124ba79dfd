"""Pods as processes of this machine: what a kubelet makes of their containers, volumes and probes.

Paths of the file system are the one thing that is different: they are in a folder of the pod's own.
"""

import base64
import json
import ssl
import subprocess
import sys
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mcsa_core.names import SYSTEM_NAMESPACE
from support.cluster import ControlPlane
from support.cluster.loopback import HOST, free_ports
from support.cluster.process import Process
from support.cluster.reading import get
from support.node.kubelet import Mount

Object = dict[str, Any]
IMAGE = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
"""The environment that the image gives, but with the packages of this one."""


def of(cluster: ControlPlane, component: str) -> list[Object]:
    """The pods that the controllers made for a component."""
    selector = f"app.kubernetes.io/component={component}"
    items: list[Object] = get(cluster, "pods", "-n", SYSTEM_NAMESPACE, "-l", selector)["items"]
    return items


class Pod:
    """The one container of a pod."""

    def __init__(self, cluster: ControlPlane, pod: Object, folder: Path) -> None:
        self._cluster = cluster
        self.name = pod["metadata"]["name"]
        self._spec = pod["spec"]
        [self._container] = pod["spec"]["containers"]
        self.folder = folder
        self.log = folder / "log"
        self.port, self.metrics_port = free_ports(2)
        self._mounts = {
            mount["name"]: (mount["mountPath"], Mount(folder / mount["name"]))
            for mount in self._container["volumeMounts"]
        }
        self._written: dict[str, Any] = {}
        self._process = Process(self.log, self.environ(), grace=10)

    @property
    def account(self) -> str:
        """The service account as which it would call the API server."""
        name: str = self._spec["serviceAccountName"]
        return name

    @property
    def has_token(self) -> bool:
        """Whether a token of that account is mounted."""
        return any("projected" in volume for volume in self._spec["volumes"])

    def mount(self) -> bool:
        """The volumes are there and hold what they should; False if something is missing."""
        contents = {name: self._content(name) for name in self._mounts}
        for name, content in contents.items():
            if content is not None and content != self._written.get(name):
                self._mounts[name][1].write(content)
                self._written[name] = content
        return None not in contents.values()

    def _content(self, name: str) -> dict[str, str | bytes] | None:
        [volume] = [v for v in self._spec["volumes"] if v["name"] == name]
        if "emptyDir" in volume:
            return {}
        if "secret" in volume:
            return self._secret(volume["secret"])
        if name in self._written:
            return dict(self._written[name])
        token, ca = volume["projected"]["sources"]
        [item] = ca["configMap"]["items"]
        named = ("configmap", "-n", SYSTEM_NAMESPACE, ca["configMap"]["name"])
        return {
            token["serviceAccountToken"]["path"]: self._token(token["serviceAccountToken"]),
            item["path"]: get(self._cluster, *named)["data"][item["key"]],
        }

    def _secret(self, volume: Object) -> dict[str, str | bytes] | None:
        secret = get(self._cluster, "secret", "-n", SYSTEM_NAMESPACE, volume["secretName"])
        data = secret.get("data", {})
        if not {item["key"] for item in volume["items"]} <= data.keys():
            return None
        return {item["path"]: base64.b64decode(data[item["key"]]) for item in volume["items"]}

    def _token(self, projection: Object) -> str:
        account = self._spec["serviceAccountName"]
        duration = f"--duration={projection['expirationSeconds']}s"
        bound = ("--bound-object-kind=Pod", f"--bound-object-name={self.name}")
        scope = ("-n", SYSTEM_NAMESPACE)
        return self._cluster.kubectl("create", "token", account, *scope, duration, *bound)

    def command(self) -> list[str]:
        """The container's, with its paths in the pod's folder and its ports on the loopback."""
        command = self._container["command"] + self._container["args"]
        return [self._here(word) for word in command]

    def environ(self) -> dict[str, str]:
        """The container's, and what each container is told of the API server."""
        server = urlsplit(self._cluster.server)
        own = {variable["name"]: variable["value"] for variable in self._container.get("env", [])}
        return {
            **IMAGE,
            "KUBERNETES_SERVICE_HOST": str(server.hostname),
            "KUBERNETES_SERVICE_PORT": str(server.port),
            **{name: self._here(value) for name, value in own.items()},
        }

    def _here(self, text: str) -> str:
        for path, mount in self._mounts.values():
            text = text.replace(path, str(mount.folder))
        for port, here in ((8443, self.port), (9090, self.metrics_port)):
            text = text.replace(f"0.0.0.0:{port}", f"{HOST}:{here}")
        return text

    def start(self) -> None:
        """The server is ready, by its own probe."""
        assert self.mount()
        self._process.start(self.command())
        self._process.wait_until(self.ready)

    def ready(self) -> bool:
        """Whether the readiness probe succeeds; as the kubelet's, it verifies no certificate."""
        probe = self._container["readinessProbe"]
        if "exec" in probe:
            command = [self._here(word) for word in probe["exec"]["command"]]
            return subprocess.run(command, env=IMAGE, stderr=subprocess.DEVNULL).returncode == 0
        probe = probe["httpGet"]
        assert (probe["scheme"], probe["port"]) == ("HTTPS", "https")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = HTTPSConnection(HOST, self.port, timeout=3, context=context)
        try:
            connection.request("GET", probe["path"])
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """It has ended."""
        self._process.stop()

    def run_until(self, logged: str) -> None:
        """The program has written that into its log, and has ended."""
        assert self.mount()
        self._process.start(self.command())
        self._process.wait_until(lambda: logged in self.log.read_text())
        self.stop()

    def is_ready(self) -> None:
        """The cluster knows that it serves."""
        self._report({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})

    def _report(self, status: Object) -> None:
        args = (
            "-n",
            SYSTEM_NAMESPACE,
            "--subresource=status",
            "-p",
            json.dumps({"status": status}),
        )
        self._cluster.kubectl("patch", "pod", self.name, *args)
