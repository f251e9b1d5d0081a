#!/usr/bin/env python3
"""Makes the folder of Parquet of the `spark` example, with its faults, and counts these with plain loops.

    python3 examples/spark/generate.py FOLDER      write FOLDER/viajes (four files) and FOLDER/conductores (one)
    python3 examples/spark/generate.py --expected  write expected.json
    python3 examples/spark/generate.py --check     fail unless expected.json is what the loops count

Writing Parquet needs `pip install pyarrow`; counting needs nothing. Nobody in it exists.
"""

import json
import random
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
TRIPS, DRIVERS, FILES = 20_000, 400, 4
START = datetime(2025, 6, 1, tzinfo=timezone.utc)
PAID = ["tarjeta", "efectivo", "app"]


def trips() -> list[dict]:
    chance = random.Random(20250630)
    rows = []
    for number in range(1, TRIPS + 1):
        start = START + timedelta(seconds=chance.randrange(29 * 86_400))
        km = Decimal(chance.randrange(40, 4_000)) / 100
        rows.append({
            "viaje_id": number,
            "conductor_id": chance.randrange(1, DRIVERS + 1),
            "inicio": start,
            "fin": start + timedelta(seconds=int(km * 150) + chance.randrange(60, 600)),
            "km": km,
            "tarifa": (Decimal("2.50") + km * Decimal("1.10")).quantize(Decimal("0.01")),
            "pago": chance.choice(PAID),
        })
    # Faults, each in rows of its own.
    places = iter(chance.sample(range(1, TRIPS), 200))
    for _ in range(12):
        row = next(places)
        rows[row]["viaje_id"] = rows[row - 1]["viaje_id"]
    for _ in range(30):
        rows[next(places)]["km"] = Decimal("-1.00")
    for _ in range(25):
        row = rows[next(places)]
        row["inicio"], row["fin"] = row["fin"], row["inicio"]
    for _ in range(18):
        rows[next(places)]["conductor_id"] = DRIVERS + chance.randrange(1, 50)
    for _ in range(40):
        rows[next(places)]["pago"] = None
    for _ in range(9):
        rows[next(places)]["pago"] = "trueque"
    for _ in range(7):
        row = rows[next(places)]
        row["inicio"] += timedelta(days=60)
        row["fin"] += timedelta(days=60)
    for _ in range(5):
        rows[next(places)]["tarifa"] = Decimal("999.99")
    return rows


def expected() -> dict[str, int]:
    rows = trips()
    known = set(range(1, DRIVERS + 1))
    ids = Counter(row["viaje_id"] for row in rows)
    now = datetime(2025, 6, 30, tzinfo=timezone.utc)
    return {
        "viajes.viaje_id.unique": sum(ids[row["viaje_id"]] > 1 for row in rows),
        "viajes.conductor_id.foreign_key": sum(row["conductor_id"] not in known for row in rows),
        "viajes.inicio.not_in_future": sum(row["inicio"] > now for row in rows),
        "fin_despues": sum(row["inicio"] > row["fin"] for row in rows),
        "viajes.km.between": sum(not 0 <= row["km"] <= 200 for row in rows),
        "viajes.tarifa.between": sum(not Decimal("2.50") <= row["tarifa"] <= 500 for row in rows),
        "viajes.pago.not_null": sum(row["pago"] is None for row in rows),
        "viajes.pago.in_set": sum(row["pago"] is not None and row["pago"] not in PAID for row in rows),
    }


def write(folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([
        ("viaje_id", pa.int64()), ("conductor_id", pa.int64()), ("inicio", pa.timestamp("us", "UTC")),
        ("fin", pa.timestamp("us", "UTC")), ("km", pa.decimal128(8, 2)), ("tarifa", pa.decimal128(8, 2)), ("pago", pa.string()),
    ])
    rows = trips()
    (folder / "viajes").mkdir(parents=True, exist_ok=True)
    (folder / "conductores").mkdir(exist_ok=True)
    size = TRIPS // FILES
    for file in range(FILES):
        part = pa.Table.from_pylist(rows[file * size:(file + 1) * size], schema)
        pq.write_table(part, folder / "viajes" / f"parte{file}.parquet")
    drivers = [{"id": number, "nombre": f"Conductor {number}"} for number in range(1, DRIVERS + 1)]
    pq.write_table(pa.Table.from_pylist(drivers), folder / "conductores" / "parte0.parquet")


def main() -> int:
    text = json.dumps(expected(), indent=2) + "\n"
    file = HERE / "expected.json"
    match sys.argv[1:]:
        case ["--expected"]:
            file.write_text(text)
        case ["--check"]:
            if file.read_text() != text:
                print("expected.json is not what generate.py counts", file=sys.stderr)
                return 1
        case [folder] if not folder.startswith("-"):
            write(Path(folder))
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
