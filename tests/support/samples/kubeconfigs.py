"""Kubeconfigs with several contexts, one of them current or none."""

import json
from typing import Any


def kubeconfig(*contexts: str, current: str | None = None, **user: Any) -> str:
    """Contexts that name a cluster, a user and a namespace each; JSON is YAML too."""
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": name, "cluster": {"server": f"https://{name}.example"}} for name in contexts
        ],
        "users": [
            {"name": name, "user": user or {"token": f"token-of-{name}"}} for name in contexts
        ],
        "contexts": [
            {"name": name, "context": {"cluster": name, "user": name, "namespace": f"in-{name}"}}
            for name in contexts
        ],
    }
    return json.dumps(config | ({"current-context": current} if current else {}))
