"""Asks a server everything that its description allows, and some things that it does not, with schemathesis.

    describe.py FOLDER --install      installs its packages in FOLDER only
    describe.py FOLDER ADDRESS TOKEN  installs them, asks, and ends with 1 if an answer is not as described

A stream of events ends with its check, which nothing here does, so it is left out.
"""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from install import install  # noqa: E402

PACKAGES = ["schemathesis==4.32.5"]


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    install(folder, PACKAGES)
    if sys.argv[2] == "--install":
        return
    address, token = sys.argv[2:4]
    words = ["run", f"{address}/openapi.json", "--header", f"Authorization: Bearer {token}", "--max-examples", "30"]
    words += ["--request-timeout", "30", "--exclude-path-regex", "/events$", "--seed", "7", "--no-color"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    ran = subprocess.run([sys.executable, "-m", "schemathesis.cli", *words], env=environment, check=False)
    sys.exit(1 if ran.returncode else 0)


main()
