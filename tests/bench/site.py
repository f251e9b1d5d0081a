"""Measures what the reports of one more run cost, when there are few runs and when there are many.

    python site.py FOLDER [--tamiz PROGRAM] [--runs 10 500 10000] [--gx 10 500] [--no-rebuild N]

Three tools check the same table of 2,000 rows with the same 20 rules, two of which fail. Each has its runs before it: records
of earlier runs, copied with other ids and times, and pages made of them. Then one more run is measured: the whole command for
Tamiz, from Python's start to its end for the others, and of that the part after the libraries are imported. CPU is user and
system time. A file is touched if it is new or another; bytes written are those of such files, and of a file that only grew, what was
added. `great_expectations` and `pointblank` are those of the Python that runs this; without them only Tamiz is measured.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve()
NEWEST = datetime.now(timezone.utc).replace(minute=0)
STATES = ["new", "paid", "sent"]
PATTERN = r"^[a-z]+\d+@example\.com$"
DAY = r"^\d{4}-\d{2}-\d{2}$"

SUITE = f"""tamiz: 1
suite: orders
datasets:
  orders:
    source: orders.csv
    columns:
      id: {{type: integer, expect: [not_null, unique, between: {{min: 1, max: 2000}}]}}
      customer: {{type: integer, expect: [not_null, between: {{min: 1, max: 500}}]}}
      quantity: {{type: integer, expect: [not_null, between: {{min: 1, max: 9}}]}}
      price: {{type: decimal, expect: [not_null, between: {{min: 0, max: 100}}]}}
      status: {{type: string, expect: [not_null, in_set: [new, paid, sent]]}}
      email: {{type: string, expect: [not_null, matches: '{PATTERN}', length: {{min: 5, max: 40}}]}}
      day: {{type: string, expect: [not_null, matches: '{DAY}']}}
    expect:
      - row_count: {{min: 1000, max: 5000}}
      - mean: {{column: price, min: 10, max: 90}}
      - sum: {{column: quantity, min: 1000}}
      - distinct_count: {{column: status, min: 3, max: 3}}
"""


def table(folder: Path) -> None:
    rows = ["id,customer,quantity,price,status,email,day"]
    for row in range(1, 2001):
        quantity = 0 if row % 100 == 7 else row % 9 + 1
        status = "lost" if row % 250 == 3 else STATES[row % 3]
        rows.append(f"{row},{row % 500 + 1},{quantity},{row % 97}.50,{status},user{row}@example.com,2026-08-{row % 28 + 1:02}")
    (folder / "orders.csv").write_text("\n".join(rows) + "\n")
    (folder / "orders.yaml").write_text(SUITE)


def snapshot(folder: Path) -> dict[str, tuple[int, int, int]]:
    files, rest = {}, [str(folder)]
    while rest:
        with os.scandir(rest.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    rest.append(entry.path)
                else:
                    stat = entry.stat()
                    files[entry.path] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return files


def touched(before: dict, after: dict) -> tuple[int, int]:
    files = written = 0
    for path, (moment, size, node) in after.items():
        old = before.get(path)
        if old == (moment, size, node) or size == 0 or path.endswith(".lock"):
            continue
        files += 1
        grown = old is not None and old[2] == node and size > old[1]
        written += size - old[1] if grown else size
    return files, written


def measure(command: list[str], folder: Path, codes: tuple[int, ...] = (0,)) -> tuple[float, float, str]:
    """CPU and wall seconds of a command, and what it said."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode not in codes:
        sys.exit(f"{command} exited {ran.returncode}\n{ran.stdout}\n{ran.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, ran.stdout


def size(path: Path) -> str:
    return f"{path.stat().st_size / 1000:,.0f} kB" if path.exists() else "–"


def row(name: str, runs: int, cpu: float, wall: float, change: tuple[int, int], sizes: list[str], whole: int, again: str) -> None:
    files, written = change
    cells = [name, f"{runs:,}", f"{cpu:.2f}", f"{wall:.2f}", str(files), f"{written / 1000:,.0f} kB", *sizes, f"{whole / 1e6:,.1f} MB", again]
    print("| " + " | ".join(cells) + " |", flush=True)


# Tamiz


def tamiz_before(tamiz: str, folder: Path, runs: int) -> None:
    """Leaves the history of so many runs, one each two hours, copied from one."""
    measure([tamiz, "check", "orders.yaml", "-q"], folder, (1,))
    reports = folder / "reports"
    (run,) = (reports / "runs").iterdir()
    record = (run / "report.json").read_text()
    (history,) = (reports / "history").glob("orders-*.ndjson")
    lines = history.read_text()
    facts = json.loads(record)["run"]
    shutil.rmtree(reports)
    (reports / "history").mkdir(parents=True)
    for at in range(runs):
        began = NEWEST - timedelta(hours=2 * (runs - at))
        new = str(uuid.UUID(int=at + 1))
        started = began.strftime("%Y-%m-%dT%H:%M:%S") + facts["started_at"][19:]
        name = f"{started[:19].replace(':', '')}Z_orders_{new.replace('-', '')[-6:]}"

        def other(text: str) -> str:
            changes = {run.name: name, facts["id"]: new, facts["started_at"]: started, facts["finished_at"]: started}
            for old, now in changes.items():
                text = text.replace(old, now)
            return text

        place = reports / "runs" / name
        place.mkdir(parents=True)
        (place / "report.json").write_text(other(record))
        with (reports / "history" / f"orders-{started[:7]}.ndjson").open("a") as month:
            month.write(other(lines))


def of_tamiz(tamiz: str, folder: Path, runs: int, rebuild: bool) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    table(folder)
    tamiz_before(tamiz, folder, runs)
    reports, again = folder / "reports", "not run"
    if rebuild:
        cpu, wall, _ = measure([tamiz, "report", "rebuild"], folder)
        again = f"{cpu:.1f} / {wall:.1f}"
    measure([tamiz, "check", "orders.yaml", "-q"], folder, (1,))
    before = snapshot(reports)
    cpu, wall, _ = measure([tamiz, "check", "orders.yaml", "-q"], folder, (1,))
    after = snapshot(reports)
    newest = max(path for path in (reports / "runs").iterdir())
    pages = [reports / "index.html", newest / "index.html", reports / "suites/orders/index.html"]
    whole = sum(of for _, of, _ in after.values())
    row("Tamiz", runs, cpu, wall, touched(before, after), [size(page) for page in pages], whole, again)


# Great Expectations, run by this file as a program of its own


def gx_rules(gx) -> list:
    e = gx.expectations
    columns = ["id", "customer", "quantity", "price", "status", "email", "day"]
    between = {"id": (1, 2000), "customer": (1, 500), "quantity": (1, 9), "price": (0, 100)}
    rules = [e.ExpectColumnValuesToNotBeNull(column=name) for name in columns]
    rules += [e.ExpectColumnValuesToBeBetween(column=name, min_value=a, max_value=b) for name, (a, b) in between.items()]
    return rules + [
        e.ExpectColumnValuesToBeUnique(column="id"),
        e.ExpectColumnValuesToBeInSet(column="status", value_set=STATES),
        e.ExpectColumnValuesToMatchRegex(column="email", regex=PATTERN),
        e.ExpectColumnValueLengthsToBeBetween(column="email", min_value=5, max_value=40),
        e.ExpectColumnValuesToMatchRegex(column="day", regex=DAY),
        e.ExpectTableRowCountToBeBetween(min_value=1000, max_value=5000),
        e.ExpectColumnMeanToBeBetween(column="price", min_value=10, max_value=90),
        e.ExpectColumnSumToBeBetween(column="quantity", min_value=1000),
        e.ExpectColumnUniqueValueCountToBeBetween(column="status", min_value=3, max_value=3),
    ]


def gx_step(what: str) -> None:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    began = time.process_time()
    context = gx.get_context(mode="file", project_root_dir=".")
    if what == "start":
        asset = context.data_sources.add_pandas("here").add_csv_asset("orders", filepath_or_buffer="orders.csv")
        batch = asset.add_batch_definition("all")
        suite = context.suites.add(gx.ExpectationSuite(name="orders", expectations=gx_rules(gx)))
        rules = context.validation_definitions.add(gx.ValidationDefinition(name="orders", data=batch, suite=suite))
        update = gx.checkpoint.UpdateDataDocsAction(name="docs")
        form = {"result_format": "SUMMARY"}
        context.checkpoints.add(gx.Checkpoint(name="orders", validation_definitions=[rules], actions=[update], result_format=form))
    elif what == "run":
        result = context.checkpoints.get("orders").run()
        assert not result.success
    else:
        context.build_data_docs()
    print(time.process_time() - began)


def of_gx(folder: Path, runs: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    table(folder)
    step = lambda what: measure([sys.executable, str(HERE), str(folder), "--step", what], folder)  # noqa: E731
    step("start")
    step("run")
    root = folder / "gx/uncommitted"
    (one,) = root.glob("validations/orders/*/*/*.json")
    text, moment = one.read_text(), one.parent.name
    said = json.loads(text)["meta"]["run_id"]["run_time"]
    for at in range(runs - 1):
        began = NEWEST - timedelta(hours=2 * (runs - at))
        name = began.strftime("%Y%m%dT%H%M%S.000000Z")
        place = one.parent.parent / name
        place.mkdir()
        (place / one.name).write_text(text.replace(said, began.isoformat()).replace(moment, name))
    built, wall, _ = step("build")
    again = f"{built:.1f} / {wall:.1f}"
    site = root / "data_docs/local_site"
    before = snapshot(folder / "gx")
    cpu, wall, inner = step("run")
    after = snapshot(folder / "gx")
    pages = [site / "index.html", max(site.glob("validations/orders/*/*/*.html")), site / "expectations/orders.html"]
    whole = sum(of for path, (_, of, _) in after.items() if path.startswith(str(root)))
    name = f"Great Expectations ({float(inner.split()[-1]):.2f} after its import)"
    row(name, runs, cpu, wall, touched(before, after), [size(page) for page in pages], whole, again)


# Pointblank, which keeps no history: a page a run


def pointblank_step() -> None:
    import pandas
    import pointblank as pb

    began = time.process_time()
    v = pb.Validate(pandas.read_csv("orders.csv"), thresholds=pb.Thresholds(error=1))
    for name in ["id", "customer", "quantity", "price", "status", "email", "day"]:
        v = v.col_vals_not_null(name)
    for name, (a, b) in {"id": (1, 2000), "customer": (1, 500), "quantity": (1, 9), "price": (0, 100)}.items():
        v = v.col_vals_between(name, a, b)
    v = v.rows_distinct("id").col_vals_in_set("status", STATES).col_vals_regex("email", PATTERN).col_vals_regex("day", DAY)
    v = v.col_vals_regex("email", "^.{5,40}$").row_count_match(2000)
    v = v.col_avg_gt("price", 10).col_avg_lt("price", 90).col_sum_gt("quantity", 1000)
    page = v.interrogate().get_tabular_report().as_raw_html()
    Path("page.html").write_text(page)
    print(time.process_time() - began)


def of_pointblank(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    table(folder)
    before = snapshot(folder)
    cpu, wall, inner = measure([sys.executable, str(HERE), str(folder), "--step", "pointblank"], folder)
    after = snapshot(folder)
    page = folder / "page.html"
    name = f"Pointblank ({float(inner.split()[-1]):.2f} after its import)"
    row(name, 1, cpu, wall, touched(before, after), ["–", size(page), "–"], page.stat().st_size, "–")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--tamiz", default="tamiz")
    words.add_argument("--runs", type=int, nargs="*", default=[10, 500, 10_000])
    words.add_argument("--gx", type=int, nargs="*", default=[10, 500])
    words.add_argument("--rebuild-up-to", type=int, default=1_000_000, metavar="N")
    words.add_argument("--step", help=argparse.SUPPRESS)
    asked = words.parse_args()
    if asked.step:
        return pointblank_step() if asked.step == "pointblank" else gx_step(asked.step)
    folder = asked.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    heads = ["tool", "runs", "CPU s", "wall s", "files", "written", "index", "run page", "suite page", "all", "all pages again, CPU / wall s"]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads), flush=True)
    tamiz = shutil.which(asked.tamiz)
    for runs in asked.runs if tamiz else []:
        of_tamiz(str(Path(tamiz).resolve()), folder / f"tamiz-{runs}", runs, runs <= asked.rebuild_up_to)
    for runs in asked.gx:
        of_gx(folder / f"gx-{runs}", runs)
    of_pointblank(folder / "pointblank")


if __name__ == "__main__":
    main()
