//! `channels`: where alerts go, and what each kind of place needs to be told.

use std::time::Duration;

use url::Url;

use crate::config::keys;
use crate::config::read::Reader;
use crate::config::secret::Secret;
use crate::diagnostic::Code;
use crate::lang::Lang;
use crate::suite::yaml::{Entry, Node};

/// Where `PagerDuty` takes events.
const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";

/// A place that alerts go to.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name, by which routes call it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The language of its sentences, if it has one of its own.
    pub lang: Option<Lang>,
    /// The channel that alerts go to when this one does not take them.
    pub fallback: Option<String>,
}

/// The kinds of channels.
#[derive(Clone, Debug)]
pub enum Kind {
    /// An incoming webhook of Slack.
    Slack {
        /// Its address.
        url: Secret,
    },
    /// A workflow of Microsoft Teams that begins when a webhook is called.
    Teams {
        /// Its address.
        url: Secret,
    },
    /// The Events API of `PagerDuty`, version 2.
    PagerDuty {
        /// The key of the integration.
        routing_key: Secret,
        /// Where events go.
        url: Secret,
    },
    /// Mail over SMTP.
    Email(Box<Email>),
    /// A receiver of Standard Webhooks.
    Webhook {
        /// Its address.
        url: Secret,
        /// The key that bodies are signed with.
        secret: Option<Secret>,
        /// How.
        signature: Signature,
    },
    /// An Alertmanager of Prometheus.
    Alertmanager {
        /// Its address, to which `/api/v2/alerts` is added.
        url: Secret,
        /// The token that lets one in.
        token: Option<Secret>,
        /// How often suites are checked: an alert ends by itself after twice that.
        every: Duration,
    },
}

/// How bodies are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// As Standard Webhooks 1.0.0 says: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    Standard,
    /// As GitHub does: `x-hub-signature-256`.
    Github,
}

/// A mail server, and who writes to whom.
#[derive(Clone, Debug)]
pub struct Email {
    /// The name of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept from others.
    pub tls: Tls,
    /// Who asks to send, and the password.
    pub login: Option<(String, Secret)>,
    /// The sender.
    pub from: String,
    /// The receivers.
    pub to: Vec<String>,
}

/// How a connection to a mail server is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte, as at port 465.
    Whole,
    /// After `STARTTLS`, without which nothing is sent.
    Start,
    /// Not at all.
    None,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Slack { .. } => "slack",
            Self::Teams { .. } => "teams",
            Self::PagerDuty { .. } => "pagerduty",
            Self::Email(_) => "email",
            Self::Webhook { .. } => "webhook",
            Self::Alertmanager { .. } => "alertmanager",
        }
    }

    /// Whether it knows incidents by their keys, so that the same is never open twice and an end without a beginning is nothing.
    #[must_use]
    pub const fn is_keyed(&self) -> bool {
        matches!(self, Self::PagerDuty { .. } | Self::Alertmanager { .. })
    }

    /// Every secret it has.
    #[must_use]
    pub fn secrets(&self) -> Vec<&Secret> {
        match self {
            Self::Slack { url } | Self::Teams { url } => vec![url],
            Self::PagerDuty { routing_key, url } => vec![routing_key, url],
            Self::Email(email) => email.login.iter().map(|(_, password)| password).collect(),
            Self::Webhook { url, secret, .. } => std::iter::once(url).chain(secret).collect(),
            Self::Alertmanager { url, token, .. } => std::iter::once(url).chain(token).collect(),
        }
    }
}

impl Reader<'_> {
    pub(super) fn channels(&mut self, node: Option<&Node>) -> Vec<Channel> {
        let Some(node) = node else { return Vec::new() };
        let entries = self.map(node, "channels").unwrap_or(&[]).to_vec();
        let channels: Vec<Channel> = entries.iter().filter_map(|entry| self.channel(entry)).collect();
        for entry in &entries {
            let Some(fallback) = entry.value.get("fallback") else { continue };
            if fallback.text() == Some(&entry.key) {
                self.error(Code::Conflict, fallback.span.clone(), "a channel is no fallback of itself");
            } else {
                self.known_channel(fallback, &entries);
            }
        }
        channels
    }

    /// Reports a name that no channel has.
    pub(super) fn known_channel(&mut self, node: &Node, channels: &[Entry]) -> Option<String> {
        let name = self.text(node)?;
        if channels.iter().any(|entry| entry.key == name) {
            return Some(name);
        }
        let names: Vec<&str> = channels.iter().map(|entry| entry.key.as_str()).collect();
        let near = crate::diagnostic::nearest(&name, names.iter().copied());
        let near = near.map(|near| format!("did you mean `{near}`?"));
        let diagnostic = self.error(Code::UnknownName, node.span.clone(), format!("no channel is called `{name}`"));
        diagnostic.label = near;
        diagnostic.help = Some(if names.is_empty() {
            "say it under `channels`".to_owned()
        } else {
            format!("there are {}", names.join(", "))
        });
        None
    }

    fn channel(&mut self, entry: &Entry) -> Option<Channel> {
        let node = &entry.value;
        self.map(node, &entry.key)?;
        let Some(of) = node.get("type") else {
            let kinds: Vec<&str> = keys::KINDS.iter().map(|(kind, _)| *kind).collect();
            let message = format!("`type` of the channel `{}` is missing", entry.key);
            self.error(Code::MissingKey, entry.key_span.clone(), message).help =
                Some(format!("it is one of {}", kinds.join(", ")));
            return None;
        };
        let words: Vec<&'static str> = keys::KINDS.iter().map(|(kind, _)| *kind).collect();
        let kind = self.one_of(of, &words)?;
        let own = keys::KINDS.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, keys)| *keys);
        let known: Vec<&str> = keys::CHANNEL.iter().chain(own).copied().collect();
        self.check_keys(node, &known, &format!("a channel of type {kind}"));
        let read = match kind {
            "slack" => self.needed(entry, "url").and_then(|node| self.hidden_url(node)).map(|url| Kind::Slack { url }),
            "teams" => self.needed(entry, "url").and_then(|node| self.hidden_url(node)).map(|url| Kind::Teams { url }),
            "pagerduty" => {
                let url = node.get("url").map(|node| self.url(node));
                let routing_key = self.needed(entry, "routing_key").and_then(|node| self.secret(node));
                let url = url.unwrap_or_else(|| Some(Secret::text(PAGERDUTY)));
                routing_key.zip(url).map(|(routing_key, url)| Kind::PagerDuty { routing_key, url })
            }
            "email" => self.email(entry).map(|email| Kind::Email(Box::new(email))),
            "webhook" => self.webhook(entry),
            _ => self.alertmanager(entry),
        };
        let lang = node.get("lang").and_then(|node| self.lang(node));
        let fallback = node.get("fallback").and_then(|node| self.text(node));
        Some(Channel { name: entry.key.clone(), kind: read?, lang, fallback })
    }

    fn webhook(&mut self, entry: &Entry) -> Option<Kind> {
        let url = self.needed(entry, "url").and_then(|node| self.url(node));
        let secret = entry.value.get("secret");
        let signature = entry.value.get("signature");
        if let (Some(signature), None) = (signature, secret) {
            self.error(Code::Conflict, signature.span.clone(), "`signature` without a `secret` signs nothing");
        }
        let word = signature.and_then(|node| self.one_of(node, &["standard", "github"]));
        let secret = match secret {
            Some(node) => Some(self.secret(node)?),
            None => None,
        };
        let signature = if word == Some("github") { Signature::Github } else { Signature::Standard };
        Some(Kind::Webhook { url: url?, secret, signature })
    }

    fn alertmanager(&mut self, entry: &Entry) -> Option<Kind> {
        let url = self.needed(entry, "url").and_then(|node| self.url(node));
        let token = match entry.value.get("token") {
            Some(node) => Some(self.secret(node)?),
            None => None,
        };
        let every = entry.value.get("every").map(|node| self.length(node));
        let every = every.unwrap_or(Some(Duration::from_hours(24)))?;
        Some(Kind::Alertmanager { url: url?, token, every })
    }

    fn email(&mut self, entry: &Entry) -> Option<Email> {
        let node = &entry.value;
        let server = self.needed(entry, "smtp").and_then(|node| self.server(node));
        let from = self.needed(entry, "from").and_then(|node| self.mailbox(node));
        let to = self.needed(entry, "to").map(|node| {
            if node.as_list().is_empty() {
                self.error(Code::BadValue, node.span.clone(), "`to` names nobody");
            }
            node.as_list().iter().filter_map(|item| self.mailbox(item)).collect()
        });
        let tls = node.get("tls").and_then(|node| self.one_of(node, &["required", "none"]));
        let login = match (node.get("user"), node.get("password")) {
            (Some(user), Some(password)) => Some((self.text(user)?, self.secret(password)?)),
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => {
                self.error(Code::Conflict, one.span.clone(), "`user` and `password` go together").help =
                    Some("a server that asks for neither wants neither".to_owned());
                None
            }
        };
        let (whole, host, port) = server?;
        let local = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
        let tls = match (whole, tls) {
            (true, Some("none")) => {
                self.error(Code::Conflict, node.span.clone(), "`smtps` is TLS, and `tls: none` is none");
                return None;
            }
            (true, _) => Tls::Whole,
            (false, Some("none")) => Tls::None,
            (false, _) => Tls::Start,
        };
        if tls == Tls::None && login.is_some() && !local {
            let message = "a password is not sent without TLS to another machine";
            self.error(Code::Conflict, node.span.clone(), message).help = Some("leave out `tls: none`".to_owned());
            return None;
        }
        Some(Email { host, port, tls, login, from: from?, to: to? })
    }

    /// Reads `smtp://host:587` or `smtps://host:465`.
    fn server(&mut self, node: &Node) -> Option<(bool, String, u16)> {
        let text = self.text(node)?;
        let wrong = |reader: &mut Self, message: String| {
            reader.error(Code::BadValue, node.span.clone(), message).help =
                Some("write `smtp://host:587`, or `smtps://host:465` for TLS from the first byte".to_owned());
        };
        let Ok(url) = Url::parse(&text) else {
            wrong(self, "this is no address of a mail server".to_owned());
            return None;
        };
        if !url.username().is_empty() || url.password().is_some() {
            wrong(self, "who sends goes under `user` and `password`, not into the address".to_owned());
            return None;
        }
        let whole = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            other => {
                wrong(self, format!("`{other}` is no way to a mail server"));
                return None;
            }
        };
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            wrong(self, "the address names no server".to_owned());
            return None;
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Some((whole, host, url.port().unwrap_or(if whole { 465 } else { 587 })))
    }

    /// Reads an address of mail, with or without a name before it.
    fn mailbox(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node)?;
        if text.parse::<lettre::message::Mailbox>().is_ok() {
            return Some(text);
        }
        self.error(Code::BadValue, node.span.clone(), format!("`{text}` is no address of mail")).help =
            Some("write `data@example.org`, or `Data team <data@example.org>`".to_owned());
        None
    }

    fn needed<'e>(&mut self, entry: &'e Entry, key: &str) -> Option<&'e Node> {
        let node = entry.value.get(key);
        if node.is_none() {
            let message = format!("`{key}` of the channel `{}` is missing", entry.key);
            self.error(Code::MissingKey, entry.key_span.clone(), message);
        }
        node
    }
}
