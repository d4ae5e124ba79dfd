"""Contexts of the caller's own kubeconfig, of one file or several, good or bad."""

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from multicluster_service_account import (
    ConfigAndNamespace,
    ServiceAccountImportError,
    all_contexts_for_kubeconfig,
    config_and_namespace_for_context,
    config_and_namespace_for_kubeconfig_and_context,
)
from support.node.kubelet import Mount
from support.samples.kubeconfigs import kubeconfig

SECRET = "very-secret"
Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def put(name: str, content: str) -> Path:
        (tmp_path / name).write_text(content)
        return tmp_path / name

    return put


CA = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"


def shown(loaded: ConfigAndNamespace) -> tuple[str, str, str | None]:
    """What identifies a configuration: where, as whom, for which namespace."""
    bearer = loaded.config.auth_settings().get("BearerToken")
    return loaded.config.host, loaded.namespace, bearer and bearer["value"]


A = ("https://a.example", "in-a", "Bearer token-of-a")
B = ("https://b.example", "in-b", "Bearer token-of-b")


def error(function: Callable[[], object]) -> str:
    with pytest.raises(ServiceAccountImportError) as raised:
        function()
    assert SECRET not in "".join(traceback.format_exception(raised.value))
    return str(raised.value)


def test_the_default_file(home: Path) -> None:
    (home / ".kube").mkdir(parents=True)
    (home / ".kube" / "config").write_text(kubeconfig("b", "a", current="b"))
    assert all_contexts_for_kubeconfig() == ["a", "b"]
    assert shown(config_and_namespace_for_context()) == B
    assert shown(config_and_namespace_for_context("a")) == A
    assert shown(config_and_namespace_for_kubeconfig_and_context()) == B


def test_a_given_file(put: Put) -> None:
    file = put("file", kubeconfig("a", "b", current="a"))
    assert all_contexts_for_kubeconfig(file) == ["a", "b"]
    assert shown(config_and_namespace_for_kubeconfig_and_context(file)) == A
    assert shown(config_and_namespace_for_kubeconfig_and_context(str(file), "b")) == B


def test_the_first_of_several_files_that_says_so_decides(
    put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [
        tmp_path / "missing",
        put("empty", ""),
        put("none-current", kubeconfig("c")),
        put("first", kubeconfig("a", current="a")),
        put("last", kubeconfig("b", "a", current="b", token="another")),
    ]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, files)))
    assert all_contexts_for_kubeconfig() == ["a", "b", "c"]
    assert shown(config_and_namespace_for_context()) == A
    assert shown(config_and_namespace_for_context("b")) == (*B[:2], "Bearer another")


def test_a_context_without_namespace(put: Put) -> None:
    file = put("file", kubeconfig("a", current="a").replace('"namespace"', '"extensions"'))
    assert config_and_namespace_for_kubeconfig_and_context(file).namespace == "default"


def test_a_plugin_of_the_callers_own_kubeconfig_runs(put: Put) -> None:
    credential = (
        '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",'
        ' "status": {"token": "from-the-plugin"}}'
    )
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "echo",
        "args": [credential],
        "interactiveMode": "Never",
    }
    file = put("file", kubeconfig("a", current="a", exec=plugin))
    loaded = config_and_namespace_for_kubeconfig_and_context(file)
    assert shown(loaded) == (*A[:2], "Bearer from-the-plugin")


def test_a_plugin_that_fails_is_an_error(put: Put) -> None:
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "false",
        "interactiveMode": "Never",
    }
    file = put("file", kubeconfig("a", current="a", exec=plugin))
    assert error(lambda: config_and_namespace_for_kubeconfig_and_context(file)) == (
        f"context 'a' of kubeconfig {file} can't be used (its exec plugin gave no credential):"
        " try kubectl --context=a version."
    )


def test_no_kubeconfig_at_all() -> None:
    assert all_contexts_for_kubeconfig() == []
    nothing = "there is no kubeconfig ~/.kube/config, or it is empty: set KUBECONFIG."
    assert error(config_and_namespace_for_context) == nothing
    assert error(lambda: config_and_namespace_for_context("a")) == (
        "there is no context 'a' in kubeconfig ~/.kube/config: add one."
    )


def test_a_given_file_that_does_not_exist(tmp_path: Path) -> None:
    file = tmp_path / "missing"
    sentence = f"kubeconfig {file} does not exist: name another one."
    assert error(lambda: config_and_namespace_for_kubeconfig_and_context(file)) == sentence
    assert error(lambda: all_contexts_for_kubeconfig(file)) == sentence


def test_an_unknown_context(put: Put) -> None:
    file = put("file", kubeconfig("a", "b", current="c"))
    sentence = f"there is no context 'c' in kubeconfig {file}: choose one of a, b."
    assert error(lambda: config_and_namespace_for_kubeconfig_and_context(file)) == sentence
    assert error(lambda: config_and_namespace_for_kubeconfig_and_context(file, "c")) == sentence


def test_no_current_context(put: Put) -> None:
    file = put("file", kubeconfig("a", "b"))
    assert error(lambda: config_and_namespace_for_kubeconfig_and_context(file)) == (
        f"kubeconfig {file} has no current-context: choose one of a, b."
    )


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    assert error(lambda: all_contexts_for_kubeconfig(tmp_path)) == (
        f"{tmp_path} can't be read (Is a directory): check the mount and the container's user."
    )


MALFORMED = {
    f"token: {SECRET}\n]": "is not YAML: repair it, or name another one.",
    f"- {SECRET}": "is malformed: it is not a mapping.",
    f"contexts: {SECRET}": "is malformed: its contexts are not a list of named contexts.",
    f"contexts: [{SECRET}]": "is malformed: its contexts are not a list of named contexts.",
    f"contexts: [{{name: [{SECRET}]}}]": (
        "is malformed: its contexts are not a list of named contexts."
    ),
    f"users: [{{name: a, user: {SECRET}}}]": (
        "is malformed: its users are not a list of named users."
    ),
}


@pytest.mark.parametrize("content", MALFORMED)
def test_a_malformed_file(put: Put, content: str) -> None:
    file = put("file", content)
    assert error(lambda: all_contexts_for_kubeconfig(file)) == (
        f"kubeconfig {file} {MALFORMED[content]}"
    )


@pytest.mark.parametrize("cluster", ["", "clusters: [{name: a}]"])
def test_what_the_official_client_refuses_is_not_quoted(put: Put, cluster: str) -> None:
    content = f"""
        current-context: a
        contexts: [{{name: a, context: {{cluster: a, user: a, token: {SECRET}}}}}]
        users: [{{name: a, token: {SECRET}}}]
        {cluster}
    """
    file = put("file", content)
    assert error(lambda: config_and_namespace_for_kubeconfig_and_context(file)) == (
        f"context 'a' of kubeconfig {file} can't be used (ConfigException):"
        " try kubectl --context=a version."
    )


@pytest.fixture
def imported(mount: Mount) -> Mount:
    """A mounted import."""
    access = Access(Endpoint("https://import.example", CA), "token-1", "imported")
    mount.write_secret(secret.data("a", access))
    return mount


def test_a_mounted_import_in_kubeconfig_is_loaded_as_one(
    imported: Mount, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = put("own", kubeconfig("a", "b", current="b"))
    files = [imported.folder / "config", own, imported.folder.parent / "gone" / "config"]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, files)))
    assert all_contexts_for_kubeconfig() == ["a", "b"]
    loaded = config_and_namespace_for_context()
    assert shown(loaded) == ("https://import.example", "imported", "Bearer token-1")
    assert shown(config_and_namespace_for_context("b")) == B
    renewed = Access(Endpoint("https://import.example", CA), "token-2", "imported")
    imported.write_secret(secret.data("a", renewed))
    assert shown(loaded)[2] == "Bearer token-2"


@pytest.mark.parametrize("link", ["a/config", "a/..data/config"])
def test_by_whatever_link_it_is_a_mounted_import(imported: Mount, home: Path, link: str) -> None:
    (home / ".kube").mkdir(parents=True)
    (home / ".kube" / "config").symlink_to(imported.folder.parent / link)
    loaded = config_and_namespace_for_context()
    renewed = Access(Endpoint("https://import.example", CA), "token-2", "imported")
    imported.write_secret(secret.data("a", renewed))
    assert shown(loaded)[2] == "Bearer token-2"


def test_a_plugin_of_a_mounted_import_does_not_run(mount: Mount, tmp_path: Path) -> None:
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "touch",
        "args": [str(tmp_path / "marker")],
        "interactiveMode": "Never",
    }
    mount.write({"config": kubeconfig("a", current="a", exec=plugin)})
    file = mount.folder / "config"
    assert error(lambda: config_and_namespace_for_kubeconfig_and_context(file)) == (
        f"{file} can't be used: exec is not allowed; look at the Secret that is mounted there."
    )
    assert not (tmp_path / "marker").exists()
