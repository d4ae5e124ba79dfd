"""The options that say which service accounts of the source the target may import."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mcsa_core.names import SYSTEM_NAMESPACE, is_label, is_subdomain

F = TypeVar("F", bound=Callable[..., Any])
_NEVER = f"no cluster ever gets a token of kube-* namespaces or of {SYSTEM_NAMESPACE}."


def options(command: F) -> F:
    """Give a command `accounts` and `namespaces`, tuples, and the flags that check() knows."""
    for decorate in (
        click.option(
            "--all-service-accounts", is_flag=True, help="Every service account: no limits."
        ),
        click.option(
            "--revoke",
            is_flag=True,
            help="With --replace: end the tokens of what is taken away at once.",
        ),
        click.option("--replace", is_flag=True, help="Take away all that this run does not name."),
        click.option(
            "--source-namespace",
            "namespaces",
            type=_Namespace(),
            multiple=True,
            help="Add all service accounts of this namespace; repeatable.",
        ),
        click.option(
            "--service-account",
            "accounts",
            type=_Account(),
            multiple=True,
            help="Add this service account; repeatable. [default: those of before, at first all]",
        ),
    ):
        command = decorate(command)
    return command


def check(options: dict[str, Any]) -> None:
    """A usage error unless the options go together."""
    named = options["accounts"] or options["namespaces"]
    replace, everything = options["replace"], options["all_service_accounts"]
    if replace and everything:
        raise click.UsageError("--replace goes with named accounts, not --all-service-accounts.")
    if replace and not named:
        raise click.UsageError(
            "--replace takes away all that is not named: add --service-account or"
            " --source-namespace."
        )
    if everything and named:
        raise click.UsageError(
            "--all-service-accounts goes without --service-account and --source-namespace."
        )
    if options["revoke"] and not replace:
        raise click.UsageError("--revoke goes with --replace.")


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
