//! A receiver of one's own, as Standard Webhooks 1.0.0 says: a small event, an id that every try shares, a signature over the
//! exact bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value as Json, json};
use sha2::Sha256;

use crate::alert::notice::{Kind, Notice};
use crate::alert::words;
use crate::config::channel::Signature;
use crate::ir::time::format_timestamp;
use crate::lang::Lang;

/// The largest body that receivers are to be sent.
const LARGEST: usize = 20_000;

/// The event of a notice: problems are left out until it is small enough, and counted.
#[must_use]
pub fn event(notice: &Notice, lang: Lang) -> Json {
    let mut limit = notice.limit;
    loop {
        let event = with(notice, limit, lang);
        if limit == 0 || event.to_string().len() < LARGEST {
            return event;
        }
        limit /= 2;
    }
}

/// Whether an answer says that the event was taken.
#[must_use]
pub fn taken(status: u16, _: &str) -> bool {
    (200..300).contains(&status)
}

/// The key that a secret holds.
///
/// # Errors
/// Why it holds none; it does not say the secret.
pub fn key(secret: &str, signature: Signature) -> Result<Vec<u8>, String> {
    if signature == Signature::Github {
        return Ok(secret.as_bytes().to_vec());
    }
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).unwrap_or_default();
    match key.len() {
        24..=64 => Ok(key),
        _ => Err("the secret is not `whsec_` and 24 to 64 bytes in base64".to_owned()),
    }
}

/// What is said beside the body in a try at a moment, in microseconds since 1970 UTC.
#[must_use]
pub fn headers(
    id: &str,
    now: i64,
    body: &[u8],
    key: Option<&[u8]>,
    signature: Signature,
) -> Vec<(&'static str, String)> {
    let moment = (now / 1_000_000).to_string();
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", moment.clone()),
    ];
    headers.extend(key.map(|key| match signature {
        Signature::Standard => {
            let signed = digest(key, &[id.as_bytes(), b".", moment.as_bytes(), b".", body]);
            ("webhook-signature", format!("v1,{}", STANDARD.encode(signed)))
        }
        Signature::Github => {
            let signed = digest(key, &[body]).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
            ("x-hub-signature-256", format!("sha256={signed}"))
        }
    }));
    headers
}

/// RFC 2104, with SHA-256.
fn digest(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

fn with(notice: &Notice, limit: usize, lang: Lang) -> Json {
    let kind = match notice.kind {
        Kind::Firing => "tamiz.alert.firing",
        Kind::Resolved => "tamiz.alert.resolved",
        Kind::Escalated => "tamiz.alert.escalated",
        Kind::Test => "tamiz.alert.test",
    };
    let shown = notice.items.len().min(limit);
    let problems = notice.items[..shown].iter().map(|item| {
        let problem = &item.problem;
        json!({
            "rule": problem.name,
            "dataset": problem.dataset,
            "severity": problem.severity.name(),
            "status": problem.status,
            "new": item.new,
            "since": problem.since.as_ref().map(|(since, _)| since),
            "runs": problem.since.as_ref().map(|(_, runs)| runs),
            "rules": problem.rules.len(),
            "violations": problem.violations,
            "evaluated": problem.evaluated,
            "loss": problem.loss.as_ref().map(|(amount, currency)| json!({ "amount": amount, "currency": currency })),
            "said": words::item(item, lang),
            "owner": problem.owner,
            "runbook": problem.runbook
        })
    });
    let problems: Vec<Json> = problems.collect();
    let ended = notice.fixed.len().min(limit);
    let fixed = notice.fixed[..ended].iter().map(|fixed| {
        json!({ "rule": fixed.name, "dataset": fixed.dataset, "severity": fixed.severity, "since": fixed.since })
    });
    let fixed: Vec<Json> = fixed.collect();
    let impact = notice.impact();
    let losses: Vec<Json> =
        impact.losses.iter().map(|(amount, currency)| json!({ "amount": amount, "currency": currency })).collect();
    json!({
        "type": kind,
        "timestamp": format_timestamp(notice.at),
        "data": {
            "key": notice.key,
            "reason": notice.reason.word(),
            "environment": notice.environment,
            "suite": notice.suite,
            "datasets": notice.datasets,
            "severity": notice.severity.name(),
            "headline": words::headline(notice, lang),
            "problems": problems,
            "problems_left_out": notice.items.len() - shown,
            "fixed": fixed,
            "fixed_left_out": notice.fixed.len() - ended,
            "violations": impact.violations,
            "losses": losses,
            "failures": notice.roused.map(|roused| roused.failures),
            "run": notice.run,
            "page": notice.page,
            "job": notice.job,
            "runbook": notice.runbook()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_published_vector() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Signature::Standard).unwrap();
        let body = br#"{"test": 2432232314}"#;
        let said =
            headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330_000_000, body, Some(&key), Signature::Standard);
        assert_eq!(said[2], ("webhook-timestamp", "1614265330".to_owned()));
        assert_eq!(said[3], ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned()));
    }

    #[test]
    fn the_signature_of_github_is_that_of_its_manual() {
        let key = key("It's a Secret to Everybody", Signature::Github).unwrap();
        let said = headers("a", 0, b"Hello, World!", Some(&key), Signature::Github);
        let wanted = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert_eq!(said[3], ("x-hub-signature-256", wanted.to_owned()));
    }

    #[test]
    fn a_secret_of_another_form_is_refused_and_not_said() {
        let why = key("whsec_c2hvcnQ=", Signature::Standard).unwrap_err();
        assert!(!why.contains("c2hvcnQ"), "{why}");
    }
}
