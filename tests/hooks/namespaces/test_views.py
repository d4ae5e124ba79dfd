"""The hooks of namespaces over HTTP."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from mcsa_core.names import API_VERSION, KIND

ANNOTATION = "multicluster.admiralty.io/service-account-imports"
UID = "11111111"
KEY = f"{KIND}.{API_VERSION}"


def namespace(annotation: Any = None) -> Any:
    annotations = {} if annotation is None else {"annotations": {ANNOTATION: annotation}}
    metadata = {"name": "apps", "uid": UID} | annotations
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def imported(name: str, owner: str | None = None, decorator: str = "ours", **ref: Any) -> Any:
    owners = [{"apiVersion": "v1", "kind": "Namespace", "uid": owner, "controller": True} | ref]
    metadata = {
        "namespace": "apps",
        "name": name,
        "ownerReferences": owners if owner else [],
        "annotations": {"metacontroller.k8s.io/decorator-controller": decorator},
    }
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata}


def request(annotation: Any, *related: Any) -> Any:
    keyed = {f"apps/{one['metadata']['name']}": one for one in related}
    own = {key: one for key, one in keyed.items() if one["metadata"]["ownerReferences"]}
    return {
        "controller": {"metadata": {"name": "ours"}},
        "object": namespace(annotation),
        "attachments": {KEY: own},
        "related": {KEY: keyed},
        "finalizing": False,
    }


def sync(client: FlaskClient, body: Any) -> tuple[list[str], str | None]:
    response = client.post("/namespaces/sync", json=body)
    assert response.status_code == 200
    answer = response.get_json()
    assert set(answer) == {"annotations", "attachments"}
    error = answer["annotations"]
    assert set(error) == {f"{ANNOTATION}.error"}
    names = [attachment["metadata"]["name"] for attachment in answer["attachments"]]
    return names, error[f"{ANNOTATION}.error"]


def test_customize(client: FlaskClient) -> None:
    answers = [
        client.post("/namespaces/customize", json={"parent": namespace(annotation)}).get_json()
        for annotation in (None, "cluster2/default/pod-lister")
    ]
    rule = {"apiVersion": API_VERSION, "resource": "serviceaccountimports", "namespace": "apps"}
    assert answers == [{"relatedResources": [rule]}] * 2


def test_sync(client: FlaskClient) -> None:
    body = request("cluster2/default/pod-lister, cluster3/default/pod-lister")
    assert client.post("/namespaces/sync", json=body).get_json() == {
        "annotations": {f"{ANNOTATION}.error": None},
        "attachments": [
            {
                "apiVersion": API_VERSION,
                "kind": KIND,
                "metadata": {"namespace": "apps", "name": f"{cluster}-default-pod-lister"},
                "spec": {"clusterName": cluster, "namespace": "default", "name": "pod-lister"},
            }
            for cluster in ("cluster2", "cluster3")
        ],
    }


LONG = "c" * 41


@pytest.mark.parametrize(
    ("annotation", "names", "error"),
    [
        (None, [], None),
        ("", [], None),
        (" , ,, ", [], None),
        (" a/b/c ,\n\ta/b/d,", ["a-b-c", "a-b-d"], None),
        ("a/b/c,a/b/c", ["a-b-c"], None),
        ("a.b/c/d.e", ["a.b-c-d.e"], None),
        ("a/b/c,a/b,a/b/c/d", ["a-b-c"], "'a/b' is not C/N/N; 'a/b/c/d' is not C/N/N"),
        (
            "A/b/c,a/b.c/d,a/b/../c,a//c",
            [],
            "'A/b/c' is not C/N/N; 'a/b.c/d' is not C/N/N; "
            "'a/b/../c' is not C/N/N; 'a//c' is not C/N/N",
        ),
        ("a b/c/d,é/c/d", [], "'a b/c/d' is not C/N/N; '\\xe9/c/d' is not C/N/N"),
        (
            "a-b/c/d,a/b-c/d",
            ["a-b-c-d"],
            "'a/b-c/d' gives the same name as another, a-b-c-d",
        ),
        (
            f"{LONG}/default/pod-lister-two,a/b/c",
            ["a-b-c"],
            f"'{LONG}/default/pod-lister-two' gives a name of more than 63 characters",
        ),
        ("x" * 300, [], f"'{'x' * 100}...' is not C/N/N"),
        (
            ",".join(f"bad{number}" for number in range(12)),
            [],
            "; ".join(f"'bad{number}' is not C/N/N" for number in range(10)) + "; 2 more are bad",
        ),
        (
            ",".join(f"cluster/default/n{number}" for number in range(200)),
            [f"cluster-default-n{number}" for number in range(200)],
            None,
        ),
    ],
)
def test_annotations(
    client: FlaskClient, annotation: str | None, names: list[str], error: str | None
) -> None:
    said = error and error.replace("C/N/N", "CLUSTER/NAMESPACE/NAME")
    assert sync(client, request(annotation)) == (names, said)


@pytest.mark.parametrize(
    ("annotation", "length", "names"),
    [
        ("a/b/c,".ljust(5000, ","), 5000, ["a-b-c"]),
        ("a/b/c,a/b/d".rjust(4099), 4099, ["a-b-c"]),
        ("a/b/c,a/b/d".rjust(4096) + ",a/b/e", 4102, ["a-b-c", "a-b-d"]),
        ("a/b/c".rjust(60_000), 60_000, []),
    ],
)
def test_what_is_too_long_is_read_in_part(
    client: FlaskClient, annotation: str, length: int, names: list[str]
) -> None:
    """Whole entries only: half a name may be another's."""
    error = f"of {length} characters the first 4096 count, the rest is skipped"
    assert sync(client, request(annotation)) == (names, error)


def test_an_import_made_by_hand_is_left_alone(client: FlaskClient) -> None:
    body = request("a/b/c,a/b/d", imported("a-b-c"))
    error = "'a/b/c' is skipped, as there is an import a-b-c"
    assert sync(client, body) == (["a-b-d"], error)


def test_its_own_imports_are_kept(client: FlaskClient) -> None:
    body = request("a/b/c,a/b/d", imported("a-b-c", owner=UID), imported("other"))
    assert sync(client, body) == (["a-b-c", "a-b-d"], None)


@pytest.mark.parametrize(
    "foreign",
    [
        imported("a-b-c", owner="22222222"),
        imported("a-b-c", owner=UID, decorator="theirs"),
        imported("a-b-c", owner=UID, controller=False),
    ],
)
def test_an_import_of_another_controller_is_left_alone(client: FlaskClient, foreign: Any) -> None:
    assert sync(client, request("a/b/c", foreign))[0] == []


def test_an_error_that_does_not_fit_is_left_out(client: FlaskClient) -> None:
    body = request("a/b/c,bad")
    body["object"]["metadata"]["annotations"]["other"] = "x" * (256 * 1024 - 100)
    assert sync(client, body) == (["a-b-c"], None)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        request("a/b/c") | {"object": []},
        request("a/b/c") | {"object": {"metadata": {"name": "apps"}}},
        request("a/b/c") | {"object": {"metadata": {"name": "../apps", "uid": UID}}},
        request(["a/b/c"]),
        request("a/b/c") | {"controller": {}},
        request("a/b/c") | {"related": {}},
        request("a/b/c") | {"related": {KEY: {"apps/a": {}}}},
    ],
)
def test_malformed(client: FlaskClient, body: Any) -> None:
    response = client.post("/namespaces/sync", json=body)
    assert (response.status_code, response.data) == (400, b"Bad Request\n")


@pytest.mark.parametrize("body", [[], {}, {"parent": {"metadata": {"name": "a/b"}}}])
def test_malformed_customize(client: FlaskClient, body: Any) -> None:
    response = client.post("/namespaces/customize", json=body)
    assert (response.status_code, response.data) == (400, b"Bad Request\n")
