"""Pointblank on eager Polars frames, without extracts and without its page."""

from rules import Case, Found, Rule, Table

PACKAGES = ["pointblank==1.1.1", "polars==2.1.0", "pyarrow==26.0.1"]
IMPORTS = ["polars", "pointblank"]
HOW = "Polars frames in memory, no extracts, no page; foreign keys as columns that a join adds first"


def cannot(case: Case) -> str | None:
    if case.located:
        return "knows no lines of a CSV"
    return None


def check(case: Case) -> dict[str, Found]:
    import pointblank as pb
    from peer.polars import has_parent, load

    frames = {name: load(table) for name, table in case.tables.items()}
    found = {}
    for name, table in case.tables.items():
        if not table.rules:
            continue
        frame = frames[name]
        references = [rule for rule in table.rules if rule.kind == "foreign_key"]
        added = {rule.id: has_parent(rule, frame.lazy(), frames[rule.parent].lazy()).collect().to_series()
                 for rule in references}
        validation = pb.Validate(frame.with_columns(**added))
        for rule in table.rules:
            validation = step(validation, rule, table)
        validation = validation.interrogate(collect_extracts=False)
        failed = validation.n_failed()
        for place, rule in enumerate(table.rules, start=1):
            # A null is a key like another to it, so repeated nulls are among its violations.
            same = rule.kind != "unique" or frame.select(rule.columns).null_count().sum_horizontal().item() == 0
            found[rule.id] = Found(failed[place] == 0, int(failed[place]) if same else None)
    return found


def step(validation, rule: Rule, table: Table):
    import polars as pl
    from peer.polars import bound, holds

    column = rule.column
    match rule.kind:
        case "not_null":
            return validation.col_vals_not_null(column)
        case "unique":
            return validation.rows_distinct(rule.columns)
        case "between":
            # It takes no decimal as a bound.
            kind = "float" if table.columns[column] == "decimal" else table.columns[column]
            return validation.col_vals_between(column, bound(kind, rule.least), bound(kind, rule.most), na_pass=True)
        case "matches":
            return validation.col_vals_regex(column, rule.pattern, na_pass=True)
        case "foreign_key":
            return validation.col_vals_expr(pl.col(rule.id).fill_null(True))
        case _:
            # Lengths and pairs of columns have no step that leaves nulls out, and sets neither.
            return validation.col_vals_expr(holds(rule, table).fill_null(True))
