"""Which service accounts of a source a target may import: all, or those of a scope."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """The service accounts that are named; all of them if none is."""

    accounts: tuple[tuple[str, str], ...] = ()
    """Namespace and name."""
    namespaces: tuple[str, ...] = ()

    @property
    def limited(self) -> bool:
        """Whether it is less than all service accounts."""
        return bool(self.accounts or self.namespaces)

    def names(self) -> dict[str, list[str] | None]:
        """The service accounts of each namespace, None where it is all of them."""
        names: dict[str, list[str] | None] = dict.fromkeys(self.namespaces)
        for namespace, name in sorted(set(self.accounts)):
            if (accounts := names.setdefault(namespace, [])) is not None:
                accounts.append(name)
        return dict(sorted(names.items()))

    def __str__(self) -> str:
        if not self.limited:
            return "every service account"
        parts = []
        for namespace, names in self.names().items():
            if names is None:
                parts.append(f"all service accounts of namespace {namespace}")
            else:
                parts += [f"service account {namespace}/{name}" for name in names]
        return ", ".join(parts)
