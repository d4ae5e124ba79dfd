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
    child=world.owned(),
    sai=world.parent(
        spec={"audiences": []},
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
        remote.get(re.compile("https://.*"), json=world.account())
        remote.post(re.compile("https://.*"), json=world.grant(world.token()))
        for hook in ("sync", "customize"):
            response = CLIENT.post(
                f"/serviceaccountimports/{hook}",
                data=json.dumps(request[""]),
                content_type="application/json",
            )
            assert response.status_code in (200, 400)


@settings(max_examples=200)
@given(
    account=VALUES,
    grant=VALUES,
    claims=st.dictionaries(st.sampled_from(["iat", "exp", "aud", "sub", "kubernetes.io"]), VALUES),
)
def test_a_source_that_answers_anything(account: Any, grant: Any, claims: Any) -> None:
    api_client.forget()
    granted = world.grant(_token(claims)) if claims else grant
    with responses.RequestsMock(assert_all_requests_are_fired=False) as remote:
        remote.get(re.compile("https://.*"), json=world.account() if claims else account)
        remote.post(re.compile("https://.*"), json=granted)
        response = CLIENT.post(
            "/serviceaccountimports/sync", json=world.request(world.credential(bearer="opaque"))
        )
    assert response.status_code == 200
    assert response.get_json()["status"]["conditions"][0]["status"] in ("True", "False")


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
