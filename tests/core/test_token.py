import base64
import json
from typing import Any

import pytest

from mcsa_core.token import Claims, claims, token_request
from support.samples import world


def test_claims() -> None:
    assert claims(world.token()) == Claims(
        subject="system:serviceaccount:default:pod-lister",
        uid=world.ACCOUNT_UID,
        audiences=frozenset({"https://kubernetes.default.svc"}),
        issued_at=world.NOW,
        expires_at=world.NOW + world.DAY,
    )


def test_the_key_that_signed_it() -> None:
    found = claims(world.token(kid="first"))
    assert found is not None
    assert found.key_id == "first"


def test_the_id_and_what_it_is_bound_to() -> None:
    read = claims(world.token(jti="a9b8-7c", secret={"name": "grant", "uid": "5"}))
    assert read is not None
    assert (read.credential_id, read.secret_name, read.secret_uid) == ("a9b8-7c", "grant", "5")


@pytest.mark.parametrize("jti", [None, "", "a b", "a\n", "x" * 129, 1, []])
def test_an_id_that_is_none(jti: Any) -> None:
    read = claims(world.token(jti=jti))
    assert read is not None
    assert read.credential_id is None


def test_a_request() -> None:
    assert token_request(600) == {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": 600},
    }
    assert token_request(600, ["vault"], "grant")["spec"] == {
        "expirationSeconds": 600,
        "audiences": ["vault"],
        "boundObjectRef": {"apiVersion": "v1", "kind": "Secret", "name": "grant"},
    }


def test_a_single_audience_may_be_a_string() -> None:
    found = claims(world.token(aud="vault"))
    assert found is not None
    assert found.audiences == {"vault"}


LEGACY: dict[str, Any] = {"kubernetes.io": {}}


def jwt(payload: Any) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip('=')}.c2ln"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "opaque",
        "a.b",
        "a.b.c.d",
        "e30.e30.c2ln",
        world.token() + "\n",
        " " + world.token(),
        world.token().replace(".", "+", 1),
        world.token(more="x" * 16384),
        jwt([]),
        jwt(None),
        world.token(sub=1),
        world.token(exp="never"),
        world.token(iat=[], exp=1),
        world.token(exp=float("inf")),
        world.token(exp=10**18),
        world.token(exp=world.NOW - 1),
        world.token(iat=-1),
        world.token(aud=None),
        world.token(aud=[1]),
        world.token(aud=[[]]),
        world.token(kid=1),
        jwt({}).replace("e30", "W10"),
        world.token(uid=1),  # type: ignore[arg-type]
        world.token(**LEGACY),
        world.token(secret={"name": 1}),
        world.token(secret={"name": "a", "uid": 1}),
        world.token(secret=["a"]),  # type: ignore[arg-type]
        jwt(json.loads("[" * 900 + "]" * 900)),
    ],
)
def test_what_is_no_service_account_token(token: str) -> None:
    assert claims(token) is None
