"""Pandera on eager Polars frames, `lazy=True`: on a lazy frame it checks the schema alone."""

from rules import Case, Found, Rule, Table, plain

PACKAGES = ["pandera[polars]==0.35.0", "polars==2.1.0", "pyarrow==26.0.1"]
IMPORTS = ["polars", "pandera.polars"]
HOW = "Polars frames in memory, lazy=True; foreign keys as a check of ours that joins"


def cannot(case: Case) -> str | None:
    if case.located:
        return "knows no lines of a CSV"
    return None


def check(case: Case) -> dict[str, Found]:
    import pandera.errors
    from peer.polars import load

    frames = {name: load(table) for name, table in case.tables.items()}
    found = {}
    for name, table in case.tables.items():
        if not table.rules:
            continue
        failed: dict[str, int] = {}
        try:
            schema(name, table, frames).validate(frames[name], lazy=True)
        except pandera.errors.SchemaErrors as errors:
            for error in errors.schema_errors:
                count = len(error.failure_cases) if hasattr(error.failure_cases, "__len__") else 1
                failed[rule_of(error, table)] = count
        for rule in table.rules:
            # What it says of keys is one case for each value, or one for all: not a count of rows.
            counts = rule.kind not in ("unique", "foreign_key")
            found[rule.id] = Found(rule.id not in failed, failed.get(rule.id, 0) if counts else None)
    return found


def schema(of: str, table: Table, frames: dict):
    import pandera.polars as pa
    columns, whole, keys = {}, [], []
    for name, kind in frames[of].schema.items():
        rules = [rule for rule in table.rules if rule.columns == [name]]
        kinds = [rule.kind for rule in rules]
        checks = [test(rule, table, frames) for rule in rules if rule.kind not in ("not_null", "unique")]
        columns[name] = pa.Column(kind, checks, nullable="not_null" not in kinds, unique="unique" in kinds)
    for rule in table.rules:
        if len(rule.columns) > 1:
            if rule.kind == "unique":
                keys = rule.columns
            else:
                whole.append(test(rule, table, frames))
    return pa.DataFrameSchema(columns, checks=whole, unique=keys or None)


def test(rule: Rule, table: Table, frames: dict):
    import pandera.polars as pa
    from peer.polars import bound, has_parent, holds

    match rule.kind:
        case "between":
            kind = table.columns[rule.column]
            return pa.Check.in_range(bound(kind, rule.least), bound(kind, rule.most), name=rule.id)
        case "length":
            return pa.Check.str_length(int(rule.least), int(rule.most), name=rule.id)
        case "in_set":
            return pa.Check.isin(rule.values, name=rule.id)
        case "matches":
            return pa.Check.str_matches(rule.pattern, name=rule.id)
        case "compare":
            return pa.Check(lambda data: data.lazyframe.select(holds(rule, table)), name=rule.id)
        case "foreign_key":
            parent = frames[rule.parent]
            return pa.Check(lambda data: has_parent(rule, data.lazyframe, parent.lazy()), name=rule.id)
    raise ValueError(rule.kind)


def rule_of(error, table: Table) -> str:
    """The rule that an error is of."""
    ids = {rule.id for rule in table.rules}
    if error.check is not None and getattr(error.check, "name", None) in ids:
        return error.check.name
    reason = str(error.reason_code.name)
    if reason == "SERIES_CONTAINS_NULLS":
        return f"{plain(error.schema.name)}.not_null"
    if reason in ("SERIES_CONTAINS_DUPLICATES", "DUPLICATES"):
        single = f"{plain(error.schema.name)}.unique"
        return single if single in ids else next(one.id for one in table.rules if one.kind == "unique" and len(one.columns) > 1)
    raise RuntimeError(f"{reason}: {error}"[:400])
