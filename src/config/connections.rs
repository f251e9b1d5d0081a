//! `connections`: where the databases are that suites name, and how one gets in.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::keys;
use crate::config::read::Reader;
use crate::config::secret::Secret;
use crate::diagnostic::Code;
use crate::suite::yaml::Node;

/// What the names of parameters hold that let one in.
const SECRET: [&str; 6] = ["token", "password", "passwd", "secret", "authorization", "api-key"];

/// Where a database is, and how one gets in.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its URL.
    pub url: Secret,
    /// The password, where the URL has none.
    pub password: Option<Secret>,
    /// How long one statement may take.
    pub timeout: Option<Duration>,
    /// The file of the authorities that its certificate is held to.
    pub ca: Option<PathBuf>,
}

impl Reader<'_> {
    /// The connections, by name.
    pub(super) fn connections(&mut self, node: &Node) -> Vec<(String, Connection)> {
        let Some(entries) = self.map(node, "connections") else { return Vec::new() };
        let read = entries.iter().filter_map(|entry| Some((entry.key.clone(), self.connection(&entry.value)?)));
        read.collect()
    }

    fn connection(&mut self, node: &Node) -> Option<Connection> {
        let Some(url) = node.get("url") else {
            return Some(Connection { url: self.database(node)?, password: None, timeout: None, ca: None });
        };
        self.check_keys(node, keys::CONNECTION, "a connection");
        Some(Connection {
            url: self.database(url)?,
            password: node.get("password").and_then(|node| self.secret(node)),
            timeout: node.get("timeout").and_then(|node| self.length(node)),
            ca: node.get("ca").and_then(|node| self.text(node)).map(PathBuf::from),
        })
    }

    /// The URL of a database: itself if it holds no password, or where it stands.
    fn database(&mut self, node: &Node) -> Option<Secret> {
        const ADVICE: &str = "write `postgres://user@host/database`, `mariadb://user@host/database`, `duckdb:lake.duckdb`, or `{env: NAME}` for a URL with a password";
        if node.entries().is_some() {
            return self.secret(node);
        }
        let text = self.text(node)?;
        if ["duckdb:", "sqlite:"].iter().any(|file| text.starts_with(file)) {
            return Some(Secret::text(&text));
        }
        let wrong = match text.strip_prefix("adbc:").map(|rest| ("adbc", rest)).or_else(|| text.split_once("://")) {
            Some((scheme, rest)) if !scheme.is_empty() && !rest.is_empty() && scheme != "dry" => {
                let has_password = rest.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
                let mut parameters = rest.split(['?', '&', ';']).skip(1);
                if !has_password && !parameters.any(|parameter| SECRET.iter().any(|name| parameter.contains(name))) {
                    return Some(Secret::text(&text));
                }
                "a password does not stand in the file"
            }
            _ => "this is no URL of a database",
        };
        self.error(Code::BadValue, node.span.clone(), wrong).help = Some(ADVICE.to_owned());
        None
    }
}
