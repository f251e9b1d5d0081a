//! Which problems go to which channels, and which are told together.

use globset::GlobMatcher;
use sha2::{Digest, Sha256};

use crate::alert::problem::Problem;
use crate::config::{Alerts, Match, Route};

/// The longest key that every receiver takes.
const LONGEST: usize = 255;

/// Whether a problem of a suite is meant.
#[must_use]
pub fn fits(wanted: &Match, suite: &str, problem: &Problem) -> bool {
    let fits_one = |globs: &[GlobMatcher], text: &str| globs.is_empty() || globs.iter().any(|glob| glob.is_match(text));
    (wanted.severity.is_empty() || wanted.severity.contains(&problem.severity))
        && (wanted.status.is_empty() || wanted.status.contains(&problem.status))
        && fits_one(&wanted.suite, suite)
        && fits_one(&wanted.dataset, &problem.dataset)
        && (wanted.rule.is_empty() || problem.rules.iter().any(|rule| fits_one(&wanted.rule, rule)))
        && (wanted.tag.is_empty() || problem.tags.iter().any(|tag| fits_one(&wanted.tag, tag)))
        && fits_one(&wanted.owner, problem.owner.as_deref().unwrap_or_default())
}

/// The routes of a problem: the first that fits, and those after it as long as they say `continue`.
#[must_use]
pub fn routes<'a>(alerts: &'a Alerts, suite: &str, problem: &Problem) -> Vec<&'a Route> {
    let mut found = Vec::new();
    for route in alerts.routes.iter().filter(|route| fits(&route.matches, suite, problem)) {
        found.push(route);
        if !route.goes_on {
            break;
        }
    }
    found
}

/// The key of the group of a problem: what a receiver knows the incident by, whatever was counted.
#[must_use]
pub fn group(alerts: &Alerts, suite: &str, by: &[String], problem: &Problem) -> String {
    let mut parts = vec![suite];
    for part in by {
        parts.push(match part.as_str() {
            "dataset" => &problem.dataset,
            "owner" => problem.owner.as_deref().unwrap_or_default(),
            "severity" => problem.severity.name(),
            "rule" => &problem.name,
            _ => continue,
        });
    }
    key(alerts, &parts)
}

/// A key made of parts, the environment first; what is too long ends in a digest of the whole.
#[must_use]
pub fn key(alerts: &Alerts, parts: &[&str]) -> String {
    let first = ["tamiz", alerts.environment.as_deref().unwrap_or("-")];
    let whole = first
        .iter()
        .chain(parts)
        .map(|part| part.replace('%', "%25").replace('/', "%2F"))
        .collect::<Vec<_>>()
        .join("/");
    if whole.len() <= LONGEST {
        return whole;
    }
    let digest = Sha256::digest(whole.as_bytes())
        .iter()
        .take(16)
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    format!("{}~{digest}", &whole[..whole.floor_char_boundary(LONGEST - 1 - digest.len())])
}
