//! A PostgreSQL database and how it is reached: `postgres://user@host:5432/database?sslmode=verify-full&schema=tamiz`.
//!
//! `sslmode` means what it means to libpq: `disable`; `prefer`, which encrypts if the server can and is the default; `require`,
//! which encrypts and takes any certificate; `verify-ca` and `verify-full`, which want one of a known authority in the name of
//! the host, the authorities being those of the system or of the file `sslrootcert`. `schema` is the schema of the tables.
//! Everything else is the business of the client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

/// How the URL of such a place begins.
pub const SCHEMES: [&str; 2] = ["postgres", "postgresql"];

/// How long one waits for a server to take a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// A database and how it is reached.
#[derive(Clone)]
pub struct Address {
    /// What its client is told.
    pub config: Config,
    /// The schema of the tables that are meant, where that is said.
    pub schema: Option<String>,
    shown: String,
    trust: Trust,
}

/// Whose certificate is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Trust {
    Any,
    Known { authorities: Option<String> },
}

impl Address {
    /// Reads a URL; `password` is for one that has none.
    ///
    /// # Errors
    /// What is wrong with it, without the URL, which may hold a password.
    pub fn parse(url: &str, password: Option<&str>) -> Result<Self, String> {
        let mut url = Url::parse(url).map_err(|error| format!("it is no URL: {error}"))?;
        if !SCHEMES.contains(&url.scheme()) {
            return Err(format!("`{}://` is no PostgreSQL database; there is postgres://", url.scheme()));
        }
        let (mut schema, mut mode, mut authorities, mut rest) = (None, None, None, Vec::new());
        for (name, value) in url.query_pairs() {
            match &*name {
                "schema" => schema = Some(value.into_owned()),
                "sslmode" => mode = Some(value.into_owned()),
                "sslrootcert" => authorities = Some(value.into_owned()),
                _ => rest.push((name.into_owned(), value.into_owned())),
            }
        }
        if schema.as_ref().is_some_and(|name: &String| name.is_empty() || name.len() > 63 || name.contains('\0')) {
            return Err("`schema` is no name of a schema".to_owned());
        }
        url.set_query(None);
        if !rest.is_empty() {
            url.query_pairs_mut().extend_pairs(rest);
        }
        let mut config: Config = url.as_str().parse().map_err(|error: tokio_postgres::Error| {
            let mut why = error.to_string();
            if let Some(cause) = std::error::Error::source(&error) {
                why += &format!(": {cause}");
            }
            why
        })?;
        let (how, trust) = match (mode.as_deref().unwrap_or("prefer"), authorities) {
            ("disable", _) => (SslMode::Disable, Trust::Any),
            ("allow" | "prefer", None) => (SslMode::Prefer, Trust::Any),
            ("require", None) => (SslMode::Require, Trust::Any),
            // As libpq: who names authorities wants them asked.
            ("allow" | "prefer" | "require" | "verify-ca" | "verify-full", authorities) => {
                (SslMode::Require, Trust::Known { authorities })
            }
            (other, _) => {
                return Err(format!(
                    "`sslmode={other}` is none of disable, allow, prefer, require, verify-ca, verify-full"
                ));
            }
        };
        config.ssl_mode(how);
        if let Some(password) = password.filter(|_| config.get_password().is_none()) {
            config.password(password);
        }
        if config.get_application_name().is_none() {
            config.application_name("tamiz");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        config.keepalives_idle(Duration::from_secs(30));
        // What is left to show: who, where, which database.
        let _ = url.set_password(None);
        url.set_query(None);
        Ok(Self { config, schema, shown: url.to_string(), trust })
    }

    /// Where it is, without secrets.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What encrypts the connection.
    pub fn tls(&self) -> Result<MakeRustlsConnect, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let config = match &self.trust {
            Trust::Any => builder.dangerous().with_custom_certificate_verifier(Arc::new(Unasked(provider))),
            Trust::Known { authorities } => builder.with_root_certificates(roots(authorities.as_deref())?),
        };
        Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.debug_tuple("Address").field(&self.shown).finish()
    }
}

/// What a client says of an error, with what the server added to it; no secret is in it.
#[must_use]
pub fn said(error: &tokio_postgres::Error) -> String {
    let mut said = match error.as_db_error() {
        Some(told) => {
            let mut said = format!("{} ({})", told.message(), told.code().code());
            told.detail().into_iter().chain(told.hint()).for_each(|more| said += &format!("; {more}"));
            return said;
        }
        None => error.to_string(),
    };
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !said.contains(&text) {
            said += &format!(": {text}");
        }
        cause = inner.source();
    }
    said
}

/// The authorities of a file, or those of the system.
fn roots(file: Option<&str>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(file) => {
            let wrong = |error: &dyn fmt::Display| format!("`sslrootcert`: `{file}`: {error}");
            for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
                let certificate = certificate.map_err(|error| wrong(&error))?;
                roots.add(certificate).map_err(|error| wrong(&error))?;
            }
            if roots.is_empty() {
                return Err(wrong(&"it holds no certificate"));
            }
        }
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    Ok(roots)
}

/// Takes every certificate, as `sslmode=require` does: what is sent is encrypted, and nobody asks to whom.
#[derive(Debug)]
struct Unasked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unasked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_neither_password_nor_settings() {
        let address = Address::parse("postgres://ana:s3cret@db:5433/q?schema=calidad&sslmode=require", None).unwrap();
        assert_eq!(address.shown(), "postgres://ana@db:5433/q");
        assert_eq!((address.schema.as_deref(), address.trust.clone()), (Some("calidad"), Trust::Any));
        assert_eq!(address.config.get_password(), Some(&b"s3cret"[..]));
        assert!(!format!("{address:?}").contains("s3cret"));
        let given = Address::parse("postgresql://ana@db/q", Some("other")).unwrap();
        assert_eq!(given.config.get_password(), Some(&b"other"[..]));
        assert_eq!(given.config.get_ssl_mode(), SslMode::Prefer);
    }

    #[test]
    fn encryption_means_what_it_means_to_libpq() {
        let of = |query: &str| {
            let address = Address::parse(&format!("postgres://db/q?{query}"), None).unwrap();
            (address.config.get_ssl_mode(), address.trust)
        };
        assert_eq!(of("sslmode=disable"), (SslMode::Disable, Trust::Any));
        assert_eq!(of("sslmode=verify-full"), (SslMode::Require, Trust::Known { authorities: None }));
        let named = Trust::Known { authorities: Some("/ca.pem".to_owned()) };
        assert_eq!(of("sslmode=require&sslrootcert=/ca.pem"), (SslMode::Require, named));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        for url in [
            "mysql://a:s3cret@b/c",
            "postgres://a:s3cret@b/c?sslmode=sometimes",
            "s3cret",
            "postgres://a:s3cret@b/c?port=s3cret",
            "postgres://a:s3cret@b/c?schema=",
        ] {
            let why = Address::parse(url, None).unwrap_err();
            assert!(!why.contains("a:s3cret"), "{why}");
        }
    }
}
