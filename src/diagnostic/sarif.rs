//! Mistakes and findings as SARIF 2.1.0, the form that code scanning takes.
//!
//! Columns are counted in Unicode code points. A fingerprint hangs on the code, the file and the text of the line, so that a
//! finding stays the same one when lines are put before it.

use std::collections::HashMap;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::diagnostic::{Code, Diagnostic, Place};

/// More results than this are not kept by GitHub.
const MOST: usize = 5000;

/// Writes mistakes and findings, the mistakes first where not all can be kept.
///
/// # Errors
/// None that is known of; JSON of text and numbers can be written.
pub fn render(diagnostics: &[Diagnostic], version: &str) -> Result<String, serde_json::Error> {
    let mut codes: Vec<Code> = diagnostics.iter().map(|one| one.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut kept: Vec<&Diagnostic> = diagnostics.iter().collect();
    kept.sort_by_key(|one| std::cmp::Reverse(one.level));
    kept.truncate(MOST);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let results: Vec<Json> = kept.iter().map(|one| result(one, &codes, &mut seen)).collect();
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "tamiz",
                    "semanticVersion": version,
                    "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
                }
            },
            "automationDetails": { "id": "tamiz/lint/" },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }]
    });
    serde_json::to_string_pretty(&sarif).map(|text| text + "\n")
}

fn rule(code: Code) -> Json {
    let level = if code.is_finding() { "warning" } else { "error" };
    json!({
        "id": code.text(),
        "name": format!("{code:?}"),
        "shortDescription": { "text": code.title() },
        "fullDescription": { "text": code.meaning() },
        "help": { "text": format!("{} `tamiz explain {}` says the same.", code.meaning(), code.text()) },
        "defaultConfiguration": { "level": level },
        "properties": {
            "tags": ["data-quality", "suite"],
            "precision": "very-high",
            "problem.severity": level,
        },
    })
}

fn result(diagnostic: &Diagnostic, codes: &[Code], seen: &mut HashMap<String, usize>) -> Json {
    let place = diagnostic.at();
    let before = usize::try_from(place.region().start.0.saturating_sub(1)).unwrap_or(usize::MAX);
    let line = diagnostic.source.text.lines().nth(before).unwrap_or_default();
    let mark = fingerprint(&[diagnostic.code.text(), &uri(&place), line.trim()]);
    let times = seen.entry(mark.clone()).or_default();
    *times += 1;
    let mut result = json!({
        "ruleId": diagnostic.code.text(),
        "ruleIndex": codes.binary_search(&diagnostic.code).unwrap_or_default(),
        "level": diagnostic.level.word(),
        "message": { "text": diagnostic.whole() },
        "locations": [{ "physicalLocation": location(&place) }],
        "partialFingerprints": { "primaryLocationLineHash": format!("{mark}:{times}") },
    });
    if let Some((place, said)) = &diagnostic.other {
        let related = json!([{ "id": 1, "physicalLocation": location(place), "message": { "text": said } }]);
        result["relatedLocations"] = related;
    }
    result
}

fn location(place: &Place) -> Json {
    let region = place.region();
    let file = if place.source.path.is_absolute() {
        json!({ "uri": format!("file://{}", uri(place)) })
    } else {
        json!({ "uri": uri(place), "uriBaseId": "%SRCROOT%" })
    };
    json!({
        "artifactLocation": file,
        "region": {
            "startLine": region.start.0,
            "startColumn": region.start.1,
            "endLine": region.end.0,
            "endColumn": region.end.1,
        },
    })
}

/// A path as a relative reference: what a URI may not hold is escaped.
fn uri(place: &Place) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
    let mut text = String::new();
    for byte in place.path().bytes() {
        if plain(byte) {
            text.push(char::from(byte));
        } else {
            text += &format!("%{byte:02X}");
        }
    }
    text
}

fn fingerprint(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\0").as_bytes());
    digest.iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
