"""The pod's own service account, as the kubelet mounts it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from kubernetes import client

from multicluster_service_account import ServiceAccountImportError, config_and_namespace, in_cluster
from support.loopback.api_server import Server
from support.loopback.certificates import ca_pem
from support.node.kubelet import Mount

FILES = {"token": "token-1\n", "ca.crt": "CA", "namespace": "mine\n"}


@pytest.fixture
def pod(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Mount]:
    def pod(files: dict[str, str], host: str = "127.0.0.1", port: str = "443") -> Mount:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
        mount = Mount(in_cluster.FOLDER)
        mount.write(files)
        return mount

    return pod


def test_the_next_request_has_the_new_token(
    pod: Callable[..., Mount], ca: trustme.CA, server: Server
) -> None:
    files = FILES | {"ca.crt": ca_pem(ca)}
    mount = pod(files, port=server.url.rpartition(":")[2])
    config, namespace = config_and_namespace()
    assert (config.host, namespace) == (server.url, "mine")
    with client.ApiClient(config) as api:
        client.CoreV1Api(api).list_namespaced_pod(namespace)
        mount.write(files | {"token": "token-2\n"})
        client.CoreV1Api(api).list_namespaced_pod(namespace)
    assert server.authorizations == ["Bearer token-1", "Bearer token-2"]


def test_an_ipv6_address(pod: Callable[..., Mount]) -> None:
    pod(FILES, host="fd00::1")
    assert config_and_namespace().config.host == "https://[fd00::1]:443"


def test_without_a_namespace_it_is_default(pod: Callable[..., Mount]) -> None:
    pod({"token": "token-1", "ca.crt": "CA"})
    assert config_and_namespace().namespace == "default"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            {"token": "token-1"},
            "{}/ca.crt is missing: mount the pod's service account token with its CA.",
        ),
        (
            {"token": "", "ca.crt": "CA"},
            "{}/token holds no token: look at the Secret that is mounted there.",
        ),
    ],
)
def test_a_broken_mount(pod: Callable[..., Mount], files: dict[str, str], sentence: str) -> None:
    pod(files)
    with pytest.raises(ServiceAccountImportError) as raised:
        config_and_namespace()
    assert str(raised.value) == sentence.format(in_cluster.FOLDER)


@pytest.mark.parametrize(("host", "port"), [("", "443"), ("127.0.0.1", "")])
def test_this_is_no_pod(pod: Callable[..., Mount], host: str, port: str, root: Path) -> None:
    pod(FILES, host=host, port=port)
    with pytest.raises(
        ServiceAccountImportError, match=f"^nothing to load: .* in {root} are: none"
    ):
        config_and_namespace()
