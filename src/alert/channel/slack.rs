//! Slack: a message of an incoming webhook in Block Kit.
//!
//! Limits: a header of 150 characters, a section of 3,000, ten fields of 2,000, five buttons, fifty blocks. Text of strangers
//! cannot mention anybody or link: `&`, `<` and `>` are written out, and names stand as code.

use serde_json::{Value as Json, json};

use crate::alert::notice::{Kind, Notice};
use crate::alert::words;
use crate::ir::Severity;
use crate::lang::Lang;
use crate::report::cut;

/// The longest header.
const HEADER: usize = 150;

/// The longest section; what is written out counts.
const SECTION: usize = 2_900;

/// The most problems: with the rest they stay below fifty blocks.
const ITEMS: usize = 40;

/// The message of a notice.
#[must_use]
pub fn message(notice: &Notice, lang: Lang) -> Json {
    let headline = words::headline(notice, lang);
    let mut blocks = vec![
        json!({ "type": "header", "text": { "type": "plain_text", "text": cut(&headline, HEADER), "emoji": false } }),
    ];
    let facts: Vec<Json> = words::facts(notice, lang)
        .iter()
        .take(10)
        .map(|(label, said)| mrkdwn(&format!("*{label}*\n{}", escape(said))))
        .collect();
    if !facts.is_empty() {
        blocks.push(json!({ "type": "section", "fields": facts }));
    }
    let (items, rest) = notice.named();
    let shown = items.len().min(ITEMS);
    for item in &items[..shown] {
        let (mark, level) = (mark(item.problem.severity), words::severity(item.problem.severity, lang));
        blocks.push(section(&format!(
            "{mark} *{}* ({level}) — {}",
            code(&item.problem.name),
            escape(&words::item(item, lang))
        )));
    }
    for fixed in notice.fixed.iter().take(ITEMS - shown) {
        blocks.push(section(&format!(
            ":white_check_mark: *{}* — {}",
            code(&fixed.name),
            escape(&words::fixed(fixed, lang))
        )));
    }
    let rest = rest + (items.len() - shown) + notice.fixed.len().saturating_sub(ITEMS - shown);
    if rest > 0 {
        blocks.push(section(&escape(&words::rest(rest, lang))));
    }
    let buttons: Vec<Json> = words::links(notice, lang)
        .into_iter()
        .filter(|(_, link)| link.chars().count() <= 3_000)
        .map(|(word, link)| json!({ "type": "button", "text": { "type": "plain_text", "text": word }, "url": link }))
        .collect();
    if !buttons.is_empty() {
        blocks.push(json!({ "type": "actions", "elements": buttons }));
    }
    let key = if notice.kind == Kind::Test { String::new() } else { format!(" · {}", code(&notice.key)) };
    blocks.push(
        json!({ "type": "context", "elements": [mrkdwn(&format!("{}{key}", escape(&words::foot(notice, lang))))] }),
    );
    json!({ "text": escape(&headline), "blocks": blocks, "unfurl_links": false, "unfurl_media": false })
}

/// Whether an answer says that the message was taken: Slack says `ok`, and nothing else does.
#[must_use]
pub fn taken(status: u16, begins: &str) -> bool {
    status == 200 && begins.trim() == "ok"
}

fn section(text: &str) -> Json {
    json!({ "type": "section", "text": mrkdwn(text) })
}

fn mrkdwn(text: &str) -> Json {
    json!({ "type": "mrkdwn", "text": cut(text, SECTION), "verbatim": true })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A name as code, in which no markup works.
fn code(text: &str) -> String {
    format!("`{}`", escape(&cut(&crate::report::line(text), 250)).replace('`', "ʼ"))
}

const fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => ":red_circle:",
        Severity::Error => ":large_orange_circle:",
        Severity::Warning => ":large_yellow_circle:",
        Severity::Info => ":large_blue_circle:",
    }
}
