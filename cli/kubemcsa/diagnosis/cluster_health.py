"""What is the matter with registered clusters and imports, as far as the target can tell."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from kubemcsa.api.object_paths import Object
from mcsa_core import credential_order
from mcsa_core.access import Access
from mcsa_core.credential_order import Credential
from mcsa_core.endpoint import AccessError
from mcsa_core.names import SYSTEM_NAMESPACE

AGAIN = "run kubemcsa bootstrap again, with the options of before"
# Renewal is due at two thirds of a credential's life.
_OVERDUE = 0.8
_ENGINE = "see that Metacontroller and the hooks run"


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

    @property
    def renews(self) -> bool:
        """Whether it is the import that renews the credential of its cluster."""
        return (self.namespace, self.name) == (SYSTEM_NAMESPACE, self.cluster)


@dataclass
class ClusterHealth:
    """A cluster that imports name, and what is wrong about its credentials."""

    name: str
    imports: list[ImportHealth]
    accesses: list[Access] = field(default_factory=list, repr=False)
    """Those that the hooks try, in their order; if all have expired, that issued last."""
    expires: str | None = None
    """When the first of these expires, RFC 3339; None if there is none, or it does not say."""
    problems: list[str] = field(default_factory=list)
    """Whole sentences."""
    checked: bool | None = None
    """Whether the source accepts the credential; None if the source was not called."""

    @property
    def ready(self) -> int:
        """How many imports are Ready."""
        return sum(sai.ready for sai in self.imports)

    @property
    def renewal_reason(self) -> str | None:
        """The reason of the import that renews the credential; None if there is no such import."""
        return next((sai.reason for sai in self.imports if sai.renews), None)


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
        message = f"The hooks have not looked at it since it was made or changed: {_ENGINE}."
    elif ready and expires and datetime.fromisoformat(expires).timestamp() <= now:
        ready, reason = False, "TokenExpired"
        message = f"Its token has expired at {expires}: {_ENGINE}."
    account = spec["namespace"], spec["name"]
    key = metadata["namespace"], metadata["name"]
    return ImportHealth(*key, spec["clusterName"], account, ready, reason, message)


def judge_cluster(
    name: str, imports: list[ImportHealth], secrets: list[Object], now: float
) -> ClusterHealth:
    """The cluster `name`, and what is wrong about its credentials at the time `now`."""
    cluster = ClusterHealth(name, imports)
    readable: list[Credential] = []
    for secret in secrets:
        try:
            readable.append(credential_order.read(secret))
        except AccessError as error:
            title = f"{SYSTEM_NAMESPACE}/{secret['metadata']['name']}"
            cluster.problems.append(f"the credential in Secret {title} can't be used: {error}.")
    if not secrets:
        cluster.problems.append(
            "there is no credential for it: run kubemcsa bootstrap --service-account ..."
        )
    if readable:
        # The hooks try none that has expired; then that issued last is the one to renew.
        newest = max(readable, key=lambda credential: credential.issued_at)
        usable = credential_order.in_order(readable, now) or (newest,)
        cluster.accesses = [credential.access for credential in usable]
        _judge_age(cluster, usable[0], now)
    return cluster


def _judge_age(cluster: ClusterHealth, credential: Credential, now: float) -> None:
    """Say of the cluster when the credential expires, and whether that is a problem."""
    issued_at, expires_at = credential.issued_at, credential.expires_at
    if expires_at == float("inf"):
        return
    cluster.expires = expires = _time(expires_at)
    renewed = any(sai.renews for sai in cluster.imports)
    # in_order sets a time of issue that is in the future to 0: the age is not known.
    overdue = issued_at and now >= issued_at + _OVERDUE * (expires_at - issued_at)
    if now >= expires_at:
        cluster.problems.append(f"its credential has expired at {expires}: {AGAIN}.")
    elif renewed and overdue:
        cluster.problems.append(
            f"its credential expires at {expires} and is not renewed: {_ENGINE}."
        )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
