"""The commands of docs/consumers, all on one pair of clusters: each import gets its Secrets."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsa_core.names import KIND
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.scripts import run
from support.samples.definitions import definition

pytestmark = pytest.mark.cluster

MANIFESTS = [
    manifest
    for recipe in sorted((ROOT / "deploy" / "examples" / "consumers").glob("*.yaml"))
    for manifest in yaml.safe_load_all(recipe.read_text())
]
IMPORTS = [manifest for manifest in MANIFESTS if manifest["kind"] == KIND]
WITH_CONSUMER = {"istio-system", "karmada-cluster", "kueue-system"}
"""Namespaces of the source whose accounts are made by the consumer's own tools."""
INSTALL = """\
kubectl --context cluster1 apply -f deploy/crd.yaml
kubectl --context cluster1 wait --for=condition=Established crd --all
kubectl --context cluster1 apply -f deploy/policy-imports.yaml
"""


@pytest.fixture(scope="module")
def clusters(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[ControlPlane, ControlPlane]]:
    """cluster1 has the consumers' namespaces and kinds."""
    with (
        ControlPlane("cluster1", tmp_path_factory.mktemp("cluster1")) as cluster1,
        ControlPlane("cluster2", tmp_path_factory.mktemp("cluster2")) as cluster2,
    ):
        for namespace in {sai["metadata"]["namespace"] for sai in IMPORTS} - {"default"}:
            cluster1.kubectl("create", "namespace", namespace)
        for manifest in MANIFESTS:
            if manifest["kind"] != KIND:
                create(cluster1, definition_of(manifest))
        for namespace in WITH_CONSUMER:
            cluster2.kubectl("create", "namespace", namespace)
        for account in (sai["spec"] for sai in IMPORTS):
            if account["namespace"] in WITH_CONSUMER:
                flags = ("-n", account["namespace"])
                cluster2.kubectl("create", "serviceaccount", account["name"], *flags)
        # As `karmadactl join` makes them.
        for name in ("cluster2", "cluster2-impersonator"):
            cluster1.kubectl("create", "secret", "generic", "-n", "karmada-cluster", name)
        run(INSTALL, cluster1, cluster2)
        yield cluster1, cluster2


def definition_of(manifest: Any) -> Any:
    """A definition of a consumer's kind that allows all fields."""
    group, _, version = manifest["apiVersion"].partition("/")
    scope = "Namespaced" if "namespace" in manifest["metadata"] else "Cluster"
    return definition(group, manifest["kind"], version, scope)


def create(cluster: ControlPlane, manifest: Any) -> None:
    cluster.kubectl("create", "-f", "-", input=json.dumps(manifest))


def script(page: Path) -> str:
    """A page's commands; Karmada's API server is cluster1 too."""
    text = "\n".join(re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL))
    return text.replace("karmada-apiserver", "cluster1")


def test_the_commands_of_all_pages(clusters: tuple[ControlPlane, ControlPlane]) -> None:
    cluster1, _ = clusters
    for page in sorted((ROOT / "docs" / "consumers").glob("*.md")):
        run(script(page), *clusters)
    run("kubemcsa sync -A --context cluster1", *clusters)
    for sai in IMPORTS:
        namespace = sai["metadata"]["namespace"]
        status = get(cluster1, "sai", "-n", namespace, sai["metadata"]["name"])["status"]
        own, *others = [secret["name"] for secret in status["secrets"]]
        assert others == [template["name"] for template in sai["spec"]["secrets"]]
        token = get(cluster1, "secret", "-n", namespace, own)["data"]["token"]
        for template in sai["spec"]["secrets"]:
            secret = get(cluster1, "secret", "-n", namespace, template["name"])
            assert secret["data"].keys() == template["data"].keys()
            assert secret["metadata"]["labels"].items() >= template.get("labels", {}).items()
            values = b"\n".join(map(base64.b64decode, secret["data"].values()))
            assert base64.b64decode(token) in values
