"""A git repository in the place of that which deploy/metacontroller takes manifests from."""

import os
import shutil
import subprocess
from pathlib import Path

import yaml

from support.engine import metacontroller

from .programs import PARTS


def environment(folder: Path) -> dict[str, str]:
    """With what git needs to find a repository in `folder` at the address in the kustomization."""
    text = (metacontroller.DEDICATED / "kustomization.yaml").read_text()
    resource, *_ours = yaml.safe_load(text)["resources"]
    address, _, rest = resource.removeprefix("https://").partition("//")
    path, _, tag = rest.partition("?ref=")
    if not folder.exists():
        _make(folder, path, tag)
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{folder}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://{address}",
    }


def _make(folder: Path, path: str, tag: str) -> None:
    files = metacontroller.installed()
    if files is None:
        raise FileNotFoundError(metacontroller.ABSENT)
    shutil.copytree(PARTS / "metacontroller", folder / path)
    shutil.copy(files[1], folder / path / "crds.yaml")
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    for command in (("init",), ("add", "."), (*identity, "commit", "-m", tag), ("tag", tag)):
        git = ["git", "-C", str(folder), *command]
        subprocess.run(git, check=True, capture_output=True, env=os.environ)
