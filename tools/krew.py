"""kubemcsa as a plugin for krew: an archive, and the manifest that names its address and digest."""

import hashlib
import tomllib
from pathlib import Path
from string import Template

from support import ROOT
from tools.tarball import Member, tarball

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
    license_text = (ROOT / "LICENSE").read_bytes()
    members = {PROGRAM: Member(kubemcsa.read_bytes(), 0o755), "LICENSE": Member(license_text)}
    archive = tarball(members)
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
