"""What `make node` says where there can be no node, and how images are called there."""

import os
from pathlib import Path

import pytest

from support.node.real import image_cache, namespaces


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
    assert image_cache.complete(name) == completed


def test_archives_of_two_clones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def archive(clone: str, content: str) -> Path:
        source = tmp_path / clone / "hooks"
        source.mkdir(parents=True, exist_ok=True)
        (source / "app.py").write_text(content)
        return image_cache.path("registry.example/hooks:1", [source])

    assert archive("first", "same") == archive("second", "same")
    assert archive("first", "same") != archive("second", "other")


def test_old_archives_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = tmp_path / "source"

    def archive(content: str) -> Path:
        source.write_text(content)
        return image_cache.path("hooks", [source])

    made = []
    for number in range(image_cache.KEPT):
        made.append(archive(str(number)))
        made[-1].touch()
        os.utime(made[-1], (number, number))
    # The first is used again, so the second goes.
    assert archive("0") == made[0]
    archive("another")
    assert [path.exists() for path in made] == [True, False, *[True] * (image_cache.KEPT - 2)]
