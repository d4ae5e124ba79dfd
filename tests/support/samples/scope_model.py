"""What sequences of bootstrap and unbootstrap leave in a source, as the documents say it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mcsa_core.names import SYSTEM_NAMESPACE

ANY = "*"
ALL = frozenset({(ANY, ANY)})
Accounts = frozenset[tuple[str, str]]
"""Namespace and name of service accounts; ANY is for all of them."""


@dataclass(frozen=True)
class Run:
    """A run of bootstrap, or of unbootstrap."""

    named: Accounts = frozenset()
    replace: bool = False
    revoke: bool = False
    everything: bool = False
    unbootstrap: bool = False

    def arguments(self) -> list[str]:
        """Its arguments, without the names of clusters."""
        if self.unbootstrap:
            return ["unbootstrap", "--yes"]
        flags = {
            "--replace": self.replace,
            "--revoke": self.revoke,
            "--all-service-accounts": self.everything,
        }
        return [
            "bootstrap",
            *(flag for flag, is_set in flags.items() if is_set),
            *(
                f"--source-namespace={namespace}"
                if name == ANY
                else f"--service-account={namespace}/{name}"
                for namespace, name in sorted(self.named)
            ),
        ]


@dataclass
class Target:
    """The scope of a target, None before its first run, and its grants."""

    scope: Accounts | None = None
    has_rights: bool = False
    grants: dict[str, int] = field(default_factory=dict)
    """By namespace: a number that no other grant ever had."""
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000)))

    def after(self, run: Run) -> None:
        """The run has ended."""
        self.has_rights = not run.unbootstrap
        if run.unbootstrap:
            self.grants.clear()
            self.scope = None
            return
        before, self.scope = self.scope, whole(self._scope(run))
        if self.scope == ALL:
            return
        if run.revoke:
            for namespace in set(self.grants) - {SYSTEM_NAMESPACE}:
                if not self._stays(namespace, before or frozenset()):
                    del self.grants[namespace]
        for namespace in {SYSTEM_NAMESPACE} | {space for space, _ in self.scope}:
            self.grants.setdefault(namespace, next(self._numbers))

    def _scope(self, run: Run) -> Accounts:
        if run.everything or (not run.replace and self.scope == ALL):
            return ALL
        if run.replace:
            return run.named
        if self.scope is None:
            return run.named or ALL
        return self.scope | run.named

    def _stays(self, namespace: str, before: Accounts) -> bool:
        """Whether no token that is bound to the grant is to end."""
        assert self.scope is not None
        accounts = {account for account in before if account[0] == namespace}
        return bool(accounts) and all(
            account in self.scope or (namespace, ANY) in self.scope for account in accounts
        )


def whole(accounts: Accounts) -> Accounts:
    """Without the single accounts of namespaces that are there as a whole."""
    spaces = {namespace for namespace, name in accounts if name == ANY}
    return frozenset(a for a in accounts if a[1] == ANY or a[0] not in spaces)


def rights(target_name: str, scope: Accounts | None) -> dict[tuple[str, str], Any]:
    """Kind and namespace of each role and binding, and the names that Roles are for."""
    if scope is None:
        return {}
    if scope == ALL:
        return {("ClusterRoleBinding", ""): None}
    spaces: dict[str, Any] = {SYSTEM_NAMESPACE: {target_name}}
    for namespace, name in scope:
        names = spaces.setdefault(namespace, set())
        names.add(name)
    roles = {("Role", space): None if ANY in names else names for space, names in spaces.items()}
    return roles | {("RoleBinding", space): None for space in spaces}
