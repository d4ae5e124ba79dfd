import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsa_core import kubeconfig_reader
from mcsa_core.endpoint import AccessError
from support.samples import world


def config(cluster: Any = None, user: Any = None, context: Any = None, **rest: Any) -> str:
    """A complete kubeconfig, with parts replaced; a value of ... removes its field."""
    ca = base64.b64encode(world.ca().encode()).decode()
    parts = {
        "clusters": [("c", "cluster", {"server": world.SERVER, "certificate-authority-data": ca})],
        "users": [("u", "user", {"token": "secret"})],
        "contexts": [("x", "context", {"cluster": "c", "user": "u", "namespace": "n"})],
    }
    for key, change in (("clusters", cluster), ("users", user), ("contexts", context)):
        parts[key][0][2].update(change or {})
    whole: dict[str, Any] = {
        key: [{"name": name, kind: _without(value)} for name, kind, value in entries]
        for key, entries in parts.items()
    }
    return yaml.safe_dump(_without(whole | rest))


def _without(section: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in section.items() if value is not ...}


def second(**rest: Any) -> Any:
    entries = [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "n"}}]
    return [*entries, {"name": "y", "context": {"cluster": "none", "user": "none"}}], rest


@pytest.mark.parametrize(
    "text",
    [
        config(),
        config(**{"current-context": "elsewhere"}),
        config(contexts=second()[0], **{"current-context": "x"}),
        config(user={"tokenFile": "/etc/shadow"}),
        config(cluster={"insecure-skip-tls-verify": False, "extensions": []}),
        config(cluster={"proxy-url": "", "tls-server-name": ""}),
        config().replace("\n", "\r\n"),
    ],
)
def test_accepted(text: str) -> None:
    assert kubeconfig_reader.parse(text) == world.access("secret", namespace="n")


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nclusters: [*b, *b]"
MERGE_BOMB = "a: &a {x: y}\nb: {<<: [*a, *a]}"
FILE = {"certificate-authority-data": ..., "certificate-authority": "/etc/ssl/ca.pem"}


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", "the kubeconfig is not a mapping"),
        ("[]", "the kubeconfig is not a mapping"),
        ("{", "the kubeconfig is not YAML"),
        (
            "a: !!python/object/apply:os.system [x]",
            "the kubeconfig has a YAML tag, which is not allowed",
        ),
        ("a: !!bool maybe", "the kubeconfig has a YAML tag, which is not allowed"),
        ("a: 2001-99-99", "the kubeconfig is not YAML"),
        ("\x00", "the kubeconfig is not YAML"),
        ("[" * 65536, "the kubeconfig has too many parts"),
        ("[" + "1," * 32767 + "]", "the kubeconfig has too many parts"),
        ("x" * 65537, "the kubeconfig is longer than 64 KiB"),
        (f"a: 1{':59' * 20000}.5", "contexts is missing or empty"),
        (f"a: 1{':59' * 20000}", "contexts is missing or empty"),
        (BOMB, "the kubeconfig has a YAML alias, which is not allowed"),
        (MERGE_BOMB, "the kubeconfig has a YAML alias, which is not allowed"),
        (config(contexts=...), "contexts is missing or empty"),
        (config(contexts=[]), "contexts is missing or empty"),
        (config(contexts=["x"]), "contexts is not a mapping"),
        (config(contexts=second()[0]), "current-context does not name one of contexts"),
        (
            config(contexts=second()[0], **{"current-context": "z"}),
            "current-context does not name one of contexts",
        ),
        (
            config(contexts=second()[0], **{"current-context": "y"}),
            "cluster of the context does not name one of clusters",
        ),
        (config(context={"user": "z"}), "user of the context does not name one of users"),
        (config(context={"cluster": []}), "cluster of the context does not name one of clusters"),
        (config(clusters=[{"name": "c", "cluster": []}]), "cluster is not a mapping"),
        (config(cluster={"server": ...}), "server is not an https URL"),
        (config(cluster={"server": "http://c"}), "server is not an https URL"),
        (
            config(cluster={"certificate-authority-data": ...}),
            "certificate-authority-data holds no PEM certificate",
        ),
        (
            config(cluster={"certificate-authority-data": "!"}),
            "certificate-authority-data holds no PEM certificate",
        ),
        (config(cluster=FILE), "certificate-authority is not allowed"),
        (
            config(cluster={"insecure-skip-tls-verify": True}),
            "insecure-skip-tls-verify is not allowed",
        ),
        (config(cluster={"proxy-url": "socks5://p"}), "proxy-url is not an http:// URL"),
        (config(cluster={"tls-server-name": 1}), "tls-server-name is not the name of a host"),
        (config(context={"namespace": 1}), "namespace is not a string"),
        (config(user={"token": ...}), "token is missing or malformed"),
        (
            config(user={"token": ..., "tokenFile": "t"}),
            "tokenFile is not allowed without an inline token",
        ),
        (config(user={"exec": {"command": "touch"}}), "exec is not allowed"),
        (config(user={"auth-provider": {"name": "gcp"}}), "auth-provider is not allowed"),
        (config(user={"client-certificate": "/c"}), "client-certificate is not allowed"),
        (config(user={"client-key": "/c"}), "client-key is not allowed"),
        (config(user={"as": "admin"}), "as is not allowed"),
        (config(user={"x" * 64: ""}), "a field is not allowed"),
        (config(user={1: ""}), "a field is not allowed"),
    ],
)
def test_refused(text: str, refusal: str) -> None:
    with pytest.raises(AccessError) as raised:
        kubeconfig_reader.parse(text)
    assert str(raised.value) == refusal


def test_refusals_are_remembered() -> None:
    refusals = []
    for _ in range(2):
        with pytest.raises(AccessError) as raised:
            kubeconfig_reader.parse("{}")
        refusals.append(raised.value.args[0])
    assert refusals[0] is refusals[1]


def test_a_kubeconfig_of_many_contexts() -> None:
    parts: dict[str, list[Any]] = {"clusters": [], "users": [], "contexts": []}
    for number in range(60):
        one = yaml.safe_load(config())
        for kind, entries in parts.items():
            [entry] = one[kind]
            entries.append(entry | ({"name": f"{entry['name']}{number}"} if number else {}))
    text = config(**parts, **{"current-context": "x"})
    assert kubeconfig_reader.parse(text) == world.access("secret", namespace="n")


def test_nothing_is_executed(tmp_path: Path) -> None:
    witness = tmp_path / "executed"
    plugin = {"command": "touch", "args": [str(witness)], "apiVersion": "v1"}
    with pytest.raises(AccessError):
        kubeconfig_reader.parse(config(user={"exec": plugin}))
    assert not witness.exists()
