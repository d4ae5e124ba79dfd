"""A pytest plugin: the marker `cluster`, and the programs built before the first test with it.

Here and not in a fixture, as pytest would hide the progress of the build.
"""

import pytest

from .binaries import binaries
from .errors import ClusterError


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cluster: needs real control planes, built on first use")


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.option.collectonly:
        return
    if any(item.get_closest_marker("cluster") for item in session.items):
        try:
            binaries()
        except ClusterError as error:
            raise pytest.UsageError(str(error)) from error
