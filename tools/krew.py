"""kubemcsa as a plugin for krew: an archive, and the manifest that names its address and digest."""

import gzip
import hashlib
import io
import tarfile
import tomllib
from pathlib import Path
from string import Template

from support import ROOT

PROGRAM = "kubectl-mcsa"
ARCHIVE = f"{PROGRAM}.tar.gz"
# Not for Windows, which runs no file without a suffix that it knows.
MANIFEST = """\
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: mcsa
spec:
  version: $version
  homepage: $repository
  shortDescription: Use service accounts of other clusters in pods
  description: |
    Registers clusters with each other (bootstrap), shows their credentials and
    the imports that are not Ready (status), and prints kubeconfigs of service
    accounts (export). For the manifests of multicluster-service-account.
  caveats: |
    This plugin needs Python 3.11 or later, as python3 on your PATH. All commands
    work but "kubectl mcsa sync", for which kubemcsa is installed with pip.
  platforms:
    - selector:
        matchExpressions:
          - {key: os, operator: In, values: [darwin, linux]}
      uri: $repository/releases/download/$version/$archive
      sha256: $digest
      bin: $program
"""


def write(dist: Path, kubemcsa: Path) -> None:
    """In `dist` are the archive, which holds `kubemcsa` and the license, and mcsa.yaml."""
    archive = packed({PROGRAM: (kubemcsa, 0o755), "LICENSE": (ROOT / "LICENSE", 0o644)})
    (dist / ARCHIVE).write_bytes(archive)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    manifest = Template(MANIFEST).substitute(
        version=f"v{project['version']}",
        repository=project["urls"]["Repository"],
        archive=ARCHIVE,
        digest=hashlib.sha256(archive).hexdigest(),
        program=PROGRAM,
    )
    (dist / "mcsa.yaml").write_text(manifest)


def packed(members: dict[str, tuple[Path, int]]) -> bytes:
    """A gzipped tar of files, by their names in it and with their modes; no time is in it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, (file, mode) in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = file.stat().st_size, mode
            with file.open("rb") as content:
                tar.addfile(info, content)
    return gzip.compress(buffer.getvalue(), mtime=0)
