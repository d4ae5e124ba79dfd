"""The hooks without a network: Flask's client, a frozen clock, source clusters by `responses`."""

import time
from collections.abc import Iterator

import pytest
import responses
from flask.testing import FlaskClient

import mcsa_hooks.apps
from mcsa_hooks.remote import api_client
from support.samples import world


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The sync application's, at world.NOW."""
    monkeypatch.setattr(time, "time", lambda: float(world.NOW))
    api_client.forget()
    return mcsa_hooks.apps.sync_app({}).test_client()


@pytest.fixture
def remote() -> Iterator[responses.RequestsMock]:
    """Source clusters, which must be called just as expected."""
    with responses.RequestsMock() as mock:
        yield mock
