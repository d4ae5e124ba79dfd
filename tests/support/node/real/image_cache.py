"""Where an image's archive is kept: another one whenever a file that it is made of changes."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from support.cluster.building import cache

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@contextmanager
def workspace() -> Iterator[Path]:
    """An empty folder to build in; what an interrupted build left there is removed."""
    folder = cache(os.environ) / "images" / "building"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def path(name: str, sources: Iterable[Path]) -> Path:
    """The archive of the image, which may be there; those of earlier sources are removed."""
    folder = cache(os.environ) / "images"
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    for file in _files([*sources, *sorted(Path(__file__).parent.glob("*image*.py"))]):
        digest.update(str(file).encode() + b"\0" + file.read_bytes())
    short = name.rpartition("/")[2].partition(":")[0]
    archive = folder / f"{short}-{digest.hexdigest()[:12]}.tar"
    if not archive.exists():
        for old in folder.glob(f"{short}-{'?' * 12}.tar"):
            old.unlink()
    return archive


def _files(sources: Iterable[Path]) -> Iterator[Path]:
    for source in sources:
        if source.is_dir():
            files = (file for file in sorted(source.rglob("*")) if file.is_file())
            yield from (file for file in files if "__pycache__" not in file.parts)
        else:
            yield source


def complete(name: str) -> str:
    """The name as containerd completes it: with a registry, a namespace there and a tag."""
    host, slash, _ = name.partition("/")
    if not slash:
        name = f"library/{name}"
    if not slash or "." not in host:
        name = f"docker.io/{name}"
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"
