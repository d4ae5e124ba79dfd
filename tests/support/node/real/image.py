"""Writes an image as an archive that containerd imports, without a builder."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Layer(NamedTuple):
    """The files of a folder, or a single file, at a place of the image; all are root's."""

    path: Path
    target: str = ""


def write(archive: Path, name: str, config: Mapping[str, Any], layers: Iterable[Layer]) -> None:
    """The archive (docker save's format) holds one image of that complete name."""
    partial = archive.with_name(f".{archive.name}.partial")
    names, digests = [], []
    with tarfile.open(partial, "w") as image:
        for number, layer in enumerate(layers):
            content = _tar(layer)
            names.append(f"{number}.tar")
            digests.append(f"sha256:{hashlib.sha256(content).hexdigest()}")
            _add(image, names[-1], content)
        described = {
            "architecture": "amd64",
            "os": "linux",
            "config": dict(config),
            "rootfs": {"type": "layers", "diff_ids": digests},
        }
        _add(image, "config.json", json.dumps(described).encode())
        manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": names}]
        _add(image, "manifest.json", json.dumps(manifest).encode())
    partial.replace(archive)


def _tar(layer: Layer) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        if layer.path.is_file():
            tar.add(layer.path, layer.target, filter=_owned_by_root)
        else:
            for path in sorted(layer.path.iterdir()):
                name = f"{layer.target}/{path.name}".lstrip("/")
                tar.add(path, name, filter=_owned_by_root)
    return content.getvalue()


def _owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _add(image: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    image.addfile(entry, io.BytesIO(content))
