"""A Secret's folder in a container, as the kubelet makes it and swaps it."""

import base64
import itertools
import shutil
from collections.abc import Mapping
from pathlib import Path


class Mount:
    """The files are links into `..data`, which is a link to the folder of one version."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._versions = itertools.count(1)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """The folder holds these files, and at no moment some of these and some of the last."""
        data = self.folder / "..data"
        old = data.readlink() if data.is_symlink() else None
        new = self.folder / f"..version_{next(self._versions)}"
        new.mkdir(parents=True)
        for name, content in files.items():
            (new / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        partial = self.folder / "..data_tmp"
        partial.symlink_to(new.name)
        partial.rename(data)
        for name in files:
            if not (self.folder / name).is_symlink():
                (self.folder / name).symlink_to(f"..data/{name}")
        if old is not None:
            for gone in {path.name for path in (self.folder / old).iterdir()} - files.keys():
                (self.folder / gone).unlink()
            shutil.rmtree(self.folder / old)

    def write_secret(self, data: Mapping[str, str]) -> None:
        """The same for the `data` of a Secret."""
        self.write({key: base64.b64decode(value) for key, value in data.items()})
