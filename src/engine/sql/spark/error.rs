//! Why a server of Spark Connect gives no answer: a sentence that holds no secret, and whether the same may do later.

use std::error::Error as StdError;
use std::fmt;

use tonic::{Code, Status};

use super::address::Address;
use crate::outcome::Fault;

/// The most characters of a message of a server that are told.
const LONGEST: usize = 2_000;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// What an error means for who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The server cannot be reached, or the connection broke; it may be there at another time.
    Passing,
    /// The server does not know the operation that is asked for.
    Gone,
    /// It did not answer in time.
    Slow,
    /// The server refuses the statement.
    Refused,
    /// Anything else: trying again does not help.
    Wrong,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(super) fn wrong(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Wrong, message)
    }

    pub(super) fn passing(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Passing, message)
    }

    /// That a stream ended before the result did.
    pub(super) fn cut() -> Self {
        Self::passing("the server ended the result before it was complete")
    }

    /// What it means for who asks.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What becomes of a rule that is not answered because of it.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let code = match self.kind {
            ErrorKind::Refused => "not_computable",
            ErrorKind::Slow => "timeout",
            ErrorKind::Passing | ErrorKind::Gone | ErrorKind::Wrong => "source_unreadable",
        };
        Fault { code: code.to_owned(), message: self.message.clone(), caused_by: None }
    }

    /// The same after some attempts.
    pub(super) fn after(self, failed: u32) -> Self {
        match failed {
            0 => self,
            1 => Self { message: format!("{}, and one more attempt changed nothing", self.message), ..self },
            _ => Self { message: format!("{}, and {failed} more attempts changed nothing", self.message), ..self },
        }
    }

    /// What a status of gRPC means.
    pub(super) fn status(status: &Status, address: &Address) -> Self {
        if let Some(cause) = status.source() {
            return Self::connection(cause);
        }
        let told = plain(status.message(), address);
        let says = |words: &[&str]| words.iter().any(|word| status.message().contains(word));
        match status.code() {
            // The last is how Sail says it.
            _ if says(&[
                "INVALID_HANDLE.OPERATION_NOT_FOUND",
                "INVALID_HANDLE.OPERATION_ABANDONED",
                "task context not found for operation",
            ]) =>
            {
                Self::new(ErrorKind::Gone, format!("the server knows nothing of the statement any more: {told}"))
            }
            _ if says(&["INVALID_CURSOR.DISCONNECTED"]) => Self::passing(told),
            _ if says(&["INVALID_CURSOR."]) => {
                Self::wrong(format!("the server does not let a result be taken up again: {told}"))
            }
            _ if says(&["INVALID_HANDLE."]) => Self::wrong(format!("the server has lost the session: {told}")),
            Code::Unauthenticated | Code::PermissionDenied => {
                Self::wrong(format!("the server refuses access: {told}; check the token of the address"))
            }
            Code::Unimplemented => Self::wrong(format!("the server does not know what is asked of it: {told}")),
            Code::Unavailable | Code::DeadlineExceeded => Self::passing(format!("the server is not available: {told}")),
            // What the client makes of an answer without an end.
            Code::Unknown if says(&["missing grpc-status trailer"]) => Self::cut(),
            _ if says(&["Unexpected EOF decoding stream"]) => Self::cut(),
            Code::OutOfRange if says(&["decoded message length too large"]) => Self::wrong(told),
            _ => Self::new(ErrorKind::Refused, told),
        }
    }

    /// What a failed connection means.
    pub(super) fn connection(error: &(dyn StdError + 'static)) -> Self {
        let mut told = Vec::new();
        let mut cause = Some(error);
        while let Some(error) = cause {
            told.push(error.to_string().to_lowercase());
            cause = error.source();
        }
        let says = |words: &[&str]| told.iter().any(|text| words.iter().any(|word| text.contains(word)));
        if says(&["certificate", "invalid peer", "tls", "handshake", "unknownissuer", "corrupt message"]) {
            return Self::wrong(
                "no trusted connection can be made (TLS); check `use_ssl`, the certificate of the server and the clock",
            );
        }
        if says(&["dns error", "failed to lookup", "name or service not known", "nodename nor servname"]) {
            return Self::passing("the name of the server is not known (DNS); check the address and the network");
        }
        if says(&["connection refused"]) {
            return Self::passing("the server refuses the connection; check the address, the port and that it runs");
        }
        Self::passing("the connection broke off")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.write_str(&self.message)
    }
}

impl StdError for Error {}

/// The message of a server without the secrets that it was asked with, and not too long.
fn plain(message: &str, address: &Address) -> String {
    let mut secrets: Vec<&str> = address.secrets().filter(|secret| !secret.is_empty()).collect();
    // A secret that is a part of another one is masked after it.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let masked = secrets.iter().fold(message.trim().to_owned(), |text, secret| text.replace(secret, "***"));
    match masked.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &masked[..end]),
        None if masked.is_empty() => "it does not say why".to_owned(),
        None => masked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: &Status) -> (ErrorKind, String, String) {
        let address = Address::parse("sc://h/;token=s3cret", None).unwrap();
        let error = Error::status(status, &address);
        let fault = error.fault();
        (error.kind(), fault.code, fault.message)
    }

    #[test]
    fn a_refused_statement_is_told_without_secrets() {
        let (kind, code, message) = told(&Status::internal("[TABLE_OR_VIEW_NOT_FOUND] no s3cret here"));
        assert_eq!((kind, code.as_str()), (ErrorKind::Refused, "not_computable"));
        assert_eq!(message, "[TABLE_OR_VIEW_NOT_FOUND] no *** here");
        assert_eq!(told(&Status::internal("x".repeat(9_000))).2.chars().count(), LONGEST + 1);
        assert_eq!(told(&Status::internal("")).2, "it does not say why");
    }

    #[test]
    fn what_is_no_fault_of_the_statement_is_of_the_source() {
        for (status, kind) in [
            (Status::unavailable("restarts"), ErrorKind::Passing),
            (Status::unauthenticated("wrong token s3cret"), ErrorKind::Wrong),
            (Status::internal("[INVALID_HANDLE.OPERATION_NOT_FOUND] no such"), ErrorKind::Gone),
            (Status::internal("[INVALID_HANDLE.SESSION_CHANGED] restarted"), ErrorKind::Wrong),
            (Status::unknown("protocol error: missing grpc-status trailer, …"), ErrorKind::Passing),
            (Status::from_error("broken pipe".into()), ErrorKind::Passing),
        ] {
            let (found, code, message) = told(&status);
            assert_eq!((found, code.as_str()), (kind, "source_unreadable"), "{status:?}");
            assert!(!message.contains("s3cret"), "{message}");
        }
    }
}
