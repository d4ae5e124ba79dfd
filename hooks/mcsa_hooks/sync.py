"""The application that Metacontroller calls."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from flask import Flask

from mcsa_hooks import bearer, web
from mcsa_hooks.imports import views as imports
from mcsa_hooks.namespaces import views as namespaces


def app(environ: Mapping[str, str]) -> Flask:
    """The hooks, behind the bearer token in the file that `MCSA_BEARER_TOKEN_FILE` names."""
    flask = web.app(imports.bp, namespaces.bp)
    # Set and empty is a mistake, and lets nobody in.
    if (file := environ.get("MCSA_BEARER_TOKEN_FILE")) is not None:
        flask.before_request(partial(bearer.require, Path(file)))
    return flask
