"""What tests read from real clusters."""

import base64
import json
from typing import Any

from clusters import ControlPlane


def get(cluster: ControlPlane, *args: str) -> Any:
    """The object or list that `kubectl get` finds."""
    output = () if "--raw" in args else ("-o", "json")
    return json.loads(cluster.kubectl("get", *args, *output))


def decoded(secret: Any) -> dict[str, str]:
    """The values of a Secret."""
    return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
