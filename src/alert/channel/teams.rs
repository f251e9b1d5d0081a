//! Microsoft Teams: an Adaptive Card for a workflow that begins "when a Teams webhook request is received".
//!
//! Such a flow belongs to a person, and ends with their account. It answers 202 and says nothing of whether the card was shown.
//! A card may have 28 KB, so problems are left out until it fits. Text of strangers stands in text runs, where no markup works.

use serde_json::{Value as Json, json};

use crate::alert::notice::{Kind, Notice};
use crate::alert::words;
use crate::ir::Severity;
use crate::lang::Lang;

/// The largest message.
const LARGEST: usize = 27_000;

/// The message of a notice.
#[must_use]
pub fn message(notice: &Notice, lang: Lang) -> Json {
    let mut limit = notice.limit.min(50);
    loop {
        let message = with(notice, limit, lang);
        if limit == 0 || message.to_string().len() <= LARGEST {
            return message;
        }
        limit /= 2;
    }
}

/// Whether an answer says that the message was taken. A refusal may come as 200 with words about it.
#[must_use]
pub fn taken(status: u16, begins: &str) -> bool {
    let page = begins.trim_start().starts_with('<');
    matches!(status, 200 | 202) && !page && !begins.contains("returned HTTP error")
}

fn with(notice: &Notice, limit: usize, lang: Lang) -> Json {
    let tone = if matches!(notice.kind, Kind::Resolved | Kind::Test) { "Good" } else { colour(notice.severity) };
    let mut headline = run(&words::headline(notice, lang));
    (headline["size"], headline["weight"], headline["color"]) = ("Medium".into(), "Bolder".into(), tone.into());
    let mut body = vec![rich([headline])];
    for (label, said) in words::facts(notice, lang) {
        body.push(rich([bold(&format!("{label}: ")), run(&said)]));
    }
    let shown = notice.items.len().min(limit);
    for item in &notice.items[..shown] {
        let mut level = run(&format!("{} ", words::severity(item.problem.severity, lang)));
        level["color"] = colour(item.problem.severity).into();
        body.push(rich([level, bold(&item.problem.name), run(&format!(" — {}", words::item(item, lang)))]));
    }
    let ended = notice.fixed.len().min(limit - shown);
    for fixed in &notice.fixed[..ended] {
        body.push(rich([run("✓ "), bold(&fixed.name), run(&format!(" — {}", words::fixed(fixed, lang)))]));
    }
    let rest = notice.items.len() - shown + notice.fixed.len() - ended;
    if rest > 0 {
        body.push(rich([run(&words::rest(rest, lang))]));
    }
    let mut foot = run(&words::foot(notice, lang));
    foot["isSubtle"] = true.into();
    body.push(rich([foot]));
    let links = words::links(notice, lang);
    let actions: Vec<Json> =
        links.into_iter().map(|(word, link)| json!({ "type": "Action.OpenUrl", "title": word, "url": link })).collect();
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "body": body
    });
    if !actions.is_empty() {
        card["actions"] = actions.into();
    }
    json!({
        "type": "message",
        "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card }]
    })
}

fn rich<const N: usize>(inlines: [Json; N]) -> Json {
    json!({ "type": "RichTextBlock", "inlines": Json::from_iter(inlines) })
}

fn run(text: &str) -> Json {
    json!({ "type": "TextRun", "text": crate::report::line(text) })
}

fn bold(text: &str) -> Json {
    json!({ "type": "TextRun", "text": crate::report::line(text), "weight": "Bolder" })
}

const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::Error => "Attention",
        Severity::Warning => "Warning",
        Severity::Info => "Accent",
    }
}
