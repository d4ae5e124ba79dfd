"""Archives with the same bytes for the same files: no times or owners are in them."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from typing import NamedTuple


class Member(NamedTuple):
    """A file of an archive."""

    content: bytes
    mode: int = 0o644


def tarball(members: Mapping[str, Member]) -> bytes:
    """A gzipped tar of `members`, by their paths in it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, member in sorted(members.items()):
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(member.content), member.mode
            tar.addfile(info, io.BytesIO(member.content))
    return gzip.compress(buffer.getvalue(), mtime=0)
