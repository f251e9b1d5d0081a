"""The gate of TPC-H at a small scale, with faults.

    tpch.py TOOLS --install       installs there what it is made with
    tpch.py TOOLS FOLDER          makes it in a folder

Writes `suite.yaml` and the eight tables, of which one row of 200 breaks a rule. Tables and rules are those of the benches.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "bench" / "peers")]
from install import install  # noqa: E402

PACKAGES = ["tpchgen-cli==4.0.0", "pyarrow==26.0.1"]
SCALE = 0.01
SHARE = 200


def main() -> None:
    tools = Path(sys.argv[1]).resolve()
    install(tools, PACKAGES)
    if "--install" in sys.argv:
        return
    target = Path(sys.argv[2]).resolve()
    sys.path.insert(0, str(tools))
    import tpch
    from data import faults
    from peer.tamiz import suite_of
    from rules import Case

    clean = target / "clean"
    clean.mkdir(parents=True)
    command = [tools / "bin" / "tpchgen-cli", "parquet", "--quiet", f"--scale-factor={SCALE:g}", f"--output-dir={clean}"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    case = Case("gate", tpch.gate(clean, SCALE))
    faults.SHARE = SHARE
    for name, table in case.tables.items():
        faults.seed(faults.random.Random(f"faults {name}"), table, target / f"{name}.parquet")
    (target / "suite.yaml").write_text(suite_of(Case("gate", tpch.gate(target, SCALE))))


if __name__ == "__main__":
    main()
