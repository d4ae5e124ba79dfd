"""The two applications; each imports only the hooks that it serves."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from flask import Flask

from mcsa_hooks import bearer, web


def sync_app(environ: Mapping[str, str]) -> Flask:
    """The hooks for Metacontroller.

    With `MCSA_BEARER_TOKEN_FILE` they require a bearer token of that file.
    """
    from mcsa_hooks.namespaces import views as namespaces  # noqa: PLC0415
    from mcsa_hooks.serviceaccountimports import views as imports  # noqa: PLC0415

    flask = web.app(imports.bp, namespaces.bp)
    # If the variable is set and empty, by mistake, all requests are refused.
    if (file := environ.get("MCSA_BEARER_TOKEN_FILE")) is not None:
        flask.before_request(partial(bearer.require, Path(file)))
    return flask


def admission_app() -> Flask:
    """The admission webhook for the API server; it makes no network calls."""
    from mcsa_hooks.admission import views  # noqa: PLC0415

    return web.app(views.bp)
