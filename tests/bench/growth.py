"""The gate of TPC-H where a cluster is, and where none is: Tamiz on files, Tamiz on Sail and on Spark, and one query for each rule.

    growth.py --tamiz target/release/tamiz --tools TOOLS --folder target/peers [--scale 1,10] [--engines sail,spark]

TOOLS is what `tests/engines/servers.py TOOLS --install` fills; the data are those of `peers/run`, in its folder. A server is started
for each engine, reads the files by path, and answers a first question before anything is measured. CPU is user and system time of
the server with all its processes and of who asks, from the question to the verdict; the counts of all must agree. "By hand" is what
one writes first: a query for each rule, by the engine's own client for Python, which comes from PyPI.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "peers"), str(HERE.parent / "engines")]
import tpch  # noqa: E402
from peer import tamiz  # noqa: E402
from place import Place  # noqa: E402
from rules import Case, Rule, Table  # noqa: E402

CLIENT = ["pyspark-client==4.2.0"]
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tamiz", type=Path, required=True)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--scale", type=lambda text: [float(part) for part in text.split(",")], default=[1, 10])
    parser.add_argument("--engines", type=lambda text: text.split(","), default=["sail", "spark"])
    asked = parser.parse_args()
    place = Place(asked.folder)
    print("| gate of TPC-H | who | CPU s | wall s | CPU to files |\n|---|---|---:|---:|---:|", flush=True)
    for scale in asked.scale:
        case = Case("gate", tpch.gate(place.tpch(scale), scale))
        work = place.folder / "work" / "growth"
        work.mkdir(parents=True, exist_ok=True)
        suite = work / "suite.yaml"
        suite.write_text(tamiz.suite_of(case))
        found, cost = check(asked.tamiz, suite, work)
        # Types are rules too, which nobody writes by hand.
        wanted = {rule.id: found[rule.id] for rule in case.rules()}
        said(scale, "Tamiz, on files", cost, cost)
        for engine in asked.engines:
            with Server(asked.tools, engine) as server:
                (work / "there.yaml").write_text(there(suite.read_text()))
                (work / "tamiz.yaml").write_text("tamiz: 1\nconnections: {cluster: {env: CLUSTER}}\n")
                check(asked.tamiz, one_rule(work), work, server)
                found, own = check(asked.tamiz, work / "there.yaml", work, server)
                agree(engine, wanted, found)
                said(scale, f"Tamiz, on {engine}", own, cost)
                found, own = by_hand(place, case, work, server)
                agree(f"{engine} by hand", wanted, found)
                said(scale, f"{engine}, a query for each rule", own, cost)


def said(scale: float, who: str, cost: tuple[float, float], files: tuple[float, float]) -> None:
    print(f"| scale {scale:g} | {who} | {cost[0]:.1f} | {cost[1]:.1f} | {cost[0] / files[0]:.1f} |", flush=True)


def agree(who: str, wanted: dict[str, int], found: dict[str, int]) -> None:
    wrong = [f"{rule}: {wanted[rule]} on files, {found.get(rule)} there" for rule in wanted if found.get(rule) != wanted[rule]]
    if wrong:
        sys.exit(f"{who}: not agreed:\n" + "\n".join(wrong))


def check(program: Path, suite: Path, work: Path, server=None) -> tuple[dict[str, int], tuple[float, float]]:
    """Runs a suite: the violations of each rule, and what that cost, the server's part too."""
    record = work / "record.json"
    command = [program.resolve(), "check", suite, "--quiet", "--no-reports", "--no-samples", "--output", f"json={record}"]
    variables = os.environ | ({"CLUSTER": f"sc://{server.address}/;user_id=ana"} if server else {})
    before, clock = server.cpu() if server else 0, time.perf_counter()
    child = subprocess.Popen(command, cwd=work, env=variables, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - clock
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        sys.exit(f"{suite.name} ended with {child.returncode}")
    after = server.cpu() if server else 0
    results = json.loads(record.read_text())["results"]
    cost = used.ru_utime + used.ru_stime + after - before, wall
    return {result["id"]: result["violations"] for result in results}, cost


def there(suite: str) -> str:
    """The suite over the same files, read by the engine."""
    query = "    source: {{connection: cluster, query: \"SELECT * FROM parquet.`{}`\"}}"
    return re.sub(r"^    source: '(.*)'$", lambda found: query.format(found[1]), suite, flags=re.M)


def one_rule(work: Path) -> Path:
    """What a server that just started is asked first."""
    lines = (work / "there.yaml").read_text().split("\n")
    path = work / "first.yaml"
    path.write_text("\n".join([*lines[:5], "    expect: [{row_count: {min: 1}}]"]) + "\n")
    return path


def by_hand(place: Place, case: Case, work: Path, server: "Server") -> tuple[dict[str, int], tuple[float, float]]:
    queries = {rule.id: query(rule, table, case) for table in case.tables.values() for rule in table.rules}
    (work / "queries.json").write_text(json.dumps(queries))
    python = place.python("spark-client", CLIENT)
    ask = ("import json, sys\nfrom pyspark.sql.connect.session import SparkSession\nspark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()\n"
           "print(json.dumps({rule: spark.sql(sql).collect()[0][0] for rule, sql in json.load(open(sys.argv[2])).items()}))\n")
    before, clock = server.cpu(), time.perf_counter()
    # A client has no home, and looks for one all the same.
    child = subprocess.Popen([python, "-c", ask, f"sc://{server.address}", work / "queries.json"], stdout=subprocess.PIPE, text=True,
                             env=os.environ | {"SPARK_HOME": str(work)})
    said = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - clock
    if os.waitstatus_to_exitcode(status):
        sys.exit("the queries by hand failed")
    return json.loads(said), (used.ru_utime + used.ru_stime + server.cpu() - before, wall)


def query(rule: Rule, table: Table, case: Case) -> str:
    """The rows that break a rule, counted."""
    columns = ", ".join(rule.columns)
    there = " AND ".join(f"{column} IS NOT NULL" for column in rule.columns)
    own = f"parquet.`{table.path}`"
    match rule.kind:
        case "not_null":
            return f"SELECT count(*) FROM {own} WHERE {rule.column} IS NULL"
        case "unique":
            return (f"SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM {own} WHERE {there.replace(' AND ', ' OR ')} "
                    f"GROUP BY {columns} HAVING count(*) > 1)")
        case "foreign_key":
            parent = case.tables[rule.parent]
            same = " AND ".join(f"c.{one} = p.{other}" for one, other in zip(rule.columns, rule.parent_columns))
            return f"SELECT count(*) FROM {own} c LEFT ANTI JOIN parquet.`{parent.path}` p ON {same} WHERE {there}"
        case "between":
            number = "" if table.columns[rule.column] in ("integer", "decimal") else "DATE "
            ends = [f"{number}'{end}'" if number else end for end in (rule.least, rule.most)]
            return f"SELECT count(*) FROM {own} WHERE NOT {rule.column} BETWEEN {ends[0]} AND {ends[1]}"
        case "length":
            return f"SELECT count(*) FROM {own} WHERE NOT char_length({rule.column}) BETWEEN {rule.least} AND {rule.most}"
        case "in_set":
            values = ", ".join(f"'{value}'" for value in rule.values)
            return f"SELECT count(*) FROM {own} WHERE {rule.column} NOT IN ({values})"
        case "matches":
            return f"SELECT count(*) FROM {own} WHERE NOT {rule.column} RLIKE \"{rule.pattern}\""
        case "compare":
            return f"SELECT count(*) FROM {own} WHERE NOT {rule.column} <= {rule.columns[1]}"
    raise ValueError(rule.kind)


class Server:
    """A server of Spark Connect, with all processes below it."""

    def __init__(self, tools: Path, engine: str) -> None:
        command = [sys.executable, "-B", HERE.parent / "engines" / "servers.py", tools, engine]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.child.stdout.readline().strip()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_) -> None:
        self.child.stdin.close()
        self.child.wait()

    def cpu(self) -> float:
        """The CPU seconds of what runs below, and of what ended there."""
        parents, used = {}, {}
        for process in Path("/proc").iterdir():
            try:
                fields = (process / "stat").read_text().rsplit(")", 1)[1].split() if process.name.isdigit() else None
            except OSError:
                continue
            if fields:
                parents[int(process.name)] = int(fields[1])
                used[int(process.name)] = sum(map(int, fields[11:15])) / TICKS
        def below(process: int) -> bool:
            while process > 1:
                if process == self.child.pid:
                    return True
                process = parents.get(process, 0)
            return False

        return sum(seconds for process, seconds in used.items() if below(process))


if __name__ == "__main__":
    main()
