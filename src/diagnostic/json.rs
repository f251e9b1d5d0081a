//! Mistakes and findings as JSON, for tools; the shape is a promise, versioned by `schema`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::diagnostic::{Diagnostic, Level, Place};

/// What `tamiz lint --output json` writes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the word of the format")]
pub struct Findings<'a> {
    /// The version of this shape.
    schema: &'static str,
    /// How many mistakes there are; with one of them no data would be read.
    mistakes: usize,
    /// How many findings there are, which are about what is legal.
    findings: usize,
    /// All of them, in the order of files and places.
    diagnostics: Vec<One<'a>>,
}

/// A mistake or a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One<'a> {
    /// A stable code, such as `T0203`; `tamiz explain T0203` tells about it.
    code: &'static str,
    /// `error` is a mistake, `warning` a finding.
    level: &'static str,
    /// What is wrong.
    message: &'a str,
    /// What is said of the place itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    /// Where it is.
    place: Where,
    /// Another place that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    related: Option<Related<'a>>,
}

/// A stretch of a line of a file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Where {
    /// The path, relative to the working folder where that is above the file, with forward slashes.
    file: String,
    /// The line, from 1.
    line: u64,
    /// The column of the first character, from 1, counted in characters.
    column: u64,
    /// The line of the end, from 1.
    end_line: u64,
    /// The column behind the last character.
    end_column: u64,
}

/// Another place, and what is said of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Related<'a> {
    /// What is said of it.
    message: &'a str,
    /// Where it is.
    place: Where,
}

/// Writes mistakes and findings.
///
/// # Errors
/// None that is known of; JSON of text and numbers can be written.
pub fn render(diagnostics: &[Diagnostic]) -> Result<String, serde_json::Error> {
    let mistakes = diagnostics.iter().filter(|one| one.level == Level::Error).count();
    let found = Findings {
        schema: "tamiz.lint/1",
        mistakes,
        findings: diagnostics.len() - mistakes,
        diagnostics: diagnostics.iter().map(One::of).collect(),
    };
    serde_json::to_string_pretty(&found).map(|text| text + "\n")
}

/// The JSON Schema of what is written.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::generate::SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<Findings<'_>>()
        .to_value()
}

impl<'a> One<'a> {
    fn of(diagnostic: &'a Diagnostic) -> Self {
        Self {
            code: diagnostic.code.text(),
            level: diagnostic.level.word(),
            message: &diagnostic.message,
            label: diagnostic.label.as_deref(),
            help: diagnostic.help.as_deref(),
            place: Where::of(&diagnostic.at()),
            related: diagnostic.other.as_ref().map(|(place, message)| Related { message, place: Where::of(place) }),
        }
    }
}

impl Where {
    fn of(place: &Place) -> Self {
        let region = place.region();
        Self {
            file: place.path(),
            line: region.start.0,
            column: region.start.1,
            end_line: region.end.0,
            end_column: region.end.1,
        }
    }
}
