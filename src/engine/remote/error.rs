//! Why something cannot be read over the network: a sentence that holds no secret, with what to do about it.
//!
//! Servers answer with whole documents, which may repeat keys and signatures; of these only the status and the code are told.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::time::Duration;

use object_store::client::{HttpError, HttpErrorKind};

use crate::engine::remote::address::Service;

/// Why something cannot be read.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    /// How long the server asks to wait.
    pub(super) wait: Option<Duration>,
}

/// What an error means for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Nothing is there.
    Missing,
    /// Access is refused.
    Denied,
    /// It may be there at another time.
    Passing,
    /// It is not what it was when the run began.
    Changed,
    /// The run is to stop.
    Stopped,
    /// Anything else: trying again does not help.
    Wrong,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, message: &str) -> Self {
        Self { kind, message: message.to_owned(), wait: None }
    }

    pub(super) fn wrong(message: &str) -> Self {
        Self::new(ErrorKind::Wrong, message)
    }

    pub(super) fn passing(message: &str) -> Self {
        Self::new(ErrorKind::Passing, message)
    }

    pub(super) fn changed() -> Self {
        Self::new(ErrorKind::Changed, "it was changed while it was read; run again when nobody writes it")
    }

    pub(super) fn stopped() -> Self {
        Self::new(ErrorKind::Stopped, "the run was to stop before this was read to its end")
    }

    pub(super) fn missing() -> Self {
        Self::new(ErrorKind::Missing, "it is not there")
    }

    /// What a status of HTTP means, with the code that the server gives it.
    pub(super) fn status(status: u16, code: Option<&str>, hint: &str) -> Self {
        let told = code.map_or_else(|| status.to_string(), |code| format!("{status} {code}"));
        match status {
            404 | 410 if code == Some("NoSuchBucket") || code == Some("ContainerNotFound") => {
                Self::new(ErrorKind::Missing, &format!("there is no such bucket ({told})"))
            }
            404 | 410 => Self::missing(),
            301 | 302 | 307 | 308 => Self::wrong(&format!("the server points elsewhere ({told}); {hint}")),
            400 | 401 | 403 => Self::new(ErrorKind::Denied, &format!("the server refuses access ({told}); {hint}")),
            412 => Self::changed(),
            408 | 429 => Self::passing(&format!("the server asks for patience ({told})")),
            500.. => Self::passing(&format!("the server is in trouble ({told})")),
            _ => Self::wrong(&format!("the server answers {told}")),
        }
    }

    /// What a failed connection means.
    pub(super) fn connection(error: &HttpError) -> Self {
        let mut told = Vec::new();
        let mut inner = error.source();
        while let Some(error) = inner {
            told.push(error.to_string().to_lowercase());
            inner = error.source();
        }
        let says = |words: &[&str]| told.iter().any(|text| words.iter().any(|word| text.contains(word)));
        if says(&["certificate", "invalid peer", "tls", "handshake", "unknownissuer"]) {
            return Self::wrong(
                "no trusted connection can be made (TLS); check the certificate of the server and the clock",
            );
        }
        if says(&["dns error", "failed to lookup", "name or service not known", "nodename nor servname"]) {
            return Self::passing("the name of the server is not known (DNS); check the URL and the network");
        }
        if says(&["connection refused"]) {
            return Self::passing("the server refuses the connection; check the URL, the port and that it runs");
        }
        match error.kind() {
            HttpErrorKind::Timeout => Self::passing("the server does not answer in time"),
            HttpErrorKind::Connect => Self::passing("no connection to the server can be made"),
            HttpErrorKind::Request | HttpErrorKind::Interrupted => Self::passing("the connection broke off"),
            HttpErrorKind::Decode => Self::passing("the connection broke off in the middle of the data"),
            _ => Self::passing("the connection failed"),
        }
    }

    /// What an error of a store means.
    pub(super) fn store(error: &object_store::Error, service: Service) -> Self {
        let mut text = error.to_string();
        let mut inner: Option<&(dyn std::error::Error + 'static)> = error.source();
        while let Some(source) = inner {
            if let Some(failed) = source.downcast_ref::<HttpError>() {
                // Asking the machine for credentials is what is done when there are no others.
                if ["169.254.", "metadata", "/token"].iter().any(|place| text.contains(place)) {
                    return Self::new(ErrorKind::Denied, &format!("no credentials were found; {}", hint(service)));
                }
                return Self::connection(failed);
            }
            text = format!("{text} {source}");
            inner = source.source();
        }
        let code = between(&text, "<Code>", "</Code>").or_else(|| between(&text, "\"reason\": \"", "\""));
        let status = text.split("status code: ").nth(1).and_then(|rest| rest.get(..3)).and_then(|it| it.parse().ok());
        if text.contains("redirect without LOCATION") {
            return Self::status(301, code, hint(service));
        }
        match (error, status) {
            _ if ["169.254.", "metadata", "/token"].iter().any(|place| text.contains(place)) => {
                Self::new(ErrorKind::Denied, &format!("no credentials were found; {}", hint(service)))
            }
            (_, Some(status)) => Self::status(status, code, hint(service)),
            (object_store::Error::NotFound { .. }, _) => Self::missing(),
            (object_store::Error::Precondition { .. }, _) => Self::changed(),
            (object_store::Error::PermissionDenied { .. }, _) => Self::status(403, code, hint(service)),
            (object_store::Error::Unauthenticated { .. }, _) => Self::status(401, code, hint(service)),
            (object_store::Error::InvalidPath { .. }, _) => Self::wrong(
                "a key of it cannot be named: it has an empty part, `.` or `..` between slashes, or a control character",
            ),
            _ => Self::wrong(&format!("its answer is not understood; {}", hint(service))),
        }
    }

    /// The same from a server that asks to wait.
    pub(super) fn asking(self, wait: Option<Duration>) -> Self {
        Self { wait, ..self }
    }

    /// The same after some attempts.
    pub(super) fn after(self, failed: u32) -> Self {
        match failed {
            0 => self,
            1 => Self { message: format!("{}, and one more attempt changed nothing", self.message), ..self },
            _ => Self { message: format!("{}, and {failed} more attempts changed nothing", self.message), ..self },
        }
    }

    /// What it means for the reader.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(super) fn may_pass(&self) -> bool {
        self.kind == ErrorKind::Passing
    }

    pub(super) fn io_kind(&self) -> io::ErrorKind {
        match self.kind {
            ErrorKind::Missing => io::ErrorKind::NotFound,
            ErrorKind::Denied => io::ErrorKind::PermissionDenied,
            ErrorKind::Stopped => io::ErrorKind::TimedOut,
            ErrorKind::Passing | ErrorKind::Changed | ErrorKind::Wrong => io::ErrorKind::Other,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Where to look when a service refuses.
pub(super) const fn hint(service: Service) -> &'static str {
    match service {
        Service::S3 => {
            "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION; \
             AWS_SKIP_SIGNATURE=true reads a public bucket"
        }
        Service::Google => {
            "check GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT; GOOGLE_SKIP_SIGNATURE=true reads a public bucket"
        }
        Service::Azure => {
            "check AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN; \
             AZURE_SKIP_SIGNATURE=true reads a public container"
        }
    }
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(start)?;
    let (word, _) = rest.split_once(end)?;
    Some(word).filter(|word| word.len() < 80 && word.chars().all(|letter| letter.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_what_to_do() {
        let told = |status, code| {
            let error = Error::status(status, code, "look there");
            (error.kind(), error.to_string())
        };
        assert_eq!(told(404, None), (ErrorKind::Missing, "it is not there".to_owned()));
        let denied = "the server refuses access (403 AccessDenied); look there".to_owned();
        assert_eq!(told(403, Some("AccessDenied")), (ErrorKind::Denied, denied));
        assert_eq!(told(503, Some("SlowDown")).0, ErrorKind::Passing);
        assert_eq!(told(412, None).0, ErrorKind::Changed);
        assert_eq!(told(418, None), (ErrorKind::Wrong, "the server answers 418".to_owned()));
    }

    #[test]
    fn only_the_code_of_an_answer_is_told() {
        let body = "<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>AKIA</AWSAccessKeyId></Error>";
        let text = format!("Server returned non-2xx status code: 403 Forbidden: {body}");
        let error = object_store::Error::Generic { store: "S3", source: text.into() };
        let told = Error::store(&error, Service::S3).to_string();
        assert!(told.starts_with("the server refuses access (403 SignatureDoesNotMatch); check AWS_"), "{told}");
        assert!(!told.contains("AKIA"));
    }

    #[test]
    fn attempts_are_counted() {
        assert_eq!(Error::passing("no").after(2).to_string(), "no, and 2 more attempts changed nothing");
        assert_eq!(Error::passing("no").after(0).to_string(), "no");
    }
}
