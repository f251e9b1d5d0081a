//! Masks put on what is about to be told of a rule: what it came to, the rows that show it, and why it has no answer.

use std::collections::HashSet;

use serde_json::Value as Json;

use crate::answer::{Evidence, json_of};
use crate::ir::name::steps;
use crate::ir::{Aggregate, Check, Fold, Measure, Metric, Value};
use crate::judge::{Facts, Judgement, PartOfDistribution};
use crate::judge::{Groups, Label};
use crate::mask::document::{is_document, leaves};
use crate::mask::{Mask, Masks, Why, value};
use crate::outcome::{self, Sample};

/// What is worked out of fewer rows tells of each of them.
const FEW: u64 = 5;

/// Values by the columns they are of.
type Values = indexmap::IndexMap<String, Json>;

impl Masks {
    /// Looks through what is about to be shown of a rule: a column in which a value looks like personal data is masked whole.
    pub fn look(&mut self, check: &Check, judgement: Option<&Judgement>, evidence: Option<&Evidence>) {
        if self.by_kind.is_none() {
            return;
        }
        let mut seen: Vec<(String, String, Json)> = Vec::new();
        let of_groups = judgement.into_iter().filter_map(|judgement| judgement.groups.as_ref());
        for (by, group) in of_groups.clone().flat_map(|groups| groups.worst.iter().map(|group| (&groups.by, group))) {
            let own = by.iter().zip(&group.values);
            seen.extend(own.map(|(column, value)| (check.metric.dataset().to_owned(), column.clone(), json_of(value))));
        }
        let judgements = judgement.into_iter().chain(of_groups.flat_map(|it| it.worst.iter().map(|it| &it.judgement)));
        let measured = measured(&check.metric);
        for value in judgements.flat_map(values) {
            seen.extend(measured.iter().map(|(dataset, column)| (dataset.clone(), column.clone(), json_of(value))));
        }
        if !matches!(check.metric, Metric::Query { .. }) {
            for sample in evidence.iter().flat_map(|evidence| &evidence.samples) {
                let own = sample.dataset.as_deref().unwrap_or_else(|| check.metric.dataset());
                let values = sample.key.iter().chain(&sample.values);
                seen.extend(values.map(|(column, value)| (own.to_owned(), column.clone(), value.clone())));
                if let Some(other) = &sample.other {
                    let own = other.dataset.as_deref().unwrap_or(own);
                    seen.extend(other.values.iter().map(|(name, it)| (own.to_owned(), name.clone(), it.clone())));
                }
            }
            for top in evidence.iter().flat_map(|evidence| &evidence.top_values) {
                let own = check.metric.dataset();
                seen.extend(top.values.iter().map(|(name, it)| (own.to_owned(), name.clone(), it.clone())));
            }
        }
        for (dataset, column, value) in seen {
            self.see(&dataset, &column, &value);
        }
    }

    /// Masks the column of a value that looks like personal data, unless its suite says that there is none in it.
    fn see(&mut self, dataset: &str, column: &str, value: &Json) {
        let root = self.root(dataset).to_owned();
        let steps = steps(column.trim_end_matches('\0'));
        // The fields of a document are looked at one by one, where it is shown.
        if is_document(value) || self.said(&root, &steps).is_some() || self.of_steps(&root, &steps).is_some() {
            return;
        }
        if let Some((_, mask)) = value::of(value).and_then(|kind| self.of_kind(kind)) {
            let mask = mask.clone();
            self.found.insert((root, steps.join(".")), mask);
        }
    }

    /// The mask of a column, or of one that a rule holds it against: what matches in one of them is a value of the other.
    fn of_matched(&self, metric: &Metric, dataset: &str, column: &str) -> Option<&Mask> {
        self.of(dataset, column).or_else(|| match metric {
            Metric::Orphans { keys, parent, .. } => {
                let place = keys.iter().position(|key| key == column)?;
                self.of(&parent.dataset, parent.keys.get(place)?)
            }
            Metric::Pairs { evaluated, pairs } => {
                self.of(&evaluated.dataset, column).or_else(|| self.of(&pairs.other.dataset, column))
            }
            _ => None,
        })
    }

    /// What a rule came to, as it may be told.
    #[must_use]
    pub fn judgement(&self, check: &Check, judgement: Judgement) -> Judgement {
        let mut judgement = judgement;
        let dataset = check.metric.dataset();
        if let Some(Groups { by, worst, .. }) = &mut judgement.groups {
            for group in worst {
                for (column, value) in by.iter().zip(&mut group.values) {
                    if let Some(mask) = self.of(dataset, column) {
                        put_on(mask, value);
                    }
                }
                group.judgement = self.judgement(check, std::mem::take(&mut group.judgement));
            }
        }
        self.cover_words(dataset, &mut judgement);
        let mask = match &check.metric {
            Metric::Scalar { query, .. } => self.of_value(query),
            metric => measured(metric).iter().find_map(|(dataset, column)| self.own(dataset, column)),
        };
        let Some(mask) = mask.or(self.all.as_ref()) else { return judgement };
        cover_values(mask, &check.metric, &mut judgement);
        judgement
    }

    /// Names of files, and names of columns that are values: those of a file that has no header.
    fn cover_words(&self, dataset: &str, judgement: &mut Judgement) {
        let root = self.root(dataset);
        let names = |names: &mut Vec<String>| names.iter_mut().for_each(|name| *name = self.text(root, name));
        if let Some(columns) = &mut judgement.columns {
            names(&mut columns.unexpected);
            names(&mut columns.found);
        }
        for fault in judgement.findings.iter_mut().flat_map(|findings| &mut findings.first) {
            fault.file = self.text(root, &fault.file);
            fault.text.en = self.text(root, &fault.text.en);
            fault.text.es = self.text(root, &fault.text.es);
        }
        match judgement.facts.as_deref_mut() {
            Some(Facts::Types(columns, ..)) => {
                names(&mut columns.unexpected);
                names(&mut columns.found);
            }
            Some(Facts::Pairs(_, counts)) => {
                counts.columns.iter_mut().for_each(|(name, _)| *name = self.text(root, name));
            }
            Some(Facts::Files(files, wrong)) => {
                files.iter_mut().for_each(|file| file.path = self.text(root, &file.path));
                for path in wrong.iter_mut().filter_map(|wrong| wrong.path.as_mut()) {
                    *path = self.text(root, path);
                }
            }
            _ => {}
        }
    }

    /// The rows that show a failure, as they may be shown.
    #[must_use]
    pub fn evidence(&self, check: &Check, evidence: Evidence) -> Evidence {
        if self.all.is_some() {
            return Evidence::default();
        }
        if let Metric::Query { query, .. } = &check.metric {
            return self.returned(query, evidence);
        }
        let own = check.metric.dataset();
        let mut evidence = evidence;
        for sample in &mut evidence.samples {
            self.cover_sample(check, sample);
        }
        for top in &mut evidence.top_values {
            self.cover_row(&check.metric, own, &mut top.values);
        }
        evidence
    }

    fn cover_sample(&self, check: &Check, sample: &mut Sample) {
        let own = sample.dataset.clone().unwrap_or_else(|| check.metric.dataset().to_owned());
        let before: Vec<Json> = sample.values.values().cloned().collect();
        self.cover_row(&check.metric, &own, &mut sample.key);
        self.cover_row(&check.metric, &own, &mut sample.values);
        if let Some(file) = &mut sample.file {
            *file = self.text(self.root(&own), file);
        }
        if let Some(other) = &mut sample.other {
            let dataset = other.dataset.clone().unwrap_or_else(|| own.clone());
            self.cover_row(&check.metric, &dataset, &mut other.values);
            if let Some(file) = &mut other.file {
                *file = self.text(self.root(&dataset), file);
            }
        }
        if let Some(reason) = sample.reason.take() {
            let whole = sample.values.keys().chain(&check_columns(check)).any(|name| self.of(&own, name).is_some());
            let (mut was, mut is) = (HashSet::new(), HashSet::new());
            before.iter().for_each(|value| leaves(value, &mut was));
            sample.values.values().for_each(|value| leaves(value, &mut is));
            let quotes = was.difference(&is).any(|hidden| !hidden.is_empty() && reason.contains(hidden.as_str()));
            sample.reason = (!whole && !quotes).then(|| self.text(self.root(&own), &reason));
        }
    }

    fn cover_row(&self, metric: &Metric, dataset: &str, values: &mut Values) {
        let shown = std::mem::take(values).into_iter().filter_map(|(column, value)| {
            let shown = match self.of_matched(metric, dataset, &column) {
                Some(mask) => mask.show(&value),
                None => self.show(dataset, &column, &value),
            };
            // In a file without a header names are values.
            Some((self.text(self.root(dataset), &column), shown?))
        });
        *values = shown.collect();
    }

    /// Says in the record of a dataset which of its columns are masked and why, and masks the names of its files.
    pub fn dataset(&self, dataset: &mut outcome::Dataset) {
        let root = self.root(&dataset.name).to_owned();
        for file in &mut dataset.files {
            file.path = self.text(&root, &file.path);
        }
        for column in &mut dataset.columns {
            column.masked = self.of(&root, &column.name).map(|mask| outcome::Masked {
                mask: mask.style().name().to_owned(),
                why: mask.why().name().to_owned(),
                kind: mask.kind().map(|kind| kind.name().to_owned()),
                joinable: mask.is_joinable(),
            });
            column.name = self.text(&root, &column.name);
        }
    }
}

/// The columns whose values a number of a rule is worked out of, with their datasets.
pub(super) fn measured(metric: &Metric) -> Vec<(String, String)> {
    let own = metric.measures().into_iter().map(|measure| (metric.dataset().to_owned(), measure));
    let mut columns = Vec::new();
    for (dataset, measure) in own.chain(metric.elsewhere()) {
        let mut see = |column: &str| columns.push((dataset.clone(), column.to_owned()));
        let measure = if let Measure::Grouped(_, inner) = &measure { inner } else { &measure };
        match measure {
            Measure::Fold(_, of, _) | Measure::Values(of, _) => of.columns(&mut see),
            Measure::Correlation(both, _) => both.iter().for_each(|of| of.columns(&mut see)),
            _ => {}
        }
    }
    columns
}

/// The columns that a rule tests.
fn check_columns(check: &Check) -> Vec<String> {
    let mut columns = Vec::new();
    check.number().columns(&mut |column| columns.push(column.to_owned()));
    columns
}

/// The values of rows that a judgement holds, but for those of its groups.
fn values(judgement: &Judgement) -> Vec<&Value> {
    let mut found: Vec<&Value> = judgement.observed.iter().collect();
    if let Some(values) = &judgement.values {
        found.extend(values.values.iter().chain(values.unexpected.iter().map(|(value, _)| value)));
    }
    found.extend(judgement.most_common.iter().flat_map(|common| &common.values));
    let parts = judgement.distribution.iter().flat_map(|found| &found.parts);
    found.extend(parts.filter_map(|part| if let Label::Value(value) = &part.of { Some(value) } else { None }));
    found
}

/// Masks every value of rows that a judgement holds.
fn cover_values(mask: &Mask, metric: &Metric, judgement: &mut Judgement) {
    let few = judgement.evaluated.is_some_and(|rows| rows < FEW);
    let of_rows = match metric {
        Metric::Fold { fold, .. } | Metric::SameAggregate { aggregate: Aggregate::Fold(fold, _), .. } => {
            few || matches!(fold, Fold::Min | Fold::Max | Fold::Quantile(..) | Fold::Range(..))
        }
        Metric::Scalar { .. } => true,
        _ => false,
    };
    // Where no value at all is shown, numbers and moments that were asked for still are.
    let put_on_number = |value: &mut Value| {
        if mask.why() != Why::NoSamples || matches!(value, Value::Text(_)) {
            put_on(mask, value);
        }
    };
    if of_rows && let Some(observed) = &mut judgement.observed {
        put_on_number(observed);
    }
    if of_rows && let Some(Facts::Value(_, theirs)) = judgement.facts.as_deref_mut() {
        put_on_number(theirs);
    }
    if let Some(values) = &mut judgement.values {
        values.values.iter_mut().for_each(|value| put_on(mask, value));
        values.unexpected.iter_mut().for_each(|(value, _)| put_on(mask, value));
    }
    if let Some(common) = &mut judgement.most_common {
        common.values.iter_mut().for_each(|value| put_on(mask, value));
    }
    if let Some((low, high)) = &mut judgement.range {
        put_on_number(low);
        put_on_number(high);
    }
    if let Some(age) = &mut judgement.age {
        put_on_number(&mut age.newest);
    }
    if let Some(gaps) = &mut judgement.gaps {
        gaps.first.iter_mut().for_each(put_on_number);
        if let Some((from, to)) = &mut gaps.span {
            put_on_number(from);
            put_on_number(to);
        }
    }
    for PartOfDistribution { of, .. } in judgement.distribution.iter_mut().flat_map(|found| &mut found.parts) {
        match of {
            Label::Value(value) => put_on(mask, value),
            Label::Bin(low, high) => low.iter_mut().chain(high).for_each(put_on_number),
        }
    }
}

fn put_on(mask: &Mask, value: &mut Value) {
    if !value.is_null() {
        *value = Value::Text(mask.word(&json_of(value)));
    }
}
