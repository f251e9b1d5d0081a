"""cuallee on eager Polars frames."""

from rules import Case, Found, Rule, Table

PACKAGES = ["cuallee==0.15.4", "numpy==2.4.6", "polars==2.1.0", "pyarrow==26.0.1"]
IMPORTS = ["polars", "cuallee"]
HOW = "Polars frames in memory; lengths, pairs, foreign keys and columns with nulls as columns of ours that must be true"


def cannot(case: Case) -> str | None:
    if case.located:
        return "counts, and finds no rows"
    return None


def check(case: Case) -> dict[str, Found]:
    import polars as pl
    from cuallee import Check, CheckLevel
    from peer.polars import has_parent, holds, load

    frames = {name: load(table) for name, table in case.tables.items()}
    found = {}
    for name, table in case.tables.items():
        if not table.rules:
            continue
        frame = frames[name]
        added = {}
        for rule in table.rules:
            if rule.kind == "foreign_key":
                series = has_parent(rule, frame.lazy(), frames[rule.parent].lazy()).collect().to_series()
                added[rule.id] = pl.lit(series).fill_null(True).cast(pl.Int8)
            elif is_own(rule, frame):
                added[rule.id] = holds(rule, table).fill_null(True).cast(pl.Int8)
        checks = Check(CheckLevel.ERROR, name)
        for rule in table.rules:
            add(checks, rule, table, is_own(rule, frame))
        results = checks.validate(frame.with_columns(**added)).sort("id").to_dicts()
        for rule, result in zip(table.rules, results, strict=True):
            # Its rows that violate are those of a share, rounded: the verdict alone is taken.
            passed = result["status"] == "PASS"
            found[rule.id] = Found(passed, 0 if passed else None)
    return found


def is_own(rule: Rule, frame) -> bool:
    """Whether the rule is a column of ours: what has no check of its own, and what has nulls, which break all its checks."""
    if rule.kind in ("length", "compare", "foreign_key"):
        return True
    return rule.kind in ("between", "in_set", "matches") and frame[rule.column].null_count() > 0


def add(checks, rule: Rule, table: Table, own: bool) -> None:
    from peer.polars import bound

    column = rule.column
    if own:
        checks.is_contained_in(rule.id, (1,))
        return
    match rule.kind:
        case "not_null":
            checks.is_complete(column)
        case "unique" if len(rule.columns) == 1:
            checks.is_unique(column)
        case "unique":
            checks.is_composite_key(tuple(rule.columns))
        case "between":
            kind = table.columns[column]
            checks.is_between(column, (bound(kind, rule.least), bound(kind, rule.most)))
        case "in_set":
            checks.is_contained_in(column, tuple(rule.values))
        case "matches":
            checks.has_pattern(column, rule.pattern)
