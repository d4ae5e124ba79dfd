"""What `make node` says where there can be no node, and how images are called there."""

import os

import pytest

from support.node.real import namespaces
from support.node.real.image_cache import complete


def test_without_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert namespaces.obstacle() == (
        "A node needs root on Linux, for its namespaces, mounts and cgroups."
    )


def test_without_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", "/none")
    assert namespaces.obstacle() == (
        "A node needs these programs, which are not on PATH: "
        "apt-get, dpkg, git, hostname, ip, mount, unshare."
    )


@pytest.mark.parametrize(
    ("name", "completed"),
    [
        ("kubectl", "docker.io/library/kubectl:latest"),
        ("examples:local", "docker.io/library/examples:local"),
        ("example/pause:1", "docker.io/example/pause:1"),
        ("registry.example/a/b", "registry.example/a/b:latest"),
        ("registry.example:5000/a/b:1", "registry.example:5000/a/b:1"),
    ],
)
def test_complete_names(name: str, completed: str) -> None:
    assert complete(name) == completed
