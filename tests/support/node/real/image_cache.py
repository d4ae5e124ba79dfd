"""Where an image's archive is kept: another one whenever a file that it is made of changes."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from support.cluster.building import cache

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KEPT = 4
"""Archives of an image, so that as many clones of the project don't make theirs in turn."""


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
    """The archive of the image, which may be there; of other sources' the last used ones stay."""
    folder = cache(os.environ) / "images"
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    for source in (*sources, *sorted(Path(__file__).parent.glob("*image*.py"))):
        for file in _files(source):
            # The same in each clone of the project.
            relative = file.relative_to(source.parent)
            digest.update(str(relative).encode() + b"\0" + file.read_bytes())
    short = name.rpartition("/")[2].partition(":")[0]
    archive = folder / f"{short}-{digest.hexdigest()[:12]}.tar"
    if archive.exists():
        archive.touch()
    else:
        others = folder.glob(f"{short}-{'?' * 12}.tar")
        for old in sorted(others, key=_modified)[: 1 - KEPT]:
            old.unlink()
    return archive


def _modified(file: Path) -> float:
    return file.stat().st_mtime


def _files(source: Path) -> Iterator[Path]:
    """The source itself or, if it is a folder, its files, in their order."""
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
