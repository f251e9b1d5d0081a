//! The connections of `tamiz.yaml`, with the passwords and the drivers that the environment has for them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cli::world;
use crate::config::Config;
use crate::engine::sql::{self, Link};

/// The variable that the tools of PostgreSQL take a password from.
pub(super) const PASSWORD: &str = "PGPASSWORD";

/// How the variable begins that says which file a driver is: a file is code, which neither suites nor `tamiz.yaml` name.
const DRIVER: &str = "TAMIZ_DRIVER_";

/// The file of a driver, by the variable of its name.
fn driver(name: &str) -> Option<PathBuf> {
    let letters =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' });
    world::said(&format!("{DRIVER}{}", letters.collect::<String>())).map(PathBuf::from)
}

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
        let driver = url.as_ref().ok().and_then(|url| sql::driver(url)).and_then(|name| driver(&name));
        (name.clone(), Link { url, password, timeout: connection.timeout, driver })
    };
    connections.iter().map(link).collect()
}
