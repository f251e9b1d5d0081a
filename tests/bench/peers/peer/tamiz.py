"""Tamiz: the program, from start to exit code."""

import argparse
import json
from pathlib import Path

from rules import Case, Found, Rule, plain

HOW = "the program, from start to exit code"


def cannot(case: Case) -> str | None:
    return None


def command(case: Case, folder: Path, asked: argparse.Namespace) -> list[str]:
    suite = folder / "suite.yaml"
    suite.write_text(suite_of(case))
    line = [str(asked.tamiz), "check", str(suite), "--quiet", "--output", f"json={folder / 'record.json'}"]
    if case.located:
        return [*line, "--reports", str(folder / "reports"), "--quarantine", str(folder / "quarantine")]
    # Rows to show cost a second read of what failed, which no count by hand does.
    return [*line, "--no-reports", "--no-samples"]


def found(case: Case, folder: Path) -> dict[str, Found]:
    results = {}
    for result in json.loads((folder / "record.json").read_text())["results"]:
        if result["status"] == "error":
            raise RuntimeError(f"tamiz: {result['id']}: {result['error']}")
        results[result["id"]] = Found(result["status"] == "passed", result["violations"], result["evaluated"])
    # Types and other built-in rules are there only when they fail.
    return {rule.id: results[rule.id] for rule in case.rules()}


def suite_of(case: Case) -> str:
    """The suite, as a person would write it with all rules of a table in its own list."""
    lines = ["tamiz: 1", f"suite: {plain(case.name.lower())}", "datasets:"]
    for name, table in case.tables.items():
        lines += [f"  {name}:", f"    source: {quoted(table.path)}", "    columns:"]
        lines += [f"      {quoted(column)}: {{type: {kind}}}" for column, kind in table.columns.items()]
        if table.rules:
            lines += ["    expect:"]
            lines += [f"      - {line(rule)}" for rule in table.rules]
    return "\n".join(lines) + "\n"


def line(rule: Rule) -> str:
    columns = f"column: {quoted(rule.column)}"
    if len(rule.columns) > 1:
        columns = f"columns: [{', '.join(map(quoted, rule.columns))}]"
    match rule.kind:
        case "between" | "length":
            columns += f", min: {quoted(rule.least)}, max: {quoted(rule.most)}"
        case "in_set":
            columns += f", values: [{', '.join(map(quoted, rule.values))}]"
        case "matches":
            columns += f", pattern: {quoted(rule.pattern)}"
        case "compare":
            columns = f"left: {quoted(rule.column)}, op: '<=', right: {quoted(rule.columns[1])}, nulls: ignore"
        case "foreign_key":
            columns += f", to: {{dataset: {rule.parent}, columns: [{', '.join(map(quoted, rule.parent_columns))}]}}"
    return f"{rule.kind}: {{{columns}, id: {quoted(rule.id)}}}"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
