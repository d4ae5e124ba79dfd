"""The options that say what the credential of an introduction holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kubemcsa.options.duration import Duration
from mcsa_core.token import MAX_EXPIRATION, MIN_EXPIRATION

F = TypeVar("F", bound=Callable[..., Any])


def options(command: F) -> F:
    """Give a command the options as parameters.

    `source_server`, `source_ca` (a Path), `credential_duration` (seconds; None: not given) and
    `never_expiring_fallback` (a bool).
    """
    for decorate in (
        click.option(
            "--never-expiring-fallback",
            is_flag=True,
            help="Register a credential that never expires, for outages that last longer than what"
            " the source grants. Later runs keep it.",
        ),
        click.option(
            "--credential-duration",
            type=Duration(MAX_EXPIRATION, MIN_EXPIRATION),
            help="How long each credential is to be valid, from 10m to a year (8760h); an"
            " import renews it. [default: that of the run before, which --target-manifests can't"
            " know, or 720h]",
        ),
        click.option(
            "--source-ca",
            type=click.Path(dir_okay=False, path_type=Path),
            help="CA certificate (PEM) for --source-server.",
        ),
        click.option(
            "--source-server",
            metavar="URL",
            help="API server of the source, as the target can reach it: without the proxy-url and"
            " the tls-server-name of the kubeconfig. [default: the kubeconfig's, with these]",
        ),
    ):
        command = decorate(command)
    return command
