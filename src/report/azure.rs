//! Logging commands of Azure Pipelines: an issue for each rule that does not hold or could not be evaluated, on its line.
//!
//! Azure knows errors and warnings only; what is below the gate is a warning.

use super::escape::log;
use super::finding::{self, Finding, Weight};
use crate::outcome::Report;

/// Writes one command a line, the worst first.
#[must_use]
pub fn render(reports: &[&Report]) -> String {
    finding::all(reports).iter().map(line).collect()
}

fn line(finding: &Finding<'_>) -> String {
    let kind = if finding.weight == Weight::Error { "error" } else { "warning" };
    let (file, line, column) = finding.place();
    let (file, code) = (property(&file), property(&finding.name()));
    let place = format!("sourcepath={file};linenumber={line};columnnumber={column};code={code};");
    format!("##vso[task.logissue type={kind};{place}]{}\n", data(&finding.message()))
}

fn data(text: &str) -> String {
    // The agent looks for a command anywhere in a line.
    log::lines(text.to_owned()).replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(']', "%5D").replace(';', "%3B")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn it_is_a_command_a_finding() {
        insta::assert_snapshot!(render(&[&sample::report()]));
    }
}
