"""qsv: `qsv validate FILE SCHEMA`, a JSON Schema that means the same; it writes valid rows, invalid rows and errors.

It comes from crates.io and takes long to compile, so `run` does not install it: `cargo install qsv --locked
--no-default-features --features lite --bin qsvlite`.
"""

import argparse
import csv
import json
import shutil
from collections import Counter
from pathlib import Path

from rules import Case, Found, Rule

HOW = "validate with a JSON Schema, writes the rows told apart and an error for each"

NAMES = ["qsv", "qsvlite"]


def cannot(case: Case) -> str | None:
    if any(table.format != "csv" for table in case.tables.values()):
        return "reads CSV"
    if case.kinds() & {"unique", "foreign_key", "compare"}:
        return "a schema of rows compares no rows and no columns"
    if any(rule.kind == "between" and case.tables[name].columns[rule.column] in ("date", "timestamp", "decimal")
           for name, table in case.tables.items() for rule in table.rules):
        return "JSON Schema has no range of dates"
    if program() is None:
        return "not installed: cargo install qsv --locked --no-default-features --features lite --bin qsvlite"
    return None


def program() -> str | None:
    return next((found for found in map(shutil.which, NAMES) if found), None)


def command(case: Case, folder: Path, asked: argparse.Namespace) -> list[str]:
    [table] = case.tables.values()
    # It writes beside its input.
    source = folder / "requests.csv"
    source.unlink(missing_ok=True)
    source.symlink_to(table.path)
    kinds = {"integer": "integer", "float": "number", "decimal": "number"}
    properties = {name: {"type": [kinds.get(kind, "string"), "null"]} for name, kind in table.columns.items()}
    for rule in table.rules:
        add(properties[rule.column], rule)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": properties}
    (folder / "schema.json").write_text(json.dumps(schema))
    return [program(), "validate", str(source), str(folder / "schema.json")]


def add(said: dict, rule: Rule) -> None:
    match rule.kind:
        case "not_null":
            said["type"] = said["type"][:1]
        case "between":
            said |= {"minimum": float(rule.least), "maximum": float(rule.most)}
        case "length":
            said |= {"minLength": int(rule.least), "maxLength": int(rule.most)}
        case "in_set":
            said["enum"] = [*rule.values, None]
        case "matches":
            said["pattern"] = rule.pattern


def found(case: Case, folder: Path) -> dict[str, Found]:
    """Errors by column; of an empty cell that must have a value it says that null is not of the type."""
    counts: Counter = Counter()
    for path in folder.glob("*validation-errors.tsv"):
        with path.open(newline="") as file:
            for _, field, error in list(csv.reader(file, delimiter="\t"))[1:]:
                counts[field, "not_null" if error.startswith("null is not of type") else "value"] += 1
    results = {}
    for rule in case.rules():
        broken = counts[rule.column, "not_null" if rule.kind == "not_null" else "value"]
        results[rule.id] = Found(broken == 0, broken)
    return results
