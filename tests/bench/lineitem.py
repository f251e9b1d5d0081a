"""Measures `tamiz check` on TPC-H lineitem beside the same rules fused by hand in Polars.

    python lineitem.py FOLDER [--tamiz PROGRAM] [--scale 1] [--runs 5] [--only NAME ...]

Makes the data and the suites in FOLDER once, holds the counts of both sides against each other, then runs them in
turn and prints medians. CPU is user and system time of all threads. Of Polars only the query is counted: neither the
start of Python nor the import of the library. Of tamiz all is counted, from start to exit code.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve()

COLUMNS = {
    "l_orderkey": "integer",
    "l_partkey": "integer",
    "l_suppkey": "integer",
    "l_linenumber": "integer",
    "l_quantity": "decimal",
    "l_extendedprice": "decimal",
    "l_discount": "decimal",
    "l_tax": "decimal",
    "l_returnflag": "string",
    "l_linestatus": "string",
    "l_shipdate": "date",
    "l_commitdate": "date",
    "l_receiptdate": "date",
    "l_shipinstruct": "string",
    "l_shipmode": "string",
    "l_comment": "string",
}

# Some of these do not hold, so that every kind of rule has something to count.
RANGES = {
    "l_quantity": ("1", "50"),
    "l_discount": ("0", "0.10"),
    "l_tax": ("0", "0.07"),
    "l_extendedprice": ("901.00", "104949.50"),
    "l_linenumber": ("1", "7"),
}
SETS = {
    "l_returnflag": ["R", "A", "N"],
    "l_linestatus": ["O", "F"],
    "l_shipinstruct": ["DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"],
    "l_shipmode": ["REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL"],
}
PATTERN = "^[a-zA-Z ,.;:?!'-]+$"
KEY = ["l_orderkey", "l_linenumber"]


# The same columns under ten times as many rules: ranges and sets whose bounds differ from rule to rule.
FEW = ["l_partkey", "l_suppkey", "l_linenumber", "l_quantity", "l_extendedprice",
       "l_discount", "l_tax", "l_shipdate", "l_returnflag", "l_shipmode"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tamiz", default="target/release/tamiz")
    parser.add_argument("--scale", default="1")
    parser.add_argument("--csv-rows", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=["parquet", "csv", "many", "start"])
    parser.add_argument("--hand", nargs=2, metavar=("KIND", "WAY"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.hand:
        print(json.dumps(by_hand(asked.folder, *asked.hand)))
        return
    make(asked.folder, asked.scale, asked.csv_rows)
    print("| what | CPU s | wall s | peak MB | CPU to the best by hand |\n|---|---|---|---|---|")
    for kind in ("parquet", "csv"):
        if kind in asked.only:
            compare(kind, asked)
    if "many" in asked.only:
        many(asked)
    if "start" in asked.only:
        row("start: rules/ventas.yaml, reports written", measure(asked.runs * 3, tamiz(asked, None)))


def compare(kind: str, asked: argparse.Namespace) -> None:
    """One file kind: tamiz and each way by hand in turn, counts held against each other first."""
    sides = {"tamiz": tamiz(asked, kind)}
    for way in WAYS:
        sides[f"Polars, {way}"] = [sys.executable, str(HERE), str(asked.folder), "--hand", kind, way]
    counts = {}
    for name, command in sides.items():
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            sys.exit(f"{name}: {done.stderr}")
        counts[name] = counts_of(asked.folder, kind) if name == "tamiz" else json.loads(done.stdout)["counts"]
    for name, found in counts.items():
        if found != counts["tamiz"]:
            wrong = {rule: (found.get(rule), count) for rule, count in counts["tamiz"].items()
                     if found.get(rule) != count}
            sys.exit(f"{kind}: {name} and tamiz do not agree: {wrong}")
    runs = {name: [] for name in sides}
    for _ in range(asked.runs):
        for name, command in sides.items():
            runs[name].append(once(command))
    medians = {name: median(found) for name, found in runs.items()}
    best = min(found["cpu"] for name, found in medians.items() if name != "tamiz")
    for name, found in medians.items():
        row(f"{kind}, 28 rules: {name}", found, found["cpu"] / best)


def many(asked: argparse.Namespace) -> None:
    """The price of more rules on the same columns, in turn."""
    runs = {10: [], 100: []}
    for _ in range(asked.runs):
        for rules, found in runs.items():
            found.append(once(tamiz(asked, f"rules_{rules}")))
    ten = median(runs[10])
    row("parquet, 10 rules on 10 columns", ten)
    hundred = median(runs[100])
    row(f"parquet, 100 rules on the same columns ({hundred['cpu'] / ten['cpu']:.2f} times 10 rules)", hundred)


def tamiz(asked: argparse.Namespace, kind: str | None) -> list[str]:
    command = [asked.tamiz, "check"]
    if kind is None:
        return [*command, "--reports", str(asked.folder / "reports")]
    # Rows to show cost one more read of what failed, which nothing by hand does.
    return [*command, str(asked.folder / f"{kind}.yaml"), "--no-reports", "--no-samples", "--quiet",
            "--output", f"json={asked.folder / kind}.json"]


def counts_of(folder: Path, kind: str) -> dict[str, int]:
    report = json.loads((folder / f"{kind}.json").read_text())
    ours = {}
    for result in report["results"]:
        if "violations" in result and result["id"].startswith("b_"):
            ours[result["id"]] = result["violations"]
    if len(ours) != 28:
        sys.exit(f"{len(ours)} of 28 rules have counts")
    return ours


# ---------------------------------------------------------------- by hand

# The engine, and the way of counting keys that costs least on it. Packing the key into one integer is only right for who
# knows that line numbers are below eight; it is the fastest that Polars does.
WAYS = ["streaming", "streaming, packed key", "in-memory, packed key"]


def by_hand(folder: Path, kind: str, way: str) -> dict:
    """The 28 rules as one select, and the key as the way of Polars that costs least."""
    import polars as pl

    source = folder / f"lineitem.{kind}"
    types = {"integer": pl.Int64, "decimal": pl.Decimal(15, 2), "date": pl.Date, "string": pl.String}
    schema = {name: types[kind] for name, kind in COLUMNS.items()}
    engine, _, packed = way.partition(", ")
    started = cpu()
    clock = time.perf_counter()
    frame = pl.scan_parquet(source) if kind == "parquet" else pl.scan_csv(source, schema=schema)

    def decimal(text: str) -> pl.Expr:
        return pl.lit(text).cast(pl.Decimal(15, 2))

    counts = {f"b_not_null_{name}": pl.col(name).null_count() for name in COLUMNS}
    for name, (least, most) in RANGES.items():
        column = pl.col(name)
        bound = decimal if COLUMNS[name] == "decimal" else lambda text: pl.lit(int(text))
        counts[f"b_range_{name}"] = (~column.is_between(bound(least), bound(most))).sum()
    for name, values in SETS.items():
        counts[f"b_set_{name}"] = (~pl.col(name).is_in(values)).sum()
    counts["b_order"] = (pl.col("l_shipdate") > pl.col("l_receiptdate")).sum()
    counts["b_pattern"] = (~pl.col("l_comment").str.contains(PATTERN)).sum()
    if packed:
        distinct = (pl.col(KEY[0]) * 8 + pl.col(KEY[1])).n_unique()
        [found] = pl.collect_all([frame.select(**counts, b_key=pl.len() - distinct)], engine=engine)
    else:
        # Cheaper than `n_unique` of a struct, and than `is_duplicated`, on both engines.
        rows = pl.col("rows")
        repeated = frame.group_by(KEY).agg(rows=pl.len()).filter(rows > 1).select(b_key=rows.sum())
        found, repeats = pl.collect_all([frame.select(**counts), repeated], engine=engine)
        found = found.hstack(repeats)
    counts = {name: values[0] for name, values in found.to_dict(as_series=False).items()}
    return {"counts": counts, "cpu": cpu() - started, "wall": time.perf_counter() - clock}


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


# ---------------------------------------------------------------- data and suites


def make(folder: Path, scale: str, csv_rows: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    parquet, csv = folder / "lineitem.parquet", folder / "lineitem.csv"
    if not parquet.exists():
        generator = Path(sys.executable).parent / "tpchgen-cli"
        subprocess.run([generator, "parquet", "-s", scale, "--tables=lineitem", "-o", folder], check=True)
    if not csv.exists():
        import polars as pl

        pl.scan_parquet(parquet).head(csv_rows).sink_csv(csv)
    for kind in ("parquet", "csv"):
        (folder / f"{kind}.yaml").write_text(suite(kind, f"lineitem.{kind}", rules()))
    for count in (10, 100):
        (folder / f"rules_{count}.yaml").write_text(suite(f"rules_{count}", "lineitem.parquet", few(count)))


def rules() -> list[str]:
    lines = [f"not_null: {{column: {name}, id: b_not_null_{name}}}" for name in COLUMNS]
    for name, (least, most) in RANGES.items():
        lines.append(f"between: {{column: {name}, min: {least}, max: {most}, id: b_range_{name}}}")
    for name, values in SETS.items():
        lines.append(f"in_set: {{column: {name}, values: [{', '.join(values)}], id: b_set_{name}}}")
    lines.append("compare: {left: l_shipdate, op: '<=', right: l_receiptdate, id: b_order}")
    lines.append(f"matches: {{column: l_comment, pattern: \"{PATTERN}\", id: b_pattern}}")
    lines.append(f"unique: {{columns: [{', '.join(KEY)}], id: b_key}}")
    return lines


def few(count: int) -> list[str]:
    lines = []
    for turn in range(count // len(FEW)):
        for name in FEW:
            about = f"column: {name}, id: r_{turn}_{name}"
            if name in SETS:
                values = [*SETS[name], *(f"X{number}" for number in range(turn))]
                lines.append(f"in_set: {{{about}, values: [{', '.join(values)}]}}")
            elif name == "l_shipdate":
                lines.append(f"between: {{{about}, min: '1992-01-{turn + 1:02}', max: '1998-12-01'}}")
            else:
                lines.append(f"between: {{{about}, min: {turn}, max: {2_000_000 + turn}}}")
    return lines


def suite(name: str, source: str, rules: list[str]) -> str:
    columns = "".join(f"      {name}: {{type: {kind}}}\n" for name, kind in COLUMNS.items())
    return (f"tamiz: 1\nsuite: {name}\ndatasets:\n  lineitem:\n    source: {source}\n"
            f"    columns:\n{columns}    expect:\n" + "".join(f"      - {rule}\n" for rule in rules))


# ---------------------------------------------------------------- measuring


def once(command: list[str]) -> dict[str, float]:
    """One run; what a way by hand says of its own query goes before what the system says of its process."""
    clock = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    found = {"cpu": used.ru_utime + used.ru_stime, "wall": time.perf_counter() - clock, "mb": used.ru_maxrss / 1024}
    if "--hand" in command:
        own = json.loads(said)
        found |= {"cpu": own["cpu"], "wall": own["wall"]}
    return found


def measure(runs: int, command: list[str]) -> dict[str, float]:
    once(command)
    return median([once(command) for _ in range(runs)])


def median(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def row(what: str, found: dict[str, float], ratio: float | None = None) -> None:
    said = "" if ratio is None else f"{ratio:.2f}"
    print(f"| {what} | {found['cpu']:.2f} | {found['wall']:.2f} | {found['mb']:.0f} | {said} |", flush=True)


if __name__ == "__main__":
    main()
