//! `PagerDuty`: events of the Events API, version 2: `trigger`, and `resolve` by the same key.
//!
//! A second trigger adds to the incident that is open; a resolve of one that is not is dropped. A summary may have 1,024
//! characters, a key 255.

use serde_json::{Value as Json, json};

use crate::alert::notice::{Kind, Notice};
use crate::alert::words;
use crate::ir::time::format_timestamp;
use crate::lang::Lang;
use crate::report::cut;

/// The event of a notice, without the key of the integration.
#[must_use]
pub fn event(notice: &Notice, lang: Lang) -> Json {
    if notice.kind == Kind::Resolved {
        return json!({ "event_action": "resolve", "dedup_key": notice.key });
    }
    let (items, rest) = notice.named();
    let mut problems: Vec<Json> = items
        .iter()
        .map(|item| json!({ "rule": item.problem.name, "dataset": item.problem.dataset, "severity": item.problem.severity.name(), "found": words::item(item, lang) }))
        .collect();
    if rest > 0 {
        problems.push(words::rest(rest, lang).into());
    }
    let facts: serde_json::Map<String, Json> =
        words::facts(notice, lang).into_iter().map(|(label, said)| (label.to_lowercase(), said.into())).collect();
    let links: Vec<Json> =
        words::links(notice, lang).into_iter().map(|(word, link)| json!({ "href": link, "text": word })).collect();
    let mut event = json!({
        "event_action": "trigger",
        "dedup_key": notice.key,
        "payload": {
            "summary": cut(&words::headline(notice, lang), 1_024),
            "source": words::subject(notice),
            "severity": notice.severity.name(),
            "timestamp": format_timestamp(notice.at),
            "component": notice.datasets.join(", "),
            "group": notice.suite,
            "class": items.first().map_or("test", |item| item.problem.status),
            "custom_details": {
                "run_id": notice.run,
                "reason": notice.reason.word(),
                "facts": facts,
                "problems": problems,
                "violations": notice.impact().violations
            }
        },
        "links": links,
        "client": "tamiz"
    });
    if let Some(link) = notice.link() {
        event["client_url"] = link.into();
    }
    event
}

/// Whether an answer says that the event was taken.
#[must_use]
pub fn taken(status: u16, begins: &str) -> bool {
    let says = |answer: Json| answer["status"] == "success";
    status == 202 && serde_json::from_str(begins).is_ok_and(says)
}
