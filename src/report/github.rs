//! Annotations of GitHub Actions: workflow commands that mark the line of a rule.
//!
//! A step shows ten of each kind and drops the rest without a word, so the worst come first and the tenth counts what is left
//! out. They are read by whoever reads the repository and hold no row. The job summary is [`super::markdown`].

use super::escape::log;
use super::finding::{self, Finding, Weight};
use crate::outcome::Report;

/// Writes one command a line, errors first.
#[must_use]
pub fn render(reports: &[&Report]) -> String {
    let all = finding::all(reports);
    let mut text = String::new();
    for (weight, command) in [(Weight::Error, "error"), (Weight::Warning, "warning"), (Weight::Notice, "notice")] {
        let of_it: Vec<&Finding<'_>> = all.iter().filter(|finding| finding.weight == weight).collect();
        let shown = if of_it.len() > MOST { MOST - 1 } else { of_it.len() };
        for finding in &of_it[..shown] {
            text += &line(command, &title(finding), finding, &finding.message());
        }
        if let Some(first) = of_it.get(shown) {
            let more = format!("and {} more", of_it.len() - shown);
            text += &line(command, &format!("tamiz: {more}"), first, &format!("{more}; the job summary has them all"));
        }
    }
    text
}

/// How many annotations of a kind a step shows.
const MOST: usize = 10;

fn title(finding: &Finding<'_>) -> String {
    match finding.level() {
        Some(level) => format!("tamiz: {} ({level})", finding.name()),
        None => format!("tamiz: {}", finding.name()),
    }
}

fn line(command: &str, title: &str, finding: &Finding<'_>, message: &str) -> String {
    let (file, line, column) = finding.place();
    let (title, file) = (property(title), property(&file));
    format!("::{command} title={title},file={file},line={line},col={column}::{}\n", data(message))
}

fn data(text: &str) -> String {
    log::lines(text.to_owned()).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn it_is_a_command_a_finding() {
        insta::assert_snapshot!(render(&[&sample::report()]));
    }

    #[test]
    fn the_tenth_of_a_kind_counts_the_rest() {
        let mut report = sample::report();
        let broken: Vec<_> = finding::all(&[&report]).iter().filter_map(|one| one.rule.cloned()).collect();
        report.results.extend((0..3).flat_map(|_| broken.clone()));
        let text = render(&[&report]);
        let of = |command: &str| text.lines().filter(|line| line.starts_with(command)).count();
        assert_eq!((of("::error "), of("::warning ")), (10, 8));
        let last = text.lines().nth(9).unwrap();
        assert!(last.ends_with("::and 7 more; the job summary has them all"), "{last}");
        report.results.truncate(sample::report().results.len());
        report.results.extend(broken.iter().filter(|rule| rule.gating).cycle().take(6).cloned());
        assert!(!render(&[&report]).contains("more; the job"));
    }
}
