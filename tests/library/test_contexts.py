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
        f"context 'a' of kubeconfig {file} can't be used: its login plugin false failed with exit"
        f" code 1; see what it printed, and try kubectl --kubeconfig {file} --context a version."
    )


def test_no_kubeconfig_at_all() -> None:
    assert all_contexts_for_kubeconfig() == []
    nothing = "kubeconfig ~/.kube/config does not exist: set KUBECONFIG, or name a file."
    assert error(config_and_namespace_for_context) == nothing
    assert error(lambda: config_and_namespace_for_context("a")) == nothing


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
        f"kubeconfig {tmp_path} can't be read (Is a directory): look at its owner and its mode, or"
        " name another one."
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


INCOMPLETE = {
    f"""
        contexts: [{{name: a, context: {{cluster: a, user: a, token: {SECRET}}}}}]
        users: [{{name: a, token: {SECRET}}}]
    """: (
        "context 'a' of kubeconfig FILE names the cluster 'a', which is not there (there is none):"
        " choose another context, or run KUBECTL config set-context a --cluster=..."
    ),
    """
        contexts: [{name: a, context: {user: a}}]
        clusters: [{name: b}, {name: c}]
        users: [{name: a}]
    """: (
        "context 'a' of kubeconfig FILE names no cluster (there are b, c): choose another context,"
        " or run KUBECTL config set-context a --cluster=..."
    ),
    """
        contexts: [{name: a, context: {cluster: a, user: b}}]
        clusters: [{name: a}]
        users: [{name: a}]
    """: (
        "context 'a' of kubeconfig FILE names the user 'b', which is not there (there is a): choose"
        " another context, or run KUBECTL config set-context a --user=..."
    ),
    """
        contexts: [{name: a, context: {cluster: a, user: a}}]
        clusters: [{name: a}]
        users: [{name: a}]
    """: (
        "cluster 'a' of kubeconfig FILE has no server: run KUBECTL --context a config set-cluster a"
        " --server=https://..."
    ),
    """
        contexts: [{name: a, context: {cluster: a, user: a}}]
        clusters: [{name: a, cluster: {server: "example.com:6443"}}]
        users: [{name: a}]
    """: (
        "the server of cluster 'a' of kubeconfig FILE is no http:// or https:// URL, or holds a"
        " login: run KUBECTL --context a config set-cluster a --server=https://..."
    ),
    """
        contexts: [{name: a, context: {cluster: a, user: a}}]
        clusters: [{name: a, cluster: {server: "https://me:very-secret@a"}}]
        users: [{name: a}]
    """: (
        "the server of cluster 'a' of kubeconfig FILE is no http:// or https:// URL, or holds a"
        " login: run KUBECTL --context a config set-cluster a --server=https://..."
    ),
    """
        contexts: [{name: a, context: {cluster: a, user: a}}]
        clusters: [{name: a, cluster: {server: "https://a", certificate-authority: ca.pem}}]
        users: [{name: a}]
    """: (
        "the certificate-authority of cluster 'a' of kubeconfig FILE is FOLDER/ca.pem, which can't"
        " be read (No such file or directory): put the file there, or correct its path."
    ),
    """
        contexts: [{name: a, context: {cluster: a, user: a}}]
        clusters: [{name: a, cluster: {server: "https://a"}}]
        users: [{name: a, user: {client-certificate: /none/a.crt, client-key: /none/a.key}}]
    """: (
        "the client-certificate of user 'a' of kubeconfig FILE is /none/a.crt, which can't be read"
        " (No such file or directory): put the file there, or correct its path."
    ),
    """
        contexts: [{name: a, context: {cluster: a, user: a}}]
        clusters:
        - {name: a, cluster: {server: "https://a", certificate-authority-data: very-secret}}
        users: [{name: a, user: {token: very-secret}}]
    """: (
        "the certificate-authority-data of cluster 'a' of kubeconfig FILE is not base64: write the"
        " kubeconfig anew, as by your cloud's command for it."
    ),
    """
        contexts: [{name: a, context: {cluster: a, user: a}}]
        clusters: [{name: a, cluster: {server: "https://a", certificate-authority: [very-secret]}}]
        users: [{name: a}]
    """: (
        "the certificate-authority of cluster 'a' of kubeconfig FILE is not the path of a text"
        " file: write the kubeconfig anew, as by your cloud's command for it."
    ),
    """
        contexts: [{name: a, context: {cluster: a, user: a}}]
        clusters: [{name: a, cluster: {server: "https://a"}}]
        users: [{name: a, user: {username: 1, password: very-secret}}]
    """: (
        "context 'a' of kubeconfig FILE can't be used: its user or cluster is malformed; try"
        " KUBECTL --context a version."
    ),
    """
        contexts: [{name: a, context: {cluster: a, user: a}}]
        clusters: [{name: a, cluster: {server: "https://a"}}]
        users: [{name: a, user: {auth-provider: {name: oidc, config: very-secret}}}]
    """: (
        "context 'a' of kubeconfig FILE can't be used: its auth-provider failed; try KUBECTL"
        " --context a version."
    ),
}


@pytest.mark.parametrize("content", INCOMPLETE)
def test_an_incomplete_context(put: Put, content: str) -> None:
    file = put("file", f"        current-context: a\n{content}")
    sentence = INCOMPLETE[content].replace("KUBECTL", f"kubectl --kubeconfig {file}")
    sentence = sentence.replace("FILE", str(file)).replace("FOLDER", str(file.parent))
    assert error(lambda: config_and_namespace_for_kubeconfig_and_context(file)) == sentence


PLUGIN = "client.authentication.k8s.io/v1"
LONG = "eyJ" + "a" * 200


def plugin_of(script: str, **fields: str) -> dict[str, object]:
    command = {"command": "sh", "args": ["-c", script]} | fields
    return {"apiVersion": PLUGIN, "interactiveMode": "Never", **command}


FAILURES: dict[str, tuple[dict[str, object], str]] = {
    "not there": (
        plugin_of("", command="no-such-plugin"),
        "no-such-plugin is not installed here, not on PATH or not executable: install it, or"
        " correct its path.",
    ),
    "not there, with a hint": (
        plugin_of("", command="aws-x", installHint="See\nhttps://aws.example/cli to install it."),
        "aws-x is not installed here, not on PATH or not executable: See https://aws.example/cli to"
        " install it.",
    ),
    "says why": (
        plugin_of("echo 'SSO session has expired:' >&2; echo run aws sso login >&2; exit 255"),
        "sh failed with exit code 255 (TRY) and printed: SSO session has expired: run aws sso"
        " login",
    ),
    "control characters": (
        plugin_of(r"printf 'a\033[31mb\033[0m\033]0;c\007\r\nd' >&2; exit 1"),
        "sh failed with exit code 1 (TRY) and printed: ab ]0;c d",
    ),
    "a token": (
        plugin_of(f"echo bad token {LONG}.{LONG} >&2; exit 1"),
        "sh failed with exit code 1 (TRY) and printed: bad token ...",
    ),
    "too much": (
        plugin_of("for i in $(seq 2000); do echo line $i; done >&2; exit 1"),
        "sh failed with exit code 1 (TRY) and printed: ... "
        + " ".join(f"line {number}" for number in range(1, 2001))[-1000:],
    ),
    "no command": (
        {"apiVersion": PLUGIN, "interactiveMode": "Never"},
        "(exec) has no command or no apiVersion: set them, or TRY.",
    ),
    "no apiVersion": (
        {"command": "sh", "interactiveMode": "Never"},
        "(exec) has no command or no apiVersion: set them, or TRY.",
    ),
    "no JSON": (
        plugin_of("echo token"),
        f"sh printed no credential of apiVersion {PLUGIN}: update it, or TRY.",
    ),
    "another version": (
        plugin_of('echo \'{"apiVersion": "v1", "kind": "a", "status": {}}\''),
        f"sh printed no credential of apiVersion {PLUGIN}: update it, or TRY.",
    ),
    "empty": (
        plugin_of(f"""echo '{{"apiVersion": "{PLUGIN}", "kind": "a", "status": {{}}}}'"""),
        f"sh printed no credential of apiVersion {PLUGIN}: update it, or TRY.",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_what_a_login_plugin_says(put: Put, case: str) -> None:
    plugin, said = FAILURES[case]
    file = put("file", kubeconfig("a", current="a", exec=plugin))
    said = said.replace("TRY", f"try kubectl --kubeconfig {file} --context a version")
    assert error(lambda: config_and_namespace_for_kubeconfig_and_context(file)) == (
        f"context 'a' of kubeconfig {file} can't be used: its login plugin {said}"
    )


def test_a_plugin_beside_the_kubeconfig(put: Put, tmp_path: Path) -> None:
    plugin = put("plugin", "#!/bin/sh\necho beside >&2\nexit 3\n")
    plugin.chmod(0o700)
    file = put("file", kubeconfig("a", current="a", exec=plugin_of("", command="./plugin")))
    assert error(lambda: config_and_namespace_for_kubeconfig_and_context(file)).endswith(
        "and printed: beside"
    )


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.3.2.1", "[::1]"])
def test_loopback_needs_no_proxy(put: Put, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    content = kubeconfig("a", "b", current="a").replace("https://a.example", f"https://{host}:6443")
    file = put("file", content)
    loaded, other = (config_and_namespace_for_kubeconfig_and_context(file, name) for name in "ab")
    assert (loaded.config.proxy, other.config.proxy) == (None, "http://proxy.example:3128")


def test_the_proxy_of_a_kubeconfig_serves_all_addresses(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    proxied = '"server": "https://127.0.0.1", "proxy-url": "http://proxy.example:3128"'
    content = kubeconfig("a", current="a").replace('"server": "https://a.example"', proxied)
    loaded = config_and_namespace_for_kubeconfig_and_context(put("file", content))
    assert (loaded.config.proxy, loaded.config.no_proxy) == ("http://proxy.example:3128", None)


def test_of_many_contexts_some_are_listed(put: Put) -> None:
    file = put("file", kubeconfig(*(f"c{number}" for number in range(10, 45))))
    some = ", ".join(f"c{number}" for number in range(10, 30))
    assert error(lambda: config_and_namespace_for_kubeconfig_and_context(file, "c")) == (
        f"there is no context 'c' in kubeconfig {file}: choose one of {some} and 15 more."
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
