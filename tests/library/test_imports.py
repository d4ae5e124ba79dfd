"""Mounted imports by name: one, several, none; and how a running client follows them."""

import copy
import subprocess
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from kubernetes import client
from urllib3.exceptions import SSLError

from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from multicluster_service_account import (
    ConfigAndNamespace,
    ServiceAccountImportError,
    all_service_account_import_configs_and_namespaces,
    all_service_account_import_names,
    named_service_account_import_config_and_namespace,
    service_account_import_config_and_namespace,
    service_account_import_mounted,
    single_service_account_import_name,
)
from multicluster_service_account import mount as mounts
from support.cluster import ControlPlane
from support.cluster.loopback import HOST
from support.loopback.api_server import Server
from support.loopback.certificates import ca_pem
from support.loopback.proxy import Proxy
from support.node.kubelet import Mount
from support.samples.world import reached

ANNOTATE = (
    "annotate the pod with multicluster.admiralty.io/service-account-import.name, in a namespace"
    " labelled multicluster-service-account=enabled."
)


@pytest.fixture
def access(server: Server, ca: trustme.CA) -> Access:
    return Access(Endpoint(server.url, ca_pem(ca)), "token-1", "remote")


def put(root: Path, name: str, access: Access) -> Mount:
    mount = Mount(root / name)
    mount.write_secret(secret.data(name, access))
    return mount


def list_pods(api: client.ApiClient, namespace: str = "remote") -> None:
    assert client.CoreV1Api(api).list_namespaced_pod(namespace).items == []


def asked(server: Server, loaded: ConfigAndNamespace) -> str | None:
    """The Authorization header that a new client sends."""
    with client.ApiClient(loaded.config) as api:
        list_pods(api, loaded.namespace)
    return server.authorizations[-1]


def tls_error(config: client.Configuration, url: str) -> str:
    """Why a new client does not trust a server."""
    # Some versions of the official client lose this error on its way.
    with client.ApiClient(config) as api, pytest.raises(SSLError) as raised:
        api.rest_client.pool_manager.request("GET", url, retries=False)
    return str(raised.value)


def test_the_only_import(root: Path, access: Access, server: Server) -> None:
    put(root, "a", access)
    assert all_service_account_import_names() == ["a"]
    assert single_service_account_import_name() == "a"
    loaded = service_account_import_config_and_namespace()
    assert isinstance(loaded.config, client.Configuration)
    assert (loaded.config.host, loaded.namespace) == (server.url, "remote")
    # Which of these it reads depends on the official client's version.
    assert loaded.config.api_key.keys() == {"authorization", "BearerToken"}
    assert asked(server, loaded) == "Bearer token-1"


def test_several_imports(root: Path, access: Access, server: Server) -> None:
    put(root, "b", replace(access, token="token-b", namespace="in-b"))
    put(root, "a", access)
    loaded = all_service_account_import_configs_and_namespaces()
    assert [(name, one.namespace) for name, one in loaded.items()] == [
        ("a", "remote"),
        ("b", "in-b"),
    ]
    assert asked(server, loaded["b"]) == "Bearer token-b"
    assert asked(server, loaded["a"]) == "Bearer token-1"
    assert asked(server, named_service_account_import_config_and_namespace("b")) == "Bearer token-b"
    for function in (
        single_service_account_import_name,
        service_account_import_config_and_namespace,
    ):
        with pytest.raises(ServiceAccountImportError) as raised:
            function()
        assert str(raised.value) == (
            f"several service account imports are mounted in {root}:"
            " choose one of a, b by its name."
        )


@pytest.mark.parametrize("exists", [False, True])
def test_no_import(root: Path, exists: bool) -> None:
    if exists:
        root.mkdir()
    assert all_service_account_import_names() == []
    assert all_service_account_import_configs_and_namespaces() == {}
    assert service_account_import_mounted("a") is False
    for function in (
        single_service_account_import_name,
        service_account_import_config_and_namespace,
    ):
        with pytest.raises(ServiceAccountImportError) as raised:
            function()
        assert str(raised.value) == f"no service account import is mounted in {root}: {ANNOTATE}"


@pytest.mark.parametrize("name", ["c", "", "..data", "../imports/a", "a/", "."])
def test_an_unknown_name(root: Path, access: Access, name: str) -> None:
    put(root, "a", access)
    put(root, "b", access)
    assert service_account_import_mounted(name) is False
    with pytest.raises(ServiceAccountImportError) as raised:
        named_service_account_import_config_and_namespace(name)
    assert str(raised.value) == (
        f"no service account import {name!r} is mounted in {root}, there are a, b: {ANNOTATE}"
    )


def test_a_name_where_nothing_is_mounted(root: Path) -> None:
    with pytest.raises(ServiceAccountImportError) as raised:
        named_service_account_import_config_and_namespace("a")
    assert str(raised.value) == (
        f"no service account import 'a' is mounted in {root}, there is none: {ANNOTATE}"
    )


def test_a_broken_import_is_an_error_for_all(root: Path, access: Access) -> None:
    put(root, "a", access)
    Mount(root / "b").write({"token": "token-b"})
    with pytest.raises(ServiceAccountImportError, match=f"^{root}/b/config is missing: "):
        all_service_account_import_configs_and_namespaces()


def test_root_is_an_argument_or_the_environment(
    root: Path, access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "elsewhere", "b", access)
    put(root, "a", access)
    assert all_service_account_import_names() == ["a"]
    assert all_service_account_import_names(root=tmp_path / "elsewhere") == ["b"]
    assert all_service_account_import_names(root=str(tmp_path / "elsewhere")) == ["b"]
    assert service_account_import_mounted("b", root=tmp_path / "elsewhere") is True
    monkeypatch.setenv("MCSA_ROOT", str(tmp_path / "elsewhere"))
    assert single_service_account_import_name() == "b"
    monkeypatch.delenv("MCSA_ROOT")
    with pytest.raises(ServiceAccountImportError) as raised:
        single_service_account_import_name()
    assert "in /var/run/secrets/admiralty.io/serviceaccountimports: " in str(raised.value)


def test_the_next_request_has_the_new_token(root: Path, access: Access, server: Server) -> None:
    mount = put(root, "a", access)
    config, namespace = service_account_import_config_and_namespace()
    with client.ApiClient(config) as api:
        list_pods(api, namespace)
        list_pods(api, namespace)
        mount.write_secret(secret.data("a", replace(access, token="token-2")))
        list_pods(api, namespace)
        mount.write_secret(secret.data("a", replace(access, token="token-3")))
        list_pods(api, namespace)
    assert server.authorizations == [f"Bearer token-{n}" for n in (1, 1, 2, 3)]


def test_a_kubeconfig_alone_renews_too(root: Path, access: Access, server: Server) -> None:
    mount = Mount(root / "a")
    for number in (1, 2):
        data = secret.data("a", replace(access, token=f"token-{number}"))
        mount.write_secret({"config": data["config"]})
        if number == 1:
            loaded = service_account_import_config_and_namespace()
        assert asked(server, loaded) == f"Bearer token-{number}"


def test_copies_renew_each_for_itself(root: Path, access: Access, server: Server) -> None:
    mount = put(root, "a", access)
    loaded = service_account_import_config_and_namespace()
    copied = ConfigAndNamespace(copy.deepcopy(loaded.config), "remote")
    mount.write_secret(secret.data("a", replace(access, token="token-2")))
    assert asked(server, loaded) == "Bearer token-2"
    assert asked(server, copied) == "Bearer token-2"


def test_a_bad_version_leaves_the_last_token_in_use(
    root: Path, access: Access, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    mount = put(root, "a", access)
    loaded = service_account_import_config_and_namespace()
    mount.write({"config": "]", "token": "token-2", "ca.crt": access.endpoint.ca})
    assert [asked(server, loaded), asked(server, loaded)] == ["Bearer token-1"] * 2
    warnings = [r.getMessage() for r in caplog.records if r.name.startswith("multicluster")]
    assert warnings == [
        f"The last token stays in use: {root}/a/config can't be used: the kubeconfig is not YAML;"
        " look at the Secret that is mounted there."
    ]
    mount.write_secret(secret.data("a", replace(access, token="token-3")))
    assert asked(server, loaded) == "Bearer token-3"


def test_a_token_for_another_server_is_not_sent_to_this_one(
    root: Path, access: Access, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    mount = put(root, "a", access)
    loaded = service_account_import_config_and_namespace()
    other = replace(reached(access, server="https://other.example"), token="token-2")
    mount.write_secret(secret.data("a", other))
    assert asked(server, loaded) == "Bearer token-1"
    assert (
        f"{root}/a/config names another server, CA or proxy than before: load it anew."
        in caplog.text
    )
    assert service_account_import_config_and_namespace().config.host == "https://other.example"


@pytest.mark.parametrize("files", [("config",), ("config", "ca.crt")])
def test_only_the_imports_own_ca_is_trusted(
    root: Path, access: Access, files: tuple[str, ...]
) -> None:
    data = secret.data("a", reached(access, ca=ca_pem(trustme.CA())))
    Mount(root / "a").write_secret({key: data[key] for key in files})
    config, _ = service_account_import_config_and_namespace()
    assert "CERTIFICATE_VERIFY_FAILED" in tls_error(config, access.endpoint.server)


def test_new_connections_trust_the_renewed_ca(root: Path, access: Access, server: Server) -> None:
    mount = put(root, "a", access)
    config, _ = service_account_import_config_and_namespace()
    renewed = trustme.CA()
    with client.ApiClient(config) as api:
        list_pods(api)
        mount.write_secret(
            secret.data("a", replace(reached(access, ca=ca_pem(renewed)), token="token-2"))
        )
        server.use(renewed.issue_cert(HOST))
        list_pods(api)
    assert server.authorizations == ["Bearer token-1", "Bearer token-2"]


def test_the_server_may_have_another_name(root: Path, access: Access, ca: trustme.CA) -> None:
    name = "api.example"
    with Server(ca.issue_cert(name)).running() as server:
        put(root, "a", reached(access, server=server.url, tls_server_name=name))
        assert asked(server, service_account_import_config_and_namespace()) == "Bearer token-1"
        put(root, "b", reached(access, server=server.url))
        config, _ = named_service_account_import_config_and_namespace("b")
        assert "IP address mismatch" in tls_error(config, server.url)


def test_requests_go_through_the_imports_proxy(
    root: Path, access: Access, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Proxy() as proxy:
        put(root, "a", reached(access, proxy_url=proxy.url))
        assert asked(server, service_account_import_config_and_namespace()) == "Bearer token-1"
    assert proxy.asked == [server.url.removeprefix("https://")]


def test_no_token_in_reprs(root: Path, access: Access) -> None:
    put(root, "a", replace(access, token="very-secret"))
    loaded = service_account_import_config_and_namespace()
    shown = [repr(loaded), repr(loaded.config), repr(loaded.config.refresh_api_key_hook)]
    assert not any("very-secret" in one for one in shown)


def test_no_token_in_the_error_of_a_request(root: Path, access: Access) -> None:
    put(root, "a", replace(reached(access, server="https://127.0.0.1:1"), token="very-secret"))
    config, _ = service_account_import_config_and_namespace()
    config.retries = False
    with client.ApiClient(config) as api, pytest.raises(Exception, match="refused") as raised:
        list_pods(api)
    assert "very-secret" not in "".join(traceback.format_exception(raised.value))


TEMPORARY = """
import os, sys
from multicluster_service_account import service_account_import_config_and_namespace as load
one, two = load().config.ssl_ca_cert, load().config.ssl_ca_cert
if os.fork() == 0:
    sys.exit(0)
os.wait()
assert one == two and os.path.exists(one)
os.unlink(one)
three = load().config.ssl_ca_cert
assert three != one and os.stat(three).st_mode & 0o777 == 0o600
print(three)
"""


def test_a_ca_without_a_file_gets_a_temporary_one(root: Path, access: Access) -> None:
    Mount(root / "a").write_secret({"config": secret.data("a", access)["config"]})
    done = subprocess.run([sys.executable, "-c", TEMPORARY], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert not Path(done.stdout.strip()).exists()


@pytest.mark.cluster
def test_a_real_api_server_sees_the_renewed_identity(
    root: Path, cluster2: ControlPlane, namespace: str
) -> None:
    def renew(account: str) -> None:
        cluster2.kubectl("create", "serviceaccount", account, "-n", namespace)
        token = cluster2.kubectl("create", "token", account, "-n", namespace).strip()
        access = Access(Endpoint(cluster2.server, cluster2.ca), token, namespace)
        mount.write_secret(secret.data("a", access))

    def whoami(api: client.ApiClient) -> object:
        body: Any = {}
        review: Any = client.AuthenticationV1Api(api).create_self_subject_review(body)
        return review.status.user_info.username

    mount = Mount(root / "a")
    renew("before")
    config, remote = service_account_import_config_and_namespace()
    assert remote == namespace
    with client.ApiClient(config) as api:
        assert whoami(api) == f"system:serviceaccount:{namespace}:before"
        renew("after")
        assert whoami(api) == f"system:serviceaccount:{namespace}:after"


def test_a_swap_right_after_a_read_is_seen(
    root: Path, access: Access, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(root, "a", access)
    read = mounts.read

    def read_then_swap(path: Path) -> mounts.MountedImport:
        found = read(path)
        monkeypatch.setattr(mounts, "read", read)
        number = int(found.access.token.removeprefix("token-")) + 1
        folder.write_secret(secret.data("a", replace(access, token=f"token-{number}")))
        return found

    monkeypatch.setattr(mounts, "read", read_then_swap)
    loaded = service_account_import_config_and_namespace()
    assert asked(server, loaded) == "Bearer token-2"
    folder.write_secret(secret.data("a", replace(access, token="token-3")))
    monkeypatch.setattr(mounts, "read", read_then_swap)
    assert asked(server, loaded) == "Bearer token-3"
    assert asked(server, loaded) == "Bearer token-4"
