"""The service accounts of a source that a target may import: all of them, or those named."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """Service accounts; with `limited` false all of the source, whatever else it says."""

    accounts: tuple[tuple[str, str], ...] = ()
    """Namespace and name."""
    namespaces: tuple[str, ...] = ()
    """Those of which all service accounts are in the scope."""
    limited: bool = True

    def names(self) -> dict[str, list[str] | None]:
        """The service accounts of each namespace, sorted; None where it is all of them."""
        names: dict[str, list[str] | None] = dict.fromkeys(self.namespaces)
        for namespace, name in sorted(set(self.accounts)):
            if (accounts := names.setdefault(namespace, [])) is not None:
                accounts.append(name)
        return dict(sorted(names.items()))

    def patterns(self) -> list[str]:
        """NAMESPACE/NAME of each, or NAMESPACE/* for all of a namespace, or * for all there are."""
        if not self.limited:
            return ["*"]
        return [
            f"{namespace}/{name}"
            for namespace, names in self.names().items()
            for name in (["*"] if names is None else names)
        ]

    def union(self, scope: "Scope") -> "Scope":
        """What is in one of the two."""
        if not (self.limited and scope.limited):
            return EVERYTHING
        return Scope(self.accounts + scope.accounts, self.namespaces + scope.namespaces)

    def equals(self, scope: "Scope") -> bool:
        """Whether the two have the same service accounts, however these are named."""
        if not (self.limited and scope.limited):
            return self.limited == scope.limited
        return self.names() == scope.names()

    def has(self, namespace: str, name: str) -> bool:
        """Whether a service account is in the scope."""
        named = (namespace, name) in self.accounts
        return not self.limited or named or namespace in self.namespaces

    def beyond(self, scope: "Scope") -> "Scope":
        """What is in this scope and not in the other, which leaves whole namespaces whole."""
        if not scope.limited:
            return Scope()
        return Scope(
            accounts=tuple(account for account in self.accounts if not scope.has(*account)),
            namespaces=tuple(sorted(set(self.namespaces) - set(scope.namespaces))),
            limited=self.limited,
        )

    def __str__(self) -> str:
        if not self.limited:
            return "every service account"
        parts = []
        for namespace, names in self.names().items():
            if names is None:
                parts.append(f"all service accounts of namespace {namespace}")
            else:
                parts += [f"service account {namespace}/{name}" for name in names]
        return ", ".join(parts) or "no service account"


EVERYTHING = Scope(limited=False)


@dataclass(frozen=True)
class ScopeRequest:
    """What the options of a run say about the scope."""

    named: Scope = Scope()
    replace: bool = False
    """What is not named is taken away."""
    revoke: bool = False
    """Tokens of what is taken away end at once."""
    everything: bool = False

    def scope(self, before: Scope | None) -> Scope:
        """The scope after the run, by that of before, None for a first run."""
        if self.everything:
            return EVERYTHING
        if self.replace:
            return self.named
        if before is None:
            return self.named if self.named.names() else EVERYTHING
        return before.union(self.named)
