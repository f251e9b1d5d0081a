"""dataframely: a schema for each table, `filter`, and the counts of its failures."""

from rules import Case, Found, Rule, Table

PACKAGES = ["dataframely==3.1.2", "polars==2.1.0", "pyarrow==26.0.1"]
IMPORTS = ["polars", "dataframely"]
HOW = "Polars frames in memory, Schema.filter; foreign keys as columns that a join adds first"


def cannot(case: Case) -> str | None:
    if case.located:
        return "knows no lines of a CSV"
    return None


def check(case: Case) -> dict[str, Found]:
    from peer.polars import has_parent, load

    frames = {name: load(table) for name, table in case.tables.items()}
    found = {}
    for name, table in case.tables.items():
        if not table.rules:
            continue
        frame = frames[name]
        added = {rule.id: has_parent(rule, frame.lazy(), frames[rule.parent].lazy()).collect().to_series()
                 for rule in table.rules if rule.kind == "foreign_key"}
        _, failure = schema(table, frame).filter(frame.with_columns(**added))
        counts = failure.counts()
        for rule in table.rules:
            broken = counts.get(named(rule), 0)
            found[rule.id] = Found(broken == 0, broken)
    return found


def schema(table: Table, frame):
    """Nulls as the columns' own; all else as rules, since a column takes one bound of each kind and a schema one key."""
    import dataframely as dy
    import polars as pl
    from peer.polars import holds

    members: dict = {}
    for column, kind in frame.select(list(table.columns)).schema.items():
        optional = not any(rule.kind == "not_null" and rule.column == column for rule in table.rules)
        if kind.is_decimal():
            members[column] = dy.Decimal(kind.precision, kind.scale, nullable=optional)
        elif isinstance(kind, pl.Datetime):
            members[column] = dy.Datetime(time_unit=kind.time_unit, nullable=optional)
        else:
            name = "Bool" if kind == pl.Boolean else str(kind)
            members[column] = getattr(dy, name)(nullable=optional)
    for rule in table.rules:
        match rule.kind:
            case "not_null":
                continue
            case "unique":
                some = pl.any_horizontal(pl.col(column).is_not_null() for column in rule.columns)
                test = ~pl.struct(rule.columns).is_duplicated() | ~some
            case "foreign_key":
                members[rule.id] = dy.Bool(nullable=True)
                test = pl.col(rule.id)
            case _:
                test = holds(rule, table)
        members[named(rule)] = dy.rule()(lambda cls, test=test: test)
    return type("Rows", (dy.Schema,), members)


def named(rule: Rule) -> str:
    return f"{rule.column}|nullability" if rule.kind == "not_null" else "rule " + rule.id
