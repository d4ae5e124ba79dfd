"""What is the matter with an import, as far as the target can tell."""

from dataclasses import dataclass
from datetime import datetime

from kubemcsa.api.object_paths import Object
from mcsa_core.names import SCOPE, SYSTEM_NAMESPACE, secret_name

ENGINE = "see that Metacontroller and the hooks run, or run kubemcsa sync -A"


@dataclass(frozen=True)
class ImportHealth:
    """An import, and whether its Secret is good."""

    namespace: str
    name: str
    cluster: str
    account: tuple[str, str]
    """Namespace and name, in the source."""
    ready: bool
    reason: str
    message: str
    other_secrets: int
    """How many Secrets it keeps beside its own."""
    scope: str | None = None
    """Of the import that renews a credential: what bootstrap lets the target import."""

    @property
    def renews(self) -> bool:
        """Whether it is the import that renews the credential of its cluster."""
        is_named_so = (self.namespace, self.name) == (SYSTEM_NAMESPACE, self.cluster)
        return is_named_so and self.account[0] == SYSTEM_NAMESPACE


def judge_import(sai: Object, now: float) -> ImportHealth:
    """Whether a ServiceAccountImport is Ready at the time `now`, and why not."""
    spec, metadata, status = sai["spec"], sai["metadata"], sai.get("status") or {}
    conditions = status.get("conditions") or []
    condition: Object = next((c for c in conditions if c["type"] == "Ready"), {})
    expires = status.get("expirationTimestamp")
    ready = condition.get("status") == "True"
    reason, message = condition.get("reason", ""), condition.get("message", "")
    if not condition or status.get("observedGeneration") != metadata["generation"]:
        ready, reason = False, "NotSynced"
        message = f"The hooks have not looked at it since it was made or changed: {ENGINE}."
    elif ready and expires and datetime.fromisoformat(expires).timestamp() <= now:
        ready, reason = False, "TokenExpired"
        message = f"Its token has expired at {expires}: {ENGINE}."
    account = spec["namespace"], spec["name"]
    key = metadata["namespace"], metadata["name"]
    secrets = [secret["name"] for secret in status.get("secrets") or []]
    others = sum(name != secret_name(*key) for name in secrets)
    scope = (metadata.get("annotations") or {}).get(SCOPE)
    return ImportHealth(*key, spec["clusterName"], account, ready, reason, message, others, scope)
