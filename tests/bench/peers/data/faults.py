"""The tables of a case with one row of 10,000 at fault, in every row group: `python -m data.faults FOLDER CASE.json`.

Each fault breaks one rule of the table, drawn by a generator with a fixed seed, so that all rules have something to
count. Row groups stay as large as they were.
"""

import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rules import Case, Rule, Table

SHARE = 10_000


def main() -> None:
    folder, case = Path(sys.argv[1]), Case.read(Path(sys.argv[2]))
    for name, table in case.tables.items():
        seed(random.Random(f"faults {name}"), table, folder / f"{name}.parquet")


def seed(rng: random.Random, table: Table, target: Path) -> None:
    file = pq.ParquetFile(table.path)
    # The generator's columns allow no nulls, and ask to be read as views of strings, which no mask works on.
    schema = pa.schema([pa.field(field.name, pa.string() if field.type == pa.string_view() else field.type)
                        for field in file.schema_arrow])
    with pq.ParquetWriter(target, schema) as writer:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group).cast(schema)
            writer.write_table(break_some(rng, rows, table), row_group_size=rows.num_rows)


def break_some(rng: random.Random, rows: pa.Table, table: Table) -> pa.Table:
    places: dict[str, dict[int, object]] = {}
    for row in sorted(rng.sample(range(1, rows.num_rows), rows.num_rows // SHARE)):
        rule = rng.choice(table.rules)
        for column, value in broken(rng, rule, rows, row, table).items():
            places.setdefault(column, {})[row] = value
    for column, values in places.items():
        index = rows.schema.get_field_index(column)
        kind = rows.schema.field(column).type
        chunk = rows.column(column).combine_chunks()
        mask = pc.is_in(pa.array(range(rows.num_rows)), pa.array(list(values)))
        wanted = pa.array([values[row] for row in sorted(values)], kind)
        rows = rows.set_column(index, rows.schema.field(index), pc.replace_with_mask(chunk, mask, wanted))
    return rows


def broken(rng: random.Random, rule: Rule, rows: pa.Table, row: int, table: Table) -> dict[str, object]:
    """The cells of a row that break the rule."""
    column = rule.columns[-1]
    match rule.kind:
        case "not_null":
            return {column: None}
        case "unique":
            return {name: rows.column(name)[row - 1].as_py() for name in rule.columns}
        case "foreign_key":
            return {column: -1 - rng.randrange(1000)}
        case "between":
            return {column: beyond(table.columns[column], rule.most)}
        case "length":
            return {column: "x" * (int(rule.most) + 1)}
        case "compare":
            left = rows.column(rule.column)[row].as_py()
            return {column: left - timedelta(days=1)}
        case _:
            return {column: "#?"}


def beyond(kind: str, most: str) -> object:
    match kind:
        case "integer":
            return int(most) + 1
        case "decimal":
            return Decimal(most) + Decimal("0.01")
        case "date":
            return date.fromisoformat(most) + timedelta(days=1)
    raise ValueError(kind)


if __name__ == "__main__":
    main()
