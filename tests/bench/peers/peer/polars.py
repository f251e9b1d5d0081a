"""Polars with the query that one would write by hand: one lazy select for all row rules of a table, streaming."""

from rules import Case, Found, Rule, Table

PACKAGES = ["polars==2.1.0"]
IMPORTS = ["polars"]
HOW = "one fused select a table, one query for each key, all collected together by the streaming engine"


def cannot(case: Case) -> str | None:
    if case.located:
        return "its CSV reader tells no line, and stops at or nulls what does not parse"
    return None


def check(case: Case) -> dict[str, Found]:
    import polars as pl

    queries, readers = [], []
    frames = {name: scan(table) for name, table in case.tables.items()}
    for name, table in case.tables.items():
        fused = [rule for rule in table.rules if rule.kind not in ("unique", "foreign_key")]
        if fused:
            counts = {}
            for rule in fused:
                counts[f"{rule.id} violations"] = violations(rule, table)
                counts[f"{rule.id} evaluated"] = evaluated(rule)
            queries.append(frames[name].select(**counts))
            readers.append(fused)
        for rule in table.rules:
            if rule.kind == "unique":
                queries.append(repeats(rule, frames[name]))
                readers.append([rule])
            elif rule.kind == "foreign_key":
                queries.append(orphans(rule, frames[name], frames[rule.parent]))
                readers.append([rule])
    found = {}
    for rules, result in zip(readers, pl.collect_all(queries, engine="streaming"), strict=True):
        numbers = result.row(0, named=True)
        for rule in rules:
            broken, rows = numbers[f"{rule.id} violations"], numbers[f"{rule.id} evaluated"]
            found[rule.id] = Found(broken == 0, broken, rows)
    return found


def scan(table: Table):
    import polars as pl

    if table.format == "parquet":
        return pl.scan_parquet(table.path)
    types = {"integer": pl.Int64, "decimal": pl.Decimal(15, 2), "float": pl.Float64, "boolean": pl.Boolean,
             "date": pl.Date, "timestamp": pl.Datetime("us"), "string": pl.String}
    return pl.scan_csv(table.path, schema={name: types[kind] for name, kind in table.columns.items()})


def violations(rule: Rule, table: Table):
    import polars as pl

    if rule.kind == "not_null":
        return pl.col(rule.column).null_count()
    return (~holds(rule, table)).sum()


def evaluated(rule: Rule):
    import polars as pl

    match rule.kind:
        case "not_null":
            return pl.len()
        case "compare":
            return pl.all_horizontal(pl.col(column).is_not_null() for column in rule.columns).sum()
        case _:
            return pl.col(rule.column).count()


def holds(rule: Rule, table: Table):
    """Whether a row holds; null where the rule leaves it out. The validators on Polars test their rows by it too."""
    import polars as pl

    column = pl.col(rule.column)

    def literal(text: str):
        match table.columns[rule.column]:
            case "integer":
                return pl.lit(int(text))
            case "decimal":
                return pl.lit(text).cast(pl.Decimal(15, 2))
            case "float":
                return pl.lit(float(text))
            case "date":
                return pl.lit(text).str.to_date()
            case "timestamp":
                return pl.lit(text).str.to_datetime()
            case _:
                return pl.lit(text)

    match rule.kind:
        case "between":
            return column.is_between(literal(rule.least), literal(rule.most))
        case "length":
            return column.str.len_chars().is_between(int(rule.least), int(rule.most))
        case "in_set":
            return column.is_in(rule.values)
        case "matches":
            return column.str.contains(rule.pattern)
        case "compare":
            return column <= pl.col(rule.columns[1])
    raise ValueError(rule.kind)


def repeats(rule: Rule, frame):
    """Rows of repeated keys. Cheaper than `n_unique` of a struct, and than `is_duplicated`, on both engines."""
    import polars as pl

    some = pl.any_horizontal(pl.col(column).is_not_null() for column in rule.columns)
    rows = pl.col("rows")
    groups = frame.filter(some).group_by(rule.columns).agg(rows=pl.len())
    return groups.select(**{f"{rule.id} violations": rows.filter(rows > 1).sum(), f"{rule.id} evaluated": rows.sum()})


def orphans(rule: Rule, frame, parent):
    import polars as pl

    child = frame.select(rule.columns).drop_nulls()
    known = parent.select(rule.parent_columns)
    missing = child.join(known, left_on=rule.columns, right_on=rule.parent_columns, how="anti")
    counts = [missing.select(**{f"{rule.id} violations": pl.len()}), child.select(**{f"{rule.id} evaluated": pl.len()})]
    return pl.concat(counts, how="horizontal")


# ---------------------------------------------------------------- for the validators on Polars


def load(table: Table):
    return scan(table).collect()


def bound(kind: str, text: str):
    """A bound as a value of Python."""
    from datetime import date, datetime
    from decimal import Decimal

    readers = {"integer": int, "decimal": Decimal, "float": float, "date": date.fromisoformat,
               "timestamp": datetime.fromisoformat}
    return readers.get(kind, str)(text)


def has_parent(rule: Rule, frame, parent):
    """A column that says of each row whether its key has a partner; null where the key has a null."""
    import polars as pl

    known = parent.select(rule.parent_columns).unique().with_columns(has_parent=pl.lit(True))
    joined = frame.select(rule.columns).join(
        known, left_on=rule.columns, right_on=rule.parent_columns, how="left", maintain_order="left")
    whole = pl.all_horizontal(pl.col(column).is_not_null() for column in rule.columns)
    return joined.select(pl.when(whole).then(pl.col("has_parent").fill_null(False)))
