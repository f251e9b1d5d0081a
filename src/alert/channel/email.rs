//! E-mail over SMTP: text and HTML, the messages of one incident in one thread.
//!
//! Without TLS nothing is sent unless the configuration says so. Every header is made by `lettre`, so that no value begins
//! another one.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls as Wanted, TlsParameters};
use lettre::{SmtpTransport, Transport};
use sha2::{Digest, Sha256};

use crate::alert::notice::{Kind, Notice};
use crate::alert::words;
use crate::config::channel::{Email, Tls};
use crate::deliver::{Clock, Refused, Taken};
use crate::ir::Severity;
use crate::lang::Lang;

/// How long a server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a letter is tried.
const TRIES: u32 = 3;

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its subject.
    pub subject: String,
    /// What it says, as text.
    pub text: String,
    /// The same, as HTML.
    pub html: String,
    /// Its own id, the same however often it is tried.
    pub id: String,
    /// The id that all letters of one incident refer to.
    pub thread: String,
    /// When it was written, in seconds since 1970 UTC.
    pub at: u64,
}

/// The letter of a notice.
#[must_use]
pub fn letter(email: &Email, notice: &Notice, lang: Lang) -> Letter {
    let domain =
        email.from.parse::<Mailbox>().map_or_else(|_| "localhost".to_owned(), |from| from.email.domain().to_owned());
    let digest = |parts: &[&str]| {
        let digest = Sha256::digest(parts.join("\0").as_bytes());
        digest.iter().take(16).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    };
    let id = digest(&[&notice.key, &notice.run, notice.reason.word()]);
    Letter {
        subject: words::headline(notice, lang),
        text: text(notice, lang),
        html: html(notice, lang),
        id: format!("<{id}@{domain}>"),
        thread: format!("<{}@{domain}>", digest(&[&notice.key])),
        at: u64::try_from(notice.at / 1_000_000).unwrap_or(0),
    }
}

/// Sends a letter to all of its receivers.
///
/// # Errors
/// Why the server did not take it.
pub fn send(email: &Email, letter: &Letter, clock: &Clock) -> Result<Taken, Refused> {
    let message = written(email, letter).map_err(Refused::unsent)?;
    let mut tries = 0;
    loop {
        tries += 1;
        let left = clock.left();
        if left.is_zero() {
            return Err(Refused::late(tries - 1));
        }
        let transport = transport(email, left.min(PATIENCE)).map_err(Refused::unsent)?;
        let error = match transport.send(&message) {
            Ok(answer) => {
                let status = answer.code().to_string().parse().ok();
                return Ok(Taken { status, tries });
            }
            Err(error) => error,
        };
        let status = error.status().and_then(|code| code.to_string().parse().ok());
        let wait = Duration::from_millis(300) * tries;
        // After a timeout the server may have taken it: to ask again could double it.
        let passes =
            error.is_transient() || (status.is_none() && !error.is_timeout() && !error.is_tls() && !error.is_client());
        if !passes || tries >= TRIES || wait >= clock.left() {
            return Err(Refused { why: said(&error), status, tries });
        }
        std::thread::sleep(wait);
    }
}

fn said(error: &lettre::transport::smtp::Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    let told = error.to_string();
    if told.ends_with(cause.trim_start_matches(": ")) { told } else { format!("{told}{cause}") }
}

fn transport(email: &Email, patience: Duration) -> Result<SmtpTransport, String> {
    let parameters = || TlsParameters::new(email.host.clone()).map_err(|error| error.to_string());
    let tls = match email.tls {
        Tls::Whole => Wanted::Wrapper(parameters()?),
        Tls::Start => Wanted::Required(parameters()?),
        Tls::None => Wanted::None,
    };
    let mut builder =
        SmtpTransport::builder_dangerous(email.host.as_str()).port(email.port).tls(tls).timeout(Some(patience));
    if let Some((user, password)) = &email.login {
        builder = builder.credentials(Credentials::new(user.clone(), password.expose()?.to_owned()));
    }
    Ok(builder.build())
}

fn written(email: &Email, letter: &Letter) -> Result<lettre::Message, String> {
    let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|error| format!("`{text}`: {error}"));
    let mut message = lettre::Message::builder()
        .from(mailbox(&email.from)?)
        .subject(letter.subject.as_str())
        .message_id(Some(letter.id.clone()))
        .in_reply_to(letter.thread.clone())
        .references(letter.thread.clone())
        .date(UNIX_EPOCH + Duration::from_secs(letter.at))
        .user_agent(concat!("tamiz/", env!("CARGO_PKG_VERSION")).to_owned())
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    for to in &email.to {
        message = message.to(mailbox(to)?);
    }
    let part = |kind, text: &str| SinglePart::builder().header(kind).body(text.to_owned());
    let both = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, &letter.text))
        .singlepart(part(ContentType::TEXT_HTML, &letter.html));
    message.multipart(both).map_err(|error| error.to_string())
}

fn text(notice: &Notice, lang: Lang) -> String {
    let mut lines = vec![words::headline(notice, lang), String::new()];
    lines.extend(words::facts(notice, lang).iter().map(|(label, said)| format!("{label}: {said}")));
    lines.push(String::new());
    let (items, rest) = notice.named();
    for item in items {
        let level = words::severity(item.problem.severity, lang);
        let name = crate::report::line(&item.problem.name);
        lines.push(format!("* {name} ({level}): {}", words::item(item, lang)));
    }
    if rest > 0 {
        lines.push(words::rest(rest, lang));
    }
    for fixed in notice.fixed.iter().take(notice.limit) {
        lines.push(format!("* ✓ {}: {}", crate::report::line(&fixed.name), words::fixed(fixed, lang)));
    }
    lines.push(String::new());
    lines.extend(words::links(notice, lang).iter().map(|(word, link)| format!("{word}: {link}")));
    lines.extend([String::new(), words::foot(notice, lang), String::new()]);
    lines.join("\n")
}

fn html(notice: &Notice, lang: Lang) -> String {
    let colour = if matches!(notice.kind, Kind::Resolved | Kind::Test) { "#1a7f37" } else { colour(notice.severity) };
    let mut page = format!(
        "<!DOCTYPE html><html lang=\"{}\"><body style=\"font-family:sans-serif;color:#1f2328\"><h2 style=\"color:{colour}\">{}</h2>",
        lang.code(),
        escape(&words::headline(notice, lang))
    );
    page += "<table cellpadding=\"4\">";
    for (label, said) in words::facts(notice, lang) {
        page += &format!("<tr><th align=\"left\">{label}</th><td>{}</td></tr>", escape(&said));
    }
    page += "</table><ul>";
    let (items, rest) = notice.named();
    for item in items {
        let (level, name) = (words::severity(item.problem.severity, lang), escape(&item.problem.name));
        let colour = self::colour(item.problem.severity);
        let told = escape(&words::item(item, lang));
        page += &format!("<li><b>{name}</b> (<span style=\"color:{colour}\">{level}</span>): {told}</li>");
    }
    for fixed in notice.fixed.iter().take(notice.limit) {
        page += &format!("<li>✓ <b>{}</b>: {}</li>", escape(&fixed.name), escape(&words::fixed(fixed, lang)));
    }
    if rest > 0 {
        page += &format!("<li>{}</li>", escape(&words::rest(rest, lang)));
    }
    page += "</ul><p>";
    let links = words::links(notice, lang);
    let links: Vec<String> =
        links.iter().map(|(word, link)| format!("<a href=\"{}\">{word}</a>", escape(link))).collect();
    page + &format!(
        "{}</p><p><small>{}</small></p></body></html>",
        links.join(" · "),
        escape(&words::foot(notice, lang))
    )
}

fn escape(text: &str) -> String {
    let text = crate::report::line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "#a40e26",
        Severity::Error => "#bc4c00",
        Severity::Warning => "#7d4e00",
        Severity::Info => "#0550ae",
    }
}
