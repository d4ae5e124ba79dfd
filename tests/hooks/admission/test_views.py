import copy
import json
import math
import subprocess
import sys
from typing import Any

import jsonpatch
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from support.samples.admission_pods import MOUNT_ROOT, UID, mount_paths, patch_of, pod, review

ALLOWED = {
    "apiVersion": "admission.k8s.io/v1",
    "kind": "AdmissionReview",
    "response": {"uid": UID, "allowed": True},
}


def post(client: FlaskClient, body: object) -> TestResponse:
    # The API server adds its time-out.
    return client.post("/mutate?timeout=5s", json=body)


def without(body: Any, *path: str) -> Any:
    changed = copy.deepcopy(body)
    within = changed
    for key in path[:-1]:
        within = within[key]
    del within[path[-1]]
    return changed


def test_healthz(client: FlaskClient) -> None:
    assert client.get("/healthz").text == "ok\n"


def test_a_patch_as_the_api_has_it(client: FlaskClient) -> None:
    response = post(client, review(pod("cluster2-default-pod-lister")))
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    answer = response.get_json()
    operations = patch_of(answer)
    del answer["response"]["patch"]
    assert answer == {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": UID, "allowed": True, "patchType": "JSONPatch"},
    }
    volume = {
        "name": "sai-cluster2-default-pod-lister-64aba235",
        "secret": {"secretName": "cluster2-default-pod-lister-token-4wdax"},
    }
    mount = {
        "name": "sai-cluster2-default-pod-lister-64aba235",
        "mountPath": f"{MOUNT_ROOT}/cluster2-default-pod-lister",
        "readOnly": True,
    }
    assert operations == [
        {"op": "add", "path": "/spec/volumes", "value": [volume]},
        {"op": "add", "path": "/spec/containers/0/volumeMounts", "value": [mount]},
    ]


def test_a_refusal_as_the_api_has_it(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    sentence = (
        "annotation multicluster.admiralty.io/service-account-import.name has"
        ' "../../etc/passwd", which can\'t be the name of an import: give names of'
        " ServiceAccountImports, separated by commas."
    )
    response = post(client, review(pod("../../etc/passwd")))
    assert response.status_code == 200
    assert response.get_json() == {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {
            "uid": UID,
            "allowed": False,
            "status": {
                "status": "Failure",
                "reason": "BadRequest",
                "code": 400,
                "message": sentence,
            },
        },
    }
    assert caplog.messages == [f"denied a pod: {sentence}"]
    which = {"outcome": "denied", "namespace": "default", "pod": "client"}
    assert caplog.records[0].__dict__["fields"] == which


LEFT_ALONE = {
    "an update": review(pod("a"), operation="UPDATE", oldObject=pod(None)),
    "a deletion": review(None, operation="DELETE", oldObject=pod("a")),
    "a connection": review({"kind": "PodExecOptions"}, operation="CONNECT"),
    "another kind": review(pod("a"), kind={"group": "apps", "version": "v1", "kind": "Deployment"}),
    "another group's pod": review(pod("a"), kind={"group": "x", "version": "v1", "kind": "Pod"}),
    "a mirror pod": review(
        pod(
            None,
            annotations={"kubernetes.io/config.mirror": "1", **pod("a")["metadata"]["annotations"]},
        )
    ),
    "a pod without annotations": review(pod(None)),
    "a pod with an empty annotation": review(pod("")),
}


@pytest.mark.parametrize("case", LEFT_ALONE)
def test_left_alone(client: FlaskClient, case: str) -> None:
    response = post(client, LEFT_ALONE[case])
    assert (response.status_code, response.get_json()) == (200, ALLOWED)


def test_a_dry_run_is_answered_like_any_other(client: FlaskClient) -> None:
    dry = post(client, review(pod("a"), dryRun=True)).get_json()
    assert dry == post(client, review(pod("a"))).get_json()
    assert patch_of(dry)


def test_the_namespace_and_the_name_may_be_in_the_request_only(client: FlaskClient) -> None:
    generated = without(pod("a", generateName="client-"), "metadata", "name")
    answer = post(client, review(generated, namespace="apps", name="")).get_json()
    assert answer == post(client, review(pod("a", namespace="apps"), namespace="apps")).get_json()
    assert answer != post(client, review(pod("a"))).get_json()


def test_a_pod_of_2_mb_with_60_containers(client: FlaskClient) -> None:
    large = pod("a")
    large["metadata"]["annotations"]["large"] = "x" * 2_000_000
    large["spec"]["containers"] *= 60
    answer = post(client, review(large)).get_json()
    patched = jsonpatch.apply_patch(large, patch_of(answer))
    assert mount_paths(patched) == [[f"{MOUNT_ROOT}/a"]] * 60


MALFORMED = {
    "v1beta1": review(pod("a")) | {"apiVersion": "admission.k8s.io/v1beta1"},
    "another review": review(pod("a")) | {"kind": "TokenReview"},
    "no version": without(review(pod("a")), "apiVersion"),
    "no request": without(review(pod("a")), "request"),
    "no uid": without(review(pod("a")), "request", "uid"),
    "an empty uid": review(pod("a"), uid=""),
    "no namespace": without(review(pod("a")), "request", "namespace"),
    "a namespace that can not be": review(pod("a"), namespace="../default"),
    "no pod": review(None),
    "no spec": review(without(pod("a"), "spec")),
    "a list": [],
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed(client: FlaskClient, case: str) -> None:
    response = post(client, MALFORMED[case])
    assert (response.status_code, response.text) == (400, "Bad Request\n")
    assert response.mimetype == "text/plain"


BODIES = {
    "empty": b"",
    "not JSON": b"{",
    "not text": b'{"\xff": 1}',
    "null": b"null",
    "deep": b"[" * 100_000,
    "a long number": b"1" * 5000,
    "half a character": json.dumps(review(pod("a")) | {"ignored": "\ud800"}).encode(),
    "no number": json.dumps(review(pod("a")) | {"ignored": math.nan}).encode(),
}


@pytest.mark.parametrize("case", BODIES)
def test_not_json(client: FlaskClient, case: str) -> None:
    response = client.post("/mutate", data=BODIES[case], content_type="application/json")
    assert (response.status_code, response.text) == (400, "Bad Request\n")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type(client: FlaskClient, content_type: str) -> None:
    body = json.dumps(review(pod("a")))
    response = client.post("/mutate", data=body, content_type=content_type)
    assert (response.status_code, response.text) == (415, "Unsupported Media Type\n")


def test_another_method(client: FlaskClient) -> None:
    response = client.get("/mutate")
    assert (response.status_code, response.text) == (405, "Method Not Allowed\n")


def test_too_large(client: FlaskClient) -> None:
    body = b" " * (3 * 1024 * 1024 + 1)
    response = client.post("/mutate", data=body, content_type="application/json")
    assert (response.status_code, response.text) == (413, "Request Entity Too Large\n")


def test_it_can_call_nobody() -> None:
    script = "import sys, mcsa_hooks; mcsa_hooks.admission_app(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "mcsa_hooks.admission.patch" in loaded
    assert not {"requests", "urllib3", "kubernetes", "mcsa_hooks.serviceaccountimports"} & set(
        loaded
    )
