"""Round after round, against the objects of an API server: a frozen clock, no network."""

import base64
import copy
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcsa_certificates import __main__ as program
from mcsa_certificates import desired, pki, rounds
from mcsa_certificates.api_server import ApiServer, ApiServerError, NotThereError
from mcsa_certificates.pair import Pair

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
SECRETS = (desired.AUTHORITY_KEY, desired.AUTHORITY, *desired.LEAVES, desired.TOKEN)
UNFINISHED = (
    "an earlier CA than that of mcsa-ca-key has signed a server's certificate: run the commands of"
    " docs/install.md that replace the CA again, to the end."
)


class Objects(ApiServer):
    """The Secrets and the webhook's configuration; `writes` are the names of what was written."""

    def __init__(self) -> None:
        super().__init__("https://cluster1.example", Path("/none"))
        self.objects: dict[str, Any] = {name: {"metadata": {"name": name}} for name in SECRETS}
        self.objects[desired.WEBHOOK] = {"webhooks": [{"clientConfig": {}}]}
        self.writes: list[str] = []

    def get(self, path: str) -> Any:
        name = path.rpartition("/")[2]
        if name not in self.objects:
            raise NotThereError(f"{path} is not there: apply the manifests again.")
        return copy.deepcopy(self.objects[name])

    def settle(self, path: str, change: Callable[[Any], Any]) -> Any:
        manifest = change(self.get(path))
        name = path.rpartition("/")[2]
        if manifest != self.objects[name]:
            self.objects[name] = manifest
            self.writes.append(name)
        return manifest

    def empty(self, name: str, *keys: str) -> None:
        """As `kubectl patch` of the documents does: all keys, or those."""
        data = self.objects[name].pop("data")
        self.objects[name]["data"] = {k: v for k, v in data.items() if keys and k not in keys}

    def text(self, name: str, key: str) -> str:
        return base64.b64decode(self.objects[name]["data"][key]).decode()

    def round(self, at: dt.datetime = NOW) -> list[str]:
        """What a round has written."""
        self.writes = []
        rounds.complete(self, at)
        return self.writes

    def bundle(self) -> str:
        """What clients trust: Metacontroller and the API server the same."""
        [webhook] = self.objects[desired.WEBHOOK]["webhooks"]
        bundle = base64.b64decode(webhook["clientConfig"]["caBundle"]).decode()
        assert bundle == self.text(desired.AUTHORITY, "ca.crt")
        return bundle

    def ca(self) -> str:
        return self.text(desired.AUTHORITY_KEY, "tls.crt")

    def signers(self, *cas: str) -> list[int]:
        """Which of these CAs has signed each leaf."""
        issuers = [Pair(ca, "").load_certificate() for ca in cas]
        leaves = [desired.pair(self.objects[name]) for name in desired.LEAVES]
        return [[pki.has_signed(i, leaf) for i in issuers].index(True) for leaf in leaves]


@pytest.fixture
def api() -> Objects:
    """After the first round."""
    api = Objects()
    assert api.round() == [*SECRETS, desired.WEBHOOK]
    return api


def test_another_round_changes_nothing(api: Objects) -> None:
    assert api.round() == []
    assert api.round(NOW + 59 * DAY) == []
    assert api.round(NOW + 60 * DAY) == [*desired.LEAVES]


def test_a_round_without_a_webhook_does_the_rest(api: Objects) -> None:
    api = Objects()
    del api.objects[desired.WEBHOOK]
    with pytest.raises(NotThereError):
        rounds.complete(api, NOW)
    assert api.writes == [*SECRETS]


def test_the_ca_is_replaced(api: Objects) -> None:
    """At no step does a server have a certificate that clients don't trust."""
    old = api.ca()
    api.empty(desired.AUTHORITY_KEY)
    assert api.round(NOW + DAY) == [desired.AUTHORITY_KEY, desired.AUTHORITY, desired.WEBHOOK]
    new = api.ca()
    assert api.bundle() == new + old
    assert api.signers(new, old) == [1, 1]
    assert rounds.complete(api, NOW + DAY) == [UNFINISHED]

    for name in desired.LEAVES:
        api.empty(name)
    assert api.round(NOW + DAY) == [*desired.LEAVES]
    assert api.bundle() == new + old
    assert api.signers(new, old) == [0, 0]
    assert rounds.complete(api, NOW + DAY) == []

    assert api.round(NOW + DAY + 14 * MINUTE) == []
    assert api.round(NOW + DAY + 15 * MINUTE) == [desired.AUTHORITY, desired.WEBHOOK]
    assert api.bundle() == new


def test_the_ca_is_replaced_at_the_second_attempt(api: Objects) -> None:
    """The first one ended before the leaves were emptied, or after it."""
    old = api.ca()
    api.empty(desired.AUTHORITY_KEY)
    api.round()
    half = api.ca()
    api.empty(desired.AUTHORITY_KEY)
    api.round()
    assert api.bundle() == api.ca() + old + half
    assert api.signers(api.ca(), old) == [1, 1]
    for name in desired.LEAVES:
        api.empty(name)
    api.round()
    whole = api.ca()
    api.empty(desired.AUTHORITY_KEY)
    api.round()
    assert api.bundle() == api.ca() + whole + old + half
    assert api.signers(whole) == [0, 0]


def test_the_old_ca_ends_at_once(api: Objects) -> None:
    old = api.ca()
    api.empty(desired.AUTHORITY_KEY)
    api.empty(desired.AUTHORITY)
    api.round()
    assert api.bundle() == api.ca() != old
    assert api.signers(api.ca()) == [0, 0]


def test_a_ca_near_its_end(api: Objects) -> None:
    [notice] = rounds.complete(api, NOW + 3300 * DAY)
    assert notice == "the CA ends on 2036-11-18: docs/install.md replaces it."


def test_the_token_is_replaced(api: Objects) -> None:
    first = api.text(desired.TOKEN, "token")
    accepted = [first]
    for _ in range(5):
        api.empty(desired.TOKEN, "token")
        assert api.round() == [desired.TOKEN]
        accepted = [api.text(desired.TOKEN, "token"), *accepted][:4]
        assert api.text(desired.TOKEN, "accepted").split("\n") == accepted
    api.empty(desired.TOKEN, "accepted")
    assert api.round() == [desired.TOKEN]
    assert api.text(desired.TOKEN, "accepted") == api.text(desired.TOKEN, "token") == accepted[0]


class EndError(Exception):
    """The test has seen enough rounds."""


def test_a_failing_round_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """What is the matter is said once, and again after a good round."""
    errors = [ApiServerError("one."), ApiServerError("one."), NotThereError("two.")]
    results: list[Any] = [*errors, ["notice"], ["notice"], errors[0], EndError()]
    naps, file = [], tmp_path / "complete"

    def complete(_api: object, _now: object) -> list[str]:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return list(result)

    monkeypatch.setattr(rounds, "complete", complete)
    monkeypatch.setattr("time.sleep", lambda seconds: naps.append((seconds, file.exists())))
    with pytest.raises(EndError):
        program.main("https://cluster1.example", tmp_path, file)
    assert caplog.messages == ["Error: one.", "Error: two.", "notice", "Error: one."]
    assert naps == [(2, False)] * 3 + [(60, True)] * 2 + [(2, False)]
