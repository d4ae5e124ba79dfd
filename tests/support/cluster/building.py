"""Programs of Go modules, built once into a cache outside the clone."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .errors import ClusterError, tail
from .go import go, needed

Programs = Mapping[str, tuple[str, int]]
"""The package of each program, and the minutes that it takes on two cores with an empty Go cache.

They are built in this order: a build reuses what the last one compiled.
"""


def say(line: str) -> None:
    """A line of progress on standard error."""
    print(line, file=sys.stderr, flush=True)


def cache(environ: Mapping[str, str]) -> Path:
    """The folder of all that is built once."""
    folder = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return folder.absolute() / "multicluster-service-account"


def cache_folder(module: Path, environ: Mapping[str, str]) -> Path:
    """Another one whenever a file of the module changes."""
    content = b"".join(file.read_bytes() for file in sorted(module.iterdir()))
    digest = hashlib.sha256(content).hexdigest()[:12]
    return cache(environ) / f"{module.name}-{digest}"


def missing(folder: Path, programs: Programs) -> list[str]:
    """The programs that a folder lacks."""
    return [name for name in programs if not os.access(folder / name, os.X_OK)]


def build(
    module: Path, folder: Path, programs: Programs, *, linker_flags: Sequence[str] = ()
) -> None:
    """Make what is missing in `folder`; an interrupted build goes on where it was."""
    if not missing(folder, programs):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock") as lock:
        compiler = go(needed((module / "go.mod").read_text()), folder / "go", say)
        for name in missing(folder, programs):
            package, minutes = programs[name]
            say(
                f"building {name} {module.name}, first time only, "
                f"about {minutes} minute{'s' if minutes > 1 else ''}"
            )
            partial = folder / f".{name}.partial"
            done = subprocess.run(
                [
                    *(compiler, "build", "-buildvcs=false", "-mod=readonly"),
                    *("-ldflags", " ".join(["-s -w", *linker_flags]), "-o", partial, package),
                ],
                cwd=module,
                env=os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"},
                capture_output=True,
                text=True,
                # A compiler that outlives this process keeps the lock.
                pass_fds=[lock.fileno()],
            )
            if done.returncode:
                raise ClusterError(
                    f"{name} {module.name} can't be built with {compiler}.{tail(done.stderr)}"
                )
            partial.replace(folder / name)


@contextmanager
def locked(path: Path) -> Iterator[IO[str]]:
    """No other process is in such a block with the same file."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another build in {path.parent}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
