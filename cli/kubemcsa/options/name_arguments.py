"""The names that commands take as arguments, without a namespace."""

import click


def check_no_namespace(command: str, name: str) -> None:
    """A usage error for NAMESPACE/NAME, with what to type instead."""
    namespace, slash, rest = name.partition("/")
    if slash:
        raise click.UsageError(
            f"the namespace goes into an option: kubemcsa {command} {rest} -n {namespace}"
        )
