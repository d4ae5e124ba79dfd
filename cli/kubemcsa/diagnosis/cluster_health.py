"""What is the matter with the credentials of a cluster, as far as the target can tell."""

import shlex
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kubemcsa.api.object_paths import Object
from kubemcsa.diagnosis.credential_age import NEVER, is_overdue, outage_seconds
from kubemcsa.diagnosis.import_health import ENGINE, ImportHealth
from kubemcsa.output.command_lines import ANY_ACCOUNT, BOOTSTRAP, account_options, again
from kubemcsa.output.listing import listing
from mcsa_core import credential_order
from mcsa_core.access import Access
from mcsa_core.credential_order import Credential
from mcsa_core.endpoint import AccessError
from mcsa_core.names import SYSTEM_NAMESPACE


@dataclass
class ClusterHealth:
    """A registered cluster, or one that imports name, and what is wrong about its credentials."""

    name: str
    imports: list[ImportHealth]
    accesses: list[Access] = field(default_factory=list, repr=False)
    """Those that the hooks try, in their order; if all have expired, that issued last."""
    expires: str | None = None
    """When the first of these expires, RFC 3339; None if there is none, or it does not say."""
    outage_seconds: float = 0
    """How long an outage of the hooks the credentials survive, see credential_age."""
    problems: list[str] = field(default_factory=list)
    """Whole sentences."""
    is_by_hand: bool = False
    """Whether the credential was put there by something else than kubemcsa."""
    checked: bool | None = None
    """Whether the source accepts the credential; None if the source was not called."""
    command: str = BOOTSTRAP
    """Introduces the cluster to the target, by the names of before as far as they are known."""

    @property
    def remedy(self) -> str:
        """What to run for a new credential with the rights of before."""
        return again(self.name, self.command)

    @property
    def ready(self) -> int:
        """How many imports are Ready."""
        return sum(sai.ready for sai in self.imports)

    @property
    def other_secrets(self) -> int:
        """How many Secrets the imports keep beside their own."""
        return sum(sai.other_secrets for sai in self.imports)

    @property
    def renewed(self) -> bool:
        """Whether there is an import that renews the credential."""
        return any(sai.renews for sai in self.imports)

    @property
    def renewal_reason(self) -> str | None:
        """The reason of the import that renews the credential; None if there is no such import."""
        return next((sai.reason for sai in self.imports if sai.renews), None)


def judge_cluster(
    name: str,
    imports: list[ImportHealth],
    secrets: list[Object],
    now: float,
    command: str = BOOTSTRAP,
) -> ClusterHealth:
    """The cluster `name`, and what is wrong about its credentials at the time `now`.

    `command` is the beginning of a command that introduces a cluster to the target.
    """
    targets = [sai.account[1] for sai in imports if sai.renews]
    command += "".join(f" --target-name {shlex.quote(target)}" for target in targets)
    cluster = ClusterHealth(name, imports, command=command)
    readable: list[Credential] = []
    for secret in secrets:
        try:
            readable.append(credential_order.read(secret))
        except AccessError as error:
            title = f"{SYSTEM_NAMESPACE}/{secret['metadata']['name']}"
            cluster.problems.append(f"the credential in Secret {title} can't be used: {error}.")
    if not secrets:
        cluster.problems.append(_no_credential(cluster))
    if readable:
        # The hooks try none that has expired; then that issued last is the one to renew.
        newest = max(readable, key=lambda credential: credential.issued_at)
        usable = credential_order.in_order(readable, now) or (newest,)
        cluster.accesses = [credential.access for credential in usable]
        cluster.outage_seconds = outage_seconds(usable, now, renewed=cluster.renewed)
        if usable[0].expires_at != NEVER:
            cluster.expires = _time(usable[0].expires_at)
        cluster.is_by_hand = not any(_is_by_kubemcsa(secret) for secret in secrets)
        if problem := _age_problem(cluster, usable[0], newest, now):
            cluster.problems.append(problem)
    return cluster


def _no_credential(cluster: ClusterHealth) -> str:
    accounts = account_options(sai.account for sai in cluster.imports) or ANY_ACCOUNT
    names = [f"{sai.namespace}/{sai.name}" for sai in cluster.imports]
    return (
        f"there is no credential for it: {cluster.remedy} {accounts}, or"
        f" correct the clusterName of {listing(names)}."
    )


def _age_problem(
    cluster: ClusterHealth, used: Credential, newest: Credential, now: float
) -> str | None:
    """What is wrong about the age of the credential that the hooks use, or about its renewal."""
    if now >= used.expires_at:
        return f"its credential has expired at {cluster.expires}: {cluster.remedy}."
    if not cluster.renewed and cluster.is_by_hand:
        # A credential that never expires needs no renewal.
        return cluster.expires and (
            f"its credential expires at {cluster.expires}, and no import renews it: put another"
            f" one into Secret {SYSTEM_NAMESPACE}/{cluster.name} before, or delete that Secret and"
            f" {cluster.remedy}."
        )
    if not cluster.renewed:
        expiry = f", which expires at {cluster.expires}" if cluster.expires else ""
        return f"no import renews its credential{expiry}: {cluster.remedy}."
    if used.expires_at == NEVER and now >= newest.expires_at:
        return (
            f"its renewed credential has expired at {_time(newest.expires_at)}, and the hooks use"
            f" the one that never expires: {ENGINE}."
        )
    if is_overdue(used, now):
        return f"its credential expires at {cluster.expires} and is not renewed: {ENGINE}."
    return None


def _is_by_kubemcsa(secret: Object) -> bool:
    labels = secret["metadata"].get("labels") or {}
    return labels.get("app.kubernetes.io/managed-by") == "kubemcsa"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
