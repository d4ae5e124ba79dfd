"""The hooks answer what the real Metacontroller sends (recorded by tools/record.py)."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import responses
from flask.testing import FlaskClient

from mcsa_core import token
from support.cluster.reading import decoded
from support.samples import world

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))
SYNCS = [file for file in RECORDED if file.name.startswith("sync-")]


def load(file: Path) -> Any:
    return json.loads(file.read_text())


def credential(body: Any) -> dict[str, str]:
    return decoded(body["related"]["Secret.v1"]["multicluster-service-account/cluster2"])


def test_there_are_recordings() -> None:
    assert len(RECORDED) == 6


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_no_recording_holds_a_valid_token(file: Path) -> None:
    groups = [load(file)["body"].get(group, {}) for group in ("children", "related")]
    for secret in (s for group in groups for s in group.get("Secret.v1", {}).values()):
        assert decoded(secret)["token"].endswith(".c2lnbmF0dXJl")


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_customize(client: FlaskClient, file: Path) -> None:
    body = load(file)["body"]
    answer = client.post("/serviceaccountimports/customize", json=body).get_json()
    names = [name for rule in answer["relatedResources"] for name in rule["names"]]
    related = body.get("related", {}).get("Secret.v1", {})
    assert {key.partition("/")[2] for key in related} <= set(names)


@pytest.mark.parametrize("file", SYNCS, ids=lambda file: file.stem)
def test_sync(
    client: FlaskClient,
    remote: responses.RequestsMock,
    monkeypatch: pytest.MonkeyPatch,
    file: Path,
) -> None:
    body = load(file)["body"]
    spec, children = body["parent"]["spec"], body["children"]["Secret.v1"]
    held = credential(body)
    issued = token.claims(held["token"])
    assert issued is not None
    monkeypatch.setattr(time, "time", lambda: issued.issued_at + 1.0)
    name = f"system:serviceaccount:{spec['namespace']}:{spec['name']}"
    url = f"/api/v1/namespaces/{spec['namespace']}/serviceaccounts/{spec['name']}/token"
    headers = world.date(issued.issued_at + 1)
    if children:
        url, reply = world.REVIEW_PATH, world.review(name)
    else:
        new = world.token(spec["namespace"], spec["name"], iat=issued.issued_at)
        reply = world.grant(new)
    remote.post(f"{held['server']}{url}", json=reply, headers=headers)
    answer = client.post("/serviceaccountimports/sync", json=body).get_json()
    assert answer["status"]["conditions"][0]["reason"] == "TokenIssued"
    for child, kept in zip(answer["children"], children.values(), strict=bool(children)):
        assert child["data"] == kept["data"]
        assert child["metadata"]["labels"].items() <= kept["metadata"]["labels"].items()
