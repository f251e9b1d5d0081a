"""A table that grows by files: what a run costs after one new file of a hundred, in shares of the run over all.

The files are lineitem in 101 parts, whose ranges of keys do not overlap, under the rules of one table. Only Tamiz keeps what it
saw of a file; PyDeequ, which can, asks for Spark.
"""

import argparse
import shutil
from pathlib import Path

import measure
import tpch
from peer import tamiz
from place import HERE, Place
from rules import Case, Table, not_null

TITLE = "one new file of a hundred"

FILES = 101


def run(asked: argparse.Namespace, place: Place) -> None:
    scale = asked.scale[-1]
    parts = sorted(place.tpch(scale, "parquet", "--tables=lineitem", f"--parts={FILES}").rglob("*.parquet"), key=part)
    work = place.folder / "work" / "growing"
    shutil.rmtree(work, ignore_errors=True)
    (work / "data").mkdir(parents=True)
    kinds = tpch.columns("lineitem")
    rules = [not_null(column) for column in kinds] + tpch.lineitem_rules()
    case = Case("growing", {"lineitem": Table(str(work / "data" / "*.parquet"), kinds, rules)})
    (work / "suite.yaml").write_text(tamiz.suite_of(case))
    limits = measure.Limits(asked.seconds, asked.gigabytes)
    check = [str(asked.tamiz), "check", str(work / "suite.yaml"), "--quiet"]

    def once(*flags: str) -> measure.Cost:
        return measure.run([*check, *flags], work / "log", HERE, limits, place.turn, (0, 1))

    for path in parts[:-1]:
        (work / "data" / path.name).symlink_to(path)
    reports, before = work / "reports", work / "before"
    once("--reports", str(reports))
    if not (reports / ".states").exists():
        print(f"| TPC-H {scale:g}, one new file of 100 | tamiz | – | – | – | – | – | this program keeps no states |")
        return
    shutil.copytree(reports, before)
    (work / "data" / parts[-1].name).symlink_to(parts[-1])
    full, grown = [], []
    for _ in range(asked.repeat):
        full.append(once("--reports", str(work / "none"), "--no-states"))
        shutil.rmtree(reports)
        shutil.copytree(before, reports)
        grown.append(once("--reports", str(reports)))
    full, grown = measure.median(full), measure.median(grown)
    for name, cost in ((f"TPC-H {scale:g}, all {FILES} files", full), (f"TPC-H {scale:g}, one new file of 100", grown)):
        print(f"| {name} | tamiz | {cost.cpu:.3f} | | {cost.wall:.3f} | {cost.peak_mb:.0f} | | "
              f"{100 * cost.cpu / full.cpu:.1f} % of all |", flush=True)
    if not asked.keep:
        shutil.rmtree(work)


def part(path: Path) -> int:
    """The number of a part, so that the last by its keys is the new one."""
    return int("".join(letter for letter in path.stem if letter.isdigit()) or "0")
