"""Servers of Spark Connect on this machine, for the tests: Sail, and Apache Spark itself, both of PyPI.

    servers.py FOLDER --install                    installs them there once; Spark needs a Java of its own
    servers.py FOLDER sail                         serves until standard input ends, and says its address first
    servers.py FOLDER spark [NAME=VALUE ...]       the same, with settings
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from install import install  # noqa: E402

# Each in a folder of its own: beside Spark's packages Sail would find more than it has.
PACKAGES = {"sail": ["pysail==0.7.2"], "spark": ["pyspark==4.3.0"]}

# How long a server may take until it listens, in seconds.
PATIENCE = 180


def command(folder: Path, name: str, port: int, settings: list[str]) -> tuple[list[str], dict[str, str]]:
    """What starts a server, and the variables it needs."""
    if name == "sail":
        start = [sys.executable, str(folder / "bin/sail"), "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]
        return start, {"PYTHONPATH": str(folder)}
    home = folder / "pyspark"
    settings = [
        "spark.connect.grpc.binding.address=127.0.0.1",
        f"spark.connect.grpc.binding.port={port}",
        "spark.driver.host=127.0.0.1",
        "spark.driver.bindAddress=127.0.0.1",
        "spark.sql.shuffle.partitions=4",
        "spark.ui.enabled=false",
        *settings,
    ]
    start = [str(home / "bin/spark-submit"), "--master", "local[2]"]
    start += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    start += [part for setting in settings for part in ("--conf", setting)]
    return start, {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1"}


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def serve(folder: Path, name: str, settings: list[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start, variables = command(folder / name, name, port, settings)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as own, open(Path(own) / "log", "wb") as log:
        child = subprocess.Popen(start, cwd=own, env=os.environ | variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            end = time.monotonic() + PATIENCE
            while not listens(port):
                if child.poll() is not None or time.monotonic() > end:
                    sys.exit((Path(own) / "log").read_text(errors="replace")[-4000:])
                time.sleep(0.1)
            print(f"127.0.0.1:{port}", flush=True)
            sys.stdin.read()
        finally:
            child.kill()
            child.wait()


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve()
    for server, packages in PACKAGES.items():
        install(target / server, packages)
    if "--install" not in sys.argv:
        serve(target, sys.argv[2], sys.argv[3:])
