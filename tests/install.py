"""Packages of PyPI in a folder of their own, for the tests that need them."""

import subprocess
import sys
from pathlib import Path


def install(folder: Path, packages: list[str]) -> None:
    """Installs packages there, unless the same ones were before."""
    stamp, wanted = folder / "installed", "\n".join(packages)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
    subprocess.run([*pip, "--target", str(folder), *packages], check=True, stdout=sys.stderr)
    stamp.write_text(wanted)
