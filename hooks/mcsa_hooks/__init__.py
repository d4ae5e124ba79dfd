"""The hooks of multicluster-service-account, as two stateless Flask applications.

Metacontroller calls `mcsa_hooks:sync_app()`, the API server `mcsa_hooks:admission_app()`. Importing
this package has no side effects.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def sync_app() -> "Flask":
    """The application that Metacontroller calls, configured from the environment."""
    from mcsa_hooks import apps  # noqa: PLC0415 - after gevent has patched the process

    return apps.sync_app(os.environ)


def admission_app() -> "Flask":
    """The application that the API server calls for each annotated pod."""
    from mcsa_hooks import apps  # noqa: PLC0415 - likewise

    return apps.admission_app()
