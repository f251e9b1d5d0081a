"""Frictionless: a Table Schema, every error located."""

import re
from collections import Counter

from rules import Case, Found, Rule

PACKAGES = ["frictionless==5.21.0"]
IMPORTS = ["frictionless"]
HOW = "validate with a Table Schema, all errors located"


def cannot(case: Case) -> str | None:
    if any(table.format != "csv" for table in case.tables.values()):
        return "is measured on CSV: its Parquet goes by way of pandas"
    if any(len(rule.columns) > 1 and rule.kind != "unique" for rule in case.rules()):
        return "a Table Schema compares no columns"
    return None


def check(case: Case) -> dict[str, Found]:
    from frictionless import Resource, Schema, system

    [table] = case.tables.values()
    fields = {name: {"name": name, "type": kind_of(kind), "constraints": {}} for name, kind in table.columns.items()}
    keys = []
    for rule in table.rules:
        if rule.kind == "unique":
            keys = rule.columns
        else:
            add(fields[rule.column]["constraints"], rule)
    schema = Schema.from_descriptor({"fields": list(fields.values()), "primaryKey": keys})
    with system.use_context(trusted=True):
        report = Resource(path=table.path, schema=schema).validate(limit_errors=10**9)
    counts: Counter = Counter()
    for name, note in report.flatten(["fieldName", "note"]):
        said = re.search(r'constraint "(\w+)"', note or "")
        counts[name, "not_null" if said and said[1] == "required" else "value"] += 1
    found = {}
    for rule in case.rules():
        broken = counts[rule.column, "not_null" if rule.kind == "not_null" else "value"]
        found[rule.id] = Found(broken == 0, broken)
    return found


def kind_of(kind: str) -> str:
    return {"decimal": "number", "float": "number", "timestamp": "datetime"}.get(kind, kind)


def add(said: dict, rule: Rule) -> None:
    match rule.kind:
        case "not_null":
            said["required"] = True
        case "between":
            said |= {"minimum": rule.least, "maximum": rule.most}
        case "length":
            said |= {"minLength": int(rule.least), "maxLength": int(rule.most)}
        case "in_set":
            said["enum"] = rule.values
        case "matches":
            # It matches the whole value.
            said["pattern"] = rule.pattern.removeprefix("^").removesuffix("$")
