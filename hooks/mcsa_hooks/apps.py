"""The two applications: each loads what it serves and no more."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from flask import Flask

from mcsa_hooks import bearer, web


def sync_app(environ: Mapping[str, str]) -> Flask:
    """The hooks for Metacontroller.

    They are behind the bearer token in the file that `MCSA_BEARER_TOKEN_FILE` names.
    """
    from mcsa_hooks.namespaces import views as namespaces  # noqa: PLC0415
    from mcsa_hooks.serviceaccountimports import views as imports  # noqa: PLC0415

    flask = web.app(imports.bp, namespaces.bp)
    # A variable that is set and empty is a mistake, after which all requests are refused.
    if (file := environ.get("MCSA_BEARER_TOKEN_FILE")) is not None:
        flask.before_request(partial(bearer.require, Path(file)))
    return flask


def admission_app() -> Flask:
    """The webhook for the API server; it calls no other server."""
    from mcsa_hooks.admission import views  # noqa: PLC0415

    return web.app(views.bp)
