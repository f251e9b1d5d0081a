//! Who may ask for what.
//!
//! With a token, everything but `/healthz` asks for it, as a bearer's or as the password of Basic, which browsers ask people for.
//! Without one, reading is open to this machine alone, and nothing can be started. A page of another site can neither read, by a
//! name that it has come to point here, nor start anything with what the browser knows.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::serve::Served;
use crate::serve::api::Refusal;

/// The shortest token that keeps anybody out.
pub const SHORTEST: usize = 16;

/// Who may ask for what.
pub struct Access {
    /// The digest of the token: two are compared in a time that says nothing of them.
    token: Option<[u8; 32]>,
}

impl Access {
    /// With a token, or for this machine alone.
    #[must_use]
    pub fn new(token: Option<&str>) -> Self {
        Self { token: token.map(digest) }
    }

    /// Whether a token is asked for.
    #[must_use]
    pub const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Why a request is refused, if it is.
    fn refuses(&self, method: &Method, headers: &HeaderMap) -> Option<Refusal> {
        let refusal = |status, why: &str| Some(Refusal::new(status, why));
        let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        match &self.token {
            Some(token) if given(headers).is_none_or(|given| digest(&given) != *token) => {
                return refusal(StatusCode::UNAUTHORIZED, "the token is missing or wrong");
            }
            None if !is_of_this_machine(headers) => {
                return refusal(
                    StatusCode::FORBIDDEN,
                    "this server is for its own machine; with a token it is for others too",
                );
            }
            None if changes => {
                return refusal(StatusCode::FORBIDDEN, "a server without a token starts nothing");
            }
            _ => {}
        }
        if changes && !is_of_this_site(headers) {
            return refusal(StatusCode::FORBIDDEN, "a page of another site asked for this");
        }
        None
    }
}

/// Lets those through who may ask.
pub async fn guard(State(served): State<Served>, request: Request, next: Next) -> Response {
    let Some(refusal) = served.access.refuses(request.method(), request.headers()) else {
        return next.run(request).await;
    };
    let asks = refusal.status == StatusCode::UNAUTHORIZED;
    let mut response = refusal.into_response();
    if asks {
        for how in ["Basic realm=\"tamiz\", charset=\"UTF-8\"", "Bearer"] {
            response.headers_mut().append(WWW_AUTHENTICATE, HeaderValue::from_static(how));
        }
    }
    response
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The token of a request: that of a bearer, or the password of Basic, whoever it says to be.
fn given(headers: &HeaderMap) -> Option<String> {
    let (scheme, value) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(value.trim()).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

/// Whether a request names this machine as its own does: a name that others have made point here is another one.
fn is_of_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// Whether a request was made by a page of this server, or by no page at all.
fn is_of_this_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let same = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let host = text(HOST.as_str());
    let origin = text(ORIGIN.as_str()).is_none_or(|origin| {
        origin.split_once("://").is_some_and(|(_, name)| host.is_some_and(|host| name.eq_ignore_ascii_case(host)))
    });
    same && origin
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap())).collect()
    }

    fn refused(access: &Access, method: &Method, pairs: &[(&'static str, &str)]) -> Option<u16> {
        access.refuses(method, &headers(pairs)).map(|refusal| refusal.status.as_u16())
    }

    #[test]
    fn without_a_token_this_machine_reads_and_nobody_starts_anything() {
        let access = Access::new(None);
        for host in ["localhost", "LOCALHOST:8700", "127.0.0.1:8700", "[::1]:8700", "127.0.0.2"] {
            assert_eq!(refused(&access, &Method::GET, &[("host", host)]), None, "{host}");
        }
        for host in
            ["evil.example", "evil.example:8700", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example", ""]
        {
            assert_eq!(refused(&access, &Method::GET, &[("host", host)]), Some(403), "{host}");
        }
        assert_eq!(refused(&access, &Method::GET, &[]), Some(403));
        assert_eq!(refused(&access, &Method::POST, &[("host", "localhost")]), Some(403));
    }

    #[test]
    fn with_a_token_it_is_asked_for_everywhere() {
        let access = Access::new(Some("a token of some length"));
        let basic = format!("Basic {}", BASE64_STANDARD.encode("ana:a token of some length"));
        for said in ["Bearer a token of some length", "bearer  a token of some length", &basic] {
            assert_eq!(refused(&access, &Method::GET, &[("authorization", said), ("host", "h")]), None, "{said}");
            assert_eq!(refused(&access, &Method::POST, &[("authorization", said), ("host", "h")]), None, "{said}");
        }
        for said in [
            "Bearer",
            "Bearer a token of some lengt",
            "Basic a token of some length",
            "Basic !",
            "Digest x",
            "",
            "Bearer \u{f1}",
        ] {
            assert_eq!(refused(&access, &Method::GET, &[("authorization", said)]), Some(401), "{said}");
        }
        assert_eq!(refused(&access, &Method::GET, &[]), Some(401));
    }

    #[test]
    fn a_page_of_another_site_starts_nothing() {
        let access = Access::new(Some("a token of some length"));
        let with = |more: &[(&'static str, &str)]| {
            let own = [("authorization", "Bearer a token of some length"), ("host", "t.example:80")];
            refused(&access, &Method::POST, &[&own, more].concat())
        };
        assert_eq!(with(&[("origin", "http://t.example:80"), ("sec-fetch-site", "same-origin")]), None);
        assert_eq!(with(&[("origin", "http://evil.example")]), Some(403));
        assert_eq!(with(&[("origin", "null")]), Some(403));
        assert_eq!(with(&[("sec-fetch-site", "cross-site")]), Some(403));
    }
}
