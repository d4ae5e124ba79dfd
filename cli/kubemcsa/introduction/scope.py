"""Which service accounts of a source a target may import: all, or those of a scope."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from mcsa_core.names import SYSTEM_NAMESPACE, is_label, is_subdomain

F = TypeVar("F", bound=Callable[..., Any])
_NEVER = f"no cluster ever gets a token of kube-* namespaces or of {SYSTEM_NAMESPACE}."


@dataclass(frozen=True)
class Scope:
    """What the options say; without any of them all service accounts."""

    accounts: tuple[tuple[str, str], ...] = ()
    """Namespace and name."""
    namespaces: tuple[str, ...] = ()

    @property
    def limited(self) -> bool:
        """Whether it is less than all service accounts."""
        return bool(self.accounts or self.namespaces)

    def names(self) -> dict[str, list[str] | None]:
        """The service accounts of each namespace, None where it is all of them."""
        found: dict[str, list[str] | None] = dict.fromkeys(self.namespaces)
        for namespace, name in sorted(set(self.accounts)):
            if (listed := found.setdefault(namespace, [])) is not None:
                listed.append(name)
        return dict(sorted(found.items()))

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


def options(command: F) -> F:
    """Give a command the options of a scope."""
    for option in (
        click.option(
            "--source-namespace",
            "namespaces",
            type=_Namespace(),
            multiple=True,
            help="Only service accounts of this namespace; repeatable.",
        ),
        click.option(
            "--service-account",
            "accounts",
            type=_Account(),
            multiple=True,
            help="Only this service account; repeatable. [default: all]",
        ),
    ):
        command = option(command)
    return command


class _Namespace(click.ParamType):  # type: ignore[type-arg]
    name = "namespace"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """The namespace; a usage error if there can be none of that name, or none in a scope."""
        if not isinstance(value, str) or not is_label(value):
            self.fail(f"{value!r} is no name of a namespace.", param, ctx)
        if value == SYSTEM_NAMESPACE or value.startswith("kube-"):
            self.fail(f"{value!r} can't be imported from: {_NEVER}", param, ctx)
        return value


class _Account(click.ParamType):  # type: ignore[type-arg]
    name = "namespace/name"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Namespace and name; a usage error if it can't be a service account of a scope."""
        if isinstance(value, tuple):
            return value
        namespace, slash, name = str(value).partition("/")
        if not slash or not is_label(namespace) or not is_subdomain(name):
            self.fail(
                f"{value!r} is not the namespace and name of a service account, such as"
                " default/pod-lister.",
                param,
                ctx,
            )
        return _Namespace().convert(namespace, param, ctx), name
