"""`python -m tools.release DIST` makes the files of a release in an empty folder."""

import hashlib
import shutil
import subprocess
import sys
import zipapp
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from support import ROOT
from support.cluster import binaries
from tools.chart import archive

# Installed by pip, and of no use in a zip file, from which Python imports only .py files.
SUPERFLUOUS = ("**/*.so", "**/*.pyd", "**/__pycache__", "bin", "**/*.dist-info/RECORD")


def main(dist: Path) -> None:
    """Manifests in one file, a Helm chart, the wheel, kubemcsa in one file, and their checksums."""
    dist.mkdir(parents=True)
    built = run([str(binaries() / "kubectl"), "kustomize", str(ROOT / "deploy")])
    (dist / "install.yaml").write_text(built)
    archive.write(dist)
    wheel(dist)
    executable(dist, next(dist.glob("*.whl")))
    sums = [f"{digest(file)}  {file.name}\n" for file in sorted(dist.iterdir())]
    (dist / "SHA256SUMS").write_text("".join(sums))


def wheel(dist: Path) -> None:
    """The wheel, from a copy of the sources: a build writes into its folder."""
    with TemporaryDirectory() as folder:
        for name in ("lib", "hooks", "cli"):
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, Path(folder) / name, ignore=ignore)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, folder)
        pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(dist), folder)


def executable(dist: Path, wheel: Path) -> None:
    """kubemcsa as a zipapp with its dependencies."""
    with TemporaryDirectory() as folder:
        target = ("--target", folder)
        pip("install", "--require-hashes", *target, "-r", str(ROOT / "cli" / "requirements.txt"))
        pip("install", "--no-deps", *target, str(wheel))
        for pattern in SUPERFLUOUS:
            for path in list(Path(folder).glob(pattern)):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        zipapp.create_archive(
            folder,
            dist / "kubemcsa",
            interpreter="/usr/bin/env python3",
            main="kubemcsa.main:main",
            compressed=True,
        )


def digest(file: Path) -> str:
    """Its SHA-256, in hexadecimal digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def pip(*args: str) -> None:
    """Run pip, which says nothing unless it fails."""
    run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *args])


def run(command: Sequence[str]) -> str:
    """What the command prints; this program ends if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]))
