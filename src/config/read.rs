//! The file taken apart, level by level, and the single values that stand in it.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::secret::{Origin, Secret};
use crate::config::{Config, Report, Request, Serve, keys};
use crate::diagnostic::{Code, Diagnostic, Level, SourceText, nearest};
use crate::history::prune::Keep;
use crate::ir::Severity;
use crate::lang::Lang;
use crate::suite::yaml::{self, Entry, Node, boolean};

/// Reads the file.
///
/// # Errors
/// Every mistake in it.
pub fn read(request: Request<'_>) -> Result<Config, Vec<Diagnostic>> {
    let source = Arc::new(SourceText { path: request.path.to_owned(), text: request.text.clone() });
    let mut reader = Reader { source, diagnostics: Vec::new(), request };
    let config = reader.config();
    let mut diagnostics = reader.diagnostics;
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.code));
    // A place that is read several times, by an alias, has its mistakes once.
    let mut told = HashSet::new();
    diagnostics.retain(|diagnostic| told.insert((diagnostic.span.clone(), diagnostic.message.clone())));
    let (errors, notes): (Vec<_>, Vec<_>) =
        diagnostics.into_iter().partition(|diagnostic| diagnostic.level == Level::Error);
    match config {
        Some(config) if errors.is_empty() => Ok(Config { notes, ..config }),
        _ => Err(errors),
    }
}

pub(super) struct Reader<'a> {
    source: Arc<SourceText>,
    diagnostics: Vec<Diagnostic>,
    request: Request<'a>,
}

impl Reader<'_> {
    fn config(&mut self) -> Option<Config> {
        let text = self.source.text.clone();
        let root = match yaml::read(&text) {
            Ok((root, faults)) => {
                faults.into_iter().for_each(|fault| self.fault(fault));
                root
            }
            Err(faults) => {
                faults.into_iter().for_each(|fault| self.fault(fault));
                return None;
            }
        };
        self.map(&root, "the file")?;
        self.check_keys(&root, keys::CONFIG, "tamiz.yaml");
        if root.get("tamiz").and_then(Node::text) != Some("1") {
            let span = root.get("tamiz").map_or(0..0, |node| node.span.clone());
            self.error(Code::MissingKey, span, "`tamiz: 1` is missing, the version of the language").help =
                Some("begin the file with `tamiz: 1`".to_owned());
        }
        let report = root.get("report").map(|node| self.report_of(node)).unwrap_or_default();
        let history = root.get("history").and_then(|node| self.history(node));
        let connections = root.get("connections").map(|node| self.connections(node)).unwrap_or_default();
        let retention = root.get("retention").and_then(|node| self.retention(node));
        let masks = root.get("masks").and_then(|node| self.masks(node)).map(Arc::new);
        let lineage = root.get("lineage").and_then(|node| self.lineage(node));
        let defaults = root.get("defaults").map(|node| self.defaults(node)).unwrap_or_default();
        let alerts = root.get("alerts").and_then(|node| self.alerts(node));
        let source = Arc::clone(&self.source);
        let serve = root.get("serve").map(|node| self.serve_of(node)).unwrap_or_default();
        Some(Config {
            source,
            report,
            history,
            connections,
            retention,
            masks,
            lineage,
            defaults,
            serve,
            alerts,
            notes: Vec::new(),
        })
    }

    fn report_of(&mut self, node: &Node) -> Report {
        if self.map(node, "report").is_none() {
            return Report::default();
        }
        self.check_keys(node, keys::REPORT, "`report`");
        let url = node.get("url").and_then(|node| Some((self.setting(node)?, node.span.clone())));
        if let Some((url, span)) = &url
            && !crate::report::is_web_link(url)
        {
            self.error(Code::BadValue, span.clone(), "this is no address of the web").help =
                Some("write where the folder of reports is served, as `https://ci.example.org/reports`".to_owned());
        }
        Report { url: url.map(|(url, _)| url.trim_end_matches('/').to_owned()) }
    }

    fn serve_of(&mut self, node: &Node) -> Serve {
        if self.map(node, "serve").is_none() {
            return Serve::default();
        }
        self.check_keys(node, keys::SERVE, "`serve`");
        Serve { token: node.get("token").and_then(|node| self.secret(node)) }
    }

    /// Reads where the history of a team is.
    fn history(&mut self, node: &Node) -> Option<Secret> {
        const ADVICE: &str = "write `postgres://user@host/database`, with the password in PGPASSWORD, or `{env: NAME}`";
        if node.entries().is_some() {
            return self.secret(node);
        }
        let text = self.text(node)?;
        let url = url::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "postgres" | "postgresql"));
        let wrong = match url {
            Some(url) if url.password().is_none() && url.query_pairs().all(|(name, _)| name != "password") => {
                return Some(Secret::text(&text));
            }
            Some(_) => "a password does not stand in the file",
            None => "this is no URL of a PostgreSQL database",
        };
        self.error(Code::BadValue, node.span.clone(), wrong).help = Some(ADVICE.to_owned());
        None
    }

    fn retention(&mut self, node: &Node) -> Option<Keep> {
        self.map(node, "retention")?;
        self.check_keys(node, keys::RETENTION, "`retention`");
        let keep = Keep {
            runs: node.get("runs").and_then(|node| self.whole(node)).unwrap_or(0),
            days: node.get("days").and_then(|node| self.whole(node)).unwrap_or(0),
            failed_days: node.get("failed_days").and_then(|node| self.whole(node)).unwrap_or(0),
            daily: node.get("daily").and_then(|node| self.whole(node)).unwrap_or(0),
            weekly: node.get("weekly").and_then(|node| self.whole(node)).unwrap_or(0),
            monthly: node.get("monthly").and_then(|node| self.whole(node)).unwrap_or(0),
            last_passed: node.get("last_passed").and_then(|node| self.flag(node)).unwrap_or(false),
            last_failed: node.get("last_failed").and_then(|node| self.flag(node)).unwrap_or(false),
        };
        if keep == Keep::default() && self.diagnostics.is_empty() {
            self.error(Code::BadValue, node.span.clone(), "`retention` keeps nothing").help =
                Some("say which runs stay: `retention: {days: 90, failed_days: 365}`".to_owned());
        }
        Some(keep)
    }

    /// Reads a text that is no secret: itself, or `{env: NAME}` or `{file: PATH}`, which must be there.
    pub(super) fn setting(&mut self, node: &Node) -> Option<String> {
        if node.entries().is_none() {
            return self.text(node);
        }
        let secret = self.secret(node)?;
        match secret.expose() {
            Ok(text) => Some(text.to_owned()),
            Err(why) => {
                self.error(Code::BadVariable, node.span.clone(), why);
                None
            }
        }
    }

    /// Reads a secret: `{env: NAME}` or `{file: PATH}`, and never the text itself.
    pub(super) fn secret(&mut self, node: &Node) -> Option<Secret> {
        const ADVICE: &str = "write `{env: NAME}` or `{file: PATH}`";
        if node.entries().is_none() {
            self.error(Code::BadValue, node.span.clone(), "a secret does not stand in the file").help =
                Some(format!("{ADVICE}, and change the secret if it was committed"));
            return None;
        }
        self.check_keys(node, keys::SECRET, "a secret");
        match (node.get("env"), node.get("file")) {
            (Some(name), None) => {
                let name = self.text(name)?;
                let value = (self.request.env)(&name);
                Some(Secret::new(Origin::Env(name), value))
            }
            (None, Some(path)) => {
                let path = self.text(path)?;
                let path = self.source.path.parent().unwrap_or(Path::new("")).join(path);
                let value = (self.request.read)(&path).ok();
                Some(Secret::new(Origin::File(path), value))
            }
            (Some(_), Some(both)) => {
                self.error(Code::Conflict, both.span.clone(), "a secret comes from one place").help =
                    Some(ADVICE.to_owned());
                None
            }
            (None, None) => {
                self.error(Code::MissingKey, node.span.clone(), "this says nothing of where the secret is").help =
                    Some(ADVICE.to_owned());
                None
            }
        }
    }

    /// Reads an address of the web, which may be a secret.
    pub(super) fn url(&mut self, node: &Node) -> Option<Secret> {
        if node.entries().is_some() {
            return self.secret(node);
        }
        let text = self.text(node)?;
        let Some(url) = url::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https")) else {
            self.error(Code::BadValue, node.span.clone(), "this is no address of the web").help =
                Some("write `https://…`, or `{env: NAME}` if it lets its holder in".to_owned());
            return None;
        };
        if url.password().is_some() {
            self.error(Code::BadValue, node.span.clone(), "a password does not stand in the file").help =
                Some("write `{env: NAME}` or `{file: PATH}`".to_owned());
            return None;
        }
        Some(Secret::text(&text))
    }

    /// Reads an address that lets its holder in.
    pub(super) fn hidden_url(&mut self, node: &Node) -> Option<Secret> {
        self.secret(node)
    }

    /// Reads a length of time that is more than none.
    pub(super) fn length(&mut self, node: &Node) -> Option<Duration> {
        let text = self.text(node)?;
        let read = crate::ir::duration::Duration::parse(&text);
        let micros = read.map(|read| read.micros().filter(|micros| *micros > 0));
        let wrong = match micros {
            Ok(Some(micros)) => return Some(Duration::from_micros(micros)),
            Ok(None) => "a length of days, hours, minutes or seconds is wanted here".to_owned(),
            Err(why) => format!("this {why}"),
        };
        self.error(Code::BadValue, node.span.clone(), wrong);
        None
    }

    /// Reads a whole number.
    pub(super) fn whole<T: FromStr>(&mut self, node: &Node) -> Option<T> {
        let text = self.text(node)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.error(Code::BadValue, node.span.clone(), format!("`{text}` is no whole number, or too large a one"));
        }
        number
    }

    /// Reads a language.
    pub(super) fn lang(&mut self, node: &Node) -> Option<Lang> {
        let word = self.one_of(node, &Lang::ALL.map(Lang::code))?;
        Lang::ALL.into_iter().find(|lang| lang.code() == word)
    }

    /// Reads a severity.
    pub(super) fn severity(&mut self, node: &Node) -> Option<Severity> {
        let word = self.one_of(node, &Severity::ALL.map(Severity::name))?;
        Severity::ALL.into_iter().find(|severity| severity.name() == word)
    }

    /// Reads one of some words.
    pub(super) fn one_of(&mut self, node: &Node, words: &[&'static str]) -> Option<&'static str> {
        let text = self.text(node)?;
        if let Some(word) = words.iter().find(|word| **word == text) {
            return Some(word);
        }
        let near = nearest(&text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let message = format!("`{text}` is none of {}", words.join(", "));
        self.error(Code::BadValue, node.span.clone(), message).label = near;
        None
    }

    /// Reads true or false.
    pub(super) fn flag(&mut self, node: &Node) -> Option<bool> {
        let text = self.text(node)?;
        let flag = boolean(&text);
        if flag.is_none() {
            self.error(Code::BadValue, node.span.clone(), format!("`{text}` is neither true nor false"));
        }
        flag
    }

    /// Reads a single value as text.
    pub(super) fn text(&mut self, node: &Node) -> Option<String> {
        if let Some(text) = node.text() {
            return Some(text.to_owned());
        }
        self.error(Code::BadValue, node.span.clone(), format!("text is wanted here, and this is {}", node.kind()));
        None
    }

    /// The entries of what must be a map.
    pub(super) fn map<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n [Entry]> {
        let entries = node.entries();
        if entries.is_none() {
            let message = format!("a map of keys is wanted for `{key}`, and this is {}", node.kind());
            self.error(Code::BadValue, node.span.clone(), message);
        }
        entries
    }

    /// Reports keys that nobody knows.
    pub(super) fn check_keys(&mut self, node: &Node, known: &[&str], of: &str) {
        for entry in node.entries().unwrap_or(&[]) {
            let key = entry.key.as_str();
            if known.contains(&key) || key.starts_with("x-") {
                continue;
            }
            let near = nearest(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let message = format!("unknown key `{key}` of {of}");
            let diagnostic = self.error(Code::UnknownKey, entry.key_span.clone(), message);
            diagnostic.label = near;
            diagnostic.help = Some(format!("known keys: {}", known.join(", ")));
        }
    }

    /// What the clock says.
    pub(super) const fn now(&self) -> i64 {
        self.request.now
    }

    fn fault(&mut self, fault: yaml::Fault) {
        let code = if fault.duplicate { Code::Duplicate } else { Code::Syntax };
        self.error(code, fault.span, fault.message).help = fault.help;
    }

    /// Reports a mistake; its label and help can be filled in afterwards.
    pub(super) fn error(&mut self, code: Code, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.report(Level::Error, code, span, message)
    }

    /// Reports something; its label and help can be filled in afterwards.
    pub(super) fn report(
        &mut self,
        level: Level,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let index = self.diagnostics.len();
        self.diagnostics.push(Diagnostic::new(level, code, Arc::clone(&self.source), span, message));
        &mut self.diagnostics[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Config, Vec<Diagnostic>> {
        read(Request {
            path: Path::new("tamiz.yaml"),
            text: text.to_owned(),
            env: &|name| (name == "HOOK").then(|| "https://hooks.example/secret".to_owned()),
            read: &|_| Err(std::io::ErrorKind::NotFound.into()),
            now: 1_800_000_000_000_000,
        })
    }

    fn mistake(text: &str) -> (String, u64, String) {
        let wrong = read_text(text).unwrap_err();
        let first = &wrong[0];
        (
            first.code.text().to_owned(),
            first.place().0,
            format!("{} {}", first.message, first.label.clone().unwrap_or_default()),
        )
    }

    const WHOLE: &str = "tamiz: 1\nreport: {url: 'https://ci.example/reports/'}\nalerts:\n  channels:\n    team: {type: slack, url: {env: HOOK}, fallback: mail}\n    mail: {type: email, smtp: 'smtp://mx.example', from: a@b.example, to: [c@d.example]}\n  routes:\n    - {match: {severity: critical, suite: 'v*'}, to: [team], continue: true, repeat: 30m}\n    - {to: [mail]}\n  escalate:\n    - {more_than: 3, within: 1h, to: [team]}\n  mutes:\n    - {match: {dataset: d}, until: 2030-01-01, reason: move}\n";

    #[test]
    fn a_whole_file_is_read() {
        let config = read_text(WHOLE).unwrap();
        let alerts = config.alerts.unwrap();
        assert_eq!(config.report.url.as_deref(), Some("https://ci.example/reports"));
        assert_eq!((alerts.channels.len(), alerts.routes.len(), alerts.escalations[0].more_than), (2, 2, 3));
        assert_eq!(alerts.routes[0].sending.repeat, Duration::from_mins(30));
        assert_eq!(alerts.routes[1].sending.repeat, Duration::from_hours(4));
        assert_eq!(config.notes, []);
        let printed = format!("{:?}", alerts.channels);
        assert!(printed.contains("HOOK") && !printed.contains("hooks.example"), "{printed}");
    }

    #[test]
    fn a_mistake_has_its_place_and_a_near_word() {
        let swapped = |from: &str, to: &str| mistake(&WHOLE.replacen(from, to, 1));
        assert_eq!(
            swapped("fallback: mail", "fallback: mial"),
            ("T0106".into(), 5, "no channel is called `mial` did you mean `mail`?".into())
        );
        assert_eq!(
            swapped("continue", "continu"),
            ("T0101".into(), 8, "unknown key `continu` of a route did you mean `continue`?".into())
        );
        assert_eq!(
            swapped("type: slack", "type: slak").2,
            "`slak` is none of slack, teams, pagerduty, email, webhook, alertmanager did you mean `slack`?"
        );
        assert_eq!(swapped("{env: HOOK}", "https://hooks.example/x").2, "a secret does not stand in the file ");
        assert_eq!(swapped(", reason: move", "").2, "a mute has no `reason` ");
        assert_eq!(swapped("repeat: 30m", "repeat: 1mo").1, 8);
        assert_eq!(swapped("to: [c@d.example]", "to: [c]").2, "`c` is no address of mail ");
        assert_eq!(swapped("tamiz: 1\n", "").2, "`tamiz: 1` is missing, the version of the language ");
        assert_eq!(swapped("more_than: 3, ", "").2, "an escalation has no `more_than` ");
        assert_eq!(mistake("tamiz: 1\nretention: {}\n").2, "`retention` keeps nothing ");
    }

    #[test]
    fn what_is_legal_and_doubtful_is_remarked() {
        let notes =
            |text: &str| read_text(text).unwrap().notes.iter().map(|note| note.message.clone()).collect::<Vec<_>>();
        assert_eq!(
            notes(&WHOLE.replace("    - {to: [mail]}\n", "")),
            ["problems that none of these routes fits are sent nowhere"]
        );
        assert_eq!(notes(&WHOLE.replace("2030-01-01", "2020-01-01")), ["this mute ended with 2020-01-01"]);
        assert_eq!(
            notes(&WHOLE.replace(", fallback: mail", "").replace("to: [mail]", "to: []")),
            ["nothing is sent to the channel `mail`"]
        );
    }

    #[test]
    fn a_password_goes_to_no_other_machine_in_the_open() {
        let mail = |more: &str| {
            WHOLE.replace(
                "smtp: 'smtp://mx.example'",
                &format!("smtp: 'smtp://mx.example', user: u, password: {{env: HOOK}}{more}"),
            )
        };
        assert!(read_text(&mail("")).is_ok());
        assert_eq!(mistake(&mail(", tls: none")).2, "a password is not sent without TLS to another machine ");
    }
}
