//! Every type of expectation, by the name it has now, and what turns it into rules.

use crate::import::gx::subject::{Answer, Subject};
use crate::import::gx::{aggregate, distribution, several, table, text, values};

/// A type of expectation.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Which arguments it takes beside its own.
    pub(super) takes: Takes,
    pub(super) make: fn(&mut Subject<'_>) -> Answer,
}

/// The arguments that types share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// `mostly` and `row_condition`: it is about rows.
    Rows,
    /// `row_condition`: it is about one number of them.
    Scope,
    /// Neither.
    Nothing,
}

use Takes::{Nothing, Rows, Scope};

/// The live types, and those that were withdrawn.
pub(super) static KINDS: &[Kind] = &[
    kind("expect_column_values_to_not_be_null", Rows, values::not_null),
    kind("expect_column_values_to_be_null", Rows, values::null),
    kind("expect_column_values_to_be_unique", Rows, values::unique),
    kind("expect_column_values_to_be_in_set", Rows, values::in_set),
    kind("expect_column_values_to_not_be_in_set", Rows, values::not_in_set),
    kind("expect_column_values_to_be_between", Rows, values::between),
    kind("expect_column_values_to_be_increasing", Rows, values::increasing),
    kind("expect_column_values_to_be_decreasing", Rows, values::decreasing),
    kind("expect_column_values_to_be_of_type", Rows, values::of_type),
    kind("expect_column_values_to_be_in_type_list", Rows, values::in_type_list),
    kind("expect_column_type_to_be", Nothing, values::of_type),
    kind("expect_column_value_lengths_to_be_between", Rows, text::lengths_between),
    kind("expect_column_value_lengths_to_equal", Rows, text::lengths_equal),
    kind("expect_column_values_to_match_regex", Rows, text::regex),
    kind("expect_column_values_to_not_match_regex", Rows, text::not_regex),
    kind("expect_column_values_to_match_regex_list", Rows, text::regex_list),
    kind("expect_column_values_to_not_match_regex_list", Rows, text::not_regex_list),
    kind("expect_column_values_to_match_like_pattern", Rows, text::like),
    kind("expect_column_values_to_not_match_like_pattern", Rows, text::not_like),
    kind("expect_column_values_to_match_like_pattern_list", Rows, text::like_list),
    kind("expect_column_values_to_not_match_like_pattern_list", Rows, text::not_like_list),
    kind("expect_column_values_to_match_strftime_format", Rows, text::strftime),
    kind("expect_column_values_to_be_dateutil_parseable", Rows, text::dateutil),
    kind("expect_column_values_to_be_json_parseable", Rows, text::json),
    kind("expect_column_values_to_match_json_schema", Rows, text::json_schema),
    kind("expect_column_value_z_scores_to_be_less_than", Rows, distribution::z_score),
    kind("expect_column_values_to_not_be_outliers", Rows, distribution::outliers),
    kind("expect_column_min_to_be_between", Scope, aggregate::min),
    kind("expect_column_max_to_be_between", Scope, aggregate::max),
    kind("expect_column_mean_to_be_between", Scope, aggregate::mean),
    kind("expect_column_median_to_be_between", Scope, aggregate::median),
    kind("expect_column_sum_to_be_between", Scope, aggregate::sum),
    kind("expect_column_stdev_to_be_between", Scope, aggregate::stdev),
    kind("expect_column_unique_value_count_to_be_between", Scope, aggregate::unique_count),
    kind("expect_column_proportion_of_unique_values_to_be_between", Scope, aggregate::unique_share),
    kind("expect_column_proportion_of_non_null_values_to_be_between", Scope, aggregate::present_share),
    kind("expect_column_quantile_values_to_be_between", Scope, aggregate::quantiles),
    kind("expect_column_most_common_value_to_be_in_set", Scope, aggregate::most_common),
    kind("expect_column_distinct_values_to_be_in_set", Scope, aggregate::distinct_in),
    kind("expect_column_distinct_values_to_contain_set", Scope, aggregate::distinct_contain),
    kind("expect_column_distinct_values_to_equal_set", Scope, aggregate::distinct_equal),
    kind("expect_column_kl_divergence_to_be_less_than", Scope, distribution::kl_divergence),
    kind("expect_column_pair_values_to_be_equal", Rows, several::pair_equal),
    kind("expect_column_pair_values_a_to_be_greater_than_b", Rows, several::pair_greater),
    kind("expect_column_pair_values_to_be_in_set", Rows, several::pair_in_set),
    kind("expect_compound_columns_to_be_unique", Rows, several::compound_unique),
    kind("expect_select_column_values_to_be_unique_within_record", Rows, several::within_record),
    kind("expect_multicolumn_sum_to_equal", Rows, several::sum_equal),
    kind("expect_multicolumn_values_to_be_equal", Rows, several::all_equal),
    kind("expect_table_row_count_to_equal", Scope, table::row_count),
    kind("expect_table_row_count_to_be_between", Scope, table::row_count_between),
    kind("expect_table_row_count_to_equal_other_table", Scope, table::other_row_count),
    kind("expect_table_column_count_to_equal", Nothing, table::column_count),
    kind("expect_table_column_count_to_be_between", Nothing, table::column_count_between),
    kind("expect_table_columns_to_match_set", Nothing, table::columns_set),
    kind("expect_table_columns_to_match_ordered_list", Nothing, table::columns_list),
    kind("expect_column_to_exist", Nothing, table::exists),
    kind("unexpected_rows_expectation", Nothing, table::unexpected_rows),
    kind("expect_query_results_to_match_comparison", Rows, table::query_comparison),
    // Withdrawn: their files remain in 0.x, and they have not run since 0.13.
    kind("expect_column_bootstrapped_ks_test_p_value_to_be_greater_than", Scope, distribution::removed),
    kind("expect_column_chisquare_test_p_value_to_be_greater_than", Scope, distribution::removed),
    kind("expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than", Scope, distribution::removed),
    kind("expect_column_pair_cramers_phi_value_to_be_less_than", Scope, distribution::removed),
    kind("expect_column_pair_values_to_be_independent", Scope, distribution::removed),
];

/// Names that changed.
const RENAMED: [(&str, &str); 5] = [
    ("expect_column_pair_values_A_to_be_greater_than_B", "expect_column_pair_values_a_to_be_greater_than_b"),
    ("expect_multicolumn_values_to_be_unique", "expect_select_column_values_to_be_unique_within_record"),
    ("expect_column_ntile_values_to_be_between", "expect_column_quantile_values_to_be_between"),
    ("expect_column_ntiles_to_be_between", "expect_column_quantile_values_to_be_between"),
    ("expect_column_values_to_not_match_like_patterns", "expect_column_values_to_not_match_like_pattern_list"),
];

const fn kind(name: &'static str, takes: Takes, make: fn(&mut Subject<'_>) -> Answer) -> Kind {
    Kind { name, takes, make }
}

/// The type of a name: as it is now, as it was, or as its class is called in 1.x.
pub(super) fn find(name: &str) -> Option<&'static Kind> {
    let name = RENAMED.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new);
    let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
    KINDS.iter().find(|kind| kind.name == name).or_else(|| {
        let class = plain(name);
        KINDS.iter().find(|kind| plain(kind.name) == class)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_found_by_each_of_its_names() {
        for (name, wanted) in [
            ("ExpectColumnKLDivergenceToBeLessThan", "expect_column_kl_divergence_to_be_less_than"),
            ("UnexpectedRowsExpectation", "unexpected_rows_expectation"),
            ("ExpectColumnValuesToNotBeNull", "expect_column_values_to_not_be_null"),
            (RENAMED[0].0, RENAMED[0].1),
            (RENAMED[1].0, RENAMED[1].1),
        ] {
            assert_eq!(find(name).map(|kind| kind.name), Some(wanted), "{name}");
        }
        assert!(find("expect_column_values_to_be_my_own").is_none());
    }

    #[test]
    fn every_live_type_is_there_once() {
        let live = KINDS
            .iter()
            .filter(|kind| !std::ptr::fn_addr_eq(kind.make, distribution::removed as fn(&mut Subject<'_>) -> Answer))
            .count();
        assert_eq!(live, 59);
        for (place, kind) in KINDS.iter().enumerate() {
            assert!(KINDS[..place].iter().all(|other| other.name != kind.name), "{}", kind.name);
        }
    }
}
