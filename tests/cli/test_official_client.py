"""The private parts of the official client that kubemcsa/api/connect.py uses."""

from pathlib import Path

import pytest
from kubernetes import __version__, client
from kubernetes.config import kube_config

from support.samples.kubeconfigs import kubeconfig


def gone(part: str) -> str:
    return (
        f"kubernetes {__version__} has no {part} any more, by which kubemcsa/api/connect.py reads"
        " a kubeconfig or sends requests: see what took its place, or exclude that version in"
        " pyproject.toml."
    )


def test_the_merger_of_kubeconfigs(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(kubeconfig("a", current="a"))
    merger_class = getattr(kube_config, "KubeConfigMerger", None)
    assert merger_class, gone("KubeConfigMerger")
    merger = merger_class(str(file))
    try:
        configs = list(merger.config_files.values())
        context = merger.config["contexts"].get_with_name("a")["context"]
        namespace, missing = context.safe_get("namespace"), context.safe_get("missing")
    except (AttributeError, KeyError, TypeError):
        pytest.fail(gone("KubeConfigMerger with config_files, get_with_name and safe_get"))
    assert [config["current-context"] for config in configs] == ["a"]
    assert (namespace, missing) == ("in-a", None)


def test_the_pool_of_connections() -> None:
    rest_client = getattr(client.ApiClient(client.Configuration()), "rest_client", None)
    pool = getattr(rest_client, "pool_manager", None)
    assert hasattr(pool, "request"), gone("rest_client.pool_manager")


def test_the_token_of_a_user(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(kubeconfig("a", current="a"))
    configuration = client.Configuration()
    kube_config.load_kube_config(str(file), "a", configuration, persist_config=False)
    setting = configuration.auth_settings().get("BearerToken")
    assert setting, gone('setting "BearerToken"')
    assert setting["value"] == "Bearer token-of-a"
