"""Plays the Dockerfile step by step, with a venv in the place of its first stage's image."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from support import ROOT


class Image(NamedTuple):
    """What the last stage holds, and says."""

    packages: Path
    """Here, what is in /packages there."""
    environ: dict[str, str]
    user: str


def play(folder: Path, python: str = sys.executable) -> Image:
    """What the Dockerfile makes in that folder; AssertionError if a step fails."""
    build, packages, environ, user = folder / "build", folder / "packages", {}, ""
    subprocess.run([python, "-m", "venv", folder / "python"], check=True)
    path = f"{folder / 'python' / 'bin'}:{os.environ['PATH']}"
    stages = 0
    for keyword, rest in instructions():
        match keyword:
            case "FROM":
                stages += 1
            case "WORKDIR":
                assert rest == "/build"
                build.mkdir()
            case "COPY" if stages == 1:
                *sources, target = rest.split()
                for source in sources:
                    copy(source, build / target)
            case "COPY":
                assert rest == "--from=build /packages /packages"
            case "RUN":
                command = shlex.split(rest.replace("/packages", str(packages)))
                env = os.environ | {"PATH": path}
                done = subprocess.run(command, cwd=build, env=env, capture_output=True, text=True)
                assert done.returncode == 0, done.stdout + done.stderr
            case "ENV":
                name, _, value = rest.partition("=")
                environ[name] = value
            case "USER":
                user = rest
            case _:
                raise AssertionError(f"{keyword} is not known here")
    assert stages == 2
    return Image(packages, environ, user)


def instructions() -> Iterator[tuple[str, str]]:
    """Each keyword and the rest of its line."""
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line and not line.startswith("#"):
            keyword, _, rest = line.partition(" ")
            yield keyword, rest


def copy(source: str, target: Path) -> None:
    """Only what .dockerignore lets through."""
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert f"!{source.partition('/')[0]}" in allowed
    if (ROOT / source).is_dir():
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / source, target, dirs_exist_ok=True, ignore=ignore)
    else:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, target)
