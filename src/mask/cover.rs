//! Masks put on what is about to be told of a rule: what it came to, the rows that show it, and why it has no answer.

use std::collections::HashSet;

use serde_json::Value as Json;

use crate::answer::{Evidence, json_of};
use crate::ir::name::steps;
use crate::ir::{Aggregate, Check, Fold, Measure, Metric, Value};
use crate::judge::{Facts, Judgement, PartOfDistribution};
use crate::judge::{Groups, Label};
use crate::mask::{Mask, Masks, REDACTED, Why, value};
use crate::outcome::{self, Fault, Sample};

/// What is worked out of fewer rows tells of each of them.
const FEW: u64 = 5;

/// Codes of faults whose words are those of an engine, which may quote any value.
const OF_ENGINES: [&str; 3] = ["engine_failed", "not_computable", "internal"];

/// Codes of faults whose words are partly those of a reader of files, which puts what it quotes in quotes.
const OF_READERS: [&str; 2] = ["source_unreadable", "as_of_unknown"];

/// Values by the columns they are of.
type Values = indexmap::IndexMap<String, Json>;

impl Masks {
    /// Looks through what is about to be shown of a rule: a column in which a value looks like personal data is masked whole.
    pub fn look(&mut self, check: &Check, judgement: Option<&Judgement>, evidence: Option<&Evidence>) {
        if self.by_kind.is_none() || self.all.is_some() {
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

    /// A value of a column as it may be shown, each field of a document by itself; none if nothing of it is shown.
    #[must_use]
    pub fn show(&self, dataset: &str, column: &str, value: &Json) -> Option<Json> {
        match self.of(dataset, column) {
            Some(mask) => mask.show(value),
            None => self.inside(self.root(dataset), &mut steps(column.trim_end_matches('\0')), value),
        }
    }

    fn inside(&self, root: &str, steps: &mut Vec<String>, value: &Json) -> Option<Json> {
        match value {
            Json::Object(entries) => {
                let own = |key: &String| [steps.as_slice(), std::slice::from_ref(key)].concat();
                let people = entries.keys().any(|key| self.is_of_people(self.of_steps(root, &own(key))));
                let mut shown = serde_json::Map::new();
                for (key, value) in entries {
                    steps.push(key.clone());
                    let mask = self.of_steps(root, steps).or_else(|| self.of_bare_name(root, steps, people));
                    let found = mask.map_or_else(|| self.inside(root, steps, value), |mask| mask.show(value));
                    steps.pop();
                    shown.extend(found.map(|value| (self.text(root, key), value)));
                }
                Some(Json::Object(shown))
            }
            Json::Array(items) => {
                Some(Json::Array(items.iter().filter_map(|item| self.inside(root, steps, item)).collect()))
            }
            Json::String(text) if is_document(value) => {
                let Ok(inner) = serde_json::from_str::<Json>(text) else {
                    // What cannot be taken apart may hold what is masked.
                    let masks = self.by_kind.is_some() || self.masks_any(root);
                    return Some(if masks && !self.is_free(root, steps) { REDACTED.into() } else { value.clone() });
                };
                let shown = self.inside(root, steps, &inner)?;
                Some(if shown == inner { value.clone() } else { shown.to_string().into() })
            }
            Json::String(_) | Json::Number(_) if !self.is_free(root, steps) => {
                match value::of(value).and_then(|kind| self.of_kind(kind)) {
                    Some((_, mask)) => mask.show(value),
                    None => Some(value.clone()),
                }
            }
            other => Some(other.clone()),
        }
    }

    /// Whether the suite says that there is no personal data in a column.
    fn is_free(&self, root: &str, steps: &[String]) -> bool {
        matches!(self.said(root, steps), Some(None))
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
            Metric::Scalar { query, .. } => self.all.as_ref().or_else(|| self.of_value(query)),
            metric => measured(metric).iter().find_map(|(dataset, column)| self.of(dataset, column)),
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
            Some(Facts::Types(columns, _)) => {
                names(&mut columns.unexpected);
                names(&mut columns.found);
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
            Some((column, shown?))
        });
        *values = shown.collect();
    }

    /// Why a rule has no answer, as it may be told: an engine may quote what it could not read or compute.
    #[must_use]
    pub fn fault(&self, datasets: &[&str], metric: Option<&Metric>, fault: Fault) -> Fault {
        let masks = self.all.is_some() || datasets.iter().any(|dataset| self.masks_any(self.root(dataset)));
        // What is wrong with the text of a query is found before any row is read.
        let of_text =
            fault.code == "not_computable" && matches!(metric, Some(Metric::Query { .. } | Metric::Scalar { .. }));
        let code = fault.code.as_str();
        let mut message = if masks && OF_ENGINES.contains(&code) && !of_text {
            "the engine could not compute it; its own words are left out, for they may quote masked values".to_owned()
        } else if masks && OF_READERS.contains(&code) {
            without_quotes(&fault.message)
        } else {
            fault.message.clone()
        };
        for dataset in datasets {
            message = self.text(self.root(dataset), &message);
        }
        Fault { message, ..fault }
    }

    /// A text that is none of ours, without words that look like personal data, and without values of masked columns in the
    /// names of folders.
    #[must_use]
    pub(super) fn text(&self, root: &str, text: &str) -> String {
        let text = self.folders(root, text);
        if self.by_kind.is_some() || self.all.is_some() { value::without(&text, REDACTED) } else { text }
    }

    /// Puts out the values of masked columns in the names of folders: `email=***/part.parquet`.
    fn folders(&self, root: &str, text: &str) -> String {
        let parts: Vec<&str> = text.split('/').collect();
        let last = parts.len() - 1;
        let shown = parts.into_iter().enumerate().map(|(place, part)| {
            let Some((before, _)) = part.split_once('=').filter(|_| place < last) else { return part.to_owned() };
            let name = before.rsplit([' ', '`', '"', '\'']).next().unwrap_or(before);
            let masked = !name.is_empty() && self.of(root, name).is_some_and(|mask| mask.why() != Why::NoSamples);
            if masked { format!("{before}={REDACTED}") } else { part.to_owned() }
        });
        shown.collect::<Vec<_>>().join("/")
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

/// Whether a text is a document of JSON, or begins like one.
fn is_document(value: &Json) -> bool {
    value.as_str().is_some_and(|text| text.trim_start().starts_with(['{', '[']))
}

/// The texts and numbers of a value, those inside documents too.
fn leaves(value: &Json, into: &mut HashSet<String>) {
    match value {
        Json::Object(entries) => entries.values().for_each(|value| leaves(value, into)),
        Json::Array(items) => items.iter().for_each(|value| leaves(value, into)),
        Json::String(text) => match serde_json::from_str::<Json>(text) {
            Ok(inner) if is_document(value) => leaves(&inner, into),
            _ => drop(into.insert(text.clone())),
        },
        other => drop(into.insert(other.to_string())),
    }
}

/// A text without what stands in quotes.
fn without_quotes(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['"', '\'']) {
        let quote = &rest[start..=start];
        shown.push_str(&rest[..=start]);
        let inside = &rest[start + 1..];
        let Some(end) = inside.find(quote) else {
            shown.push_str(REDACTED);
            return shown;
        };
        shown.push_str(REDACTED);
        shown.push_str(quote);
        rest = &inside[end + 1..];
    }
    shown + rest
}
