"""The folder that data, environments and results are kept in, which a second run finds again."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

# What makes the data. The versions are those that the table was made with.
MAKERS = ["tpchgen-cli==4.0.0", "pyarrow==26.0.1", "numpy==2.4.6"]


class Place:
    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.turn = self.folder / "turn"

    def python(self, name: str, packages: list[str]) -> Path:
        """The Python of an environment with these packages, made if it is not there as asked."""
        home = self.folder / "venv" / name
        stamp, wanted = home / "installed", "\n".join(packages)
        python = home / "bin" / "python"
        if stamp.exists() and stamp.read_text() == wanted:
            return python
        print(f"installing {' '.join(packages)}", file=sys.stderr, flush=True)
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True, stdout=sys.stderr)
        stamp.write_text(wanted)
        return python

    def tpch(self, scale: float, *arguments: str) -> Path:
        """A folder with the tables of TPC-H as the generator writes them: Parquet, or what the arguments say."""
        said = arguments or ("parquet",)
        name = "-".join([f"tpch-{scale:g}", *(word.strip("-") for word in arguments)])

        def make(folder: Path) -> None:
            generator = self.python("makers", MAKERS).parent / "tpchgen-cli"
            command = [generator, *said, "--quiet", "--scale-factor", f"{scale:g}", "--output-dir", folder]
            subprocess.run(command, check=True)

        return self.made(name, make)

    def maker(self, name: str, module: str, *arguments: str) -> Path:
        """A folder that a module of `data` fills: `python -m data.MODULE FOLDER ARGUMENT…`."""

        def make(folder: Path) -> None:
            python = self.python("makers", MAKERS)
            subprocess.run([python, "-m", f"data.{module}", folder, *arguments], check=True, cwd=HERE)

        return self.made(name, make)

    def made(self, name: str, make) -> Path:
        """A folder of data, whole or not there at all."""
        folder = self.folder / "data" / name
        if not folder.exists():
            print(f"making {name}", file=sys.stderr, flush=True)
            begun = folder.with_name(f"{name}.begun")
            shutil.rmtree(begun, ignore_errors=True)
            begun.mkdir(parents=True)
            make(begun)
            begun.rename(folder)
        return folder
