"""A Spark cluster on this machine, of which a part dies in the middle of a check: the verdict must still be right.

    cluster.py TOOLS --tamiz target/release/tamiz [--rows 20000000]

Starts a standalone master, two workers and a server of Spark Connect, of the package that `servers.py TOOLS --install` brings;
makes a folder of Parquet with faults whose number is known; checks it, kills an executor with all that it held while the rules are
worked out, and holds the counts to those planted. Takes two to five minutes and 4 GB of memory, so no test runs it. `tpch.py
TOOLS/tpch --install` brings what Parquet is written with.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SUITE = """tamiz: 1
suite: cluster
datasets:
  ventas:
    source: {{connection: cluster, query: "SELECT * FROM parquet.`{data}`"}}
    columns:
      id: {{type: integer, expect: [not_null, unique: {{id: ids}}]}}
      importe: {{type: float, expect: [between: {{min: 0, max: 1, id: importes}}]}}
      canal: {{type: string, expect: [in_set: {{values: [web, tienda], id: canales}}]}}
    expect:
      - row_count: {{min: {rows}, max: {rows}, id: filas}}
"""

# The faults planted in rows of their own: those of ids count each row of a repeated key.
FAULTS = {"ids": 2_000, "importes": 300, "canales": 70}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tools", type=Path)
    parser.add_argument("--tamiz", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=20_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tamiz", ignore_cleanup_errors=True) as folder:
        run(asked, Path(folder))


def run(asked: argparse.Namespace, folder: Path) -> None:
    data = folder / "ventas"
    make(asked.tools.resolve() / "tpch", data, asked.rows)
    cluster = Cluster(asked.tools.resolve() / "spark" / "pyspark", folder)
    try:
        url = cluster.start()
        (folder / "suite.yaml").write_text(SUITE.format(data=data, rows=asked.rows))
        (folder / "tamiz.yaml").write_text("tamiz: 1\nconnections: {cluster: {env: CLUSTER}}\n")
        command = [asked.tamiz.resolve(), "check", "suite.yaml", "--reports", "reports", "--quiet", "--no-samples"]
        begun = time.monotonic()
        check = subprocess.Popen(command, cwd=folder, env=os.environ | {"CLUSTER": url}, stdout=subprocess.PIPE, text=True)
        killed = cluster.kill_an_executor(after=4)
        if check.poll() is not None:
            sys.exit("the check had ended before the executor was killed; ask for more --rows")
        said, _ = check.communicate(timeout=600)
        print(f"killed executor {killed}; the check ended with {check.returncode} after {time.monotonic() - begun:.0f} s")
        record = json.loads((folder / "reports/latest/cluster.json").read_text())
        found = {result["id"]: result["violations"] for result in record["results"]}
        wrong = {rule: found.get(rule) for rule, planted in FAULTS.items() if found.get(rule) != planted}
        if wrong or check.returncode != 1 or record["counts"]["error"]:
            sys.exit(f"{wrong} instead of {FAULTS}\n{said}")
        print(f"{asked.rows} rows, {FAULTS}: as planted")
    finally:
        cluster.stop()


def make(tools: Path, folder: Path, rows: int) -> None:
    """Four files of Parquet with the faults in them."""
    sys.path.insert(0, str(tools))
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    folder.mkdir()
    parts, repeated = 4, FAULTS["ids"] // 2
    for part in range(parts):
        some = rows // parts if part < parts - 1 else rows - rows // parts * (parts - 1)
        ids = pc.add(pc.cumulative_sum(pa.repeat(pa.scalar(1, pa.int64()), some)), part * (rows // parts))
        amounts = pc.random(some)
        channels = pc.if_else(pc.less(amounts, 0.5), "web", "tienda")
        if part == parts - 1:
            # The last ids are those that the file begins with, and other rows have amounts and channels that nobody has.
            ids = pa.concat_arrays([ids[: some - repeated], ids[:repeated]])
            amounts = pa.concat_arrays([pa.repeat(-1.0, FAULTS["importes"]), amounts[FAULTS["importes"]:]])
            channels = pa.concat_arrays([channels[: some - FAULTS["canales"]], pa.repeat("fax", FAULTS["canales"])])
        table = pa.table({"id": ids, "importe": amounts, "canal": channels})
        pq.write_table(table, folder / f"parte{part}.parquet", row_group_size=500_000)


class Cluster:
    """A master, two workers and a server, each a process with a log in the folder."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home, self.folder, self.children = home, folder, []

    def start(self) -> str:
        master, server = port(), port()
        where = f"spark://127.0.0.1:{master}"
        alone = ["--host", "127.0.0.1", "--webui-port", "0"]
        self.spawn("master", ["spark-class", "org.apache.spark.deploy.master.Master", *alone, "--port", str(master)])
        listens(master)
        for number in (1, 2):
            worker = ["spark-class", "org.apache.spark.deploy.worker.Worker", *alone, "-c", "1", "-m", "1500m"]
            self.spawn(f"worker{number}", [*worker, "--work-dir", str(self.folder / f"work{number}"), where])
        settings = {
            "spark.connect.grpc.binding.address": "127.0.0.1", "spark.connect.grpc.binding.port": server,
            "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
            "spark.executor.memory": "1200m", "spark.executor.cores": 1, "spark.sql.shuffle.partitions": 8,
            "spark.connect.execute.reattachable.senderMaxStreamDuration": "5s",
        }
        conf = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
        self.spawn("server", ["spark-submit", "--master", where, "--class",
                              "org.apache.spark.sql.connect.service.SparkConnectServer", *conf])
        listens(server)
        return f"sc://127.0.0.1:{server}/;user_id=ana"

    def spawn(self, name: str, command: list[str]) -> None:
        variables = {"SPARK_HOME": str(self.home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1"}
        with open(self.folder / f"{name}.log", "wb") as log:
            self.children.append(subprocess.Popen([str(self.home / "bin" / command[0]), *command[1:]], cwd=self.folder,
                                                  env=os.environ | variables, stdout=log, stderr=log, start_new_session=True))

    def kill_an_executor(self, after: float) -> int:
        """Kills one so many seconds after two of them work, and says its process."""
        for _ in range(600):
            found = self.executors()
            if len(found) == 2:
                time.sleep(after)
                os.kill(found[0], signal.SIGKILL)
                return found[0]
            time.sleep(0.1)
        sys.exit("no executors came up:\n" + (self.folder / "server.log").read_text(errors="replace")[-3000:])

    def executors(self) -> list[int]:
        found = []
        for process in Path("/proc").iterdir():
            try:
                said = (process / "cmdline").read_bytes().decode(errors="replace") if process.name.isdigit() else ""
            except OSError:
                continue
            if "CoarseGrainedExecutorBackend" in said and str(self.folder) in said + os.readlink(process / "cwd"):
                found.append(int(process.name))
        return sorted(found)

    def stop(self) -> None:
        for child in reversed(self.children):
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
        for process in self.executors():
            os.kill(process, signal.SIGKILL)


def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def listens(at: int) -> None:
    for _ in range(1800):
        try:
            socket.create_connection(("127.0.0.1", at), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"nothing listens at {at}")


if __name__ == "__main__":
    main()
