//! The keys of suites, level by level, and what to say to other words.
//!
//! A key that is not here is a diagnostic. Keys of the language that this version does not read yet are listed with the
//! version's limits, so that nobody takes silence for obedience.

/// Keys of the suite.
pub const SUITE: &[&str] = &[
    "tamiz",
    "suite",
    "title",
    "description",
    "owner",
    "tags",
    "runbook",
    "impact",
    "meta",
    "vars",
    "defaults",
    "as_of",
    "timezone",
    "fail_on",
    "datasets",
];

/// Keys of a dataset.
pub const DATASET: &[&str] = &[
    "source",
    "format",
    "where",
    "key",
    "columns",
    "expect",
    "if_missing",
    "may_be_empty",
    "title",
    "description",
    "owner",
    "tags",
    "runbook",
    "impact",
    "meta",
    "enabled",
    "when",
];

/// Keys of a column.
pub const COLUMN: &[&str] = &["type", "parse", "trim", "optional", "description", "expect"];

/// Keys of a `format`.
pub const FORMAT: &[&str] = &[
    "type",
    "delimiter",
    "quote",
    "header",
    "columns",
    "encoding",
    "null_values",
    "true_values",
    "false_values",
    "quoted_empty",
];

/// Keys that every expectation takes.
pub const COMMON: &[&str] = &[
    "id",
    "severity",
    "allow",
    "mostly",
    "levels",
    "where",
    "nulls",
    "on_empty",
    "group_by",
    "description",
    "dimension",
    "owner",
    "runbook",
    "tags",
    "meta",
    "impact",
    "enabled",
    "when",
    "samples",
];

/// Keys of `defaults`.
pub const DEFAULTS: &[&str] = &["severity", "owner", "runbook", "tags", "samples", "on_empty", "impact", "meta"];

/// Keys of a variable.
pub const VARIABLE: &[&str] = &["type", "default", "description", "as_of", "floor", "format"];

/// Keys of an `as_of` that is taken from the data.
pub const AS_OF: &[&str] = &["newest"];

/// Keys of the language that this version does not read.
pub const NOT_YET: &[&str] = &[
    "include",
    "templates",
    "tests",
    "quarantine",
    "repair",
    "from",
    "use",
    "pii",
    "missing",
    "sql",
    "for_each",
    "mute",
    "decimal",
    "thousands",
    "comment",
    "skip_lines",
    "records",
    "sheet",
    "range",
];

/// What another tool calls something, and what it is called here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("accepted_values", "in_set"),
    ("relationships", "foreign_key"),
    ("references", "foreign_key"),
    ("regex", "matches"),
    ("pattern", "matches"),
    ("missing_count", "not_null"),
    ("missing_percent", "not_null"),
    ("invalid_count", "matches"),
    ("duplicate_count", "unique"),
    ("duplicate_percent", "unique"),
    ("no_duplicates", "unique"),
    ("primary_key", "unique"),
    ("is_unique", "unique"),
    ("is_complete", "not_null"),
    ("notnull", "not_null"),
    ("required", "not_null"),
    ("recency", "freshness"),
    ("staleness", "freshness"),
    ("timeliness", "freshness"),
    ("expect_row_values_to_have_recent_data", "freshness"),
    ("expect_row_values_to_have_data_for_every_n_datepart", "no_gaps"),
    ("is_daily", "no_gaps"),
    ("missing_dates", "no_gaps"),
    ("date_gaps", "no_gaps"),
    ("not_future", "not_in_future"),
    ("no_future_dates", "not_in_future"),
    ("in_past", "not_in_future"),
    ("in_future", "not_in_past"),
    ("after", "newer_than"),
    ("later_than", "newer_than"),
    ("is_after", "newer_than"),
    ("before", "older_than"),
    ("earlier_than", "older_than"),
    ("is_before", "older_than"),
    ("avg", "mean"),
    ("average", "mean"),
    ("count", "row_count"),
    ("range", "between"),
    ("in_range", "between"),
    ("accepted_range", "between"),
    ("isin", "in_set"),
    ("is_in", "in_set"),
    ("enum", "in_set"),
    ("str_matches", "matches"),
    ("expression_is_true", "expression"),
    ("custom_sql", "expression"),
    ("satisfies", "expression"),
    ("is_positive", "positive"),
    ("non_empty", "not_blank"),
    ("not_empty", "not_blank"),
    ("email", "format"),
    ("col_vals_not_null", "not_null"),
    ("col_vals_in_set", "in_set"),
    ("col_vals_between", "between"),
    ("col_vals_regex", "matches"),
    ("rows_distinct", "unique"),
    ("expect_column_values_to_not_be_null", "not_null"),
    ("expect_column_values_to_be_null", "is_null"),
    ("expect_column_values_to_be_unique", "unique"),
    ("expect_column_values_to_be_in_set", "in_set"),
    ("expect_column_values_to_not_be_in_set", "not_in_set"),
    ("expect_column_values_to_be_between", "between"),
    ("expect_column_values_to_match_regex", "matches"),
    ("expect_column_value_lengths_to_be_between", "length"),
    ("expect_column_mean_to_be_between", "mean"),
    ("expect_column_sum_to_be_between", "sum"),
    ("expect_column_min_to_be_between", "min"),
    ("expect_column_max_to_be_between", "max"),
    ("expect_table_row_count_to_be_between", "row_count"),
    ("expect_table_columns_to_match_set", "columns"),
    ("expect_column_to_exist", "column_exists"),
    ("expect_compound_columns_to_be_unique", "unique"),
];

/// Other words for severities and types.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("warn", "warning"),
    ("fatal", "critical"),
    ("crit", "critical"),
    ("err", "error"),
    ("information", "info"),
    ("notice", "info"),
    ("int", "integer"),
    ("bigint", "integer"),
    ("text", "string"),
    ("varchar", "string"),
    ("str", "string"),
    ("number", "decimal"),
    ("numeric", "decimal"),
    ("double", "float"),
    ("real", "float"),
    ("datetime", "timestamp"),
    ("bool", "boolean"),
    ("array", "list"),
    ("struct", "object"),
];

/// What an expectation of another tool is called here.
#[must_use]
pub fn ours_for(name: &str) -> Option<&'static str> {
    ELSEWHERE.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours)
}

/// The word of this language for another one, out of those that may stand there.
#[must_use]
pub fn word_for(word: &str, allowed: &[&str]) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    OTHER_WORDS.iter().find(|(theirs, ours)| *theirs == lower && allowed.contains(ours)).map(|(_, ours)| *ours)
}
