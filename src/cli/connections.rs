//! The connections of `tamiz.yaml`, with the passwords that the environment has for them.

use std::collections::BTreeMap;

use crate::cli::world;
use crate::config::Config;
use crate::engine::sql::Link;

/// The variable that the tools of PostgreSQL take a password from.
pub(super) const PASSWORD: &str = "PGPASSWORD";

/// Where the connections that suites name lead.
pub(super) fn links(config: Option<&Config>) -> BTreeMap<String, Link> {
    let connections = config.map(|config| config.connections.as_slice()).unwrap_or_default();
    let link = |(name, connection): &(String, crate::config::Connection)| {
        let exposed = |secret: &crate::config::Secret| secret.expose().map(str::to_owned);
        let (url, password) = (exposed(&connection.url), connection.password.as_ref().map(exposed).transpose());
        let is_postgres = url.as_ref().is_ok_and(|url| url.starts_with("postgres"));
        let (url, password) = match password {
            Ok(password) => (url, password),
            Err(why) => (Err(format!("its password: {why}")), None),
        };
        let password = password.or_else(|| world::said(PASSWORD).filter(|_| is_postgres));
        (name.clone(), Link { url, password, timeout: connection.timeout })
    };
    connections.iter().map(link).collect()
}
