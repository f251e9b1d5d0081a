"""Great Expectations 1 on pandas frames, which it is documented with; result format BASIC without values."""

from rules import Case, Found, Rule, Table

PACKAGES = ["great_expectations==1.24.1", "pandas", "pyarrow==26.0.1"]
IMPORTS = ["pandas", "great_expectations"]
HOW = "pandas frames, decimals as floats; foreign keys as columns that a merge adds first"


def cannot(case: Case) -> str | None:
    if case.located:
        return "gives indexes of a frame, no lines of a CSV"
    return None


def check(case: Case) -> dict[str, Found]:
    import great_expectations as gx

    frames = {name: load(table) for name, table in case.tables.items()}
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("memory")
    found = {}
    for name, table in case.tables.items():
        if not table.rules:
            continue
        frame = frames[name]
        for rule in table.rules:
            if rule.kind == "foreign_key":
                frame[rule.id] = has_parent(rule, frame, frames[rule.parent])
        suite = gx.ExpectationSuite(name, expectations=[expectation(rule, table) for rule in table.rules])
        definition = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
        batch = definition.get_batch({"dataframe": frame})
        said = batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0})
        for result in said.results:
            if result.exception_info.get("raised_exception"):
                raise RuntimeError(str(result.exception_info)[:400])
            rule = result.expectation_config.meta["rule"]
            numbers = result.result
            found[rule] = Found(result.success, numbers.get("unexpected_count"))
    return found


def load(table: Table):
    import pandas as pd

    if table.format == "csv":
        kinds = {"integer": "Int64", "decimal": "float64", "float": "float64", "boolean": "boolean", "string": "str"}
        types = {name: kinds[kind] for name, kind in table.columns.items() if kind in kinds}
        times = [name for name, kind in table.columns.items() if kind not in kinds]
        return pd.read_csv(table.path, dtype=types, parse_dates=times)
    frame = pd.read_parquet(table.path)
    for name, kind in table.columns.items():
        if kind == "decimal":
            frame[name] = frame[name].astype("float64")
        elif kind in ("date", "timestamp"):
            frame[name] = pd.to_datetime(frame[name])
    return frame


def has_parent(rule: Rule, frame, parent):
    """Whether the key of each row is one of the parent's; nothing where it has a null."""
    known = parent[rule.parent_columns].drop_duplicates()
    known.columns = rule.columns
    merged = frame[rule.columns].merge(known, on=rule.columns, how="left", indicator=True)
    partner = (merged["_merge"] == "both").astype("object")
    partner[frame[rule.columns].isna().any(axis=1).to_numpy()] = None
    return partner.to_numpy()


def expectation(rule: Rule, table: Table):
    import great_expectations.expectations as gxe
    import pandas as pd

    kind = table.columns[rule.column]

    def value(text: str):
        match kind:
            case "integer":
                return int(text)
            case "decimal" | "float":
                return float(text)
            case _:
                return pd.Timestamp(text)

    about = {"meta": {"rule": rule.id}}
    match rule.kind:
        case "not_null":
            return gxe.ExpectColumnValuesToNotBeNull(column=rule.column, **about)
        case "unique" if len(rule.columns) == 1:
            return gxe.ExpectColumnValuesToBeUnique(column=rule.column, **about)
        case "unique":
            return gxe.ExpectCompoundColumnsToBeUnique(column_list=rule.columns, **about)
        case "between":
            return gxe.ExpectColumnValuesToBeBetween(
                column=rule.column, min_value=value(rule.least), max_value=value(rule.most), **about)
        case "length":
            return gxe.ExpectColumnValueLengthsToBeBetween(
                column=rule.column, min_value=int(rule.least), max_value=int(rule.most), **about)
        case "in_set":
            return gxe.ExpectColumnValuesToBeInSet(column=rule.column, value_set=rule.values, **about)
        case "matches":
            return gxe.ExpectColumnValuesToMatchRegex(column=rule.column, regex=rule.pattern, **about)
        case "foreign_key":
            return gxe.ExpectColumnValuesToBeInSet(column=rule.id, value_set=[True], **about)
        case "compare":
            return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=rule.columns[1], column_B=rule.column, or_equal=True,
                ignore_row_if="either_value_is_missing", **about)
    raise ValueError(rule.kind)
