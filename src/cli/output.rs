//! Where results go: `--output FORMAT[=PATH]`.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use url::Url;

use crate::cli::post::Post;
use crate::cli::{Color, ci, complain, lineage, log, print, repository, step, trace, world};
use crate::config::Lineage;
use crate::dataset::masked;
use crate::error::Error;
use crate::history::{Calendar, History, write_whole};
use crate::lang::Lang;
use crate::outcome::{Report, Run};
use crate::report::{
    azure, escape, github, gitlab, html, json, junit, markdown, ndjson, openlineage, otlp, prometheus, sarif,
    summary_line, tap, text,
};
use crate::suite::manual;

/// One asked-for output.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pub(super) format: Format,
    /// The file, or the address of a server; none is standard output.
    path: Option<String>,
    /// The server.
    server: Option<Url>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Json,
    Ndjson,
    Html,
    Markdown,
    Junit(junit::Dialect),
    Sarif,
    Github,
    Gitlab,
    Azure,
    Tap,
    /// With a gauge for each column, or without.
    Prometheus(bool),
    Openlineage,
    Otlp,
    SummaryLine,
    Invocation,
}

/// Every format: the word that asks for it, and what it is.
const FORMATS: [(&str, Format, &str); 18] = [
    ("text", Format::Text, "for people, the default"),
    ("json", Format::Json, "the record of a run; with several suites PATH holds `{suite}`"),
    ("ndjson", Format::Ndjson, "the records, a line for each run, dataset and rule"),
    ("html", Format::Html, "one page of a run; with several suites PATH holds `{suite}`"),
    ("markdown", Format::Markdown, "for people, in a comment or a wiki"),
    ("junit", Format::Junit(junit::Dialect::Jenkins), "JUnit XML that Jenkins and others read"),
    ("junit:gitlab", Format::Junit(junit::Dialect::Gitlab), "JUnit XML that names the file of each rule"),
    ("sarif", Format::Sarif, "SARIF 2.1.0, for code scanning"),
    ("github", Format::Github, "annotations and job summary; chosen by itself inside GitHub Actions"),
    ("gitlab", Format::Gitlab, "the code quality report of GitLab"),
    ("azure", Format::Azure, "logging commands; chosen by itself inside Azure Pipelines"),
    ("tap", Format::Tap, "TAP 14"),
    (
        "prometheus",
        Format::Prometheus(false),
        "gauges: PATH is read by a textfile collector, a URL is that of a Pushgateway",
    ),
    ("prometheus:columns", Format::Prometheus(true), "the same, and the share of nulls of each column"),
    ("openlineage", Format::Openlineage, "events of OpenLineage, a line each, or to the URL of a server"),
    ("otlp", Format::Otlp, "a span of OpenTelemetry for each run, in OTLP's JSON, or to the URL of a collector"),
    ("summary-line", Format::SummaryLine, "one line of JSON, the last one, for a scheduler"),
    ("invocation", Format::Invocation, "the verdict of each run of the command"),
];

/// What the manual of the flag says.
pub(super) fn help() -> String {
    let formats: Vec<String> = FORMATS.iter().map(|(name, _, what)| format!("\n  {name:12}  {what}")).collect();
    let formats = formats.concat();
    format!(
        "Where results go: FORMAT, on standard output, or FORMAT=PATH; repeatable.\n\nWith several suites a document holds \
         all runs, or one where PATH holds `{{suite}}`. What people read goes to standard error if a format is on standard \
         output.\n{formats}"
    )
}

impl FromStr for Output {
    type Err = String;

    fn from_str(spelled: &str) -> Result<Self, String> {
        let (name, path) = match spelled.split_once('=') {
            Some((name, path)) => (name, Some(path)),
            None => (spelled, None),
        };
        let Some((_, format, _)) = FORMATS.iter().find(|(known, _, _)| *known == name) else {
            let names: Vec<&str> = FORMATS.iter().map(|(name, _, _)| *name).collect();
            return Err(format!("`{name}` is no format; there are {}", names.join(", ")));
        };
        if path == Some("") {
            return Err("a path is missing after `=`; `-` is standard output".to_owned());
        }
        let is_url = |path: &&str| ["http://", "https://"].iter().any(|scheme| path.starts_with(scheme));
        let server = match path.filter(is_url).map(Url::parse) {
            Some(_) if !matches!(format, Format::Prometheus(_) | Format::Openlineage | Format::Otlp) => {
                return Err(format!("`{name}` goes to a file; only prometheus, openlineage and otlp go to a server"));
            }
            Some(Err(error)) => return Err(format!("that is no URL: {error}")),
            Some(Ok(url)) => Some(url),
            None => None,
        };
        Ok(Self { format: *format, path: path.filter(|path| *path != "-").map(str::to_owned), server })
    }
}

/// Where everything goes that the command line asks for, and how.
pub(super) struct Outputs<'a> {
    asked: &'a [Output],
    lang: Lang,
    /// Whether people read standard output.
    people: bool,
    /// The folder that runs are kept in, if they are.
    reports: Option<&'a Path>,
    /// Whether the command fails if a server does not take what goes to it.
    strict: bool,
    post: Post,
    lineage: Option<&'a Lineage>,
}

impl<'a> Outputs<'a> {
    /// The outputs of a command that keeps its runs in a folder, if it does; `strict` counts a server that does not take what
    /// goes to it as a file that cannot be written, and `lineage` is what the project says of events.
    pub(super) fn new(
        asked: &'a [Output],
        lang: Lang,
        reports: Option<&'a Path>,
        strict: bool,
        lineage: Option<&'a Lineage>,
    ) -> Self {
        let people = asked.iter().all(|output| !output.is_standard() || output.format == Format::Text);
        Self { asked, lang, people, reports, strict, post: Post::default(), lineage }
    }

    /// Whether people read standard output.
    pub(super) fn people(&self) -> bool {
        self.people
    }

    /// Whether the text for people is itself asked for on standard output.
    pub(super) fn asks_for_text(&self) -> bool {
        self.asked.iter().any(|output| output.is_standard() && output.format == Format::Text)
    }

    /// Refuses outputs that would overwrite each other.
    pub(super) fn check(&self, suites: usize) -> Result<(), Error> {
        if self.asked.iter().filter(|output| output.is_standard()).count() > 1 {
            return Err(Error::Usage("only one --output can go to standard output".to_owned()));
        }
        if suites > 1 && self.asked.iter().any(Output::holds_one_suite) {
            return Err(Error::Usage(
                "with several suites, the path of json and html needs `{suite}` in it".to_owned(),
            ));
        }
        let paths: Vec<&String> = self.asked.iter().filter_map(|output| output.path.as_ref()).collect();
        if let Some(path) = paths.iter().enumerate().find_map(|(at, path)| paths[..at].contains(path).then_some(path)) {
            return Err(Error::Usage(format!("two --output would go to `{}`", crate::dataset::masked(path))));
        }
        if self.asked.iter().any(|output| output.format == Format::Openlineage) {
            lineage::complain_of_parent(self.lang);
        }
        Ok(())
    }

    /// Tells servers that a run begins.
    pub(super) fn begun(&self, run: &Run) -> Result<(), Error> {
        let told = self.asked.iter().filter(|asked| asked.format == Format::Openlineage);
        let servers = told.filter_map(|asked| asked.server.as_ref());
        each(servers.map(|server| self.forgiven(self.event(server, &openlineage::begun(run, &self.context())))))
    }

    /// Delivers what is about one run, as soon as it is over.
    pub(super) fn one(&self, report: &Report, people: &text::Options) -> Result<(), Error> {
        let of_one = |output: &&Output| output.is_of_one_run();
        each(self.asked.iter().filter(of_one).map(|asked| match asked.format {
            Format::Text if asked.is_standard() => tell(&text::render(report, people), true, people.color),
            _ if asked.server.is_some() => self.forgiven(self.hand_over(asked, report)),
            _ => asked.deliver(&self.render(asked.format, &[report], 0)?, Some(report)),
        }))
    }

    /// Delivers what is about all runs of the command: to files first, then to standard output.
    pub(super) fn all(&self, reports: &[Report], exit_code: u8) -> Result<(), Error> {
        let provided = ci::provider(&world::env).and_then(|provider| provider.output);
        let chosen = provided.filter(|format| self.asked.iter().all(|output| output.format != *format));
        let mut asked: Vec<&Output> = self.asked.iter().filter(|output| !output.is_of_one_run()).collect();
        asked.retain(|output| !matches!(output.format, Format::Invocation | Format::SummaryLine));
        asked.sort_by_key(|output| output.is_standard());
        let needed = !asked.is_empty() || chosen.is_some();
        let placed: Vec<Report> = reports.iter().filter(|_| needed).map(repository::placed).collect();
        let placed: Vec<&Report> = placed.iter().collect();
        let written = each(asked.into_iter().map(|output| self.put(output, &placed, exit_code)));
        let Some(format) = chosen else { return written };
        // Nobody asked for it, so nobody misses it: it is said, and does not change how the command ends.
        let told = self.render(format, &placed, exit_code).and_then(|text| tell(&text, self.people, false));
        let told = each([told, if format == Format::Github { step::tell(&placed, self.lang) } else { Ok(()) }]);
        if let Err(error) = told {
            complain::error(&error);
        }
        written
    }

    /// Delivers the line that must be the last one.
    pub(super) fn last(&self, reports: &[Report], exit_code: u8) -> Result<(), Error> {
        let reports: Vec<&Report> = reports.iter().collect();
        let lines = self.asked.iter().filter(|output| output.format == Format::SummaryLine);
        each(lines.map(|output| self.put(output, &reports, exit_code)))
    }

    /// Delivers a text about the whole command.
    pub(super) fn invocation(&self, text: &str) -> Result<(), Error> {
        let asked = self.asked.iter().filter(|output| output.format == Format::Invocation);
        each(asked.map(|output| output.deliver(text, None)))
    }

    fn put(&self, output: &Output, reports: &[&Report], exit_code: u8) -> Result<(), Error> {
        let written = if output.is_a_file_a_suite() {
            each(reports.iter().map(|report| {
                output.deliver(&self.render(output.format, &[report], report.verdict.exit_code)?, Some(report))
            }))
        } else {
            output.deliver(&self.render(output.format, reports, exit_code)?, None)
        };
        let step = if output.format == Format::Github { step::tell(reports, self.lang) } else { Ok(()) };
        written.and(step)
    }

    /// Hands what is of one run to a server.
    fn hand_over(&self, asked: &Output, report: &Report) -> Result<(), Error> {
        let Some(server) = &asked.server else { return Ok(()) };
        match asked.format {
            Format::Openlineage => {
                let report = repository::placed(report);
                self.event(server, &openlineage::ended(&report, &self.context()))
            }
            Format::Otlp => self.post.spans(server, &self.render(Format::Otlp, &[report], 0)?),
            format => self.post.gauges(server, &report.run.suite, &self.render(format, &[report], 0)?),
        }
    }

    /// Hands an event to a server of `OpenLineage`; the token of the project goes to its own server alone.
    fn event(&self, server: &Url, event: &serde_json::Value) -> Result<(), Error> {
        let own = self.lineage.filter(|lineage| lineage.url == *server).and_then(|lineage| lineage.token.as_ref());
        let place = || masked(server.as_str());
        let wrong = |message| Error::Undelivered { place: place(), message };
        let token = match lineage::token() {
            Some(token) => Some(token),
            None => own.map(|token| token.expose().map(str::to_owned)).transpose().map_err(wrong)?,
        };
        self.post.event(server, token.as_deref(), event)
    }

    /// What events need beside records.
    fn context(&self) -> openlineage::Context {
        lineage::context(self.lineage.and_then(|lineage| lineage.namespace.as_deref()))
    }

    /// What a server did not take is said; it fails the command only where that is asked for.
    fn forgiven(&self, handed: Result<(), Error>) -> Result<(), Error> {
        match handed {
            Err(error @ Error::Undelivered { .. }) if !self.strict => {
                complain::error(&error);
                Ok(())
            }
            handed => handed,
        }
    }

    /// Writes gauges, with what only the history knows.
    fn gauges(&self, reports: &[&Report], columns: bool) -> Result<String, Error> {
        let calendar = |report: &&Report| {
            self.reports.map(|reports| History::new(reports).calendar(&report.run.suite)).transpose()
        };
        let calendars = reports.iter().map(calendar).collect::<Result<Vec<_>, Error>>()?;
        let known = calendars.iter().map(|calendar| calendar.as_ref().and_then(Calendar::last_passed));
        let told: Vec<_> =
            reports.iter().zip(known).map(|(report, last_passed)| prometheus::Told { report, last_passed }).collect();
        Ok(prometheus::render(&told, columns))
    }

    /// Writes runs in a format; those about one run say the first.
    fn render(&self, format: Format, reports: &[&Report], exit_code: u8) -> Result<String, Error> {
        let wrong = |error: &dyn std::fmt::Display| Error::Render(error.to_string());
        let json = |written: Result<String, serde_json::Error>| written.map_err(|error| wrong(&error));
        let meaning = |kind: &str| crate::expectation::find(kind).map(manual::brief);
        let people = text::Options { lang: self.lang, ..text::Options::plain() };
        let each =
            |write: &dyn Fn(&Report) -> Result<String, Error>| reports.iter().map(|report| write(report)).collect();
        match format {
            Format::Text => each(&|report| Ok(text::render(report, &people))),
            Format::Json => each(&|report| json(json::render(report))),
            Format::Html => each(&|report| html::page(report, self.lang).map_err(|error| wrong(&error))),
            Format::Ndjson => json(ndjson::render(reports)),
            Format::Markdown => Ok(markdown::render(reports, markdown::Options { lang: self.lang, limit: usize::MAX })),
            Format::Junit(dialect) => Ok(junit::render(reports, dialect)),
            Format::Sarif => json(sarif::render(reports, &meaning)),
            Format::Github => Ok(github::render(reports)),
            Format::Gitlab => json(gitlab::render(reports)),
            Format::Azure => Ok(azure::render(reports)),
            Format::Tap => Ok(tap::render(reports)),
            Format::Prometheus(columns) => self.gauges(reports, columns),
            Format::Openlineage => json(openlineage::render(reports, &self.context())),
            Format::Otlp => json(otlp::render(reports, &trace::context())),
            Format::SummaryLine => json(summary_line::render(reports, exit_code)),
            // It is made of more than the records.
            Format::Invocation => Ok(String::new()),
        }
    }
}

impl Output {
    /// Events of `OpenLineage` for a server.
    pub(super) fn lineage(server: Url) -> Self {
        Self { format: Format::Openlineage, path: Some(server.to_string()), server: Some(server) }
    }

    /// Whether it is events of `OpenLineage` for a server.
    pub(super) fn is_lineage_of_a_server(&self) -> bool {
        self.format == Format::Openlineage && self.server.is_some()
    }

    /// Whether it goes to standard output.
    pub(super) fn is_standard(&self) -> bool {
        self.path.is_none()
    }

    /// Whether it is delivered as soon as a run is over: what people read there, and what is of one run by its nature.
    fn is_of_one_run(&self) -> bool {
        match self.format {
            _ if self.server.is_some() => true,
            Format::Json | Format::Html => true,
            Format::Text => self.is_standard() || self.is_a_file_a_suite(),
            _ => false,
        }
    }

    fn is_a_file_a_suite(&self) -> bool {
        self.path.as_ref().is_some_and(|path| path.contains("{suite}"))
    }

    /// Whether several suites would overwrite each other in it.
    fn holds_one_suite(&self) -> bool {
        matches!(self.format, Format::Json | Format::Html) && !self.is_a_file_a_suite()
    }

    /// Writes a text that is whole in itself, about one run or all.
    pub(super) fn deliver(&self, text: &str, report: Option<&Report>) -> Result<(), Error> {
        let Some(path) = &self.path else {
            return if self.format == Format::Html {
                print(&escape::html::for_log(text.to_owned()))
            } else {
                print(text)
            };
        };
        let path = match report {
            Some(report) => PathBuf::from(path.replace("{suite}", &report.run.suite)),
            None => PathBuf::from(path),
        };
        write_whole(Path::new(&path), text.as_bytes(), false)
    }
}

/// Does everything, although something went wrong: the first that did is told, the others are said.
fn each(done: impl IntoIterator<Item = Result<(), Error>>) -> Result<(), Error> {
    let mut first = Ok(());
    for error in done.into_iter().filter_map(Result::err) {
        match first {
            Ok(()) => first = Err(error),
            Err(_) => super::complain::error(&error),
        }
    }
    first
}

/// Whether text on a stream is coloured.
pub(super) fn colored(asked: Color, standard_output: bool) -> bool {
    let terminal = if standard_output { std::io::stdout().is_terminal() } else { std::io::stderr().is_terminal() };
    let plain = super::world::env("NO_COLOR").is_some_and(|flag| !flag.is_empty());
    match asked {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && !plain,
    }
}

/// Text for people, on standard output unless a machine reads that.
pub(super) fn tell(text: &str, standard_output: bool, color: bool) -> Result<(), Error> {
    if !standard_output && log::is_for_machines() {
        // The log says it, line by line.
        return Ok(());
    }
    let choice = if color { anstream::ColorChoice::AlwaysAnsi } else { anstream::ColorChoice::Never };
    let written = if standard_output {
        anstream::AutoStream::new(std::io::stdout(), choice).write_all(text.as_bytes())
    } else {
        anstream::AutoStream::new(std::io::stderr(), choice).write_all(text.as_bytes())
    };
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::Write { path: "the terminal".into(), source: error })
        }
        _ => Ok(()),
    }
}
