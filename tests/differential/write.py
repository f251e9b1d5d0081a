"""Random tables as Parquet files of several writers, with a suite and what it must find: for the test beside it.

    write.py READERS --install               installs the writers there: packages of PyPI
    write.py READERS FOLDER SEED COUNT       makes COUNT tables below FOLDER

Table number N has the folder `tN`: `table.arrow` and `parent.arrow`, `options.json` (how the test is to write it with
parquet-rs), `duckdb/` and `pyarrow/` with the files, `wanted.json`. A suite for each writer is in `suites`, and one of few
rules, on the rows of one column, of which less may be read.
"""

import json
import random
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from install import install  # noqa: E402

from columns import UNITS, Column, column  # noqa: E402
from rules import Rule, rules  # noqa: E402

PACKAGES = ["pyarrow==26.0.1", "duckdb==2.0.0"]
WRITERS = ["parquet_rs", "pyarrow", "duckdb"]
KINDS = ["integer", "integer", "decimal", "float", "string", "string", "date", "timestamp", "boolean"]


def main() -> None:
    readers = Path(sys.argv[1])
    install(readers, PACKAGES)
    if sys.argv[2] == "--install":
        return
    sys.path.insert(0, str(readers))
    folder, seed, count = Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    (folder / "suites").mkdir(parents=True)
    for number in range(count):
        make(random.Random(f"{seed} {number}"), number, folder)


def make(rng: random.Random, number: int, folder: Path) -> None:
    rows = rng.choice([0, 1, 3, 500, 2048, 3000, 4096, 5000, 6500])
    columns = [column(rng, f"c{place}_{kind}", kind, rows) for place, kind in enumerate(KINDS)]
    child = rng.choice([one for one in columns if one.kind in ("integer", "string", "date", "timestamp", "decimal")])
    parent = Column("key", child.kind, child.stored, parents(rng, child))
    place = folder / f"t{number}"
    parts = rng.choice([1, 1, 2, 3])
    cuts = [rows * part // parts for part in range(parts + 1)]
    options = {"parts": cuts, **parquet_rs(rng, columns)}
    for writer in WRITERS:
        (place / writer).mkdir(parents=True)
    (place / "options.json").write_text(json.dumps(options))
    table, other = arrow(columns), arrow([parent])
    write_ipc(place / "table.arrow", table)
    write_ipc(place / "parent.arrow", other)
    ours = pyarrow_options(rng, columns)
    theirs = duckdb_options(rng, columns)
    for part in range(parts):
        piece = table.slice(cuts[part], cuts[part + 1] - cuts[part])
        write_pyarrow(place / "pyarrow" / f"data_{part}.parquet", piece, ours)
        write_duckdb(place / "duckdb" / f"data_{part}.parquet", piece, theirs)
    write_pyarrow(place / "pyarrow" / "parent.parquet", other, pyarrow_options(rng, [parent]))
    write_duckdb(place / "duckdb" / "parent.parquet", other, theirs)
    made = rules(rng, columns, parent, child)
    wanted = {f"r{place}_{rule.kind}": rule.wanted for place, rule in enumerate(made)}
    (place / "wanted.json").write_text(json.dumps(wanted, indent=1))
    (place / "how.json").write_text(json.dumps({"pyarrow": ours, "duckdb": theirs, "parquet_rs": options}, indent=1))
    for writer in WRITERS:
        name = f"t{number}_{writer}"
        text = suite(name, f"../t{number}/{writer}", columns, parent, made)
        (folder / "suites" / f"{name}.yaml").write_text(text)
        few = suite(f"{name}_few", f"../t{number}/{writer}", columns, parent, on_rows(number, made))
        (folder / "suites" / f"{name}_few.yaml").write_text(few)


def on_rows(number: int, made: list[Rule]) -> list[Rule | None]:
    """Those of the rules that look at single rows of one column, in their places."""
    kinds = ("not_null", "is_null", "between", "in_set")
    names = sorted({rule.keys["column"] for rule in made if rule.kind in kinds})
    chosen = names[number % len(names)] if names else None
    return [rule if rule.kind in kinds and rule.keys["column"] == chosen else None for rule in made]


def parents(rng: random.Random, child: Column) -> list:
    """The values of the child, mostly all of them, some more than once, and a null at times."""
    values = [value for value in child.held() if value is not None]
    kept = list(dict.fromkeys(values))
    if rng.random() < 0.5:
        kept = kept[: -max(1, len(kept) // 10)]
    if rng.random() < 0.3:
        rng.shuffle(kept)
    if rng.random() < 0.3:
        kept += [None, *kept[:2]]
    return kept


def suite(name: str, data: str, columns: list[Column], parent: Column, made: list[Rule | None]) -> str:
    lines = ["tamiz: 1", f"suite: {name}", "pii: {detect: false}", "datasets:", "  parent:", f"    source: {data}/parent.parquet",
             "    may_be_empty: true", "    columns:", f"      {parent.name}: {{type: {declared(parent)}}}",
             "  data:", f"    source: {data}/data_*.parquet", "    may_be_empty: true", "    columns:"]
    lines += [f"      {one.name}: {{type: {declared(one)}}}" for one in columns]
    lines += ["    expect:"] + [f"      - {rule.yaml(f'r{place}_{rule.kind}')}" for place, rule in enumerate(made) if rule]
    return "\n".join(lines) + "\n"


def declared(one: Column) -> str:
    """Unsigned integers of 64 bits are decimals to a suite: it has no other number that holds them all."""
    return "decimal" if one.stored == "uint64" else one.kind


# ---------------------------------------------------------------- Arrow


def arrow(columns: list[Column]):
    import pyarrow as pa

    return pa.table({one.name: stored(one) for one in columns})


def stored(one: Column):
    import pyarrow as pa

    name, _, inner = one.stored.rstrip(")").partition("(")
    parts = inner.split(",")
    match name:
        case "decimal":
            return pa.array(one.values, pa.decimal128(int(parts[0]), int(parts[1])))
        case "timestamp":
            unit, zone = parts
            values = [None if value is None else value // UNITS[unit] for value in one.values]
            return pa.array(values, pa.timestamp(unit, zone or None))
        case "dictionary":
            return pa.array(one.values, pa.string()).dictionary_encode()
        case "date":
            return pa.array(one.values, pa.date32())
        case "bool":
            return pa.array(one.values, pa.bool_())
        case _:
            return pa.array(one.values, getattr(pa, name)(), from_pandas=False)


def write_ipc(path: Path, table) -> None:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


# ---------------------------------------------------------------- how files are written


def encodings(rng: random.Random, columns: list[Column], names: dict[str, list[str]]) -> dict[str, str]:
    """An encoding for some of the columns, one that the writer has for what they are stored as."""
    found = {}
    for one in columns:
        fitting = names.get(one.stored.partition("(")[0], names.get(one.kind, []))
        if fitting and rng.random() < 0.7:
            found[one.name] = rng.choice(fitting)
    return found


def parquet_rs(rng: random.Random, columns: list[Column]) -> dict:
    whole = ["DELTA_BINARY_PACKED", "PLAIN", "BYTE_STREAM_SPLIT"]
    text = ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "PLAIN"]
    names = {"integer": whole, "date": whole, "timestamp": whole, "float": ["BYTE_STREAM_SPLIT", "PLAIN"],
             "string": text, "boolean": ["PLAIN", "RLE"]}
    return {
        "row_group": rng.choice([700, 2048, 100_000]),
        "compression": rng.choice(["none", "snappy", "gzip", "zstd", "lz4", "brotli"]),
        "version": rng.choice([1, 2]),
        "statistics": rng.choice(["none", "chunk", "page", "page"]),
        "dictionary": rng.random() < 0.6,
        "dictionary_bytes": rng.choice([200, 1_000_000]),
        "page_rows": rng.choice([100, 1000, 20_000]),
        "truncate": rng.choice([1, 8, 64, None]),
        "encodings": encodings(rng, columns, names),
    }


def pyarrow_options(rng: random.Random, columns: list[Column]) -> dict:
    whole = ["DELTA_BINARY_PACKED", "PLAIN", "BYTE_STREAM_SPLIT"]
    text = ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "PLAIN"]
    small = ["PLAIN", "DELTA_BINARY_PACKED"]
    # Instants of 96 bits have no deltas.
    wide = rng.random() < 0.15
    names = {"integer": whole, "date": small, "timestamp": ["PLAIN"] if wide else small, "float": ["BYTE_STREAM_SPLIT", "PLAIN"],
             "string": text, "boolean": ["PLAIN", "RLE"]}
    chosen = encodings(rng, columns, names) if rng.random() < 0.5 else {}
    rest = [one.name for one in columns if one.name not in chosen]
    return {
        "row_group_size": rng.choice([700, 2048, 100_000]),
        "compression": rng.choice(["none", "snappy", "gzip", "zstd", "lz4", "brotli"]),
        "data_page_version": rng.choice(["1.0", "2.0"]),
        "version": rng.choice(["1.0", "2.4", "2.6"]),
        "data_page_size": rng.choice([500, 5000, 1_000_000]),
        "dictionary_pagesize_limit": rng.choice([200, 1_000_000]),
        # An encoding is only for columns without a dictionary.
        "use_dictionary": rng.choice([rest, rest, False]),
        "column_encoding": chosen or None,
        "write_statistics": rng.choice([True, True, False, [one.name for one in columns if rng.random() < 0.5]]),
        "write_page_index": rng.random() < 0.5,
        "use_deprecated_int96_timestamps": wide,
        "store_decimal_as_integer": rng.random() < 0.5,
    }


def write_pyarrow(path: Path, table, options: dict) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path, **options)


def duckdb_options(rng: random.Random, columns: list[Column]) -> dict:
    # As deltas it writes unsigned integers of 32 bits such that no other reader takes them, pyarrow and parquet-rs alike.
    versions = ["V1"] if any(one.stored == "uint32" for one in columns) else ["V1", "V2"]
    return {
        "ROW_GROUP_SIZE": rng.choice([2048, 4096, 122_880]),
        "COMPRESSION": rng.choice(["uncompressed", "snappy", "gzip", "zstd", "lz4_raw", "brotli"]),
        "PARQUET_VERSION": rng.choice(versions),
        "DICTIONARY_SIZE_LIMIT": rng.choice([1, 50, 100_000]),
    }


def write_duckdb(path: Path, table, options: dict) -> None:
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET threads = 1")
    connection.register("source", table)
    said = ", ".join(f"{key} {value}" for key, value in options.items())
    connection.execute(f"COPY (SELECT * FROM source) TO '{path}' (FORMAT parquet, {said})")


if __name__ == "__main__":
    main()
