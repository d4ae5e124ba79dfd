"""What tests read from real clusters and from our manifests."""

import base64
import json
from typing import Any

import yaml

from support import ROOT
from support.cluster import ControlPlane

DEPLOY = ROOT / "deploy"


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
