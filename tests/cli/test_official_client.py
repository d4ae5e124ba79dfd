"""The parts of the official client by which kubeconfigs are loaded and requests are sent."""

import json
import logging

from kubernetes import __version__, client, config

from multicluster_service_account.login_plugin import PluginLog
from support.samples.kubeconfigs import kubeconfig


def gone(part: str) -> str:
    return (
        f"kubernetes {__version__} has no {part} any more, by which kubemcsa/api/connect.py or"
        " multicluster_service_account/own_context.py works: see what took its place, or exclude"
        " that version in pyproject.toml."
    )


def test_the_pool_of_connections() -> None:
    rest_client = getattr(client.ApiClient(client.Configuration()), "rest_client", None)
    pool = getattr(rest_client, "pool_manager", None)
    assert hasattr(pool, "request"), gone("rest_client.pool_manager")


def test_the_token_of_a_user() -> None:
    setting = loaded().auth_settings().get("BearerToken")
    assert setting, gone('setting "BearerToken"')
    assert setting["value"] == "Bearer token-of-a"


def test_what_is_logged_of_a_login_plugin() -> None:
    plugin = {"command": "sh", "args": ["-c", "echo expired >&2; exit 3"], "apiVersion": "v1"}
    with PluginLog() as log:
        configuration = loaded(exec=plugin)
    assert not configuration.auth_settings()
    assert log.messages == ["exec: process returned 3. expired"], gone("log line of a plugin")
    assert log not in logging.getLogger().handlers


def loaded(**user: object) -> client.Configuration:
    configuration = client.Configuration()
    content = json.loads(kubeconfig("a", current="a", **user))
    config.load_kube_config_from_dict(content, "a", configuration, persist_config=False)
    return configuration
