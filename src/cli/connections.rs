//! The connections of `tamiz.yaml`, with the passwords and the drivers that the environment has for them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cli::world;
use crate::config::Config;
use crate::engine::sql::{self, Link};

/// The variable that the tools of PostgreSQL take a password from.
pub(super) const PASSWORD: &str = "PGPASSWORD";

/// The variable that the clients of MariaDB take one from.
const PASSWORD_OF_MARIADB: &str = "MYSQL_PWD";

/// How the variable begins that says which file a driver is: a file is code, which neither suites nor `tamiz.yaml` name.
const DRIVER: &str = "TAMIZ_DRIVER_";

/// The file of a driver, by the variable of its name.
fn driver(name: &str) -> Option<PathBuf> {
    let letters =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' });
    world::said(&format!("{DRIVER}{}", letters.collect::<String>())).map(PathBuf::from)
}

/// The password that the environment has for a URL.
fn password(url: &str) -> Option<String> {
    let variable = match url.split_once("://")?.0 {
        "postgres" | "postgresql" => PASSWORD,
        "mariadb" | "mysql" => PASSWORD_OF_MARIADB,
        _ => return None,
    };
    world::said(variable)
}

/// Where the connections that suites name lead.
pub(super) fn links(config: Option<&Config>) -> BTreeMap<String, Link> {
    let connections = config.map(|config| config.connections.as_slice()).unwrap_or_default();
    let link = |(name, connection): &(String, crate::config::Connection)| {
        let exposed = |secret: &crate::config::Secret| secret.expose().map(str::to_owned);
        let (url, own) = (exposed(&connection.url), connection.password.as_ref().map(exposed).transpose());
        let (url, said) = match own {
            Ok(own) => (url, own),
            Err(why) => (Err(format!("its password: {why}")), None),
        };
        let password = said.or_else(|| password(url.as_ref().ok()?));
        let driver = url.as_ref().ok().and_then(|url| sql::driver(url)).and_then(|name| driver(&name));
        (name.clone(), Link { url, password, timeout: connection.timeout, ca: connection.ca.clone(), driver })
    };
    connections.iter().map(link).collect()
}
