//! XML in the way of `JUnit`: a test suite for each dataset of a run, a test case for each rule.
//!
//! It satisfies the schema that Jenkins' xUnit plugin checks. A rule that made the gate fail is a failure, one that could not
//! be evaluated an error, one that failed below the gate a case that passes and prints its warning. A run that is no pass
//! although no rule says so has a case of its own, in error. Suite, dataset and column make the class, so that no two cases
//! have class and name in common, however many suites there are. Rules are measured together, so only the whole has a time.

use super::account;
use super::escape::xml::{attribute, content};
use super::finding::{NAME, VERDICT, reason, told, unsaid};
use super::reading::State;
use super::value::{cut, line};
use crate::outcome::{Outcome, Report};

/// Who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Jenkins, strictly, and with it everybody.
    Jenkins,
    /// GitLab, which links a case to its `file`; the schema of Jenkins knows no such thing.
    Gitlab,
}

/// Writes runs as one document.
#[must_use]
pub fn render(reports: &[&Report], dialect: Dialect) -> String {
    let suites: Vec<TestSuite> = reports.iter().flat_map(|report| test_suites(report)).collect();
    let cases = || suites.iter().flat_map(|suite| &suite.cases);
    let count = |state| cases().filter(|case| case.state() == state).count();
    let time: u64 = reports.iter().map(|report| report.run.duration_ms).sum();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"tamiz\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{}.{:03}\">\n",
        cases().count(),
        count(State::Failed),
        count(State::Error),
        time / 1_000,
        time % 1_000,
    );
    for (index, suite) in suites.iter().enumerate() {
        suite.write(&mut xml, index, dialect);
    }
    xml + "</testsuites>\n"
}

/// The longest content of a failure, an error or a warning, so that no document grows beyond what services take.
const CONTENT: usize = 4_000;

/// The rules of one dataset of a run.
struct TestSuite<'a> {
    report: &'a Report,
    name: String,
    cases: Vec<Case<'a>>,
}

/// A rule, or the run itself.
enum Case<'a> {
    Rule(&'a Outcome),
    Verdict(&'a Report),
}

fn test_suites(report: &Report) -> Vec<TestSuite<'_>> {
    let mut suites: Vec<(&str, TestSuite<'_>)> = Vec::new();
    if unsaid(report) || report.results.is_empty() {
        let cases = if unsaid(report) { vec![Case::Verdict(report)] } else { Vec::new() };
        suites.push(("", TestSuite { report, name: name(&[&report.run.suite]), cases }));
    }
    for rule in &report.results {
        let dataset = rule.dataset.as_str();
        match suites.iter_mut().find(|(of, suite)| *of == dataset && !suite.holds_verdict()) {
            Some((_, suite)) => suite.cases.push(Case::Rule(rule)),
            None => {
                let name = name(&[&report.run.suite, dataset]);
                suites.push((dataset, TestSuite { report, name, cases: vec![Case::Rule(rule)] }));
            }
        }
    }
    suites.into_iter().map(|(_, suite)| suite).collect()
}

impl TestSuite<'_> {
    fn holds_verdict(&self) -> bool {
        self.cases.iter().any(|case| matches!(case, Case::Verdict(_)))
    }

    fn write(&self, xml: &mut String, index: usize, dialect: Dialect) {
        let run = &self.report.run;
        let count = |state| self.cases.iter().filter(|case| case.state() == state).count();
        let began = run.started_at.get(..19).unwrap_or(&run.started_at);
        let host = run.host.as_deref().map(|host| format!(" hostname=\"{}\"", name(&[host]))).unwrap_or_default();
        let file = name(&[&run.suite_file]);
        *xml += &format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" timestamp=\"{}\"{host} \
             id=\"{index}\" package=\"{file}\" file=\"{file}\">\n    <properties>\n",
            self.name,
            self.cases.len(),
            count(State::Failed),
            count(State::Error),
            count(State::Skipped),
            name(&[began]),
        );
        let ci = run.ci.as_ref().and_then(|ci| ci.url.as_deref());
        let properties = [
            ("tamiz.run", Some(run.id.as_str())),
            ("tamiz.suite", Some(run.suite.as_str())),
            ("tamiz.version", Some(run.tamiz_version.as_str())),
            ("tamiz.as_of", Some(run.as_of.as_str())),
            ("tamiz.ci", ci),
        ];
        for (property, said) in properties {
            if let Some(said) = said {
                *xml += &format!("      <property name=\"{property}\" value=\"{}\"/>\n", name(&[said]));
            }
        }
        *xml += "    </properties>\n";
        for case in &self.cases {
            case.write(xml, self.report, dialect);
        }
        *xml += "  </testsuite>\n";
    }
}

impl Case<'_> {
    fn state(&self) -> State {
        match self {
            Self::Rule(rule) => State::of(rule),
            Self::Verdict(_) => State::Error,
        }
    }

    fn write(&self, xml: &mut String, report: &Report, dialect: Dialect) {
        let suite = report.run.suite.as_str();
        let (class, called, file) = match self {
            Self::Verdict(report) => (name(&[suite]), VERDICT, &report.run.suite_file),
            Self::Rule(rule) => (class(suite, rule), rule.id.as_str(), &rule.location.file),
        };
        let file = match dialect {
            Dialect::Jenkins => String::new(),
            Dialect::Gitlab => format!(" file=\"{}\"", name(&[file])),
        };
        let head = format!("    <testcase classname=\"{class}\" name=\"{}\"{file}", name(&[called]));
        *xml += &match self.inside() {
            None => format!("{head}/>\n"),
            Some(inside) => format!("{head}>\n      {inside}\n    </testcase>\n"),
        };
    }

    /// What tells a case from one that just passed.
    fn inside(&self) -> Option<String> {
        let rule = match self {
            Self::Rule(rule) => rule,
            Self::Verdict(report) => {
                let kind = if report.verdict.exit_code > 128 { "aborted" } else { "error" };
                return Some(element("error", kind, &reason(report), &reason(report)));
            }
        };
        let message = told(rule);
        let whole = || {
            let account = account::of(rule).into_iter().map(|(label, words)| format!("{label}: {words}"));
            cut(&account.collect::<Vec<_>>().join("\n"), CONTENT)
        };
        match State::of(rule) {
            State::Passed => None,
            State::Failed => Some(element("failure", rule.level.as_deref().unwrap_or("failed"), &message, &whole())),
            State::Error => {
                let code = rule.error.as_ref().map_or("error", |fault| fault.code.as_str());
                Some(element("error", code, &message, &whole()))
            }
            State::Warned => {
                Some(format!("<system-out>{}</system-out>", content(&format!("WARN {message}\n{}", whole()))))
            }
            State::Skipped => {
                let reason = rule.reason.as_deref().unwrap_or("no reason is given");
                Some(format!("<skipped message=\"{}\"/>", attribute(&cut(&line(reason), 1_000))))
            }
        }
    }
}

fn element(tag: &str, kind: &str, message: &str, whole: &str) -> String {
    let (kind, message, whole) = (attribute(&line(kind)), attribute(message), content(whole));
    format!("<{tag} type=\"{kind}\" message=\"{message}\">{whole}</{tag}>")
}

/// Suite, dataset and column: what services group cases by.
fn class(suite: &str, rule: &Outcome) -> String {
    match rule.columns.as_slice() {
        [column] => name(&[suite, &rule.dataset, column]),
        _ => name(&[suite, &rule.dataset]),
    }
}

/// Words with dots between, as an attribute.
fn name(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| cut(&line(word), NAME)).collect();
    attribute(&words.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn it_is_a_suite_a_dataset_and_a_case_a_rule() {
        insta::assert_snapshot!(render(&[&sample::report()], Dialect::Jenkins));
    }

    #[test]
    fn gitlab_learns_the_file_of_a_case() {
        let text = render(&[&sample::report()], Dialect::Gitlab);
        assert_eq!(text.matches("<testcase").count(), 14);
        assert_eq!(text.matches("\" file=\"rules/ventas.yaml\"").count(), 14 + 4);
    }

    #[test]
    fn a_run_that_was_stopped_is_never_a_pass() {
        let mut report = sample::report();
        report.results.retain(|rule| State::of(rule) == State::Passed);
        report.verdict.status = crate::outcome::RunStatus::Aborted;
        report.verdict.exit_code = 143;
        let text = render(&[&report], Dialect::Jenkins);
        assert!(text.contains("errors=\"1\"") && text.contains("<error type=\"aborted\""), "{text}");
    }

    #[test]
    fn two_suites_share_no_name() {
        let mut other = sample::report();
        other.run.suite = "otra".to_owned();
        let text = render(&[&sample::report(), &other], Dialect::Jenkins);
        let mut cases: Vec<&str> = text.lines().filter(|line| line.contains("<testcase")).collect();
        let all = cases.len();
        cases.sort_unstable();
        cases.dedup();
        assert_eq!((cases.len(), all), (28, 28));
    }
}
