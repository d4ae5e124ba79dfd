"""What tests read from real clusters and from our manifests."""

import base64
import json
from typing import Any

import yaml

from support import ROOT
from support.cluster import ControlPlane

DEPLOY = ROOT / "deploy"
MOVING = {"events", "events.events.k8s.io", "leases.coordination.k8s.io"}
"""Kinds whose objects come and go by themselves."""


def get(cluster: ControlPlane, *args: str) -> Any:
    """The object or list that `kubectl get` finds."""
    output = () if "--raw" in args else ("-o", "json")
    return json.loads(cluster.kubectl("get", *args, *output))


def decoded(secret: Any) -> dict[str, str]:
    """The values of a Secret."""
    return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}


def memory_limit(component: str) -> int:
    """How many bytes the pods of a Deployment of ours may hold."""
    deployment = next(yaml.safe_load_all((DEPLOY / f"{component}.yaml").read_text()))
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    limit: str = container["resources"]["limits"]["memory"]
    return int(limit.removesuffix("Mi")) * 1024 * 1024


def every_object(cluster: ControlPlane) -> dict[str, str]:
    """The labels and annotations of each object, by its kind, namespace and name."""
    listable = cluster.kubectl("api-resources", "--verbs=list", "-o", "name").split()
    kinds = ",".join(sorted(set(listable) - MOVING))
    columns = "custom-columns=A:.kind,B:.metadata.namespace,C:.metadata.name"
    marks = "D:.metadata.labels,E:.metadata.annotations"
    lines = cluster.kubectl("get", kinds, "-A", "--no-headers", "-o", f"{columns},{marks}")
    split = [line.split(maxsplit=3) for line in lines.splitlines()]
    return {" ".join(title): marks for *title, marks in split}
