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
class Import:
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
        """Whether it is the one that renews its cluster's credential."""
        return (self.namespace, self.name) == (SYSTEM_NAMESPACE, self.cluster)


@dataclass
class Registered:
    """A cluster that imports name."""

    name: str
    imports: list[Import]
    accesses: list[Access] = field(default_factory=list, repr=False)
    """Those that the hooks try, in their order; if all have expired, that issued last."""
    expires: str | None = None
    """When the first of these expires, RFC 3339; None if there is none, or it does not say."""
    problems: list[str] = field(default_factory=list)
    checked: bool | None = None
    """Whether the source takes the credential; None if nobody has asked it."""

    @property
    def ready(self) -> int:
        """How many of its imports are Ready."""
        return sum(one.ready for one in self.imports)

    @property
    def seen(self) -> str | None:
        """What the hooks last saw of it: the reason of the import that renews the credential."""
        return next((one.reason for one in self.imports if one.renews), None)


def imported(one: Object, now: float) -> Import:
    """What an import is at the time `now`."""
    spec, metadata, status = one["spec"], one["metadata"], one.get("status") or {}
    ready: Object = next((c for c in status.get("conditions") or [] if c["type"] == "Ready"), {})
    expires = status.get("expirationTimestamp")
    good = ready.get("status") == "True"
    reason, message = ready.get("reason", ""), ready.get("message", "")
    if not ready or status.get("observedGeneration") != metadata["generation"]:
        good, reason = False, "NotSynced"
        message = f"The hooks have not looked at it since it was made or changed: {_ENGINE}."
    elif good and expires and datetime.fromisoformat(expires).timestamp() <= now:
        good, reason = False, "TokenExpired"
        message = f"Its token has expired at {expires}: {_ENGINE}."
    account = spec["namespace"], spec["name"]
    where = metadata["namespace"], metadata["name"]
    return Import(*where, spec["clusterName"], account, good, reason, message)


def registered(name: str, imports: list[Import], secrets: list[Object], now: float) -> Registered:
    """The cluster `name`, and what is wrong about its credentials at the time `now`."""
    cluster = Registered(name, imports)
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
        tried = credential_order.in_order(readable, now) or (newest,)
        cluster.accesses = [credential.access for credential in tried]
        renewed = any(one.renews for one in imports)
        _judge(cluster, tried[0], now, renewed=renewed)
    return cluster


def _judge(cluster: Registered, credential: Credential, now: float, *, renewed: bool) -> None:
    """Say of the cluster when the credential expires, and whether that is a problem."""
    issued, end = credential.issued_at, credential.expires_at
    if end == float("inf"):
        return
    cluster.expires = expires = _time(end)
    if now >= end:
        cluster.problems.append(f"its credential has expired at {expires}: {AGAIN}.")
    # A time of issue that is in the future is not known: see in_order.
    elif renewed and issued and now >= issued + _OVERDUE * (end - issued):
        cluster.problems.append(
            f"its credential expires at {expires} and is not renewed: {_ENGINE}."
        )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
