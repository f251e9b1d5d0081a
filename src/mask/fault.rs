//! Words that are none of ours, without values: what engines say of a failure, names of files, names of columns.

use crate::ir::Metric;
use crate::mask::{Masks, REDACTED, Why, value};
use crate::outcome::Fault;

/// Codes of faults whose words are those of an engine, which may quote any value.
const OF_ENGINES: [&str; 3] = ["engine_failed", "not_computable", "internal"];

/// Codes of faults whose words are partly those of a reader of files, which puts what it quotes in quotes.
const OF_READERS: [&str; 2] = ["source_unreadable", "as_of_unknown"];

impl Masks {
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
