"""A source that refuses what it grants, or lies: at most one new token per import in 30 s.

Metacontroller syncs an import at once when its Secret has changed, when an answer says so, and
whenever the import is touched.
"""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count, cycle, pairwise
from typing import Any

import pytest
import responses
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from requests import PreparedRequest

import mcsa_hooks.apps
from mcsa_hooks.remote import api_client
from support.samples import world

Answer = tuple[int, dict[str, str], str]
SECONDS = 30
MOVED = "https://moved.example"
MISSING = world.status(404, "NotFound", kind="serviceaccounts", name="pod-lister")


class Source:
    """Grants what it is asked for, and accepts it; subclasses do not."""

    def __init__(self) -> None:
        self.now = world.NOW
        self.requests: list[int] = []
        """When tokens were requested."""
        self.numbers = count()

    def reply(self, status: int, body: Any) -> Answer:
        return status, world.date(self.date()), json.dumps(body)

    def date(self) -> float:
        return self.now

    def claims(self) -> dict[str, Any]:
        return {}

    def accepts(self, _token: str) -> bool:
        return True

    def review(self, request: PreparedRequest) -> Answer:
        token = str(request.headers["Authorization"]).removeprefix("Bearer ")
        return self.reply(200 if self.accepts(token) else 401, world.review())

    def account(self, _request: PreparedRequest) -> Answer:
        return self.reply(200, world.account())

    def grant(self, _request: PreparedRequest) -> Answer:
        self.requests.append(self.now)
        claims: Any = {"iat": self.now, "jti": f"token-{next(self.numbers)}"} | self.claims()
        token = world.token(**claims)
        return self.reply(201, world.grant(token))


class RefusesAll(Source):
    def accepts(self, _token: str) -> bool:
        return False


class NewUids(RefusesAll):
    """As one would see whose account is made anew all the time."""

    def claims(self) -> dict[str, Any]:
        return {"uid": f"uid-{next(self.numbers)}"}


class NewGrants(RefusesAll):
    def claims(self) -> dict[str, Any]:
        return {"secret": world.bound(f"uid-{next(self.numbers)}")}


class NewUidsWithoutReviews(NewUids):
    def review(self, _request: PreparedRequest) -> Answer:
        return self.reply(404, {})

    def account(self, _request: PreparedRequest) -> Answer:
        return self.reply(200, world.account(f"uid-{next(self.numbers)}"))


class GoneAndBack(NewUidsWithoutReviews):
    """Its account is there for a token request, and not for the GET."""

    def account(self, _request: PreparedRequest) -> Answer:
        return self.reply(404, MISSING)


class TwoKeys(Source):
    """API servers with different keys behind one address, in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = cycle(["a", "b", "a", "a", "b"])

    def claims(self) -> dict[str, Any]:
        return {"kid": next(self.keys)}

    def accepts(self, _token: str) -> bool:
        header, *_ = _token.split(".")
        kid = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
        return bool(kid == next(self.keys))


class Ahead(RefusesAll):
    """Its clock makes each token old in a moment."""

    def date(self) -> float:
        return self.now + 10_000_000


class AheadInReviews(Source):
    """And its tokens are due all the time, though it accepts them."""

    def review(self, request: PreparedRequest) -> Answer:
        self.now += 80_000
        try:
            return super().review(request)
        finally:
            self.now -= 80_000


class AheadInReviewsThatRefuse(AheadInReviews, RefusesAll):
    pass


class BackInReviews(Source):
    """Its tokens are of the future."""

    def review(self, request: PreparedRequest) -> Answer:
        self.now -= 80_000
        try:
            return super().review(request)
        finally:
            self.now += 80_000


class BackInReviewsThatRefuse(BackInReviews, RefusesAll):
    pass


class ToAndFro(NewUids):
    def __init__(self) -> None:
        super().__init__()
        self.offsets = cycle([0, 80_000, -80_000, 40, -40])

    def date(self) -> float:
        return self.now + next(self.offsets)


class NoReviews(Source):
    """It answers them with an error, and has two addresses."""

    def review(self, _request: PreparedRequest) -> Answer:
        return self.reply(500, {})


class Metacontroller:
    """What it does about an import: `every` is how often the import is touched, if at all."""

    def __init__(self, client: Any, source: Source, every: int | None) -> None:
        self.client, self.source, self.every = client, source, every
        self.credentials = [
            world.credential(bearer=world.identity(iat=world.NOW - 1)),
        ]
        self.secret: Any = None
        self.status: Any = {}
        self.written: list[int] = []
        """When the Secret got another token: never twice in 30 s."""

    def run(self, seconds: int) -> None:
        end = self.source.now + seconds
        while self.source.now < end:
            changed, again = self.sync()
            assert least_pause(self.written) >= SECONDS
            if not changed:
                self.source.now += min(again, self.every or again)

    def sync(self) -> tuple[bool, int]:
        sai = world.parent(status=self.status)
        request = world.request(*self.credentials, child=self.secret, sai=sai)
        answer = self.client.post("/serviceaccountimports/sync", json=request).get_json()
        self.status = answer["status"]
        before = self.secret and self.secret["data"]
        data = next((child["data"] for child in answer["children"]), None)
        self.secret = world.opaque("default", world.SECRET, data) if data else None
        if self.secret:
            owner = {"uid": world.UID, "controller": True}
            self.secret["metadata"]["ownerReferences"] = [owner]
            if data != before:
                self.written.append(self.source.now)
            self.secret["metadata"]["managedFields"] = world.written(self.written[-1])
        return data != before, answer["resyncAfterSeconds"]


@pytest.fixture
def serve(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Source, int | None], Metacontroller]]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as remote:

        def made(source: Source, every: int | None) -> Metacontroller:
            monkeypatch.setattr(time, "time", lambda: float(source.now))
            served(remote, source)
            return Metacontroller(client, source, every)

        yield made


def served(remote: responses.RequestsMock, source: Source) -> None:
    remote.add_callback("POST", re.compile(".*/selfsubjectreviews"), source.review)
    remote.add_callback("GET", re.compile(".*/pod-lister"), source.account)
    remote.add_callback("POST", re.compile(".*/token"), source.grant)


def least_pause(moments: list[int]) -> int:
    return min((after - before for before, after in pairwise(moments)), default=SECONDS)


SOURCES = [
    RefusesAll,
    NewUids,
    NewGrants,
    NewUidsWithoutReviews,
    GoneAndBack,
    TwoKeys,
    Ahead,
    AheadInReviews,
    AheadInReviewsThatRefuse,
    BackInReviews,
    BackInReviewsThatRefuse,
    ToAndFro,
    NoReviews,
]


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize(("every", "seconds"), [(None, 2000), (1, 65), (7, 350)])
def test_at_most_one_token_in_30_seconds(
    serve: Callable[[Source, int | None], Metacontroller],
    kind: type[Source],
    every: int | None,
    seconds: int,
) -> None:
    source = kind()
    engine = serve(source, every)
    if kind is NoReviews:
        moved = world.credential(world.RENEWED, world.identity(), server=MOVED)
        engine.credentials.append(moved)
    engine.run(seconds)
    assert source.requests
    if every is None:
        assert least_pause(source.requests) >= SECONDS


@pytest.mark.parametrize("kind", [RefusesAll, NewUids])
def test_it_says_what_is_the_matter(
    serve: Callable[[Source, int | None], Metacontroller], kind: type[Source]
) -> None:
    engine = serve(kind(), 1)
    engine.run(20)
    condition = engine.status["conditions"][0]
    message = "Cluster cluster2 refuses the token that it has just granted."
    assert (condition["reason"], condition["message"]) == ("ClusterUnreachable", message)


@pytest.mark.parametrize(
    ("kind", "moments"), [(RefusesAll, [0, 300]), (NewUids, range(0, 330, 30))]
)
def test_it_is_tried_again(
    serve: Callable[[Source, int | None], Metacontroller],
    kind: type[Source],
    moments: Sequence[int],
) -> None:
    """After 5 minutes; and sooner where the account is another one each time."""
    engine = serve(kind(), 3)
    engine.run(330)
    assert [moment - world.NOW for moment in engine.written] == [*moments]


def test_a_source_that_is_well_is_asked_for_one_token(
    serve: Callable[[Source, int | None], Metacontroller],
) -> None:
    source = Source()
    engine = serve(source, None)
    engine.run(5000)
    assert (len(source.requests), len(engine.written)) == (1, 1)
    assert engine.status["conditions"][0]["status"] == "True"


CLIENT = mcsa_hooks.apps.sync_app({}).test_client()
STATUS = st.sampled_from([200, 200, 401, 401, 403, 404, 500])
OFFSET = st.sampled_from([0, 0, 0, 29, 31, 301, 901, 80_000, -29, -901, -80_000])
UID = st.sampled_from([world.ACCOUNT_UID, "another"])


class Scripted(Source):
    """Answers the next of the statuses, Dates and uids that it is given, in a circle."""

    def __init__(self, statuses: list[int], offsets: list[int], uids: list[str]) -> None:
        super().__init__()
        self.statuses, self.offsets, self.uids = cycle(statuses), cycle(offsets), cycle(uids)

    def date(self) -> float:
        return self.now + next(self.offsets)

    def claims(self) -> dict[str, Any]:
        return {"uid": next(self.uids), "secret": world.bound(next(self.uids))}

    def review(self, _request: PreparedRequest) -> Answer:
        return self.reply(next(self.statuses), world.review())

    def account(self, _request: PreparedRequest) -> Answer:
        status = next(self.statuses)
        return self.reply(status, MISSING if status == 404 else world.account(next(self.uids)))

    def grant(self, request: PreparedRequest) -> Answer:
        status = next(self.statuses)
        gone = {"kind": "secrets", "name": world.GRANT}
        missing = world.status(404, "NotFound", **gone) if next(self.numbers) % 2 else MISSING
        return super().grant(request) if status == 200 else self.reply(status, missing)


@settings(max_examples=50, deadline=None)
@given(
    statuses=st.lists(STATUS, min_size=1, max_size=20),
    offsets=st.lists(OFFSET, min_size=1, max_size=10),
    uids=st.lists(UID, min_size=1, max_size=10),
    every=st.sampled_from([None, 3, 11, 29]),
    moved=st.booleans(),
)
def test_whatever_a_source_answers(
    statuses: list[int], offsets: list[int], uids: list[str], every: int | None, moved: bool
) -> None:
    api_client.forget()
    source = Scripted(statuses, offsets, uids)
    engine = Metacontroller(CLIENT, source, every)
    older = world.identity(iat=world.NOW - 1, secret=world.bound())
    engine.credentials = [world.credential(bearer=older)]
    if moved:
        bearer = world.identity(secret=world.bound())
        engine.credentials.append(world.credential(world.RENEWED, bearer, server=MOVED))
    with (
        pytest.MonkeyPatch.context() as patch,
        responses.RequestsMock(assert_all_requests_are_fired=False) as remote,
    ):
        patch.setattr(time, "time", lambda: float(source.now))
        served(remote, source)
        engine.run(70)
