//! Random tables: statistics, outliers and distances of distributions are what plain loops over floats find.
//!
//! The loops follow the textbook formulas, means first, and share no code with the program. Numbers are small, so that floats
//! lose nothing that a tolerance of 1e-9 does not cover.

use std::cmp::Ordering;
use std::fmt::Write as _;

use proptest::prelude::*;
use tamiz::ir::Type;
use tamiz::ir::time::Zone;
use tamiz::outcome::{Outcome, Report, Status};

use crate::check::check_within;
use crate::table::{Cell, Column, Layout, Table};

const LAYOUTS: [Layout; 4] = [
    Layout::Csv { files: 2 },
    Layout::Ndjson { files: 1 },
    Layout::Ipc { files: 2, group: 3 },
    Layout::Parquet { files: 2, group: 2 },
];

/// A group, an integer, quarters as decimals, and quarters as floats; none may be null.
type Row = (Option<u8>, Option<i8>, Option<i8>, Option<i8>);

/// Rules, and what each is called in the loops.
const RULES: [(&str, &str); 18] = [
    ("skewness", "skewness: {column: n}"),
    ("kurtosis", "kurtosis: {column: d}"),
    ("skewness of floats", "skewness: {column: f}"),
    ("entropy", "entropy: {column: n}"),
    ("pearson", "correlation: {columns: [n, d]}"),
    ("pearson of floats", "correlation: {columns: [n, f]}"),
    ("spearman", "correlation: {columns: [n, d], method: spearman}"),
    ("information", "mutual_information: {columns: [n, d]}"),
    ("z", "z_score: {column: n, max: 1.37}"),
    ("z above", "z_score: {column: d, max: 0.83, two_sided: false}"),
    ("iqr", "no_outliers: {column: n, factor: 0.5}"),
    ("std", "no_outliers: {column: f, method: std, factor: 1.37}"),
    ("mad", "no_outliers: {column: d, method: mad, factor: 1.7}"),
    ("kl", "kl_divergence: {column: n, expected: {bins: [-2, 0, 2], weights: [0.5, 0.5]}, tail_holdout: 0.1}"),
    ("kl against", "kl_divergence: {column: n, against: other.n, bins: values, tail_holdout: 0.1}"),
    ("psi", "psi: {column: d, expected: {bins: [-.inf, 0, .inf], weights: [0.25, 0.75]}}"),
    ("chi", "chi_square: {column: n, against: other.n, bins: values}"),
    ("ks", "ks: {column: d, against: other.d}"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn statistics_are_those_of_plain_loops(data in rows(), other in rows()) {
        for layout in LAYOUTS {
            let report = run(&data, &other, "", layout);
            for (index, (name, rule)) in RULES.iter().enumerate() {
                let outcome = found(&report, index);
                let wanted = loops(name, &data, &other);
                prop_assert!(agree(outcome, &wanted), "{layout:?} {rule}: {outcome:?}\nnot {wanted:?}");
            }
        }
    }

    #[test]
    fn each_group_has_its_own_statistics(data in rows(), other in rows()) {
        let report = run(&data, &other, ", group_by: g", Layout::Parquet { files: 2, group: 2 });
        for (index, (name, rule)) in RULES.iter().enumerate() {
            let outcome = found(&report, index);
            let mut failed = 0;
            let mut violations = 0;
            let mut groups: Vec<Option<u8>> = data.iter().map(|row| row.0).collect();
            groups.sort_unstable();
            groups.dedup();
            for group in &groups {
                let own: Vec<Row> = data.iter().filter(|row| row.0 == *group).copied().collect();
                match loops(name, &own, &other) {
                    Wanted::Rows(places) => {
                        violations += places.len() as u64;
                        failed += u64::from(!places.is_empty());
                    }
                    Wanted::Number(number) => failed += u64::from(number.is_none() && !measures_only(name)),
                }
            }
            prop_assert_eq!(outcome.groups_evaluated, Some(groups.len() as u64), "{}", rule);
            prop_assert_eq!(outcome.groups_failed, Some(failed), "{}: {:?}", rule, outcome.groups);
            if outcome.violations.is_some() {
                prop_assert_eq!(outcome.violations, Some(violations), "{}", rule);
                prop_assert_eq!(outcome.samples.len() as u64, violations, "{}", rule);
            }
        }
    }
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let cell = || prop::option::weighted(0.85, -4..5_i8);
    prop::collection::vec((prop::option::weighted(0.9, 0..3_u8), cell(), cell(), cell()), 0..14)
}

/// Whether a rule without bounds holds where there is nothing to measure.
fn measures_only(name: &str) -> bool {
    ["kl", "kl against", "psi", "chi", "ks"].contains(&name)
}

fn run(data: &[Row], other: &[Row], further: &str, layout: Layout) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "tamiz: 1\nsuite: statistics\ndatasets:\n".to_owned();
    for (name, rows) in [("data", data), ("other", other)] {
        let files = table(rows).write(folder.path(), name, layout, Zone::UTC);
        let names: Vec<String> =
            files.iter().map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
        let _ = writeln!(text, "  {name}:\n    source: {names:?}\n    may_be_empty: true");
        text += "    columns: {g: {type: integer}, n: {type: integer}, d: {type: decimal}, f: {type: float}}\n";
        if name == "data" {
            text += "    expect:\n";
            for (index, (_, rule)) in RULES.iter().enumerate() {
                let rule = rule.strip_suffix('}').unwrap();
                let _ = writeln!(text, "      - {{{rule}, id: rule{index}{further}}}}}");
            }
        }
    }
    let path = folder.path().join("statistics.yaml");
    check_within(None, &path, &text, &|_| true).unwrap_or_else(|said| panic!("{said}\n{text}"))
}

fn table(rows: &[Row]) -> Table {
    let column = |(name, kind): (&str, Type)| Column { name: name.to_owned(), kind: Some(kind) };
    let columns = [("g", Type::Integer), ("n", Type::Integer), ("d", Type::Decimal), ("f", Type::Float)].map(column);
    let cell = |text: Option<String>| text.map_or(Cell::Null, Cell::Text);
    let quarters = |number: i8| format!("{:.2}", f64::from(number) / 4.0);
    let row = |row: &Row| {
        vec![
            cell(row.0.map(|group| group.to_string())),
            cell(row.1.map(|number| number.to_string())),
            cell(row.2.map(quarters)),
            cell(row.3.map(quarters)),
        ]
    };
    Table { columns: columns.into(), rows: rows.iter().map(row).collect() }
}

fn found(report: &Report, index: usize) -> &Outcome {
    let id = format!("rule{index}");
    report.results.iter().find(|outcome| outcome.id == id).unwrap()
}

/// What a rule should come to.
#[derive(Debug)]
enum Wanted {
    /// The number observed; none where there is none.
    Number(Option<f64>),
    /// The places of the rows that break it.
    Rows(Vec<usize>),
}

fn agree(outcome: &Outcome, wanted: &Wanted) -> bool {
    match wanted {
        Wanted::Rows(places) => {
            outcome.violations == Some(places.len() as u64)
                && (outcome.status == Status::Failed) != places.is_empty()
                && outcome.samples.len() == places.len()
        }
        Wanted::Number(None) => outcome.observed == Some(serde_json::Value::Null),
        Wanted::Number(Some(number)) => {
            let observed = outcome.observed.as_ref().and_then(serde_json::Value::as_f64);
            observed.is_some_and(|observed| (observed - number).abs() <= 1e-9 * number.abs().max(1.0))
        }
    }
}

#[expect(clippy::many_single_char_names, reason = "they are the names of the columns")]
fn loops(name: &str, data: &[Row], other: &[Row]) -> Wanted {
    let n = |row: &Row| row.1.map(f64::from);
    let d = |row: &Row| row.2.map(|number| f64::from(number) / 4.0);
    let f = |row: &Row| row.3.map(|number| f64::from(number) / 4.0);
    let all = |rows: &[Row], of: &dyn Fn(&Row) -> Option<f64>| rows.iter().filter_map(of).collect::<Vec<f64>>();
    let both = |a: &dyn Fn(&Row) -> Option<f64>, b: &dyn Fn(&Row) -> Option<f64>| {
        data.iter().filter_map(|row| Some((a(row)?, b(row)?))).collect::<Vec<(f64, f64)>>()
    };
    let out = |of: &dyn Fn(&Row) -> Option<f64>, far: &dyn Fn(&[f64], f64) -> bool| {
        let values = all(data, of);
        let places = data.iter().enumerate().filter(|(_, row)| of(row).is_some_and(|value| far(&values, value)));
        Wanted::Rows(places.map(|(place, _)| place).collect())
    };
    Wanted::Number(match name {
        "skewness" => skewness(&all(data, &n)),
        "skewness of floats" => skewness(&all(data, &f)),
        "kurtosis" => kurtosis(&all(data, &d)),
        "entropy" => entropy(&all(data, &n)),
        "pearson" => pearson(&both(&n, &d)),
        "pearson of floats" => pearson(&both(&n, &f)),
        "spearman" => {
            let pairs = both(&n, &d);
            let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
            pearson(&x.iter().map(|it| rank(&x, *it)).zip(y.iter().map(|it| rank(&y, *it))).collect::<Vec<_>>())
        }
        "information" => information(&both(&n, &d)),
        "z" => return out(&n, &|values, value| z(values, value).is_some_and(|z| z.abs() >= 1.37)),
        "z above" => return out(&d, &|values, value| z(values, value).is_some_and(|z| z >= 0.83)),
        "std" => return out(&f, &|values, value| z(values, value).is_some_and(|z| z.abs() >= 1.37)),
        "iqr" => {
            return out(&n, &|values, value| {
                let (low, high) = (quantile(values, 0.25), quantile(values, 0.75));
                let reach = 0.5 * (high - low);
                reach > 0.0 && (value < low - reach || value > high + reach)
            });
        }
        "mad" => {
            return out(&d, &|values, value| {
                let middle = quantile(values, 0.5);
                let apart: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
                let spread = quantile(&apart, 0.5);
                spread > 0.0 && 0.6745 * (value - middle).abs() > 1.7 * spread
            });
        }
        "kl" => {
            let values = all(data, &n);
            let inside = |value: &f64| {
                if *value < -2.0 {
                    0
                } else if *value < 0.0 {
                    1
                } else if *value <= 2.0 {
                    2
                } else {
                    3
                }
            };
            let rows: Vec<f64> = (0..4).map(|bin| count(values.iter().map(inside), bin)).collect();
            divergence(&rows, &[0.05, 0.45, 0.45, 0.05])
        }
        "kl against" => {
            let (own, others) = (all(data, &n), all(other, &n));
            let kinds = kinds(own.iter().chain(&others));
            let rows: Vec<f64> = kinds.iter().map(|kind| times(&own, *kind)).collect();
            let weights = kinds.iter().map(|kind| match times(&others, *kind) {
                0.0 => 0.1,
                found => 0.9 * found / length(&others),
            });
            if others.is_empty() { None } else { divergence(&rows, &weights.collect::<Vec<_>>()) }
        }
        "psi" => {
            let values = all(data, &d);
            let below = values.iter().filter(|value| **value < 0.0).count();
            let share = |count: usize| (length_of(count) / length(&values)).max(1e-4);
            let terms = [(share(below), 0.25_f64), (share(values.len() - below), 0.75)];
            (!values.is_empty()).then(|| terms.iter().map(|(p, q)| (p - q) * (p / q).ln()).sum())
        }
        "chi" => {
            let (own, others) = (all(data, &n), all(other, &n));
            let kinds = kinds(own.iter().chain(&others));
            let total = length(&own) + length(&others);
            let mut sum = 0.0;
            for kind in kinds {
                let column = times(&own, kind) + times(&others, kind);
                for side in [&own, &others] {
                    let expected = column * length(side) / total;
                    sum += (times(side, kind) - expected).powi(2) / expected;
                }
            }
            (!own.is_empty() && !others.is_empty()).then_some(sum)
        }
        _ => {
            let (own, others) = (all(data, &d), all(other, &d));
            let below =
                |values: &[f64], end: f64| length_of(values.iter().filter(|it| **it <= end).count()) / length(values);
            let apart = own.iter().chain(&others).map(|end| (below(&own, *end) - below(&others, *end)).abs());
            (!own.is_empty() && !others.is_empty()).then(|| apart.fold(0.0, f64::max))
        }
    })
}

fn length(values: &[f64]) -> f64 {
    length_of(values.len())
}

fn length_of(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / length(values)
}

/// The sum of a power of the distances from the mean.
fn moment(values: &[f64], power: i32) -> f64 {
    let centre = mean(values);
    values.iter().map(|value| (value - centre).powi(power)).sum()
}

fn varies(values: &[f64]) -> bool {
    values.iter().any(|value| value.partial_cmp(&values[0]) != Some(Ordering::Equal))
}

fn stddev(values: &[f64]) -> f64 {
    (moment(values, 2) / (length(values) - 1.0)).sqrt()
}

fn z(values: &[f64], value: f64) -> Option<f64> {
    varies(values).then(|| (value - mean(values)) / stddev(values))
}

fn skewness(values: &[f64]) -> Option<f64> {
    let n = length(values);
    match values.len() {
        0..3 => None,
        _ if !varies(values) => Some(0.0),
        _ => Some(n / ((n - 1.0) * (n - 2.0)) * moment(values, 3) / stddev(values).powi(3)),
    }
}

fn kurtosis(values: &[f64]) -> Option<f64> {
    let n = length(values);
    let three = (n - 1.0) * (n - 2.0) * (n - 3.0);
    match values.len() {
        0..4 => None,
        _ if !varies(values) => Some(0.0),
        _ => Some(
            n * (n + 1.0) / three * moment(values, 4) / stddev(values).powi(4)
                - 3.0 * (n - 1.0).powi(2) / ((n - 2.0) * (n - 3.0)),
        ),
    }
}

fn entropy(values: &[f64]) -> Option<f64> {
    let shares: Vec<f64> = kinds(values.iter()).iter().map(|kind| times(values, *kind) / length(values)).collect();
    (!values.is_empty()).then(|| -shares.iter().map(|share| share * share.ln()).sum::<f64>())
}

fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    if pairs.is_empty() || !varies(&x) || !varies(&y) {
        return None;
    }
    let together: f64 = pairs.iter().map(|(a, b)| (a - mean(&x)) * (b - mean(&y))).sum();
    Some(together / (moment(&x, 2) * moment(&y, 2)).sqrt())
}

/// The mean of the places that a value takes among all, counted from 1.
fn rank(values: &[f64], value: f64) -> f64 {
    let below = length_of(values.iter().filter(|other| **other < value).count());
    below + f64::midpoint(times(values, value), 1.0)
}

fn information(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = length_of(pairs.len());
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let mut sum = 0.0;
    for a in kinds(x.iter()) {
        for b in kinds(y.iter()) {
            let joint = length_of(pairs.iter().filter(|pair| same(pair.0, a) && same(pair.1, b)).count()) / n;
            if joint > 0.0 {
                sum += joint * (joint / (times(&x, a) / n * times(&y, b) / n)).ln();
            }
        }
    }
    (!pairs.is_empty()).then_some(sum)
}

/// The value at a share of the way, between two as far as the place lies.
fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = q * (length(values) - 1.0);
    let low =
        sorted.iter().zip(0_u32..).filter(|(_, at)| f64::from(*at) <= place).map(|(value, _)| *value).last().unwrap();
    let high = sorted.iter().zip(0_u32..).find(|(_, at)| f64::from(*at) >= place).map(|(value, _)| *value).unwrap();
    low + (high - low) * place.fract()
}

fn divergence(rows: &[f64], weights: &[f64]) -> Option<f64> {
    let (n, all) = (rows.iter().sum::<f64>(), weights.iter().sum::<f64>());
    let some = rows.iter().zip(weights).filter(|(found, _)| **found > 0.0);
    (n > 0.0).then(|| some.map(|(found, weight)| found / n * (found / n / (weight / all)).ln()).sum())
}

fn same(one: f64, other: f64) -> bool {
    one.partial_cmp(&other) == Some(Ordering::Equal)
}

fn times(values: &[f64], value: f64) -> f64 {
    length_of(values.iter().filter(|other| same(**other, value)).count())
}

fn count(bins: impl Iterator<Item = usize>, bin: usize) -> f64 {
    length_of(bins.filter(|own| *own == bin).count())
}

fn kinds<'v>(values: impl Iterator<Item = &'v f64>) -> Vec<f64> {
    let mut kinds: Vec<f64> = values.copied().collect();
    kinds.sort_by(f64::total_cmp);
    kinds.dedup_by(|a, b| same(*a, *b));
    kinds
}
