"""Sync requests as Metacontroller sends them, with a credential and a token that are good."""

import copy
import json
from dataclasses import replace

import requests

from mcsa_core import secret
from mcsa_hooks.jsontypes import Object
from support import ROOT
from support.loopback.gunicorns import HookServer
from support.samples import templates
from support.samples.signing import aged
from tools.bench.floors import SYNC
from tools.bench.source import Source

RECORDED = ROOT / "tests" / "hooks" / "serviceaccountimports" / "recorded"
DAY = 86400


def steady(source: Source, hooks: HookServer) -> Object:
    """Of an import whose token is new; its source, its Secret and the hooks agree on that."""
    recorded = RECORDED / "sync-cluster2-default-pod-lister-steady.json"
    body: Object = json.loads(recorded.read_text())["body"]
    [own] = body["children"]["Secret.v1"]
    for key, related in body["related"]["Secret.v1"].items():
        if key != own:
            related["data"] = secret.data("cluster2", source.access)
    data = answered(hooks, body)
    body = _holding(body, data)
    assert answered(hooks, body) == data, "the hooks do not keep the token"
    return body


def due(source: Source, body: Object) -> Object:
    """The same while the token is due for renewal."""
    [child] = body["children"]["Secret.v1"].values()
    access = secret.access(child)
    old = aged(access.token, source.cluster.signing_key, DAY * 9 // 10, DAY)
    name = body["parent"]["metadata"]["name"]
    return _holding(body, secret.data(name, replace(access, token=old)))


def first(body: Object) -> Object:
    """The same before its Secret was made."""
    changed = copy.deepcopy(body)
    [own] = body["children"]["Secret.v1"]
    for group in ("children", "related"):
        changed[group]["Secret.v1"].pop(own, None)
    return changed


def with_others(body: Object, hooks: HookServer, number: int) -> Object:
    """The same with so many Secrets beside the import's own, as Argo CD reads them, as applied."""
    changed = copy.deepcopy(body)
    changed["parent"]["spec"]["secrets"] = [
        templates.ARGO | {"name": f"other-{at}"} for at in range(number)
    ]
    [own] = body["children"]["Secret.v1"].values()
    for desired in children(hooks, changed)[1:]:
        observed = own | {
            "data": desired["data"],
            "metadata": own["metadata"] | desired["metadata"],
        }
        for group in ("children", "related"):
            key = f"{desired['metadata']['namespace']}/{desired['metadata']['name']}"
            changed[group]["Secret.v1"][key] = observed
    return changed


def children(hooks: HookServer, body: Object) -> list[Object]:
    """The Secrets that the hooks answer; AssertionError unless the import is Ready."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(hooks.url + SYNC, json=body).json()
    assert answer["status"]["conditions"][0]["status"] == "True", answer["status"]
    secrets: list[Object] = answer["children"]
    return secrets


def answered(hooks: HookServer, body: Object) -> dict[str, str]:
    """The data of the Secret that the hooks answer."""
    data: dict[str, str] = children(hooks, body)[0]["data"]
    return data


def _holding(body: Object, data: dict[str, str]) -> Object:
    changed = copy.deepcopy(body)
    for group in ("children", "related"):
        for key in body["children"]["Secret.v1"]:
            changed[group]["Secret.v1"][key]["data"] = data
    return changed
