"""Checks files much larger than the memory it may take, and prints time and peak memory.

    python memory.py FOLDER [--tamiz PROGRAM] [--parquet 10] [--csv 5] [--memory 600MB] [--peak 1500]

Makes in FOLDER, once, a Parquet folder and a CSV file of so many gigabytes, the customers and products that they refer to,
and a suite with uniqueness and foreign keys on columns that come in no order. Holds the counts that tamiz finds against those
planted, and exits 1 if one differs or if the peak of resident memory, in megabytes, is above the one allowed.
Needs numpy and pyarrow.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

CUSTOMERS = 20_000_000
PRODUCTS = 1_000_000
STATES = ["open", "paid", "sent", "back", "lost"]
PIECE = 2_000_000
# Every so many rows one breaks a rule.
TWICE, NOBODY, NOTHING, NEGATIVE = 1_000_003, 700_001, 900_007, 500_009
HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint8).reshape(256, 2)


def mixed(numbers):
    """Other numbers, each once, in no order."""
    x = numbers.astype(np.uint64)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def names(numbers):
    """Text of sixteen hexadecimal digits for each number."""
    digits = HEX[mixed(numbers).view(np.uint8)].reshape(-1)
    ends = np.arange(len(numbers) + 1, dtype=np.int32) * 16
    return pa.Array.from_buffers(pa.string(), len(numbers), [None, pa.py_buffer(ends), pa.py_buffer(digits)])


def events(first, rows):
    """Rows of events from one number on; what they hold depends on that number alone."""
    at = np.arange(first, first + rows, dtype=np.uint64)
    chance = mixed(at + np.uint64(1 << 40))
    every = lambda step: (at % np.uint64(step)) == np.uint64(step - 1)
    ids = mixed(np.where(every(TWICE), at - np.uint64(1), at)).view(np.int64)
    customer = np.where(every(NOBODY), np.uint64(CUSTOMERS) + at, chance % np.uint64(CUSTOMERS))
    product = np.where(every(NOTHING), PRODUCTS + 7, (chance >> np.uint64(20)) % np.uint64(PRODUCTS)).astype(np.int64)
    amount = ((chance >> np.uint64(7)) % np.uint64(1_000_000)).astype(np.float64) / 100
    amount = np.where(every(NEGATIVE), -amount - 1, amount)
    moment = 1_735_689_600_000_000 + ((chance >> np.uint64(3)) % np.uint64(31_000_000_000_000)).astype(np.int64)
    state = pa.DictionaryArray.from_arrays(pa.array((chance % np.uint64(5)).astype(np.int8)), STATES)
    return pa.table({
        "event_id": ids,
        "customer": names(customer),
        "product": product,
        "amount": amount,
        "at": pa.array(moment, pa.timestamp("us")),
        "state": state.cast(pa.string()),
        "note": names(chance),
    })


def grown(folder, wanted, write):
    """Writes pieces until a folder is as large as wanted; says how many rows that took."""
    rows = 0
    while sum(path.stat().st_size for path in folder.iterdir()) < wanted:
        write(events(rows, PIECE), rows)
        rows += PIECE
        print(f"  {rows:,} rows", end="\r", flush=True)
    return rows


def make(folder, parquet, csv):
    about = folder / "rows.json"
    if about.exists():
        return json.loads(about.read_text())
    (folder / "parquet").mkdir(parents=True, exist_ok=True)
    (folder / "csv").mkdir(exist_ok=True)
    pq.write_table(pa.table({"customer": names(np.arange(CUSTOMERS, dtype=np.uint64))}), folder / "customers.parquet")
    products = mixed(np.arange(PRODUCTS, dtype=np.uint64)).argsort()
    pq.write_table(pa.table({"product": products}), folder / "products.parquet")
    rows = {"parquet": grown(folder / "parquet", parquet * 10**9, lambda table, at: pq.write_table(
        table, folder / "parquet" / f"part-{at // PIECE:04}.parquet", row_group_size=500_000))}
    with pa.OSFile(str(folder / "csv" / "events.csv"), "wb") as file:
        writer = None

        def write(table, _):
            nonlocal writer
            writer = writer or pa.csv.CSVWriter(file, table.schema)
            writer.write_table(table)

        rows["csv"] = grown(folder / "csv", csv * 10**9, write)
        writer.close()
    about.write_text(json.dumps(rows))
    return rows


def suite(folder, name):
    source = "parquet/" if name == "parquet" else "csv/events.csv"
    path = folder / f"{name}.yaml"
    path.write_text(f"""tamiz: 1
suite: memory_{name}
as_of: 2026-06-30
datasets:
  customers: {{source: customers.parquet, columns: {{customer: {{type: string}}}}}}
  products: {{source: products.parquet, columns: {{product: {{type: integer}}}}}}
  events:
    source: {source}
    columns:
      event_id: {{type: integer, expect: [not_null, unique]}}
      customer: {{type: string, expect: [not_null, foreign_key: customers.customer]}}
      product: {{type: integer, expect: [foreign_key: products.product]}}
      amount: {{type: float, expect: [non_negative, quantile: {{q: 0.5, min: 0}}]}}
      at: {{type: timestamp, expect: [not_in_future]}}
      state: {{type: string, expect: [in_set: [{", ".join(STATES)}]]}}
      note: {{type: string, expect: [matches: '^[0-9a-f]+$', unique]}}
""")
    return path


def planted(rows):
    """How many rows break each rule; every step is longer than the first rows are apart."""
    return {
        "events.event_id.unique": 2 * (rows // TWICE),
        "events.customer.foreign_key": rows // NOBODY,
        "events.product.foreign_key": rows // NOTHING,
        "events.amount.non_negative": rows // NEGATIVE,
        "events.event_id.not_null": 0,
        "events.customer.not_null": 0,
        "events.at.not_in_future": 0,
        "events.state.in_set": 0,
        "events.note.matches": 0,
        "events.note.unique": 0,
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--tamiz", default="target/release/tamiz")
    arguments.add_argument("--parquet", type=float, default=10, help="gigabytes")
    arguments.add_argument("--csv", type=float, default=5, help="gigabytes")
    arguments.add_argument("--memory", default="600MB", help="what is given to --memory")
    arguments.add_argument("--peak", type=float, default=1500, help="megabytes of resident memory allowed")
    arguments.add_argument("--only", choices=["parquet", "csv"])
    given = arguments.parse_args()
    rows = make(given.folder, given.parquet, given.csv)
    wrong = 0
    print("| what | rows | GB | CPU s | wall s | peak MB |\n|---|---|---|---|---|---|")
    for name in [given.only] if given.only else ["parquet", "csv"]:
        size = sum(path.stat().st_size for path in (given.folder / name).iterdir())
        record = given.folder / f"{name}.json"
        command = [given.tamiz, "check", suite(given.folder, name), "--no-reports", "--memory", given.memory,
                   "--output", f"json={record}", "--quiet"]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        code = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
        wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        peak = after.ru_maxrss / 1024
        print(f"| {name} | {rows[name]:,} | {size / 1e9:.1f} | {cpu:.0f} | {wall:.0f} | {peak:.0f} |", flush=True)
        found = {result["id"]: result.get("violations") for result in json.loads(record.read_text())["results"]}
        for rule, count in planted(rows[name]).items():
            if found.get(rule) != count:
                wrong += 1
                print(f"{name}: {rule} found {found.get(rule)}, and {count} are planted", file=sys.stderr)
        if code != 1 or peak > given.peak:
            wrong += 1
            print(f"{name}: exit code {code}, peak {peak:.0f} MB", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
