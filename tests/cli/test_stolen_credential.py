"""What the stolen credential of a target with a scope can do: no token outlives its grants."""

import json
from functools import partial
from typing import Any, NamedTuple

import pytest
import requests

from mcsa_core.names import grant_name
from mcsa_core.token import MAX_EXPIRATION, claims
from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient, session
from support.cluster.identities import SYSTEM
from support.cluster.introduction import introduce
from support.cluster.reading import decoded, get
from support.cluster.waiting import until

pytestmark = pytest.mark.cluster

SPACE, LEFT, OUTSIDE = "stolen", "stolen-left", "stolen-outside"
THIEF, VICTIM, WIDE, OLD = "thief-t", "victim-t", "wide-thief-t", "old-thief-t"
GRANT = grant_name(THIEF)
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
RBAC = "/apis/rbac.authorization.k8s.io/v1"


def secret(name: str = GRANT, **changes: Any) -> dict[str, Any]:
    """An object reference, by default to the grant; None takes a key away."""
    reference = {"kind": "Secret", "apiVersion": "v1", "name": name} | changes
    return {key: value for key, value in reference.items() if value is not None}


class Holder(NamedTuple):
    """Somebody with a bearer token of the source."""

    server: str
    http: requests.Session

    def send(self, method: str, path: str, body: Any = None, **rest: Any) -> requests.Response:
        return self.http.request(method, self.server + path, json=body, timeout=30, **rest)

    def request(
        self, spec: Any, account: str = "lister", namespace: str = SPACE, query: str = ""
    ) -> requests.Response:
        """The answer to a token request."""
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token{query}"
        return self.send("POST", path, body)

    def is_known(self) -> bool:
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        return self.send("POST", path, REVIEW).status_code == 201


def holder(source: ControlPlane, token: str) -> Holder:
    return Holder(source.server, session(str(source.ca_file), token))


def credential(target: ControlPlane, source: ControlPlane, name: str) -> Holder:
    token = decoded(get(target, "secret", "-n", SYSTEM, name))["token"]
    return holder(source, token)


@pytest.fixture(scope="module")
def stolen(cluster1: ControlPlane, cluster2: ControlPlane) -> Holder:
    """The credential of one of two targets in the same namespace, beside a pod and a node."""
    names = ("--target-name=thief-t", "--source-name=thief")
    for namespace in (SPACE, LEFT, OUTSIDE):
        cluster2.kubectl("create", "namespace", namespace)
        for name in ("lister", "writer"):
            cluster2.kubectl("create", "serviceaccount", "-n", namespace, name)
    # In the namespace LEFT a grant stays, and no right.
    introduce(cluster1, cluster2, *names, f"--source-namespace={LEFT}")
    scope = ("--replace", f"--service-account={SPACE}/lister")
    introduce(cluster1, cluster2, *names, *scope)
    victim = ("--target-name=victim-t", "--source-name=victim")
    introduce(cluster1, cluster2, *victim, f"--source-namespace={SPACE}")
    metadata = {"name": "stolen", "namespace": SPACE}
    pod = {"serviceAccountName": "lister", "containers": [{"name": "a", "image": "a"}]}
    for body in (
        {"kind": "Secret", "metadata": metadata},
        {"kind": "Pod", "metadata": metadata, "spec": pod},
        {"kind": "Node", "metadata": {"name": "stolen"}},
        {"kind": "ServiceAccount", "metadata": {"name": "mighty", "namespace": "kube-system"}},
        {"kind": "Secret", "metadata": {"name": GRANT, "namespace": "kube-system"}},
        {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": SYSTEM}},
    ):
        cluster2.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1"} | body))
    thief = credential(cluster1, cluster2, "thief")
    until(lambda: thief.request({}).status_code == 403)
    until(lambda: thief.request({"boundObjectRef": secret()}).status_code == 201)
    return thief


WAYS: dict[str, Any] = {
    "unbound": {},
    "null": {"boundObjectRef": None},
    "empty": {"boundObjectRef": {}},
    "another key": {"BoundObjectRef": secret()},
    "another Secret": {"boundObjectRef": secret("stolen")},
    "another target's grant": {"boundObjectRef": secret(grant_name(VICTIM))},
    "a longer name": {"boundObjectRef": secret(f"{GRANT}-2")},
    "the name in capitals": {"boundObjectRef": secret(GRANT.upper())},
    "no name, but the uid": {"boundObjectRef": secret(name="", uid="{uid}")},
    "no kind": {"boundObjectRef": secret(kind=None)},
    "the kind in lower case": {"boundObjectRef": secret(kind="secret")},
    "the kind in the plural": {"boundObjectRef": secret(kind="Secrets")},
    "no version": {"boundObjectRef": secret(apiVersion=None)},
    "another version": {"boundObjectRef": secret(apiVersion="v2")},
    "a group": {"boundObjectRef": secret(apiVersion="core/v1")},
    "a ConfigMap": {"boundObjectRef": secret(kind="ConfigMap")},
    "a pod": {"boundObjectRef": secret("stolen", kind="Pod")},
    "a pod of the grant's name": {"boundObjectRef": secret(kind="Pod")},
    "a node": {"boundObjectRef": secret("stolen", kind="Node")},
    "another uid": {"boundObjectRef": secret(uid="00000000-0000-0000-0000-000000000000")},
    "a longer life": {"boundObjectRef": secret(), "expirationSeconds": MAX_EXPIRATION + 1},
    "no life": {"boundObjectRef": None, "expirationSeconds": None},
    "an audience": {"audiences": ["https://kubernetes.default.svc.cluster.local"]},
}


@pytest.mark.parametrize("way", WAYS)
def test_a_token_request(stolen: Holder, cluster2: ControlPlane, way: str) -> None:
    uid = get(cluster2, "secret", "-n", SPACE, GRANT)["metadata"]["uid"]
    spec = json.loads(json.dumps(WAYS[way]).replace("{uid}", uid))
    for query in ("", "?dryRun=All"):
        reply = stolen.request(spec, query=query)
        assert 400 <= reply.status_code < 500, reply.text
        assert "eyJ" not in reply.text


@pytest.mark.parametrize(
    ("namespace", "account", "grant"),
    [
        (SYSTEM, THIEF, None),
        (SYSTEM, THIEF, grant_name(VICTIM)),
        (SYSTEM, VICTIM, GRANT),
        (SYSTEM, VICTIM, grant_name(VICTIM)),
        (SYSTEM, "default", GRANT),
        ("kube-system", "mighty", GRANT),
        (SPACE, "writer", GRANT),
        (LEFT, "lister", GRANT),
        (LEFT, "writer", None),
        (OUTSIDE, "lister", GRANT),
    ],
)
def test_another_account(stolen: Holder, namespace: str, account: str, grant: str | None) -> None:
    spec = {"boundObjectRef": secret(grant)} if grant else {}
    reply = stolen.request(spec, account, namespace)
    assert reply.status_code in (403, 404), reply.text


ROLE = f"{RBAC}/namespaces/{SYSTEM}/roles/{SYSTEM}:{THIEF}"
POLICY = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", ROLE, None),
        ("PUT", ROLE, {"metadata": {"name": f"{SYSTEM}:{THIEF}"}, "rules": []}),
        ("DELETE", f"{POLICY}/multicluster-service-account-grants", None),
        ("DELETE", f"{POLICY}bindings/multicluster-service-account-grants", None),
        ("DELETE", f"/api/v1/namespaces/{SPACE}/secrets/{GRANT}", None),
        ("POST", f"/api/v1/namespaces/{SPACE}/secrets", {"metadata": {"name": GRANT}}),
        ("POST", f"{RBAC}/clusterrolebindings", {"metadata": {"name": "a"}}),
        ("POST", f"/api/v1/namespaces/{SPACE}/serviceaccounts", {"metadata": {"name": "a"}}),
        ("POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests", {}),
    ],
)
def test_other_objects(stolen: Holder, method: str, path: str, body: Any) -> None:
    assert stolen.send(method, path, body).status_code == 403


def test_another_user(stolen: Holder) -> None:
    for user in (f"system:serviceaccount:{SPACE}:lister", "system:admin"):
        headers = {"Impersonate-User": user}
        reply = stolen.send("GET", f"/api/v1/namespaces/{SPACE}/pods", headers=headers)
        assert reply.status_code == 403


def test_the_credential_is_bound_to_the_grant(
    stolen: Holder, cluster1: ControlPlane, cluster2: ControlPlane
) -> None:
    token = claims(decoded(get(cluster1, "secret", "-n", SYSTEM, "thief"))["token"])
    grant = get(cluster2, "secret", "-n", SYSTEM, GRANT)
    assert token is not None
    assert (token.secret_name, token.secret_uid) == (GRANT, grant["metadata"]["uid"])
    assert (grant["type"], grant["immutable"]) == ("multicluster.admiralty.io/grant", True)
    assert "data" not in grant


def test_a_role_that_is_gone(cluster1: ControlPlane, cluster2: ControlPlane) -> None:
    """Without its Role in the system namespace an identity gets no token that is bound to none."""
    names = ("--target-name=roleless-t", "--source-name=roleless")
    introduce(cluster1, cluster2, *names, f"--service-account={SPACE}/lister")
    who, grant = credential(cluster1, cluster2, "roleless"), secret(grant_name("roleless-t"))
    until(lambda: who.request({}).status_code == 403)
    cluster2.kubectl("delete", "role", "-n", SYSTEM, f"{SYSTEM}:roleless-t")
    own = {"account": "roleless-t", "namespace": SYSTEM}
    until(lambda: "cannot create" in who.request({"boundObjectRef": grant}, **own).text)
    assert "are bound to Secret" in who.request({}).text
    assert who.request({"boundObjectRef": grant}).status_code == 201


def test_identities_without_a_scope_go_on(
    stolen: Holder, cluster1: ControlPlane, cluster2: ControlPlane
) -> None:
    """Those of 0.1, whose Roles do not have the right to bind, and those of all accounts."""
    introduce(cluster1, cluster2, f"--target-name={WIDE}", "--source-name=wide-thief")
    old = ("--target-name=old-thief-t", "--source-name=old-thief")
    introduce(cluster1, cluster2, *old, f"--source-namespace={SPACE}")
    api = ApiClient(cluster2)
    for namespace in (SYSTEM, SPACE):
        role = f"{RBAC}/namespaces/{namespace}/roles/{SYSTEM}:{OLD}"
        as_of_old = api("GET", role)
        as_of_old["rules"] = [rule for rule in as_of_old["rules"] if rule["verbs"] != ["bind"]]
        api("PUT", role, as_of_old)
    for name, own in (("wide-thief", WIDE), ("old-thief", OLD)):
        who = credential(cluster1, cluster2, name)
        for account, namespace in (("lister", SPACE), (own, SYSTEM)):
            until(partial(_is_granted, who, account, namespace))
        assert who.request({"boundObjectRef": secret()}).status_code == 403
        assert who.request({"boundObjectRef": secret("stolen", kind="Pod")}).status_code == 403


def _is_granted(who: Holder, account: str, namespace: str) -> bool:
    return who.request({}, account, namespace).status_code == 201


def test_all_that_was_granted_ends_with_the_grants(stolen: Holder, cluster2: ControlPlane) -> None:
    tokens = []
    for seconds in (600, MAX_EXPIRATION):
        spec = {"boundObjectRef": secret(), "expirationSeconds": seconds}
        for account, namespace in (("lister", SPACE), (THIEF, SYSTEM)):
            reply = stolen.request(spec, account, namespace)
            assert reply.status_code == 201, reply.text
            tokens.append(holder(cluster2, reply.json()["status"]["token"]))
    assert all(who.is_known() for who in (*tokens, stolen))
    fields = f"--field-selector=metadata.name={GRANT}"
    cluster2.kubectl("delete", "secret", "-A", fields)
    until(lambda: not any(who.is_known() for who in (*tokens, stolen)), seconds=30)
