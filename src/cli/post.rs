//! Outputs that go to a server: `--output prometheus=http://…`, `openlineage=http://…` and `otlp=http://…`.
//!
//! What goes to one server may take so much time in a whole command, so that a server that hangs costs that once and not for
//! every suite.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use url::Url;

use crate::cli::lineage;
use crate::cli::tell::clock;
use crate::cli::trace;
use crate::dataset::masked;
use crate::deliver::{self, How, Parcel};
use crate::error::Error;
use crate::report::prometheus;

/// How much time what goes to one server may take in all.
const TIME: Duration = Duration::from_secs(20);

/// How often something is tried.
const TRIES: u32 = 5;

/// The job of gauges on a Pushgateway, where the address names none.
const JOB: &str = "metrics/job/tamiz";

/// What was spent on servers so far.
#[derive(Default)]
pub(super) struct Post {
    spent: RefCell<HashMap<String, Duration>>,
}

impl Post {
    /// Hands the gauges of a suite to a Pushgateway, in the place of those of its last run.
    pub(super) fn gauges(&self, to: &Url, suite: &str, text: &str) -> Result<(), Error> {
        let to = group(to, suite);
        self.send(&to, How::Put, (prometheus::MEDIA_TYPE, text), None)
    }

    /// Hands an event to a server of `OpenLineage`.
    pub(super) fn event(&self, to: &Url, token: Option<&str>, event: &serde_json::Value) -> Result<(), Error> {
        let (to, body) = (lineage::address(to), event.to_string());
        self.send(&to, How::Post, ("application/json", &body), token)
    }

    /// Hands spans to a collector of OpenTelemetry.
    pub(super) fn spans(&self, to: &Url, text: &str) -> Result<(), Error> {
        self.send_with(&trace::address(to), How::Post, ("application/json", text), &trace::headers())
    }

    fn send(&self, to: &Url, how: How, what: (&str, &str), token: Option<&str>) -> Result<(), Error> {
        // Who is named in the address is let in by that.
        let token = token.filter(|_| to.username().is_empty() && to.password().is_none());
        let token = token.map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
        self.send_with(to, how, what, &token.into_iter().collect::<Vec<_>>())
    }

    fn send_with(
        &self,
        to: &Url,
        how: How,
        (media_type, body): (&str, &str),
        more: &[(String, String)],
    ) -> Result<(), Error> {
        let server = to.authority().to_owned();
        let place = masked(to.as_str());
        let spent = self.spent.borrow().get(&server).copied().unwrap_or_default();
        let left = TIME.saturating_sub(spent);
        let wrong = |message| Err(Error::Undelivered { place: place.clone(), message });
        if left.is_zero() {
            return wrong(format!("it was given up after {} s in all", TIME.as_secs()));
        }
        let headers = |_| {
            let own = more.iter().map(|(name, value)| (name.clone(), value.clone()));
            std::iter::once(("content-type".to_owned(), media_type.to_owned())).chain(own).collect()
        };
        let taken = |status, _: &str| (200..300).contains(&status);
        let parcel = Parcel {
            url: to.as_str(),
            how,
            body: body.into(),
            headers: &headers,
            taken,
            repeatable: true,
            tries: TRIES,
        };
        let clock = clock(left);
        let sent = deliver::send(&parcel, &clock);
        self.spent.borrow_mut().insert(server, spent + (clock.passed)());
        match sent {
            Ok(_) => {
                tracing::info!(to = %place, bytes = body.len(), "delivered");
                Ok(())
            }
            Err(refused) => wrong(refused.why),
        }
    }
}

/// An address as it is; one without a path gets this one.
pub(super) fn with_path(url: &Url, path: &str) -> Url {
    let mut url = url.clone();
    if matches!(url.path(), "" | "/") {
        url.set_path(path);
    }
    url
}

/// The group of a suite below the job that an address names, or below ours.
fn group(to: &Url, suite: &str) -> Url {
    let mut url = to.clone();
    let path = to.path().trim_matches('/');
    let path = if path.contains("metrics/job") { path.to_owned() } else { format!("{path}/{JOB}") };
    url.set_path(&format!("{}/{}", path.trim_start_matches('/'), prometheus::group(suite)));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauges_of_a_suite_are_a_group_of_their_own() {
        let at = |url: &str| group(&Url::parse(url).unwrap(), "ventas").to_string();
        assert_eq!(at("http://h:9091"), "http://h:9091/metrics/job/tamiz/suite/ventas");
        assert_eq!(at("http://h:9091/push/"), "http://h:9091/push/metrics/job/tamiz/suite/ventas");
        let own = "http://h:9091/metrics/job/quality/env/prod";
        assert_eq!(at(own), format!("{own}/suite/ventas"));
    }
}
