"""Measures how `tamiz serve` answers while slow clients hang on to it.

    python serve.py [--tamiz PROGRAM] [--runs 500] [--rate 200] [--seconds 60] [--slow 50]

A history of so many runs is made of copies of one; the server then gets so many questions of `/api/runs` a second from eight
clients that keep their connections, while the slow ones send a byte a second and never end. Times are those from asking to the last
byte, a question that is late to be asked counted from when it was due; memory is what the process holds, at the beginning and at the end.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from datetime import datetime, timedelta, timezone
from http.client import HTTPConnection
from pathlib import Path

SUITE = "tamiz: 1\nsuite: orders\ndatasets:\n  orders:\n    source: orders.csv\n    columns:\n" + "".join(
    f"      c{number}: {{type: integer, expect: [not_null, between: {{min: 0, max: 5}}]}}\n" for number in range(10)
)


def history(folder: Path, program: str, runs: int) -> Path:
    """A folder of reports with the lines of so many runs."""
    (folder / "orders.yaml").write_text(SUITE)
    rows = [",".join(str((row + column) % 9) for column in range(10)) for row in range(1000)]
    (folder / "orders.csv").write_text(",".join(f"c{number}" for number in range(10)) + "\n" + "\n".join(rows) + "\n")
    subprocess.run([program, "check", "orders.yaml", "-q"], cwd=folder, stdout=subprocess.DEVNULL, check=False)
    reports = folder / "reports"
    [book] = (reports / "history").glob("orders-*.ndjson")
    lines = [json.loads(line) for line in book.read_text().splitlines()]
    start = datetime.now(timezone.utc) - timedelta(minutes=runs)
    text: dict[str, list[str]] = {}
    for number in range(runs):
        began, run = start + timedelta(minutes=number), str(uuid.UUID(int=uuid.uuid4().int))
        for line in lines:
            key = "id" if line["line"] == "run" else "run"
            copy = {**line, key: run, "started_at": began.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
            text.setdefault(began.strftime("%Y-%m"), []).append(json.dumps(copy, separators=(",", ":")))
    book.unlink()
    for month, lines_of_month in text.items():
        (reports / "history" / f"orders-{month}.ndjson").write_text("\n".join(lines_of_month) + "\n")
    return reports


def memory(process: subprocess.Popen) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def slow(port: int, stop: threading.Event) -> None:
    heads = [b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"POST /api/check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"]
    number = 0
    while not stop.is_set():
        number += 1
        with socket.create_connection(("127.0.0.1", port)) as client:
            try:
                client.sendall(heads[number % 2])
                while not stop.wait(1):
                    client.sendall(b"x")
            except OSError:
                continue


def client(port: int, due: list[float], times: list[float], path: str) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    for moment in due:
        time.sleep(max(0.0, moment - time.perf_counter()))
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        times.append(time.perf_counter() - moment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tamiz", default="target/release/tamiz")
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--slow", type=int, default=50)
    asked = parser.parse_args()
    program = str(Path(asked.tamiz).resolve())
    folder = Path(tempfile.mkdtemp())
    reports = history(folder, program, asked.runs)
    environment = {name: value for name, value in os.environ.items() if name != "TAMIZ_TOKEN"}
    server = subprocess.Popen(
        [program, "serve", "--reports", str(reports), "--listen", "127.0.0.1:0"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    )
    port = int(server.stderr.readline().rsplit(":", 1)[1])
    stop = threading.Event()
    slow_ones = [threading.Thread(target=slow, args=(port, stop), daemon=True) for _ in range(asked.slow)]
    for thread in slow_ones:
        thread.start()
    warm: list[float] = []
    client(port, [time.perf_counter()] * 50, warm, "/api/runs")
    before, begin, times = memory(server), time.perf_counter() + 0.5, []
    clients = 8
    due = [[begin + number / asked.rate for number in range(own, asked.rate * asked.seconds, clients)] for own in range(clients)]
    threads = [threading.Thread(target=client, args=(port, own, times, "/api/runs")) for own in due]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = memory(server)
    stop.set()
    server.terminate()
    shutil.rmtree(folder, ignore_errors=True)
    times.sort()
    at = lambda share: times[min(int(len(times) * share), len(times) - 1)] * 1000
    print("| runs kept | questions | a second | slow clients | median ms | p99 ms | longest ms | MB before | MB after |")
    print("|---|---|---|---|---|---|---|---|---|")
    print(
        f"| {asked.runs:,} | {len(times):,} | {asked.rate} | {asked.slow} | {at(0.5):.1f} | {at(0.99):.1f} | {at(1):.1f} | {before:.0f} | {after:.0f} |"
    )


main()
