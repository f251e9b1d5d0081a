"""Rides of taxis as Parquet, a row group a million: `python -m data.taxi FOLDER ROWS`."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 1_000_000
FEES = [0.0, 0.5, 1.0, 2.5]


def main() -> None:
    folder, rows = Path(sys.argv[1]), int(sys.argv[2])
    writer = None
    for start in range(0, rows, GROUP):
        part = rides(np.random.default_rng([2022, start]), start, min(GROUP, rows - start))
        writer = writer or pq.ParquetWriter(folder / "taxi.parquet", part.schema)
        writer.write_table(part, row_group_size=GROUP)
    writer.close()


def rides(rng: np.random.Generator, start: int, rows: int) -> pa.Table:
    pickup = 1_640_995_200 + (np.arange(start, start + rows) * 1.5).astype(np.int64) + rng.integers(0, 3600, rows)
    miles = np.round(rng.gamma(1.5, 2.2, rows), 2)
    fare = np.round(3 + miles * 2.5, 1)
    tip = np.round(fare * rng.choice([0.0, 0.1, 0.2, 0.25], rows), 2)
    fees = {name: rng.choice(FEES, rows) for name in ("extra", "mta_tax", "improvement_surcharge",
                                                      "congestion_surcharge", "airport_fee")}
    tolls = rng.choice([0.0, 0.0, 0.0, 6.55], rows)
    unsaid = rng.random(rows) < 0.035
    seconds = pa.timestamp("s")
    columns = {
        "vendor_id": rng.integers(1, 3, rows),
        "pickup_datetime": pa.array(pickup, seconds).cast(pa.timestamp("us")),
        "dropoff_datetime": pa.array(pickup + rng.integers(60, 5400, rows), seconds).cast(pa.timestamp("us")),
        "passenger_count": pa.array(rng.integers(0, 7, rows), mask=unsaid),
        "trip_distance": miles,
        "rate_code_id": pa.array(rng.integers(1, 7, rows), mask=unsaid),
        "store_and_fwd_flag": pa.array(np.array(["N", "N", "N", "Y"])[rng.integers(0, 4, rows)], mask=unsaid),
        "pu_location_id": rng.integers(1, 266, rows),
        "do_location_id": rng.integers(1, 266, rows),
        "payment_type": rng.integers(0, 5, rows),
        "fare_amount": fare,
        "extra": fees["extra"],
        "mta_tax": fees["mta_tax"],
        "tip_amount": tip,
        "tolls_amount": tolls,
        "improvement_surcharge": fees["improvement_surcharge"],
        "total_amount": np.round(fare + tip + tolls + sum(fees.values()), 2),
        "congestion_surcharge": fees["congestion_surcharge"],
        "airport_fee": pa.array(fees["airport_fee"], mask=unsaid),
    }
    return pa.table(columns)


main()
