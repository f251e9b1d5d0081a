//! `tamiz.yaml`: what holds for all suites of a project, read like a suite, with every mistake in one go.
//!
//! `read` takes the file apart, `masks`, `lineage` and `defaults` the parts of those names, `alerts` what is sent to whom,
//! `channel` where it goes, `connections` where databases are, `secret` texts that never print, `keys` are the words, `schema` tells editors of them. It opens no
//! file and no connection: the environment and the files of secrets are handed in. What becomes of alerts is the business of
//! `alert`.

pub mod alerts;
pub mod channel;
pub mod connections;
pub mod defaults;
pub mod keys;
pub mod lineage;
pub mod schema;
pub mod secret;

mod masks;
mod read;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, SourceText};
use crate::history::prune::Keep;
use crate::mask::Project;
pub use alerts::{Alerts, Escalation, Match, Mute, Route, Sending};
pub use channel::{Channel, Kind};
pub use connections::Connection;
pub use defaults::Defaults;
pub use lineage::Lineage;
pub use read::read;
pub use secret::Secret;

/// The names of the file, of which a folder may have one.
pub const NAMES: [&str; 2] = ["tamiz.yaml", "tamiz.yml"];

/// What holds for all suites of a project.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file.
    pub source: Arc<SourceText>,
    /// Where people find the pages that runs leave.
    pub report: Report,
    /// The URL of the database that the history of a team is in.
    pub history: Option<Secret>,
    /// Where the databases are that suites name.
    pub connections: Vec<(String, Connection)>,
    /// Which runs `tamiz history prune` keeps where no flag says so.
    pub retention: Option<Keep>,
    /// How values are masked in all suites.
    pub masks: Option<Arc<Project>>,
    /// Where events of `OpenLineage` go with every check.
    pub lineage: Option<Lineage>,
    /// What `tamiz check` does where no flag says so.
    pub defaults: Defaults,
    /// How `tamiz serve` is reached.
    pub serve: Serve,
    /// What is sent to whom.
    pub alerts: Option<Alerts>,
    /// What is legal and worth a remark.
    pub notes: Vec<Diagnostic>,
}

/// Where people find the pages that runs leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The address that the folder of reports is served at, without a slash at its end.
    pub url: Option<String>,
}

/// How `tamiz serve` is reached.
#[derive(Clone, Debug, Default)]
pub struct Serve {
    /// The token that it asks for.
    pub token: Option<Secret>,
}

/// What the file is read with.
pub struct Request<'a> {
    /// Its path, as given.
    pub path: &'a Path,
    /// Its text.
    pub text: String,
    /// The environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Reads the text of a file that holds a secret.
    pub read: &'a dyn Fn(&Path) -> io::Result<String>,
    /// What the clock says, in microseconds since 1970 UTC: mutes end.
    pub now: i64,
}

/// The places where the file of a suite is looked for, the nearest first: the folder of the suite and those above it up to the
/// working folder; only its own if it does not lie below that.
#[must_use]
pub fn places(suite: &Path, working: &Path) -> Vec<PathBuf> {
    let whole = working.join(suite);
    let Some(folder) = whole.parent() else { return Vec::new() };
    let folder = crate::dataset::tidy(folder);
    let above: Vec<PathBuf> = if folder.starts_with(working) {
        folder.ancestors().take_while(|above| above.starts_with(working)).map(Path::to_owned).collect()
    } else {
        vec![folder]
    };
    above.iter().flat_map(|folder| NAMES.map(|name| folder.join(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_looked_for_from_the_suite_up_to_the_working_folder() {
        let looked = |suite: &str| {
            let places = places(Path::new(suite), Path::new("/home/p"));
            places.iter().filter(|place| place.ends_with("tamiz.yaml")).cloned().collect::<Vec<_>>()
        };
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(
            looked("rules/a/s.yaml"),
            paths(&["/home/p/rules/a/tamiz.yaml", "/home/p/rules/tamiz.yaml", "/home/p/tamiz.yaml"])
        );
        assert_eq!(looked("s.yaml"), paths(&["/home/p/tamiz.yaml"]));
        assert_eq!(looked("/srv/rules/s.yaml"), paths(&["/srv/rules/tamiz.yaml"]));
        assert_eq!(looked("../q/s.yaml"), paths(&["/home/q/tamiz.yaml"]));
    }
}
