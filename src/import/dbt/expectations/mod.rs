//! The 62 tests of dbt-expectations, and the three that they are made of.
//!
//! Most return the rows that break them. Conditions are wrapped in `not (…)`, so that null holds, but sets are joined, so
//! that null is in none of them. An aggregate over nothing is null and holds too.
//!
//! | file | tests about |
//! |---|---|
//! | `shape` | the table: its columns, its rows, how recent they are |
//! | `values` | the values of a column |
//! | `text` | lengths and patterns |
//! | `aggregates` | one number of a column |
//! | `several` | several columns of a row, distributions, any expression |
//!
//! Source: <https://github.com/metaplane/dbt-expectations>, 0.10, the README and the SQL of each test.

mod aggregates;
mod several;
mod shape;
mod text;
mod values;

use crate::import::dbt::ask::{Known, Say};

const R: &[&str] = &["row_condition"];
const SET: &[&str] = &["value_set", "quote_values", "row_condition"];
const BOUNDS: &[&str] = &["min_value", "max_value", "group_by", "row_condition", "strictly"];
const COUNT: &[&str] = &["value", "quote_values", "group_by", "row_condition"];
const COLUMNS: &[&str] = &["column_list", "transform"];
const ORDER: &[&str] = &["sort_column", "strictly", "row_condition", "group_by", "step"];
const REGEX: &[&str] = &["regex", "row_condition", "is_raw", "flags"];
const REGEXES: &[&str] = &["regex_list", "match_on", "row_condition", "is_raw", "flags"];
const LIKE: &[&str] = &["like_pattern", "row_condition"];
const LIKES: &[&str] = &["like_pattern_list", "match_on", "row_condition"];
const OTHER_ROWS: &[&str] =
    &["compare_model", "group_by", "compare_group_by", "factor", "row_condition", "compare_row_condition"];
const OTHER: &[&str] = &[
    "expression",
    "compare_model",
    "compare_expression",
    "group_by",
    "compare_group_by",
    "row_condition",
    "compare_row_condition",
    "tolerance",
    "tolerance_percent",
    "return_difference",
];

const fn known(name: &'static str, arguments: &'static [&'static str], say: Say) -> Known {
    Known { name, arguments, say }
}

pub(super) const TESTS: [Known; 65] = [
    // The table.
    known("expect_column_to_exist", &["column_index", "transform"], shape::column_exists),
    known("expect_row_values_to_have_recent_data", &["datepart", "interval", "row_condition"], shape::recent),
    known(
        "expect_grouped_row_values_to_have_recent_data",
        &["group_by", "timestamp_column", "datepart", "interval", "row_condition"],
        shape::recent_by_group,
    ),
    known("expect_table_aggregation_to_equal_other_table", OTHER, several::equal_expression),
    known("expect_table_column_count_to_be_between", &["min_value", "max_value"], shape::column_count),
    known("expect_table_column_count_to_equal", &["value"], shape::column_count_equals),
    known("expect_table_column_count_to_equal_other_table", &["compare_model"], shape::column_count_of_other),
    known("expect_table_columns_to_contain_set", COLUMNS, shape::columns_contain),
    known("expect_table_columns_to_match_ordered_list", COLUMNS, shape::columns_in_order),
    known("expect_table_columns_to_match_set", COLUMNS, shape::columns_match),
    known("expect_table_columns_to_not_contain_set", COLUMNS, shape::columns_lack),
    known("expect_table_row_count_to_be_between", BOUNDS, shape::row_count),
    known("expect_table_row_count_to_equal", &["value", "group_by", "row_condition"], shape::row_count_equals),
    known("expect_table_row_count_to_equal_other_table", OTHER_ROWS, shape::row_count_of_other),
    known("expect_table_row_count_to_equal_other_table_times_factor", OTHER_ROWS, shape::row_count_of_other),
    // The values of a column.
    known("expect_column_values_to_be_null", R, values::null),
    known("expect_column_values_to_not_be_null", R, values::not_null),
    known("expect_column_values_to_be_unique", R, values::unique),
    known("expect_column_values_to_be_of_type", &["column_type"], values::of_type),
    known("expect_column_values_to_be_in_type_list", &["column_type_list"], values::of_types),
    known("expect_column_values_to_have_consistent_casing", &["display_inconsistent_columns"], values::one_casing),
    known("expect_column_values_to_be_in_set", SET, values::in_set),
    known("expect_column_values_to_not_be_in_set", SET, values::not_in_set),
    known(
        "expect_column_values_to_be_between",
        &["min_value", "max_value", "row_condition", "strictly"],
        values::between,
    ),
    known("expect_column_values_to_be_increasing", ORDER, values::increasing),
    known("expect_column_values_to_be_decreasing", ORDER, values::decreasing),
    // Text.
    known(
        "expect_column_value_lengths_to_be_between",
        &["min_value", "max_value", "row_condition", "strictly"],
        text::lengths,
    ),
    known("expect_column_value_lengths_to_equal", &["value", "row_condition"], text::length),
    known("expect_column_values_to_match_regex", REGEX, text::regex),
    known("expect_column_values_to_not_match_regex", REGEX, text::no_regex),
    known("expect_column_values_to_match_regex_list", REGEXES, text::regexes),
    known("expect_column_values_to_not_match_regex_list", REGEXES, text::no_regexes),
    known("expect_column_values_to_match_like_pattern", LIKE, text::like),
    known("expect_column_values_to_not_match_like_pattern", LIKE, text::not_like),
    known("expect_column_values_to_match_like_pattern_list", LIKES, text::likes),
    known("expect_column_values_to_not_match_like_pattern_list", LIKES, text::not_likes),
    // One number of a column.
    known("expect_column_distinct_count_to_equal", COUNT, aggregates::distinct_equals),
    known("expect_column_distinct_count_to_be_greater_than", COUNT, aggregates::distinct_above),
    known("expect_column_distinct_count_to_be_less_than", COUNT, aggregates::distinct_below),
    known(
        "expect_column_distinct_count_to_equal_other_table",
        &["compare_model", "compare_column_name", "row_condition", "compare_row_condition"],
        aggregates::distinct_of_other,
    ),
    known("expect_column_distinct_values_to_be_in_set", SET, aggregates::distinct_in_set),
    known("expect_column_distinct_values_to_contain_set", SET, aggregates::distinct_contain),
    known("expect_column_distinct_values_to_equal_set", SET, aggregates::distinct_equal),
    known("expect_column_max_to_be_between", BOUNDS, aggregates::max),
    known("expect_column_mean_to_be_between", BOUNDS, aggregates::mean),
    known("expect_column_median_to_be_between", BOUNDS, aggregates::median),
    known("expect_column_min_to_be_between", BOUNDS, aggregates::min),
    known("expect_column_sum_to_be_between", BOUNDS, aggregates::sum),
    known("expect_column_stdev_to_be_between", BOUNDS, aggregates::stddev),
    known(
        "expect_column_quantile_values_to_be_between",
        &["quantile", "min_value", "max_value", "group_by", "row_condition", "strictly"],
        aggregates::quantile,
    ),
    known("expect_column_unique_value_count_to_be_between", BOUNDS, aggregates::distinct_count),
    known("expect_column_proportion_of_unique_values_to_be_between", BOUNDS, aggregates::distinct_share),
    known(
        "expect_column_most_common_value_to_be_in_set",
        &["value_set", "top_n", "quote_values", "data_type", "row_condition"],
        aggregates::most_common,
    ),
    // Several columns.
    known(
        "expect_column_pair_values_A_to_be_greater_than_B",
        &["column_A", "column_B", "or_equal", "row_condition"],
        several::greater,
    ),
    known("expect_column_pair_values_to_be_equal", &["column_A", "column_B", "row_condition"], several::equal),
    known(
        "expect_column_pair_values_to_be_in_set",
        &["column_A", "column_B", "value_pairs_set", "row_condition"],
        several::pairs,
    ),
    known(
        "expect_compound_columns_to_be_unique",
        &["column_list", "quote_columns", "ignore_row_if", "row_condition"],
        several::unique,
    ),
    known(
        "expect_multicolumn_sum_to_equal",
        &["column_list", "sum_total", "group_by", "row_condition"],
        several::sum_equals,
    ),
    known(
        "expect_select_column_values_to_be_unique_within_record",
        &["column_list", "quote_columns", "ignore_row_if", "row_condition"],
        several::distinct_within_row,
    ),
    // Distributions.
    known(
        "expect_column_values_to_be_within_n_moving_stdevs",
        &[
            "date_column_name",
            "group_by",
            "period",
            "lookback_periods",
            "trend_periods",
            "test_periods",
            "sigma_threshold",
            "sigma_threshold_upper",
            "sigma_threshold_lower",
            "take_diffs",
            "take_logs",
        ],
        several::moving_deviations,
    ),
    known("expect_column_values_to_be_within_n_stdevs", &["group_by", "sigma_threshold"], several::deviations),
    known(
        "expect_row_values_to_have_data_for_every_n_datepart",
        &[
            "date_col",
            "date_part",
            "interval",
            "row_condition",
            "exclusion_condition",
            "test_start_date",
            "test_end_date",
        ],
        shape::no_gaps,
    ),
    // What the others are made of.
    known(
        "expression_is_true",
        &["expression", "test_condition", "group_by_columns", "row_condition"],
        several::expression_is_true,
    ),
    known(
        "expression_between",
        &["expression", "min_value", "max_value", "group_by_columns", "row_condition", "strictly"],
        several::expression_between,
    ),
    known("equal_expression", OTHER, several::equal_expression),
];

#[cfg(test)]
mod tests {
    use super::TESTS;

    #[test]
    fn each_test_stands_once() {
        for (index, test) in TESTS.iter().enumerate() {
            assert!(TESTS[..index].iter().all(|other| other.name != test.name), "{}", test.name);
        }
    }
}
