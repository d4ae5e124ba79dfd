import pytest
from flask import Flask
from flask.testing import FlaskClient

import mcsa_hooks


@pytest.fixture
def app() -> Flask:
    return mcsa_hooks.admission_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
