"""DuckDB with the SQL that one would write by hand: one SELECT for all row rules of a table, one each for its keys."""

from rules import Case, Found, Rule, Table

PACKAGES = ["duckdb==2.0.0"]
IMPORTS = ["duckdb"]
HOW = "one fused SELECT a table, one for each key"

TYPES = {"integer": "BIGINT", "decimal": "DECIMAL(15,2)", "float": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
         "timestamp": "TIMESTAMP", "string": "VARCHAR"}


def cannot(case: Case) -> str | None:
    if case.located:
        return "rows are found again by a query of each rule, without their lines: compared by its reader and counts alone"
    return None


def check(case: Case) -> dict[str, Found]:
    import duckdb

    connection = duckdb.connect()
    found = {}
    for table in case.tables.values():
        fused = [rule for rule in table.rules if rule.kind not in ("unique", "foreign_key")]
        if fused:
            counts = ", ".join(f"{violations(rule, table)}, {evaluated(rule)}" for rule in fused)
            numbers = connection.execute(f"SELECT {counts} FROM {read(table)}").fetchone()
            for place, rule in enumerate(fused):
                found[rule.id] = of(*numbers[2 * place : 2 * place + 2])
        for rule in table.rules:
            if rule.kind == "unique":
                found[rule.id] = of(*connection.execute(repeats(rule, table)).fetchone())
            elif rule.kind == "foreign_key":
                found[rule.id] = of(*connection.execute(orphans(rule, table, case.tables[rule.parent])).fetchone())
    return found


def of(violations: int, evaluated: int) -> Found:
    return Found(violations == 0, int(violations), int(evaluated))


def read(table: Table) -> str:
    if table.format == "parquet":
        return f"read_parquet('{table.path}')"
    types = ", ".join(f"'{name}': '{TYPES[kind]}'" for name, kind in table.columns.items())
    return f"read_csv('{table.path}', header = true, columns = {{{types}}})"


def violations(rule: Rule, table: Table) -> str:
    if rule.kind == "not_null":
        return f"count(*) - count({name(rule.column)})"
    return f"count(*) FILTER (NOT ({condition(rule, table)}))"


def evaluated(rule: Rule) -> str:
    match rule.kind:
        case "not_null":
            return "count(*)"
        case "compare":
            return f"count(*) FILTER ({' AND '.join(f'{name(column)} IS NOT NULL' for column in rule.columns)})"
        case _:
            return f"count({name(rule.column)})"


def condition(rule: Rule, table: Table) -> str:
    column = name(rule.column)

    def literal(text: str) -> str:
        kind = table.columns[rule.column]
        return text if kind in ("integer", "decimal", "float") else f"{TYPES[kind]} {string(text)}"

    match rule.kind:
        case "between":
            return f"{column} BETWEEN {literal(rule.least)} AND {literal(rule.most)}"
        case "length":
            return f"length({column}) BETWEEN {rule.least} AND {rule.most}"
        case "in_set":
            return f"{column} IN ({', '.join(string(value) for value in rule.values)})"
        case "matches":
            return f"regexp_matches({column}, {string(rule.pattern)})"
        case "compare":
            return f"{column} <= {name(rule.columns[1])}"
    raise ValueError(rule.kind)


def repeats(rule: Rule, table: Table) -> str:
    """Rows of repeated keys: what `GROUP BY` finds more than once. A key that is null throughout does not count."""
    columns = ", ".join(name(column) for column in rule.columns)
    some = " OR ".join(f"{name(column)} IS NOT NULL" for column in rule.columns)
    return (f"SELECT coalesce(sum(n) FILTER (n > 1), 0), coalesce(sum(n), 0) FROM "
            f"(SELECT count(*) AS n FROM {read(table)} WHERE {some} GROUP BY {columns})")


def orphans(rule: Rule, table: Table, parent: Table) -> str:
    pairs = list(zip(rule.columns, rule.parent_columns, strict=True))
    on = " AND ".join(f"child.{name(column)} = parent.{name(other)}" for column, other in pairs)
    whole = " AND ".join(f"{name(column)} IS NOT NULL" for column in rule.columns)
    missing = f"SELECT count(*) FROM {read(table)} AS child ANTI JOIN {read(parent)} AS parent ON {on} WHERE {whole}"
    return f"SELECT ({missing}), (SELECT count(*) FROM {read(table)} WHERE {whole})"


def name(column: str) -> str:
    return f'"{column}"'


def string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
