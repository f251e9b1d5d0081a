//! Places in suites as their repository knows them: paths from its root, which is what code reviews go by.

use std::path::{Component, Path, PathBuf};

use crate::cli::{ci, world};
use crate::outcome::Report;

/// A run whose places are paths from the root of the repository. What lies outside of it keeps its path.
pub(super) fn placed(report: &Report) -> Report {
    let folder = world::folder();
    let root = root(&folder);
    let mut report = report.clone();
    report.run.suite_file = from(&root, &folder, &report.run.suite_file);
    for rule in &mut report.results {
        rule.location.file = from(&root, &folder, &rule.location.file);
    }
    report
}

/// The root of the repository: where the CI service checked it out, or the nearest folder above with a `.git`; else the
/// working folder.
fn root(folder: &Path) -> PathBuf {
    let told = ci::provider(&world::env).and_then(|provider| provider.root(&world::env)).map(PathBuf::from);
    let told = told.filter(|root| root.is_absolute() && inside(root, folder).is_some());
    told.or_else(|| folder.ancestors().find(|above| above.join(".git").exists()).map(Path::to_owned))
        .unwrap_or_else(|| folder.to_owned())
}

/// A path from a root, with slashes.
fn from(root: &Path, folder: &Path, path: &str) -> String {
    let whole = plain(&folder.join(path));
    match inside(root, &whole) {
        Some(inner) => {
            let parts = inner.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
            parts.collect::<Vec<_>>().join("/")
        }
        None => path.replace('\\', "/"),
    }
}

/// What is left of a path below a root, by its name or by where its links lead.
fn inside(root: &Path, path: &Path) -> Option<PathBuf> {
    let led = |path: &Path| path.canonicalize().ok();
    let by_name = path.strip_prefix(plain(root)).ok().map(Path::to_owned);
    by_name.or_else(|| led(path)?.strip_prefix(led(root)?).ok().map(Path::to_owned))
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            _ => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_starts_at_the_root() {
        let said = |path: &str| from(Path::new("/repo"), Path::new("/repo/data"), path);
        assert_eq!(said("rules/s.yaml"), "data/rules/s.yaml");
        assert_eq!(said("./../rules/s.yaml"), "rules/s.yaml");
        assert_eq!(said("/repo/a b/s.yaml"), "a b/s.yaml");
        assert_eq!(said("/elsewhere/s.yaml"), "/elsewhere/s.yaml");
        assert_eq!(said("../../s.yaml"), "../../s.yaml");
    }
}
