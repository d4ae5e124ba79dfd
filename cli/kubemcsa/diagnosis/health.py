"""What is the matter with registered clusters and imports, as far as the target can tell."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from kubemcsa.api.object_paths import Object
from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.endpoint import AccessError
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_core.token import Claims, claims

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
    """What its credentials give, the last one issued first."""
    expires: str | None = None
    """When that one expires, RFC 3339; None if there is none, or it does not say."""
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
    found = Registered(name, imports)
    held: list[tuple[Access, Claims | None]] = []
    for one in secrets:
        try:
            access = secret.access(one)
        except AccessError as error:
            named = f"{SYSTEM_NAMESPACE}/{one['metadata']['name']}"
            found.problems.append(f"the credential in Secret {named} can't be used: {error}.")
        else:
            held.append((access, claims(access.token)))
    held.sort(key=lambda pair: pair[1].issued_at if pair[1] else 0, reverse=True)
    found.accesses = [access for access, _ in held]
    newest = held[0][1] if held else None
    if newest:
        found.expires = _time(newest.expires_at)
        found.problems += _age(newest, now, renewed=any(one.renews for one in imports))
    elif not (held or found.problems):
        found.problems.append(
            "there is no credential for it: run kubemcsa bootstrap --service-account ..."
        )
    return found


def _age(newest: Claims, now: float, *, renewed: bool) -> list[str]:
    life, expires = newest.expires_at - newest.issued_at, _time(newest.expires_at)
    if now >= newest.expires_at:
        return [f"its credential has expired at {expires}: {AGAIN}."]
    if renewed and now >= newest.issued_at + _OVERDUE * life:
        return [f"its credential expires at {expires} and is not renewed: {_ENGINE}."]
    return []


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
