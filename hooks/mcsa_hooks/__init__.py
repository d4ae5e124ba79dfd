"""The stateless functions behind multicluster-service-account, as Flask applications.

Metacontroller calls `mcsa_hooks:sync_app()`. Nothing happens when this package is imported.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def sync_app() -> "Flask":
    """The application that Metacontroller calls, configured from the environment."""
    from mcsa_hooks import sync  # noqa: PLC0415 - gevent patches the process before this

    return sync.app(os.environ)
