"""Consumers' own code reads the Secrets of their recipes, renewed ones too: `make consumers`."""

import hashlib
import json
from typing import Any

import pytest
import yaml

from support import ROOT, consumers
from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until
from support.engine.stack import Import, Stack
from support.samples.aging import age

RECIPES = ROOT / "deploy" / "examples" / "consumers"
NAMESPACES = ("namespace", "remoteNamespace")
HOUR = 3600
LISTED = "nginx"


def moved(value: Any, namespace: str) -> Any:
    """A manifest with all that it names in one namespace."""
    if isinstance(value, list):
        return [moved(item, namespace) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: namespace if key in NAMESPACES else moved(item, namespace)
        for key, item in value.items()
    }


def recipe(consumer: str, namespace: str) -> tuple[Any, str]:
    """The import, of the service account pod-lister, and the consumer's own object."""
    text = (RECIPES / f"{consumer}.yaml").read_text()
    sai, *objects = (moved(manifest, namespace) for manifest in yaml.safe_load_all(text))
    return sai | {"spec": sai["spec"] | {"name": "pod-lister"}}, "".join(map(json.dumps, objects))


def prepare(source: ControlPlane, namespace: str) -> None:
    """There is a pod and a Secret, which pod-lister may list."""
    source.kubectl("run", "-n", namespace, LISTED, f"--image={LISTED}")
    source.kubectl("create", "secret", "generic", "-n", namespace, LISTED, "--from-literal=a=b")
    scope = ("-n", namespace, "reader")
    rights = ("--verb=get,list,watch", "--resource=pods,secrets")
    source.kubectl("create", "role", *scope, *rights)
    account = f"--serviceaccount={namespace}:pod-lister"
    source.kubectl("create", "rolebinding", *scope, "--role=reader", account)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@pytest.mark.parametrize("consumer", consumers.NAMES)
def test_renewal(consumer: str, stack: Stack, introduced: None, namespace: str) -> None:
    prepare(stack.cluster2, namespace)
    sai, manifest = recipe(consumer, namespace)
    stack.cluster1.kubectl("create", "-f", "-", input=json.dumps(sai))
    imported = Import(stack, namespace, sai["metadata"]["name"])
    imported.until("TokenIssued")
    [template] = sai["spec"]["secrets"]
    secrets = {imported.secret_name, template["name"]}
    until(lambda: names(stack.cluster1, namespace) >= secrets)

    def listing() -> consumers.Listing:
        return consumers.listing(consumer, stack.cluster1, namespace, manifest)

    first = imported.token()
    assert listing() == (LISTED, digest(first))
    old = age(stack, namespace, imported.secret_name, 20 * HOUR, 24 * HOUR)
    until(lambda: imported.token() != old)
    renewed = digest(imported.token())
    assert renewed != digest(first)
    until(lambda: listing() == (LISTED, renewed))


def names(cluster: ControlPlane, namespace: str) -> set[str]:
    """Of the Secrets of a namespace."""
    secrets = get(cluster, "secrets", "-n", namespace)["items"]
    return {secret["metadata"]["name"] for secret in secrets}
