"""Soda Core 3 with DuckDB: its last release under an open licence; 4 is proprietary.

Its adapter asks for a DuckDB below 1.1, which comes with it.
"""

from rules import Case, Found, Rule, Table, plain

PACKAGES = ["soda-core-duckdb==3.5.6", "setuptools<81"]
IMPORTS = ["duckdb", "soda.scan"]
HOW = "3.5.6 (4 is proprietary), SodaCL on views of the files, with the DuckDB 1.0 that it asks for"

QUOTE = "'"


def cannot(case: Case) -> str | None:
    if case.located:
        return "knows no lines of a CSV"
    return None


def check(case: Case) -> dict[str, Found]:
    import duckdb
    from peer.duckdb import read
    from soda.scan import Scan

    connection = duckdb.connect()
    for name, table in case.tables.items():
        columns = ", ".join(f'"{column}" AS {plain(column)}' for column in table.columns)
        connection.execute(f"CREATE VIEW {name} AS SELECT {columns} FROM {read(table)}")
    scan = Scan()
    scan.disable_telemetry()
    scan.add_duckdb_connection(connection, "duckdb")
    scan.set_data_source_name("duckdb")
    scan.add_sodacl_yaml_str("\n".join(line for name, table in case.tables.items() for line in checks(name, table)))
    scan.execute()
    if scan.has_error_logs():
        raise RuntimeError(scan.get_error_logs_text())
    found = {}
    for result in scan.get_scan_results()["checks"]:
        value = result["diagnostics"].get("value")
        found[result["name"]] = Found(result["outcome"] == "pass", None if value is None else int(value))
    for rule in case.rules():
        if rule.kind == "unique" or rule.kind == "foreign_key" and len(rule.columns) > 1:
            # It counts values that are there more than once, not their rows, and a key with a null as without a partner.
            found[rule.id].violations = None
    return found


def checks(name: str, table: Table) -> list[str]:
    lines = [f"checks for {name}:"] if table.rules else []
    for rule in table.rules:
        lines += [f"  - {check_of(rule)}:", f"      name: {rule.id}", *(f"      {line}" for line in valid(rule, table))]
    return lines


def check_of(rule: Rule) -> str:
    match rule.kind:
        case "not_null":
            return f"missing_count({plain(rule.column)}) = 0"
        case "unique":
            return f"duplicate_count({', '.join(rule.columns)}) = 0"
        case "foreign_key":
            return (f"values in ({', '.join(rule.columns)}) must exist in {rule.parent}"
                    f" ({', '.join(rule.parent_columns)})")
        case "compare":
            return "failed rows"
        case "between" if not number(rule):
            return "failed rows"
        case _:
            return f"invalid_count({plain(rule.column)}) = 0"


def valid(rule: Rule, table: Table) -> list[str]:
    from peer.duckdb import condition

    match rule.kind:
        case "between" if number(rule):
            return [f"valid min: {rule.least}", f"valid max: {rule.most}"]
        case "between" | "compare":
            return [f"fail condition: NOT ({condition(rule, table)})", "samples limit: 0"]
        case "length":
            return [f"valid min length: {rule.least}", f"valid max length: {rule.most}"]
        case "in_set":
            return ["valid values:", *(f"  - '{value}'" for value in rule.values)]
        case "matches":
            # Its text goes into SQL as it is, so a quote is doubled there, and each of both here.
            return [f"valid regex: '{rule.pattern.replace(QUOTE, 4 * QUOTE)}'"]
        case "foreign_key":
            return ["samples limit: 0"]
    return []


def number(rule: Rule) -> bool:
    """Whether the bounds are numbers; `valid min` takes no dates."""
    return rule.least.lstrip("-").replace(".", "", 1).isdigit()
