"""What became of one import in a sync, for people and for scripts, without tokens."""

import base64
from dataclasses import dataclass
from typing import Any

from kubemcsa.api.object_paths import Object
from kubemcsa.errors import KubemcsaError


@dataclass(frozen=True)
class Outcome:
    """The condition Ready of an import after its sync, and its Secrets as they should be."""

    namespace: str
    name: str
    ready: str
    """True, False or Unknown."""
    reason: str
    message: str
    expires: str | None = None
    """RFC 3339; None if there is no token."""
    secrets: tuple[Object, ...] = ()
    """With the size of each value in its place, as kubectl describe shows it."""

    @property
    def report(self) -> dict[str, Any]:
        """The outcome as a JSON value."""
        return {
            "namespace": self.namespace,
            "name": self.name,
            "ready": self.ready,
            "reason": self.reason,
            "message": self.message,
            "expires": self.expires,
            "secrets": list(self.secrets),
        }


def outcome(parent: Object, status: Object, secrets: list[Object]) -> Outcome:
    """The outcome for an import to which the hooks have given this status and these Secrets."""
    ready = next(c for c in status["conditions"] if c["type"] == "Ready")
    return Outcome(
        namespace=parent["metadata"]["namespace"],
        name=parent["metadata"]["name"],
        ready=ready["status"],
        reason=ready["reason"],
        message=ready["message"],
        expires=status.get("expirationTimestamp"),
        secrets=tuple(map(_without_values, secrets)),
    )


def failure(parent: Object, error: KubemcsaError) -> Outcome:
    """The outcome for an import that could not be synced."""
    metadata = parent["metadata"]
    return Outcome(metadata["namespace"], metadata["name"], "Unknown", "SyncFailed", str(error))


def _without_values(secret: Object) -> Object:
    # A token can stand in any value, and in annotations that somebody else has written.
    metadata = {key: secret["metadata"].get(key) for key in ("namespace", "name", "labels")}
    data = secret.get("data") or {}
    sizes = {key: f"{len(base64.b64decode(value))} bytes" for key, value in data.items()}
    return secret | {"metadata": metadata, "data": sizes}
