"""`python -m tools.release DIST` makes the files of a release in an empty folder."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from support import ROOT
from support.cluster import binaries
from tools import bill_of_materials, krew
from tools.chart import archive

# Installed by pip, and of no use in a zip file, from which Python imports only .py files.
SUPERFLUOUS = ("**/*.so", "**/*.pyd", "**/__pycache__", "bin")
# What pip notes about an installation; direct_url.json names a folder of this machine.
NOTES = ("**/*.dist-info/RECORD", "**/*.dist-info/direct_url.json")
MAIN = "import sys\nfrom kubemcsa.main import main\nsys.exit(main())\n"


def main(dist: Path) -> None:
    """All files of a release, and the checksums of these."""
    dist.mkdir(parents=True)
    built = run([str(binaries() / "kubectl"), "kustomize", str(ROOT / "deploy")])
    (dist / "install.yaml").write_text(built)
    archive.write(dist)
    packages(dist)
    executable(dist / "kubemcsa", next(dist.glob("*.whl")))
    krew.write(dist, dist / "kubemcsa")
    bill_of_materials.write(
        dist / "kubemcsa.cdx.json", "kubemcsa", ROOT / "cli" / "requirements.txt"
    )
    bill_of_materials.write(dist / "image.cdx.json", "image", ROOT / "hooks" / "requirements.txt")
    sums = [f"{digest(file)}  {file.name}\n" for file in sorted(dist.iterdir())]
    (dist / "SHA256SUMS").write_text("".join(sums))


def packages(dist: Path) -> None:
    """The wheel and the source distribution, from a copy: a build writes into its folder."""
    with TemporaryDirectory() as folder:
        for name in ("lib", "hooks", "cli"):
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, Path(folder) / name, ignore=ignore)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, folder)
        build = [sys.executable, "-m", "hatchling", "build", "-d", str(dist.resolve())]
        run(build, cwd=folder)


def executable(path: Path, wheel: Path) -> None:
    """kubemcsa with its dependencies, as a zip file that Python runs."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        target = ("--target", name, "--no-compile")
        pip("install", "--require-hashes", *target, "-r", str(ROOT / "cli" / "requirements.txt"))
        pip("install", "--no-deps", *target, str(wheel))
        for pattern in SUPERFLUOUS + NOTES:
            for superfluous in list(folder.glob(pattern)):
                shutil.rmtree(superfluous) if superfluous.is_dir() else superfluous.unlink()
        (folder / "__main__.py").write_text(MAIN)
        with path.open("wb") as file:
            file.write(b"#!/usr/bin/env python3\n")
            with ZipFile(file, "w", ZIP_DEFLATED) as archive:
                for member in sorted(path for path in folder.rglob("*") if path.is_file()):
                    # The time of a ZipInfo is 1980 unless it is told.
                    info = ZipInfo(str(member.relative_to(folder)))
                    info.external_attr = 0o644 << 16
                    archive.writestr(info, member.read_bytes(), ZIP_DEFLATED)
    path.chmod(0o755)


def digest(file: Path) -> str:
    """Its SHA-256, in hexadecimal digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def pip(*args: str) -> None:
    """Run pip, which says nothing unless it fails."""
    run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *args])


def run(command: Sequence[str], cwd: str | None = None) -> str:
    """What the command prints; this program ends if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}Error: {command[0]} ended with {done.returncode}.")
    return done.stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]))
