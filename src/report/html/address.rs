//! Addresses: names of files that every file system takes, and where a rule can be read in a repository.

use sha2::{Digest, Sha256};

use crate::outcome::{Ci, Location};
use crate::report::value;

/// The name of the page of a rule in `suites/<suite>/rules/`.
#[must_use]
pub fn rule_file(id: &str) -> String {
    format!("{}.html", rule_name(id))
}

/// The name of the file, in the folder of a run, that holds the rows which break a rule.
#[must_use]
pub fn evidence_file(id: &str) -> String {
    format!("{EVIDENCE}{}.csv", rule_name(id))
}

/// The folder of such files.
const EVIDENCE: &str = "evidence/";

/// Where the rows that break a rule lie, as an address beside the page of the run; none where a record names another place.
pub(super) fn evidence(file: &str) -> Option<String> {
    let name = file.strip_prefix(EVIDENCE).filter(|name| !name.is_empty() && !name.starts_with('.'))?;
    Some(format!("{EVIDENCE}{}", encode(name)))
}

/// The id of a rule as the name of a file.
///
/// What not every file system takes becomes a hyphen; a piece of a digest then tells apart what would be the same.
fn rule_name(id: &str) -> String {
    const LIMIT: usize = 100;
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '.' | '_');
    let slug: String = id.chars().take(LIMIT).map(|letter| if plain(letter) { letter } else { '-' }).collect();
    if slug == id && id.starts_with(|letter: char| letter.is_ascii_lowercase()) && id.contains('.') {
        return slug;
    }
    let digest = Sha256::digest(id.as_bytes());
    let number = digest.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{}-{number:08x}", slug.trim_start_matches('.'))
}

/// The name of the page of two runs in `diff/`, from their folders.
#[must_use]
pub fn diff_file(before: &str, after: &str) -> String {
    format!("{before}--{after}.html")
}

/// The anchor of a rule in the page of a run: its id without spaces, which an anchor cannot have.
pub(super) fn anchor(id: &str) -> String {
    format!("rule-{}", id.split_whitespace().collect::<Vec<_>>().join("_"))
}

/// Where a place of a suite file can be read, in the repository that a job of continuous integration says it works on.
pub(super) fn source(ci: &Ci, at: &Location) -> Option<String> {
    let inside = !at.file.starts_with('/') && !at.file.contains("..") && !at.file.contains([':', '\\']);
    let file = encode_path(at.file.trim_start_matches("./"));
    inside.then(|| repository(ci))?.map(|(base, forge)| match forge {
        Forge::GitHub { commit } => format!("{base}/blob/{commit}/{file}#L{}", at.line),
        Forge::GitLab { commit } => format!("{base}/-/blob/{commit}/{file}#L{}", at.line),
    })
}

/// Where the commit can be read.
pub(super) fn commit(ci: &Ci) -> Option<String> {
    repository(ci).map(|(base, forge)| match forge {
        Forge::GitHub { commit } => format!("{base}/commit/{commit}"),
        Forge::GitLab { commit } => format!("{base}/-/commit/{commit}"),
    })
}

enum Forge<'a> {
    GitHub { commit: &'a str },
    GitLab { commit: &'a str },
}

/// The address of the repository, which begins that of the job.
fn repository(ci: &Ci) -> Option<(&str, Forge<'_>)> {
    let (url, commit) = (ci.url.as_deref()?, ci.commit.as_deref()?);
    let is_commit = !commit.is_empty() && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_commit || !value::is_web_link(url) {
        return None;
    }
    match ci.provider.as_str() {
        "github" => url.split_once("/actions/").map(|(base, _)| (base, Forge::GitHub { commit })),
        "gitlab" => url.split_once("/-/").map(|(base, _)| (base, Forge::GitLab { commit })),
        _ => None,
    }
}

/// Writes text as one step of an address.
pub(super) fn encode(text: &str) -> String {
    let mut address = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            address.push(char::from(byte));
        } else {
            address.push('%');
            address.extend([byte >> 4, byte & 15].map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])));
        }
    }
    address
}

fn encode_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_step_of_an_address() {
        assert_eq!(encode("2026-11-21T101503Z_ventas_1f0c9a"), "2026-11-21T101503Z_ventas_1f0c9a");
        assert_eq!(encode("a/\"ñ"), "a%2F%22%C3%B1");
    }

    #[test]
    fn rules_have_files_of_their_own() {
        assert_eq!(rule_file("ventas.precio.positive"), "ventas.precio.positive.html");
        let names = ["a b", "a/b", "A b", "../../etc/passwd", "con", &"x".repeat(300)].map(rule_file);
        for name in &names {
            assert!(!name.contains(['/', '\\', ' ']) && !name.starts_with('.') && name.len() < 130, "{name}");
        }
        assert_ne!(names[0], names[1]);
        assert_ne!(names[0].to_lowercase(), names[2].to_lowercase());
    }

    #[test]
    fn rows_lie_beside_the_page_and_nowhere_else() {
        assert_eq!(evidence(&evidence_file("d.n.not_null")).as_deref(), Some("evidence/d.n.not_null.csv"));
        for other in ["javascript:alert(1)", "../x.csv", "evidence/", "evidence/../x", "/evidence/x", "x.csv"] {
            assert_eq!(evidence(other), None, "{other}");
        }
        assert_eq!(evidence("evidence/a/b\"").as_deref(), Some("evidence/a%2Fb%22"));
    }

    #[test]
    fn a_job_leads_to_the_line_of_a_rule() {
        let ci = |provider: &str, url: &str| Ci {
            provider: provider.to_owned(),
            commit: Some("a1b2".to_owned()),
            branch: None,
            url: Some(url.to_owned()),
        };
        let at = Location { file: "rules/ventas diarias.yaml".to_owned(), line: 7, column: 1 };
        let said = |ci: &Ci| source(ci, &at);
        assert_eq!(
            said(&ci("github", "https://github.com/a/b/actions/runs/9")).as_deref(),
            Some("https://github.com/a/b/blob/a1b2/rules/ventas%20diarias.yaml#L7")
        );
        assert_eq!(
            said(&ci("gitlab", "https://git.example/g/p/-/jobs/9")).as_deref(),
            Some("https://git.example/g/p/-/blob/a1b2/rules/ventas%20diarias.yaml#L7")
        );
        assert_eq!(said(&ci("github", "javascript:alert(1)/actions/")), None);
        assert_eq!(said(&ci("jenkins", "https://ci.example/job/9")), None);
        let outside = Location { file: "/etc/x.yaml".to_owned(), ..at.clone() };
        assert_eq!(source(&ci("github", "https://github.com/a/b/actions/runs/9"), &outside), None);
    }
}
