//! Where a server of MariaDB is: `mariadb://user@host:3306/database?ssl-mode=verify_identity&ssl-ca=ca.pem`.
//!
//! `ssl-mode` means what it means to the clients of MariaDB and MySQL: `disabled`; `preferred`, which encrypts if the server can
//! and is the default; `required`, which encrypts and takes any certificate; `verify_identity`, which wants one of a known
//! authority in the name of the host, the authorities being those of the system or of the file `ssl-ca`. `socket` is the file
//! of a server on this machine. Everything else is the business of the client.

use std::path::PathBuf;
use std::time::Duration;

use mysql_async::{Opts, OptsBuilder, SslOpts};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// How such a URL begins.
pub(in crate::engine::sql::connection) const SCHEMES: [&str; 2] = ["mariadb", "mysql"];

/// The port where servers listen if nobody says.
const PORT: u16 = 3306;

/// A server and how it is reached.
pub(super) struct Address {
    opts: OptsBuilder,
    trust: Trust,
    shown: String,
}

/// Whether what is said is encrypted, and whose certificate is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    Nothing,
    /// Anybody's, or in clear.
    IfItCan,
    Any,
    Identity,
}

impl Address {
    /// Reads a URL; `password` is for one that has none.
    ///
    /// # Errors
    /// What is wrong with it, without the URL, which may hold a password.
    pub(super) fn parse(url: &str, password: Option<&str>) -> Result<Self, String> {
        let mut url = Url::parse(url).map_err(|error| format!("it is no URL: {error}"))?;
        let (mut mode, mut authorities, mut socket) = (None, None, None);
        for (name, value) in url.query_pairs() {
            match &*name {
                "ssl-mode" => mode = Some(value.to_ascii_lowercase().replace('-', "_")),
                "ssl-ca" => authorities = Some(value.into_owned()),
                "socket" => socket = Some(value.into_owned()),
                other => return Err(format!("`{other}` is none of ssl-mode, ssl-ca, socket")),
            }
        }
        let trust = match (mode.as_deref(), &authorities) {
            (None | Some("preferred"), None) => Trust::IfItCan,
            (Some("disabled"), None) => Trust::Nothing,
            (Some("required"), None) => Trust::Any,
            (Some("disabled"), Some(_)) => return Err("`ssl-ca` is for what is encrypted".to_owned()),
            // Who names authorities wants them asked, and an answer in the name of the host.
            (Some("verify_identity"), _) | (None | Some("required" | "preferred"), Some(_)) => Trust::Identity,
            (Some(other), _) => {
                return Err(format!("`ssl-mode={other}` is none of disabled, preferred, required, verify_identity"));
            }
        };
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8().map_err(|_| "it is no text".to_owned())?;
            Ok::<_, String>(Some(text.into_owned()).filter(|text| !text.is_empty()))
        };
        let host = match url.host() {
            Some(Host::Domain(host)) if !host.is_empty() => decoded(host)?.unwrap_or_default(),
            Some(Host::Ipv4(host)) => host.to_string(),
            Some(Host::Ipv6(host)) => host.to_string(),
            _ if socket.is_some() => "localhost".to_owned(),
            _ => return Err("it names no host".to_owned()),
        };
        let password = url.password().map(decoded).transpose()?.flatten().or_else(|| password.map(str::to_owned));
        let mut opts = OptsBuilder::default()
            .ip_or_hostname(host)
            .tcp_port(url.port().unwrap_or(PORT))
            .user(decoded(url.username())?)
            .pass(password)
            .db_name(decoded(url.path().trim_start_matches('/'))?)
            .prefer_socket(false)
            .socket(socket)
            .stmt_cache_size(0)
            .tcp_keepalive(Some(Duration::from_secs(30)))
            .connect_attribute("program_name", "tamiz");
        if trust != Trust::Nothing {
            let takes_any = matches!(trust, Trust::IfItCan | Trust::Any);
            opts = opts.ssl_opts(
                SslOpts::default()
                    .with_disable_built_in_roots(!takes_any)
                    .with_root_certs(match authorities {
                        Some(path) => vec![PathBuf::from(path).into()],
                        // Where anybody's certificate is taken they are not asked.
                        None if takes_any => Vec::new(),
                        None => of_the_system().map(Into::into).collect(),
                    })
                    .with_danger_accept_invalid_certs(takes_any)
                    .with_danger_skip_domain_validation(takes_any),
            );
        }
        // What is left to show: who, where, which database.
        let _ = url.set_password(None);
        url.set_query(None);
        Ok(Self { opts, trust, shown: url.to_string() })
    }

    /// Where it is, without secrets.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// What its client is told, one after the other until one is taken: encrypted first, if that is as may be.
    pub(super) fn ways(&self) -> Vec<Opts> {
        let first = Opts::from(self.opts.clone());
        match self.trust {
            Trust::IfItCan => vec![first, Opts::from(self.opts.clone().ssl_opts(None::<SslOpts>))],
            _ => vec![first],
        }
    }
}

/// The authorities that the system knows.
fn of_the_system() -> impl Iterator<Item = Vec<u8>> {
    rustls_native_certs::load_native_certs().certs.into_iter().map(|authority| authority.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opts(url: &str) -> Opts {
        Address::parse(url, Some("other")).unwrap().ways().remove(0)
    }

    #[test]
    fn a_url_says_who_and_where() {
        let told = opts("mariadb://an%40a:s%3Acret@db.example:3307/ven%20tas?ssl-mode=disabled");
        assert_eq!((told.user(), told.pass()), (Some("an@a"), Some("s:cret")));
        assert_eq!((told.ip_or_hostname(), told.tcp_port()), ("db.example", 3307));
        assert_eq!((told.db_name(), told.ssl_opts().is_some()), (Some("ven tas"), false));
        let told = opts("mysql://ana@[::1]");
        assert_eq!((told.ip_or_hostname(), told.tcp_port(), told.pass()), ("::1", PORT, Some("other")));
        assert_eq!(opts("mariadb:///ventas?socket=/run/mysqld.sock").socket(), Some("/run/mysqld.sock"));
        let shown = Address::parse("mariadb://ana:s3cret@h/d?ssl-mode=required", None).unwrap();
        assert_eq!(shown.shown(), "mariadb://ana@h/d");
    }

    #[test]
    fn a_mode_says_whose_certificate_is_taken() {
        let trusts = |query: &str| {
            let address = Address::parse(&format!("mariadb://h/d{query}"), None).unwrap();
            let told = address.ways().remove(0);
            let ssl = told.ssl_opts().cloned();
            let skips = ssl.map(|ssl| (ssl.accept_invalid_certs(), ssl.skip_domain_validation()));
            (address.ways().len(), skips)
        };
        assert_eq!(trusts(""), (2, Some((true, true))));
        assert_eq!(trusts("?ssl-mode=DISABLED"), (1, None));
        assert_eq!(trusts("?ssl-mode=REQUIRED"), (1, Some((true, true))));
        assert_eq!(trusts("?ssl-mode=verify-identity"), (1, Some((false, false))));
        assert_eq!(trusts("?ssl-ca=/ca.pem"), (1, Some((false, false))));
        assert_eq!(trusts("?ssl-mode=required&ssl-ca=/ca.pem"), (1, Some((false, false))));
    }

    #[test]
    fn what_is_wrong_is_said_without_secrets() {
        for url in [
            "mariadb://ana:s3cret@h/d?sslmode=require",
            "mariadb://ana:s3cret@h/d?ssl-mode=verify_ca",
            "mariadb://ana:s3cret@h/d?ssl-mode=disabled&ssl-ca=x",
            "mariadb:///d?ssl-mode=disabled",
            "mariadb://ana:s3cret@h:99999/d",
        ] {
            let said = Address::parse(url, None).err().unwrap();
            assert!(!said.contains("s3cret"), "{said}");
        }
    }
}
