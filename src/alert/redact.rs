//! The last look at what is said: secrets become `***`, also as they are written in addresses and in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::config::Alerts;

/// What must not be said.
#[derive(Clone, Default)]
pub struct Redactor(Vec<String>);

/// What is shorter occurs in any text.
const SHORTEST: usize = 6;

impl Redactor {
    /// Knows the secrets of all channels.
    #[must_use]
    pub fn new(alerts: &Alerts) -> Self {
        let hidden =
            alerts.channels.iter().flat_map(|channel| channel.kind.secrets()).filter(|secret| secret.is_hidden());
        let mut words: Vec<String> = Vec::new();
        for secret in hidden.filter_map(|secret| secret.expose().ok()) {
            words.extend([secret.to_owned(), STANDARD.encode(secret), percent(secret)]);
            // Of an address the path and the query let one in; others may say them without the rest.
            if let Ok(url) = url::Url::parse(secret) {
                words.extend(url.query().map(str::to_owned));
                words.extend(
                    url.path_segments().into_iter().flatten().map(str::to_owned).filter(|part| part.len() >= 16),
                );
                words.push(url.path().to_owned());
            }
        }
        words.retain(|word| word.len() >= SHORTEST);
        // The longest first, for some are part of others.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        Self(words)
    }

    /// A text without them.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, word| if text.contains(word) { text.replace(word, "***") } else { text })
    }
}

/// An address as it may be shown: of a hidden one the server alone.
#[must_use]
pub fn shown(secret: &crate::config::Secret) -> String {
    let Ok(text) = secret.expose() else { return "***".to_owned() };
    if !secret.is_hidden() {
        return crate::dataset::masked(text);
    }
    match url::Url::parse(text) {
        Ok(url) => format!("{}://{}/***", url.scheme(), url.host_str().unwrap_or("***")),
        Err(_) => "***".to_owned(),
    }
}

fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
