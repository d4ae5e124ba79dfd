from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

import mcsa_hooks
from support.cluster import ControlPlane
from support.engine import automount
from support.loopback.gunicorns import AdmissionServer


@pytest.fixture
def app() -> Flask:
    return mcsa_hooks.admission_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdmissionServer]:
    with AdmissionServer(tmp_path_factory.mktemp("admission")) as server:
        yield server


@pytest.fixture(scope="session")
def target(
    tmp_path_factory: pytest.TempPathFactory, server: AdmissionServer
) -> Iterator[ControlPlane]:
    folder = tmp_path_factory.mktemp("cluster1")
    with ControlPlane("cluster1", folder, controller_manager=True) as target:
        automount.install(target, server)
        yield target


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane("cluster2", tmp_path_factory.mktemp("cluster2")) as source:
        yield source
