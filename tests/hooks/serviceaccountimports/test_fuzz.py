"""No request, however odd, makes the hooks fail: they answer, or say that it is malformed."""

import copy
import json
import re
from typing import Any

import responses
from hypothesis import given, settings
from hypothesis import strategies as st

import mcsa_hooks.apps
from mcsa_hooks.remote import api_client
from support.samples import world

REQUEST = world.request(
    world.credential(),
    world.credential(world.RENEWED),
    child=world.owned(managedFields=world.written(world.NOW)),
    sai=world.parent(
        spec={
            "audiences": [],
            "secrets": [
                {
                    "name": "other",
                    "labels": {"a": "b"},
                    "annotations": {"a": "b"},
                    "data": {"a": "$(token)"},
                }
            ],
        },
        status={"conditions": [world.condition("False", "Other", "message")]},
    ),
)
CLIENT = mcsa_hooks.apps.sync_app({}).test_client()
HUGE = st.sampled_from([10**400, -(10**400)])
TEXT = st.text() | st.text(st.characters(categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | HUGE | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be replaced."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    return [at, *(path for key, inner in items for path in paths(inner, (*at, key)))]


@settings(max_examples=200)
@given(path=st.sampled_from(paths(REQUEST)), value=VALUES)
def test_one_thing_is_odd(path: tuple[Any, ...], value: Any) -> None:
    request: Any = {"": copy.deepcopy(REQUEST)}
    *parents, last = ("", *path)
    section = request
    for key in parents:
        section = section[key]
    section[last] = value
    api_client.forget()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as remote:
        remote.post(world.REVIEW_URL, json=world.review())
        remote.post(re.compile("https://.*/token"), json=world.grant(world.token()))
        for hook in ("sync", "customize"):
            response = CLIENT.post(
                f"/serviceaccountimports/{hook}",
                data=json.dumps(request[""]),
                content_type="application/json",
            )
            assert response.status_code in (200, 400)


@settings(max_examples=200)
@given(
    grant=VALUES,
    claims=st.dictionaries(
        st.sampled_from(["iat", "exp", "aud", "sub", "jti", "kubernetes.io"]), VALUES
    ),
)
def test_a_source_that_answers_anything_to_a_token_request(grant: Any, claims: Any) -> None:
    api_client.forget()
    granted = world.grant(_token(claims)) if claims else grant
    with responses.RequestsMock() as remote:
        remote.post(f"{world.ACCOUNT_URL}/token", json=granted)
        response = CLIENT.post(
            "/serviceaccountimports/sync", json=world.request(world.credential(bearer="opaque"))
        )
    assert response.status_code == 200
    assert response.get_json()["status"]["conditions"][0]["status"] in ("True", "False")


REVIEW = world.review()


@settings(max_examples=200)
@given(
    path=st.sampled_from(paths(REVIEW)),
    value=VALUES,
    code=st.sampled_from([200, 201, 401, 403, 404, 405, 429, 500]),
    account=VALUES | st.just(world.account()),
)
def test_a_source_that_answers_anything_to_a_review(
    path: tuple[Any, ...], value: Any, code: int, account: Any
) -> None:
    """The Secret stays, with its token or with the one that is granted then."""
    api_client.forget()
    review: Any = {"": copy.deepcopy(REVIEW)}
    *parents, last = ("", *path)
    section = review
    for key in parents:
        section = section[key]
    section[last] = value
    child = world.owned(world.token(iat=world.NOW - 600))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as remote:
        remote.post(world.REVIEW_URL, json=review[""], status=code, headers=world.date())
        remote.get(world.ACCOUNT_URL, json=account, headers=world.date())
        token = world.grant(world.token())
        remote.post(f"{world.ACCOUNT_URL}/token", json=token, headers=world.date())
        response = CLIENT.post(
            "/serviceaccountimports/sync", json=world.request(world.credential(), child=child)
        )
    assert response.status_code == 200
    assert len(response.get_json()["children"]) == 1


def _token(claims: Any) -> str:
    header, _, signature = world.token().split(".")
    changed = {
        "aud": ["a"],
        "iat": world.NOW,
        "exp": world.NOW + world.DAY,
        "sub": "system:serviceaccount:default:pod-lister",
        "kubernetes.io": {"serviceaccount": {"uid": world.ACCOUNT_UID}},
    } | claims
    return f"{header}.{world.encoded(changed)}.{signature}"
