//! The code quality report of GitLab: a list of what to mention beside the lines of a merge request.
//!
//! A fingerprint holds no number and no line, so that an entry stays the same one as long as its rule fails. A rule that passes
//! only because a baseline knows its violations stays too, as `info`: GitLab takes what is gone for fixed.

use serde_json::{Value, json};

use super::escape::json;
use super::finding::{self, Finding};
use crate::outcome::Report;

/// Writes runs as one list, the worst first.
pub fn render(reports: &[&Report]) -> Result<String, serde_json::Error> {
    json::pretty(&finding::with_accepted(reports).iter().map(entry).collect::<Vec<_>>())
}

fn entry(finding: &Finding<'_>) -> Value {
    let (file, line, _) = finding.place();
    json!({
        "description": format!("{}: {}", finding.name(), finding.message()),
        "check_name": format!("tamiz/{}", finding.kind()),
        "fingerprint": finding.fingerprint(),
        "severity": severity(finding),
        "location": { "path": file.strip_prefix("./").unwrap_or(&file), "lines": { "begin": line } },
    })
}

/// The severities of GitLab; its worst is kept for what is not known.
fn severity(finding: &Finding<'_>) -> &'static str {
    match finding.level() {
        _ if finding.rule.is_some_and(|rule| rule.muted.is_some() || rule.is_accepted()) => "info",
        None => "blocker",
        Some("critical") => "critical",
        Some("error") => "major",
        Some("warning") => "minor",
        Some(_) => "info",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn it_is_an_entry_a_finding() {
        insta::assert_snapshot!(render(&[&sample::report()]).unwrap());
    }
}
