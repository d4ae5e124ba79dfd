"""The CRD on a real API server."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import yaml

from support import ROOT
from support.cluster import ClusterError, ControlPlane
from support.cluster.waiting import until
from support.samples import templates

pytestmark = pytest.mark.cluster

CRD = ROOT / "deploy" / "crd.yaml"
SPEC = {"clusterName": "cluster2", "namespace": "default", "name": "pod-lister"}


def create(cluster: ControlPlane, name: str = "name", **spec: Any) -> Any:
    manifest = {
        "apiVersion": "multicluster.admiralty.io/v1alpha1",
        "kind": "ServiceAccountImport",
        "metadata": {"name": name},
        "spec": {key: value for key, value in (SPEC | spec).items() if value is not None},
    }
    created = cluster.kubectl(
        "create", "--dry-run=server", "-o", "yaml", "-f", "-", input=yaml.safe_dump(manifest)
    )
    return yaml.safe_load(created)


def test_defaults(cluster1: ControlPlane) -> None:
    assert create(cluster1)["spec"] == SPEC | {"expirationSeconds": 86400}


def test_audiences(cluster1: ControlPlane) -> None:
    visible = "".join(map(chr, range(0x21, 0x7F)))
    allowed = "".join(one for one in visible if one not in '"&<>\\')
    assert create(cluster1, audiences=[allowed])["spec"]["audiences"] == [allowed]


@pytest.mark.parametrize("name", ["a.b.c", "x" * 63])
def test_names(cluster1: ControlPlane, name: str) -> None:
    assert create(cluster1, name)["metadata"]["name"] == name


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "x" * 64}, "metadata.name must have at most 63 characters"),
        ({"clusterName": None}, "spec.clusterName: Required value"),
        ({"clusterName": "UPPER"}, "spec.clusterName: Invalid value"),
        ({"clusterName": "x" * 64}, "spec.clusterName: Too long"),
        ({"namespace": "a.b"}, "spec.namespace: Invalid value"),
        ({"namespace": ""}, "spec.namespace"),
        ({"expirationSeconds": 599}, "should be greater than or equal to 600"),
        ({"expirationSeconds": 31536001}, "should be less than or equal to 31536000"),
        ({"audiences": [""]}, "spec.audiences"),
        *(({"audiences": [f"a{one}"]}, "spec.audiences") for one in ' "&<>\\é\u2028\t'),
        ({"audiences": ["a"] * 17}, "spec.audiences: Too many"),
        ({"audiences": ["a" * 254]}, "spec.audiences"),
        ({"other": 1}, "unknown field"),
    ],
)
def test_refused(cluster1: ControlPlane, change: Any, said: str) -> None:
    name = "ok"
    if change.get("name"):
        name, change = change["name"], {}
    with pytest.raises(ClusterError, match=said):
        create(cluster1, name, **change)


def secret(**changes: Any) -> dict[str, Any]:
    return {"name": "other", "data": {"a": "$(token)"}} | changes


def test_secrets(cluster1: ControlPlane) -> None:
    full = secret(labels={"example.com/a": "b", "c": ""}, annotations={"a": "b c"})
    assert create(cluster1, secrets=[full, secret(name="x.y")])["spec"]["secrets"] == [
        full,
        secret(name="x.y"),
    ]


def test_values_of_secrets(cluster1: ControlPlane) -> None:
    """Those that the hooks take; 16 to a Secret, as many as there may be."""
    secrets = [
        secret(name=f"a{at}", data=dict(enumerate_keys(templates.GOOD[at : at + 16])))
        for at in range(0, len(templates.GOOD), 16)
    ]
    assert create(cluster1, secrets=secrets)["spec"]["secrets"] == secrets
    keys = [secret(data=dict.fromkeys(templates.KEYS, "a"))]
    assert create(cluster1, secrets=keys)["spec"]["secrets"] == keys


def test_keys_that_resemble_reserved_keys(cluster1: ControlPlane) -> None:
    section = dict.fromkeys(templates.FREE, "b")
    secrets = [secret(labels=section, annotations=section)]
    assert create(cluster1, secrets=secrets)["spec"]["secrets"] == secrets


def enumerate_keys(values: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((f"key-{number}", value) for number, value in enumerate(values))


@pytest.mark.parametrize("value", templates.BAD)
def test_values_that_are_refused(cluster1: ControlPlane, value: str) -> None:
    said = "Too long" if len(value) > 16384 else r"\$\( begins no variable that there is: server,"
    with pytest.raises(ClusterError, match=said):
        create(cluster1, secrets=[secret(data={"a": value})])


@pytest.mark.parametrize(
    ("secrets", "said"),
    [
        ([secret(), secret()], "Duplicate value"),
        ([secret(name=f"a{number}") for number in range(9)], "Too many: 9"),
        ([secret(data={})], "at least 1 properties"),
        ([secret(data={f"a{number}": "a" for number in range(17)})], "Too many: 17"),
        ([secret(labels={"a": "b c"})], "spec.secrets"),
        ([secret(labels={"a b": "c"})], "not a qualified name"),
        ([secret(annotations={"a/b/c": "c"})], "not a qualified name"),
        ([secret(type="kubernetes.io/service-account-token")], "unknown field"),
        ([secret(immutable=True)], "unknown field"),
        ([{"name": "a"}], "data: Required value"),
        ([{"data": {"a": "b"}}], "name: Required value"),
        *(([secret(name=name)], "spec.secrets.0..name") for name in templates.BAD_NAMES),
        *(([secret(data={key: "a"})], "a key is") for key in templates.BAD_KEYS),
        *(([secret(labels={key: "a"})], "not for labels") for key in templates.RESERVED),
        *(([secret(annotations={key: "a"})], "not for labels") for key in templates.RESERVED),
    ],
)
def test_secrets_that_are_refused(cluster1: ControlPlane, secrets: Any, said: str) -> None:
    with pytest.raises(ClusterError, match=said):
        create(cluster1, secrets=secrets)


def test_a_year(cluster1: ControlPlane) -> None:
    assert create(cluster1, expirationSeconds=31536000)["spec"]["expirationSeconds"] == 31536000


@pytest.fixture
def older(cluster1: ControlPlane, namespace: str) -> Iterator[tuple[str, ...]]:
    """How to name an import that asks for more than a year, made before there was a limit."""
    unlimited = yaml.safe_load(CRD.read_text())
    schema = unlimited["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["spec"]["properties"]["expirationSeconds"].pop("maximum", None)
    spec = SPEC | {"expirationSeconds": 2**32}
    try:
        cluster1.kubectl("apply", "-f", "-", input=yaml.safe_dump(unlimited))
        until(lambda: _create(cluster1, namespace, spec))
    finally:
        cluster1.kubectl("apply", "-f", str(CRD))
    until(lambda: _refused(cluster1))
    yield "sai", "older", "-n", namespace
    cluster1.kubectl("delete", "sai", "older", "-n", namespace)


def _create(cluster: ControlPlane, namespace: str, spec: Any) -> str:
    body = {
        "apiVersion": "multicluster.admiralty.io/v1alpha1",
        "kind": "ServiceAccountImport",
        "metadata": {"name": "older", "namespace": namespace},
        "spec": spec,
    }
    return cluster.kubectl("create", "-f", "-", input=yaml.safe_dump(body), check=False)


def _refused(cluster: ControlPlane) -> bool:
    try:
        create(cluster, expirationSeconds=2**32)
    except ClusterError:
        return True
    return False


def test_an_older_import_that_asks_for_more_than_a_year(
    cluster1: ControlPlane, older: tuple[str, ...]
) -> None:
    """The hooks write its status, and people may change all of it but that to a longer time."""
    status = '{"status": {"observedGeneration": 1}}'
    cluster1.kubectl("patch", *older, "--subresource=status", "--type=merge", "-p", status)
    cluster1.kubectl("label", *older, "a=b")
    cluster1.kubectl("patch", *older, "--type=merge", "-p", '{"spec": {"name": "other"}}')
    longer = '{"spec": {"expirationSeconds": 4294967297}}'
    with pytest.raises(ClusterError, match="should be less than or equal to 31536000"):
        cluster1.kubectl("patch", *older, "--type=merge", "-p", longer)


def test_explain(cluster1: ControlPlane) -> None:
    said = cluster1.kubectl("explain", "sai.spec.expirationSeconds")
    assert "How long a token should be valid" in said


def test_conditions_have_no_enum() -> None:
    # Metacontroller would retry a status that the schema refuses for ever.
    status = yaml.safe_load(CRD.read_text())["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert "enum" not in str(status["properties"]["status"])
    assert "minItems" not in str(status["properties"]["status"])
