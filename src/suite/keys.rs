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
    "include",
    "templates",
    "datasets",
    "tests",
    "quarantine",
    "pii",
    "breaker",
];

/// Keys of a `breaker`.
pub const BREAKER: &[&str] = &["after"];

/// Keys of a `quarantine` that is a map.
pub const QUARANTINE: &[&str] = &["to", "format", "severity", "tolerated", "pii", "enabled"];

/// Keys of a test.
pub const TEST: &[&str] = &["data", "vars", "as_of", "expect", "all", "exit"];

/// Keys of what a test expects of a rule.
pub const WANTED: &[&str] = &["status", "level", "violations", "evaluated", "missing", "unparsed", "observed"];

/// Keys of a file that a suite includes.
pub const INCLUDED: &[&str] = &["tamiz", "include", "vars", "templates", "datasets"];

/// Keys of a dataset.
pub const DATASET: &[&str] = &[
    "source",
    "from",
    "format",
    "where",
    "key",
    "columns",
    "expect",
    "if_missing",
    "may_be_empty",
    "quarantine",
    "repair",
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

/// Keys of a source that is a map.
pub const SOURCE: &[&str] = &["path", "pick"];

/// Keys of a source that is a database of SQLite.
pub const SQLITE: &[&str] = &["sqlite", "table", "query"];

/// Keys of a source that is read over a connection.
pub const CONNECTION: &[&str] = &["connection", "table", "query", "fallback"];

/// Keys of a column.
pub const COLUMN: &[&str] =
    &["use", "type", "parse", "missing", "trim", "sql", "optional", "pii", "repair", "description", "expect"];

/// Repairs of a column.
pub const REPAIR: &[&str] = &["trim", "case", "replace", "parse", "default", "clamp"];

/// Repairs of a dataset: those of every column that has none of its own, and those of rows.
pub const DATASET_REPAIR: &[&str] = &["trim", "case", "replace", "dedupe"];

/// Keys of a `default` that is a map.
pub const REPAIR_DEFAULT: &[&str] = &["value", "unparsed"];

/// Keys of `clamp`.
pub const REPAIR_CLAMP: &[&str] = &["min", "max"];

/// Keys of a `parse` that repairs numbers.
pub const REPAIR_PARSE_MARKS: &[&str] = &["decimal", "thousands"];

/// Keys of a `parse` that repairs booleans.
pub const REPAIR_PARSE_WORDS: &[&str] = &["true_values", "false_values"];

/// Keys of `dedupe`.
pub const REPAIR_DEDUPE: &[&str] = &["keys", "keep", "by"];

/// Keys of a `pii` of a column that is a map.
pub const PII: &[&str] = &["mask", "kind"];

/// Keys of the `pii` of a suite.
pub const PRIVACY: &[&str] = &["detect", "mask"];

/// Keys of a `missing` that is a map.
pub const MISSING: &[&str] = &["values", "pattern"];

/// Keys of a `format`.
pub const FORMAT: &[&str] = &[
    "type",
    "delimiter",
    "quote",
    "header",
    "columns",
    "encoding",
    "decimal",
    "thousands",
    "comment",
    "skip_lines",
    "null_values",
    "true_values",
    "false_values",
    "quoted_empty",
    "records",
    "sheet",
    "range",
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
    "mute",
    "samples",
];

/// Keys that stand for several rules, beside the others in a dataset's own list.
pub const SEVERAL: &[&str] = &["for_each"];

/// Keys of `mute`.
pub const MUTE: &[&str] = &["until", "reason"];

/// Keys of `defaults`.
pub const DEFAULTS: &[&str] = &["severity", "owner", "runbook", "tags", "samples", "on_empty", "impact", "meta"];

/// Keys of a variable.
pub const VARIABLE: &[&str] = &["type", "default", "description", "as_of", "floor", "format"];

/// Keys of an `as_of` that is taken from the data.
pub const AS_OF: &[&str] = &["newest"];

/// Keys of the language that this version does not read.
pub const NOT_YET: &[&str] = &[];

/// Every table of keys, by what the keys are of: a suite that uses each of them is a test.
pub const TABLES: &[(&str, &[&str])] = &[
    ("suite", SUITE),
    ("included file", INCLUDED),
    ("dataset", DATASET),
    ("database", SQLITE),
    ("quarantine", QUARANTINE),
    ("column", COLUMN),
    ("breaker", BREAKER),
    ("pii", PII),
    ("pii of a suite", PRIVACY),
    ("missing", MISSING),
    ("repair", REPAIR),
    ("repair of a dataset", DATASET_REPAIR),
    ("default", REPAIR_DEFAULT),
    ("clamp", REPAIR_CLAMP),
    ("parse of a boolean", REPAIR_PARSE_WORDS),
    ("dedupe", REPAIR_DEDUPE),
    ("format", FORMAT),
    ("rule", COMMON),
    ("item", SEVERAL),
    ("mute", MUTE),
    ("defaults", DEFAULTS),
    ("variable", VARIABLE),
    ("test", TEST),
    ("outcome", WANTED),
];

/// What another tool calls something, and what it is called here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("accepted_values", "in_set"),
    ("relationships", "foreign_key"),
    ("references", "foreign_key"),
    ("regex", "matches"),
    ("pattern", "matches"),
    ("missing_count", "not_null"),
    ("missing_percent", "null_share"),
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
    ("expect_column_values_to_be_increasing", "increasing"),
    ("expect_column_values_to_be_decreasing", "decreasing"),
    ("col_vals_increasing", "increasing"),
    ("col_vals_decreasing", "decreasing"),
    ("monotonic", "increasing"),
    ("sorted", "increasing"),
    ("expect_column_distinct_values_to_be_in_set", "distinct_values"),
    ("expect_column_distinct_values_to_contain_set", "distinct_values"),
    ("expect_column_distinct_values_to_equal_set", "distinct_values"),
    ("expect_column_most_common_value_to_be_in_set", "most_common"),
    ("mode", "most_common"),
    ("stdev", "stddev"),
    ("std", "stddev"),
    ("stddev_samp", "stddev"),
    ("standard_deviation", "stddev"),
    ("var", "variance"),
    ("var_samp", "variance"),
    ("percentile", "quantile"),
    ("expect_column_median_to_be_between", "median"),
    ("expect_column_stdev_to_be_between", "stddev"),
    ("expect_column_quantile_values_to_be_between", "quantile"),
    ("expect_column_mean_to_be_between", "mean"),
    ("expect_column_sum_to_be_between", "sum"),
    ("expect_column_min_to_be_between", "min"),
    ("expect_column_max_to_be_between", "max"),
    ("expect_table_row_count_to_be_between", "row_count"),
    ("expect_table_columns_to_match_set", "columns"),
    ("expect_column_to_exist", "column_exists"),
    ("expect_compound_columns_to_be_unique", "unique"),
    ("null_percent", "null_share"),
    ("null_count", "null_share"),
    ("nullValues", "null_share"),
    ("missingValues", "null_share"),
    ("not_null_proportion", "null_share"),
    ("col_pct_null", "null_share"),
    ("completeness", "null_share"),
    ("hasCompleteness", "null_share"),
    ("percentage_empty", "null_share"),
    ("expect_column_proportion_of_non_null_values_to_be_between", "null_share"),
    ("rows_complete", "complete_rows"),
    ("are_complete", "complete_rows"),
    ("areComplete", "complete_rows"),
    ("not_between", "outside"),
    ("col_vals_outside", "outside"),
    ("is_not_in_range", "outside"),
    ("multipleOf", "multiple_of"),
    ("divisible_by", "multiple_of"),
    ("is_finite", "finite"),
    ("not_infinite", "finite"),
    ("not_regex", "not_matches"),
    ("not_pattern", "not_matches"),
    ("invalid_regex", "not_matches"),
    ("expect_column_values_to_not_match_regex", "not_matches"),
    ("expect_column_values_to_not_match_regex_list", "not_matches"),
    ("has_pattern", "matches"),
    ("hasPattern", "matches"),
    ("str_contains", "matches"),
    ("valid_regex", "matches"),
    ("expect_column_values_to_match_regex_list", "matches"),
    ("ilike", "like"),
    ("expect_column_values_to_match_like_pattern", "like"),
    ("expect_column_values_to_match_like_pattern_list", "like"),
    ("not_ilike", "not_like"),
    ("expect_column_values_to_not_match_like_pattern", "not_like"),
    ("expect_column_values_to_not_match_like_pattern_list", "not_like"),
    ("url", "format"),
    ("ipv4", "format"),
    ("ipv6", "format"),
    ("uuid", "format"),
    ("iban", "format"),
    ("credit_card", "format"),
    ("iso_4217", "format"),
    ("iso_3166", "format"),
    ("valid_format", "format"),
    ("col_vals_within_spec", "format"),
    ("containsEmail", "format"),
    ("containsURL", "format"),
    ("containsCreditCardNumber", "format"),
    ("invalid_format", "not_format"),
    ("strftime", "date_format"),
    ("strptime", "date_format"),
    ("is_valid_date", "date_format"),
    ("expect_column_values_to_match_strftime_format", "date_format"),
    ("is_json", "parseable"),
    ("is_valid_json", "parseable"),
    ("expect_column_values_to_be_dateutil_parseable", "parseable"),
    ("expect_column_values_to_be_json_parseable", "parseable"),
    ("columns_equal", "equal_columns"),
    ("expect_column_pair_values_to_be_equal", "equal_columns"),
    ("expect_multicolumn_values_to_be_equal", "equal_columns"),
    ("not_found_in", "absent_from"),
    ("not_exists_in", "absent_from"),
    ("col_vals_in_table", "foreign_key"),
    ("relationships_where", "foreign_key"),
    ("unique_percent", "distinct_share"),
    ("uniqueness", "distinct_share"),
    ("distinctness", "distinct_share"),
    ("hasDistinctness", "distinct_share"),
    ("expect_column_proportion_of_unique_values_to_be_between", "distinct_share"),
    ("cardinality", "distinct_count"),
    ("unique_count", "distinct_count"),
    ("has_cardinality", "distinct_count"),
    ("expect_column_unique_value_count_to_be_between", "distinct_count"),
    ("not_accepted_values", "not_in_set"),
    ("not_in", "not_in_set"),
    ("col_vals_not_in_set", "not_in_set"),
    ("not_empty_string", "not_blank"),
    ("expect_select_column_values_to_be_unique_within_record", "distinct_within_row"),
    ("expect_multicolumn_values_to_be_unique", "distinct_within_row"),
    ("expect_multicolumn_sum_to_equal", "sum_equals"),
    ("sequential_values", "sequential"),
    ("mutually_exclusive_ranges", "no_overlaps"),
    ("overlaps", "no_overlaps"),
    ("unique_rows", "no_duplicate_rows"),
    ("duplicate_rows", "no_duplicate_rows"),
    ("duplicateRows", "no_duplicate_rows"),
    ("equal_rowcount", "same_row_count"),
    ("expect_table_row_count_to_equal_other_table", "same_row_count"),
    ("expect_table_aggregation_to_equal_other_table", "same_aggregate"),
    ("equality", "same_rows"),
    ("expect_query_results_to_match_comparison", "same_rows"),
    ("reconciliation", "same_rows"),
    ("one_of_required", "at_least_one"),
    ("mutually_exclusive", "at_most_one"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::find;

    #[test]
    fn another_name_leads_to_one_of_ours_and_is_none_itself() {
        for (index, (theirs, ours)) in ELSEWHERE.iter().enumerate() {
            assert!(find(ours).is_some(), "{theirs} leads to {ours}, which is no expectation");
            assert!(find(theirs).is_none(), "{theirs} is one of ours");
            assert!(ELSEWHERE[..index].iter().all(|(other, _)| other != theirs), "{theirs} stands twice");
        }
    }
}
