//! `alerts`: what is sent to whom, how often, what rouses others, and what is kept quiet.

use std::ops::Range;
use std::time::Duration;

use globset::{Glob, GlobMatcher};

use crate::config::channel::Channel;
use crate::config::keys;
use crate::config::read::Reader;
use crate::diagnostic::{Code, Level};
use crate::ir::Severity;
use crate::ir::time::{Zone, iso_date, iso_timestamp};
use crate::lang::Lang;
use crate::suite::yaml::{Entry, Node};

/// What is sent to whom.
#[derive(Clone, Debug)]
pub struct Alerts {
    /// The language of sentences; English if unsaid.
    pub lang: Lang,
    /// The name of where this runs, such as `prod`: part of every key, so that two places never speak of the same incident.
    pub environment: Option<String>,
    /// How long delivery may take in all.
    pub timeout: Duration,
    /// How many rules a message names.
    pub items: usize,
    /// When a channel that fails is left alone.
    pub breaker: Breaker,
    /// Where alerts go.
    pub channels: Vec<Channel>,
    /// Which go where, in order.
    pub routes: Vec<Route>,
    /// What rouses others.
    pub escalations: Vec<Escalation>,
    /// What is kept quiet.
    pub mutes: Vec<Mute>,
}

/// When a channel that fails is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// After so many failed deliveries in a row.
    pub failures: u32,
    /// For so long.
    pub rest: Duration,
}

/// Which problems go where.
#[derive(Clone, Debug)]
pub struct Route {
    /// The problems that it is for.
    pub matches: Match,
    /// The channels.
    pub to: Vec<String>,
    /// Whether later routes are asked as well.
    pub goes_on: bool,
    /// How.
    pub sending: Sending,
}

/// How problems are put together and how often they are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// How long nothing is said again while nothing changes.
    pub repeat: Duration,
    /// What is told in one message: problems that agree in these.
    pub group_by: Vec<String>,
    /// Whether it is told that problems are over.
    pub resolved: bool,
}

/// Which problems are meant: those that every part fits; a part that is unsaid fits all.
#[derive(Clone, Debug, Default)]
pub struct Match {
    /// The severities.
    pub severity: Vec<Severity>,
    /// What became of the rule: `failed` or `error`.
    pub status: Vec<&'static str>,
    /// The suites.
    pub suite: Vec<GlobMatcher>,
    /// The datasets.
    pub dataset: Vec<GlobMatcher>,
    /// The ids of rules.
    pub rule: Vec<GlobMatcher>,
    /// Tags, of which one must fit.
    pub tag: Vec<GlobMatcher>,
    /// The owners.
    pub owner: Vec<GlobMatcher>,
}

/// What rouses others: more than so many failures within some time.
#[derive(Clone, Debug)]
pub struct Escalation {
    /// More than so many.
    pub more_than: u64,
    /// Of this severity or a worse one.
    pub severity: Severity,
    /// Within so long before now.
    pub within: Duration,
    /// What failures are counted by; all together if empty.
    pub by: Vec<String>,
    /// The channels.
    pub to: Vec<String>,
}

/// What is kept quiet, until when, and why.
#[derive(Clone, Debug)]
pub struct Mute {
    /// The problems.
    pub matches: Match,
    /// The end of it, in microseconds since 1970 UTC.
    pub until: i64,
    /// The same as written.
    pub said: String,
    /// Why.
    pub reason: String,
}

impl Alerts {
    /// The channel of a name.
    #[must_use]
    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == name)
    }
}

impl Reader<'_> {
    pub(super) fn alerts(&mut self, node: &Node) -> Option<Alerts> {
        self.map(node, "alerts")?;
        self.check_keys(node, keys::ALERTS, "`alerts`");
        let entries = node.get("channels").and_then(Node::entries).unwrap_or(&[]).to_vec();
        if entries.is_empty() {
            self.error(Code::MissingKey, node.span.clone(), "`alerts` names no channel").help =
                Some("add `channels: {team: {type: slack, url: {env: SLACK_WEBHOOK}}}`".to_owned());
        }
        let channels = self.channels(node.get("channels"));
        let usual = Sending {
            repeat: Duration::from_hours(4),
            group_by: vec!["suite".to_owned(), "dataset".to_owned()],
            resolved: true,
        };
        let usual = self.sending(node, &usual);
        let routes = match node.get("routes") {
            Some(node) => node.as_list().iter().filter_map(|node| self.route(node, &entries, &usual)).collect(),
            None => {
                self.error(Code::MissingKey, node.span.clone(), "`alerts` has no `routes`").help =
                    Some("add `routes: [{to: [team]}]`, which sends every problem there".to_owned());
                Vec::new()
            }
        };
        self.remark_on_routes(node, &routes, &entries);
        let list = |key: &str| node.get(key).map(Node::as_list).unwrap_or_default();
        let escalations = list("escalate").iter().filter_map(|node| self.escalation(node, &entries)).collect();
        let mutes = list("mutes").iter().filter_map(|node| self.mute(node)).collect();
        Some(Alerts {
            lang: node.get("lang").and_then(|node| self.lang(node)).unwrap_or(Lang::En),
            environment: node.get("environment").and_then(|node| self.setting(node)),
            timeout: node.get("timeout").and_then(|node| self.length(node)).unwrap_or(Duration::from_secs(30)),
            items: node.get("items").and_then(|node| self.whole(node)).unwrap_or(10).max(1),
            breaker: self.breaker(node.get("breaker")),
            channels,
            routes,
            escalations,
            mutes,
        })
    }

    fn breaker(&mut self, node: Option<&Node>) -> Breaker {
        let mut breaker = Breaker { failures: 3, rest: Duration::from_mins(15) };
        let Some(node) = node else { return breaker };
        if self.map(node, "breaker").is_none() {
            return breaker;
        }
        self.check_keys(node, keys::BREAKER, "`breaker`");
        if let Some(failures) = node.get("failures").and_then(|node| self.whole::<u32>(node)) {
            breaker.failures = failures.max(1);
        }
        if let Some(rest) = node.get("rest").and_then(|node| self.length(node)) {
            breaker.rest = rest;
        }
        breaker
    }

    fn sending(&mut self, node: &Node, usual: &Sending) -> Sending {
        let repeat = node.get("repeat").and_then(|node| self.length(node));
        let resolved = node.get("resolved").and_then(|node| self.flag(node));
        let group_by = node.get("group_by").map(|node| {
            node.as_list().iter().filter_map(|item| self.one_of(item, keys::GROUP_BY)).map(str::to_owned).collect()
        });
        Sending {
            repeat: repeat.unwrap_or(usual.repeat),
            group_by: group_by.unwrap_or_else(|| usual.group_by.clone()),
            resolved: resolved.unwrap_or(usual.resolved),
        }
    }

    fn route(&mut self, node: &Node, channels: &[Entry], usual: &Sending) -> Option<Route> {
        self.map(node, "a route")?;
        self.check_keys(node, keys::ROUTE, "a route");
        let matches = node.get("match").map(|node| self.matches(node)).unwrap_or_default();
        let to = self.receivers(node, channels, "a route");
        let goes_on = node.get("continue").and_then(|node| self.flag(node)).unwrap_or(false);
        Some(Route { matches, to, goes_on, sending: self.sending(node, usual) })
    }

    /// Reads `to`, which an empty list makes a route that leads nowhere on purpose.
    fn receivers(&mut self, node: &Node, channels: &[Entry], of: &str) -> Vec<String> {
        let Some(to) = node.get("to") else {
            self.error(Code::MissingKey, node.span.clone(), format!("{of} has no `to`")).help =
                Some("name channels: `to: [team]`; `to: []` is nowhere".to_owned());
            return Vec::new();
        };
        to.as_list().iter().filter_map(|item| self.known_channel(item, channels)).collect()
    }

    fn remark_on_routes(&mut self, node: &Node, routes: &[Route], channels: &[Entry]) {
        let nodes = node.get("routes").map(Node::as_list).unwrap_or_default();
        if nodes.len() == routes.len() && !routes.is_empty() && !routes.iter().any(|route| route.matches.is_all()) {
            let message = "problems that none of these routes fits are sent nowhere";
            let span = node.get("routes").map_or(0..0, |node| node.span.clone());
            self.report(Level::Note, Code::Doubtful, span, message).help =
                Some("end with a route without `match`: `- to: [team]`, or `- to: []` if that is meant".to_owned());
        }
        // One that fits all and does not go on is the last that is asked.
        let last = routes.iter().position(|route| route.matches.is_all() && !route.goes_on);
        if let Some(idle) = last.and_then(|last| nodes.get(last + 1)) {
            let message = "no problem comes as far as this route";
            self.report(Level::Note, Code::Doubtful, idle.span.clone(), message).help =
                Some("the one before it fits all; write `continue: true` there, or put this one first".to_owned());
        }
        for channel in channels {
            let escalated = node.get("escalate").map(Node::as_list).unwrap_or_default();
            let named = nodes.iter().chain(escalated).filter_map(|node| node.get("to")).flat_map(Node::as_list);
            let fallbacks = channels.iter().filter_map(|other| other.value.get("fallback"));
            if !named.chain(fallbacks).any(|node| node.text() == Some(&channel.key)) {
                let message = format!("nothing is sent to the channel `{}`", channel.key);
                self.report(Level::Note, Code::Doubtful, channel.key_span.clone(), message);
            }
        }
    }

    fn matches(&mut self, node: &Node) -> Match {
        if self.map(node, "match").is_none() {
            return Match::default();
        }
        self.check_keys(node, keys::MATCH, "`match`");
        let severity = node.get("severity").map(Node::as_list).unwrap_or_default();
        let status = node.get("status").map(Node::as_list).unwrap_or_default();
        let globs = |reader: &mut Self, key: &str| {
            let items = node.get(key).map(Node::as_list).unwrap_or_default();
            items.iter().filter_map(|item| reader.glob(item)).collect()
        };
        Match {
            severity: severity.iter().filter_map(|item| self.severity(item)).collect(),
            status: status.iter().filter_map(|item| self.one_of(item, &["failed", "error"])).collect(),
            suite: globs(self, "suite"),
            dataset: globs(self, "dataset"),
            rule: globs(self, "rule"),
            tag: globs(self, "tag"),
            owner: globs(self, "owner"),
        }
    }

    fn glob(&mut self, node: &Node) -> Option<GlobMatcher> {
        let text = self.text(node)?;
        match Glob::new(&text) {
            Ok(glob) => Some(glob.compile_matcher()),
            Err(error) => {
                self.error(Code::BadValue, node.span.clone(), format!("`{text}` is no pattern: {}", error.kind()));
                None
            }
        }
    }

    fn escalation(&mut self, node: &Node, channels: &[Entry]) -> Option<Escalation> {
        self.map(node, "escalate")?;
        self.check_keys(node, keys::ESCALATE, "an escalation");
        let to = self.receivers(node, channels, "an escalation");
        let by = node.get("by").map(Node::as_list).unwrap_or_default();
        let by = by.iter().filter_map(|item| self.one_of(item, keys::ESCALATE_BY)).map(str::to_owned).collect();
        let severity = match node.get("severity") {
            Some(node) => self.severity(node)?,
            None => Severity::Critical,
        };
        let mut needed = |key: &str, example: &str| {
            let found = node.get(key);
            if found.is_none() {
                self.error(Code::MissingKey, node.span.clone(), format!("an escalation has no `{key}`")).help =
                    Some(format!("write `{example}`"));
            }
            found
        };
        let (more_than, within) = (needed("more_than", "more_than: 3"), needed("within", "within: 1h"));
        let more_than = more_than.and_then(|node| self.whole(node));
        let within = within.and_then(|node| self.length(node));
        Some(Escalation { more_than: more_than?, severity, within: within?, by, to })
    }

    fn mute(&mut self, node: &Node) -> Option<Mute> {
        self.map(node, "a mute")?;
        self.check_keys(node, keys::MUTE, "a mute");
        for key in keys::MUTE {
            if node.get(key).is_none() {
                self.error(Code::MissingKey, node.span.clone(), format!("a mute has no `{key}`")).help =
                    Some("write `{match: {suite: sales}, until: 2026-12-31, reason: …}`".to_owned());
            }
        }
        let matches = self.matches(node.get("match")?);
        let (until, reason) = (node.get("until")?, node.get("reason")?);
        let why = self.text(reason)?;
        if why.trim().is_empty() {
            self.error(Code::BadValue, reason.span.clone(), "a mute wants a reason that people can read");
        }
        let said = self.text(until)?;
        let Some(end) = end_of(&said) else {
            self.error(Code::BadValue, until.span.clone(), format!("`{said}` is no day and no instant")).help =
                Some("write the last day, `2026-12-31`, or `2026-12-31T18:00:00Z`".to_owned());
            return None;
        };
        self.remark_on_end(end, &said, until.span.clone());
        Some(Mute { matches, until: end, said, reason: why })
    }

    fn remark_on_end(&mut self, end: i64, said: &str, span: Range<usize>) {
        if end < self.now() {
            self.report(Level::Note, Code::MuteEnded, span, format!("this mute ended with {said}")).help =
                Some("remove it, or give it a later day and a reason that still holds".to_owned());
        }
    }
}

/// The end of a day of UTC, or an instant.
fn end_of(text: &str) -> Option<i64> {
    match iso_date(text.as_bytes()) {
        Some(day) => Some(crate::ir::time::midnight(day.succ_opt()?)),
        None => iso_timestamp(text.as_bytes(), Zone::UTC),
    }
}

impl Match {
    /// Whether it fits every problem.
    #[must_use]
    pub fn is_all(&self) -> bool {
        let globs = [&self.suite, &self.dataset, &self.rule, &self.tag, &self.owner];
        self.severity.is_empty() && self.status.is_empty() && globs.iter().all(|globs| globs.is_empty())
    }
}
