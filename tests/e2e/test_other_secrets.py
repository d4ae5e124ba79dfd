"""Secrets in other forms beside an import's own, under the real Metacontroller."""

import json
from typing import Any

import pytest

from support.cluster import ClusterError
from support.cluster.reading import decoded, get
from support.cluster.waiting import until
from support.engine.stack import Import, Stack
from support.samples.aging import age
from support.samples.templates import ARGO

HOUR = 3600
PLAIN = {"name": "plain", "data": {"value": "$(kubeconfig)"}}


def secrets(imported: Import) -> dict[str, Any]:
    """All Secrets of its namespace, by name."""
    items = get(imported.stack.cluster1, "secrets", "-n", imported.namespace)["items"]
    return {secret["metadata"]["name"]: secret for secret in items}


def names(imported: Import) -> set[str]:
    return set(secrets(imported))


def change(imported: Import, **spec: Any) -> None:
    patch = json.dumps({"spec": spec})
    scope = ("-n", imported.namespace, imported.name, "--type=merge", "-p", patch)
    imported.stack.cluster1.kubectl("patch", "sai", *scope)


def token_in_argo(imported: Import) -> str:
    config = json.loads(decoded(secrets(imported)["argo"])["config"])
    assert isinstance(config["bearerToken"], str)
    return config["bearerToken"]


@pytest.fixture
def several(stack: Stack, introduced: None, namespace: str) -> Import:
    """An import with two more Secrets, Ready, and all are there."""
    created = Import(stack, namespace)
    created.create(secrets=[ARGO, PLAIN])
    created.until("TokenIssued")
    until(lambda: names(created) == {created.secret_name, "argo", "plain"})
    return created


def test_their_form(several: Import) -> None:
    argo = secrets(several)["argo"]
    assert argo["type"] == "Opaque"
    assert argo["metadata"]["labels"].items() >= ARGO["labels"].items()
    assert "multicluster.admiralty.io" not in json.dumps(argo["metadata"]["labels"])
    own = decoded(several.secret())
    assert token_in_argo(several) == own["token"]
    assert decoded(argo)["server"] == own["server"]
    status = get(several.stack.cluster1, "sai", "-n", several.namespace, several.name)["status"]
    assert status["secrets"] == [{"name": n} for n in (several.secret_name, "argo", "plain")]


def test_they_are_renewed_together(several: Import) -> None:
    old = age(several.stack, several.namespace, several.secret_name, 20 * HOUR, 24 * HOUR)
    until(lambda: several.token() != old)
    until(lambda: token_in_argo(several) == several.token())
    until(lambda: several.token() in decoded(secrets(several)["plain"])["value"])


def test_tampering_is_repaired(several: Import) -> None:
    before = decoded(secrets(several)["argo"])
    labels = {"argocd.argoproj.io/secret-type": None}
    changed = json.dumps({"stringData": {"config": "{}"}, "metadata": {"labels": labels}})
    scope = ("-n", several.namespace, "argo", "--type=merge", "-p", changed)
    several.stack.cluster1.kubectl("patch", "secret", *scope)
    several.stack.cluster1.kubectl("delete", "secret", "-n", several.namespace, "plain")
    until(lambda: names(several) >= {"argo", "plain"})
    until(lambda: decoded(secrets(several)["argo"]) == before)
    until(lambda: secrets(several)["argo"]["metadata"]["labels"].keys() >= labels.keys())


def test_somebody_elses(stack: Stack, introduced: None, namespace: str) -> None:
    """It stays byte for byte; the other Secrets are made and renewed all the same."""
    theirs = ("secret", "generic", "-n", namespace, "argo", "--from-literal=config=theirs")
    stack.cluster1.kubectl("create", *theirs)
    imported = Import(stack, namespace)
    before = secrets(imported)["argo"]
    imported.create(secrets=[ARGO, PLAIN])
    condition = imported.until("SecretConflict")
    assert "Secret argo is not what this import can write" in condition["message"]
    until(lambda: names(imported) == {imported.secret_name, "argo", "plain"})
    old = age(stack, namespace, imported.secret_name, 20 * HOUR, 24 * HOUR)
    until(lambda: imported.token() != old)
    until(lambda: imported.token() in decoded(secrets(imported)["plain"])["value"])
    assert secrets(imported)["argo"] == before
    stack.cluster1.kubectl("delete", "secret", "-n", namespace, "argo")
    imported.until("TokenIssued")
    until(lambda: "argo" in names(imported))
    assert token_in_argo(imported) == imported.token()


def test_an_entry_is_taken_away(several: Import) -> None:
    change(several, secrets=[PLAIN])
    until(lambda: names(several) == {several.secret_name, "plain"})
    change(several, secrets=None)
    until(lambda: names(several) == {several.secret_name})
    assert several.condition()["reason"] == "TokenIssued"


def test_all_go_with_the_import(several: Import) -> None:
    several.stack.cluster1.kubectl("delete", "sai", "-n", several.namespace, several.name)
    until(lambda: names(several) == set())


def test_all_go_with_the_account(several: Import) -> None:
    account = ("serviceaccount", "-n", several.namespace, "pod-lister")
    several.stack.cluster2.kubectl("delete", *account)
    several.until_touched("ServiceAccountNotFound")
    until(lambda: names(several) == set())


def test_all_stay_while_the_source_is_down(several: Import) -> None:
    before = secrets(several)
    several.stack.cluster2.stop_apiserver()
    try:
        several.until_touched("ClusterUnreachable")
        # Taking a key away from the import does not take it from the Secret.
        change(several, secrets=[ARGO | {"data": {"name": "new"}}, PLAIN])
        generation = get(several.stack.cluster1, "sai", "-n", several.namespace, several.name)
        wanted = generation["metadata"]["generation"]
        until(lambda: _observed(several) == wanted)
        assert {n: s["data"] for n, s in secrets(several).items()} == {
            n: s["data"] for n, s in before.items()
        }
    finally:
        several.stack.cluster2.start_apiserver()
    several.until_touched("TokenIssued")
    until(lambda: decoded(secrets(several)["argo"]) == {"name": "new"})


def _observed(imported: Import) -> Any:
    sai = get(imported.stack.cluster1, "sai", "-n", imported.namespace, imported.name)
    return sai["status"]["observedGeneration"]


def test_the_steady_state_writes_nothing(stack: Stack, introduced: None, namespace: str) -> None:
    imported = Import(stack, namespace)
    imported.create(secrets=[ARGO | {"name": f"argo-{number}"} for number in range(8)])
    until(lambda: len(names(imported)) == 9)
    imported.until("TokenIssued")
    before, syncs = secrets(imported), stack.syncs()
    for number in range(5):
        imported.touch()
        until(lambda: stack.syncs() > syncs + number)  # noqa: B023
    assert secrets(imported) == before


def test_what_the_api_server_refuses(stack: Stack, introduced: None, namespace: str) -> None:
    for wrong in ({"data": {"a": "$(nothing)"}}, {"name": "x-token-abcde"}):
        with pytest.raises(ClusterError, match="is invalid"):
            Import(stack, namespace).create(secrets=[ARGO | wrong])
