"""The application that the API server calls; it calls nobody itself."""

from flask import Flask

from mcsa_hooks import web
from mcsa_hooks.admission import views


def app() -> Flask:
    """The admission function."""
    return web.app(views.bp)
