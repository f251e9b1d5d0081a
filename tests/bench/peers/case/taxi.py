"""19.8 million rides of taxis in 19 columns, each of which must be complete and unique: the case of cuallee's paper.

The paper ran it on the rides of New York; these are made, in the same columns, with values that repeat as theirs do. Nearly
all of the rules about uniqueness fail, as they do there.
"""

import argparse

from place import Place
from rules import Case, Table, not_null, unique

TITLE = "19.8 million rides, 19 columns, complete and unique"

COLUMNS = {
    "vendor_id": "integer", "pickup_datetime": "timestamp", "dropoff_datetime": "timestamp",
    "passenger_count": "integer", "trip_distance": "float", "rate_code_id": "integer",
    "store_and_fwd_flag": "string", "pu_location_id": "integer", "do_location_id": "integer",
    "payment_type": "integer", "fare_amount": "float", "extra": "float", "mta_tax": "float", "tip_amount": "float",
    "tolls_amount": "float", "improvement_surcharge": "float", "total_amount": "float",
    "congestion_surcharge": "float", "airport_fee": "float",
}


def cases(asked: argparse.Namespace, place: Place) -> list[Case]:
    folder = place.maker(f"taxi-{asked.taxi_rows}", "taxi", str(asked.taxi_rows))
    rules = [not_null(column) for column in COLUMNS] + [unique(column) for column in COLUMNS]
    table = Table(str(folder / "taxi.parquet"), COLUMNS, rules)
    return [Case(f"taxi, {asked.taxi_rows:,} rows, 38 rules", {"taxi": table})]
