"""Requests of Metacontroller and replies of a source cluster, as of the moment NOW."""

import base64
import datetime as dt
import json
from dataclasses import replace
from email.utils import formatdate
from functools import lru_cache
from typing import Any

import trustme

from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from mcsa_core.names import API_VERSION, IMPORT_NAME, KIND, SYSTEM_NAMESPACE, secret_name

Object = dict[str, Any]

NOW = 1_800_000_000
TODAY = "2027-01-15T08:00:00Z"
SERVER = "https://cluster2.example:6443"
NAME = "cluster2-default-pod-lister"
SECRET = f"{NAME}-token-4wdax"
UID = "11111111-1111-1111-1111-111111111111"
ACCOUNT_UID = "22222222-2222-2222-2222-222222222222"
ACCOUNT_URL = f"{SERVER}/api/v1/namespaces/default/serviceaccounts/pod-lister"
REVIEW_PATH = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW_URL = f"{SERVER}{REVIEW_PATH}"
GRANT = f"{SYSTEM_NAMESPACE}.cluster1"
"""The Secret of the source to which the tokens of a limited target are bound."""
DAY = 86400


def token(
    namespace: str = "default",
    name: str = "pod-lister",
    uid: str = ACCOUNT_UID,
    secret: Object | None = None,
    **claims: Any,
) -> str:
    """A token with a worthless signature, granted now for a day unless `claims` say otherwise."""
    header = {"alg": "RS256"} | ({"kid": claims.pop("kid")} if "kid" in claims else {})
    payload = {
        "aud": ["https://kubernetes.default.svc"],
        "iat": (granted := claims.pop("iat", NOW)),
        "exp": claims.pop("exp", None) or granted + DAY,
        "iss": "https://kubernetes.default.svc",
        "kubernetes.io": {
            "namespace": namespace,
            "serviceaccount": {"name": name, "uid": uid},
        }
        | ({"secret": secret} if secret else {}),
        "sub": f"system:serviceaccount:{namespace}:{name}",
    } | claims
    return f"{encoded(header)}.{encoded(payload)}.c2lnbmF0dXJl"


def encoded(value: object) -> str:
    """A part of a JWT."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@lru_cache
def ca() -> str:
    """The certificate of a CA that signs nothing, PEM."""
    # Short names, for 60 of them have to fit into the 64 KiB of a kubeconfig.
    return trustme.CA(organization_name="o", organization_unit_name="u").cert_pem.bytes().decode()


def access(token: str, namespace: str = "default", **rest: Any) -> Access:
    """An access to the source cluster."""
    return Access(endpoint(**rest), token, namespace)


def reached(access: Access, **changes: Any) -> Access:
    """The same access by another endpoint."""
    return replace(access, endpoint=replace(access.endpoint, **changes))


def endpoint(**rest: Any) -> Endpoint:
    """The source cluster's."""
    return Endpoint(**{"server": SERVER, "ca": ca()} | rest)


def parent(**rest: Any) -> Object:
    """The sample import; `rest` replaces parts of its metadata, its spec or its status."""
    spec = {"clusterName": "cluster2", "namespace": "default", "name": "pod-lister"}
    metadata = {"namespace": "default", "name": NAME, "uid": UID, "generation": 1}
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": metadata | rest.get("metadata", {}),
        "spec": spec | {"expirationSeconds": DAY} | rest.get("spec", {}),
        "status": rest.get("status", {}),
    }


def opaque(namespace: str, name: str, data: Object, **metadata: Any) -> Object:
    """A Secret as Metacontroller observes it."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"namespace": namespace, "name": name, "uid": f"uid-of-{name}"} | metadata,
        "type": "Opaque",
        "data": data,
    }


def identity(**claims: Any) -> str:
    """A token of the identity that cluster1 has in cluster2."""
    return token(SYSTEM_NAMESPACE, "cluster1", "33333333", exp=NOW + 30 * DAY, **claims)


def credential(name: str = "cluster2", bearer: str | None = None, **rest: Any) -> Object:
    """The Secret that registers cluster2."""
    registered = access(bearer or identity(), namespace=SYSTEM_NAMESPACE, **rest)
    return opaque(SYSTEM_NAMESPACE, name, secret.data(name, registered))


RENEWED = secret_name(SYSTEM_NAMESPACE, "cluster2")


def owned(
    bearer: str | None = None, uid: str = UID, address: Object | None = None, **rest: Any
) -> Object:
    """The import's Secret as the hook wants it and Metacontroller makes it.

    `address` has fields of the endpoint, `rest` fields of the metadata.
    """
    return opaque(
        "default",
        SECRET,
        secret.data(NAME, access(bearer or token(), **(address or {}))),
        labels={IMPORT_NAME: NAME, "controller-uid": uid},
        ownerReferences=[
            {"apiVersion": API_VERSION, "kind": KIND, "name": NAME, "uid": uid, "controller": True}
        ],
        **rest,
    )


def written(seconds: float, manager: str = "metacontroller") -> list[Object]:
    """The managedFields of a Secret whose data `manager` wrote then."""
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return [
        {
            "manager": manager,
            "operation": "Apply",
            "apiVersion": "v1",
            "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:data": {f"f:{key}": {} for key in secret.KEYS}},
        }
    ]


def desired(bearer: str | None = None, **rest: Any) -> Object:
    """The child that the hook answers while all is well."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": SECRET, "namespace": "default", "labels": {IMPORT_NAME: NAME}},
        "type": "Opaque",
        "data": secret.data(NAME, access(bearer or token(), **rest)),
    }


def request(*related: Object, child: Object | None = None, sai: Object | None = None) -> Object:
    """A sync request; the child, where there is one, is among the related objects too."""
    children = [] if child is None else [child]
    return {
        "controller": {},
        "parent": sai or parent(),
        "children": {"Secret.v1": _keyed(children)},
        "related": {"Secret.v1": _keyed([*related, *children])},
        "finalizing": False,
    }


def _keyed(secrets: list[Object]) -> Object:
    return {f"{s['metadata']['namespace']}/{s['metadata']['name']}": s for s in secrets}


def condition(status: str, reason: str, message: str, since: str = TODAY) -> Object:
    """The condition Ready."""
    return {
        "type": "Ready",
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": since,
    }


def account(uid: str = ACCOUNT_UID) -> Object:
    """The imported service account, as the source answers it."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"namespace": "default", "name": "pod-lister", "uid": uid},
    }


def review(username: str = "system:serviceaccount:default:pod-lister") -> Object:
    """A SelfSubjectReview, as the source answers it to the token of a user of that name."""
    return {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "SelfSubjectReview",
        "status": {"userInfo": {"username": username, "groups": ["system:authenticated"]}},
    }


def bound(uid: str = "55555555") -> Object:
    """What a token claims that is bound to the grant of that uid."""
    return {"name": GRANT, "uid": uid}


def grant(token: str) -> Object:
    """A granted TokenRequest, as the source answers it."""
    return {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "status": {"token": token, "expirationTimestamp": TODAY},
    }


def status(code: int, reason: str, **details: Any) -> Object:
    """A failure, as a Kubernetes API server answers it."""
    return {
        "apiVersion": "v1",
        "kind": "Status",
        "status": "Failure",
        "reason": reason,
        "code": code,
        "message": "nobody should repeat this",
        "details": details,
    }


def date(seconds: float = NOW) -> dict[str, str]:
    """The source's clock, as a header."""
    return {"Date": formatdate(seconds, usegmt=True)}
