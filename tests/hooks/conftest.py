"""The hooks without a network: Flask's client, a frozen clock, source clusters by `responses`."""

import time
from collections.abc import Iterator

import pytest
import responses
from flask.testing import FlaskClient

import mcsa_hooks.sync
import world
from mcsa_hooks.imports import source


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The sync application's, at world.NOW."""
    monkeypatch.setattr(time, "time", lambda: float(world.NOW))
    source.forget()
    return mcsa_hooks.sync.app({}).test_client()


@pytest.fixture
def remote() -> Iterator[responses.RequestsMock]:
    """Source clusters, which must be called just as expected."""
    with responses.RequestsMock() as mock:
        yield mock
