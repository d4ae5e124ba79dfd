"""The stateless functions behind multicluster-service-account, as Flask applications.

Metacontroller calls `mcsa_hooks:sync_app()`, the API server `mcsa_hooks:admission_app()`. Nothing
happens when this package is imported.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def sync_app() -> "Flask":
    """The application that Metacontroller calls, configured from the environment."""
    from mcsa_hooks import apps  # noqa: PLC0415 - gevent patches the process before this

    return apps.sync_app(os.environ)


def admission_app() -> "Flask":
    """The application that the API server calls for each annotated pod."""
    from mcsa_hooks import apps  # noqa: PLC0415 - likewise

    return apps.admission_app()
