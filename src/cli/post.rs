//! Outputs that go to a server: `--output prometheus=http://…` and `--output openlineage=http://…`.
//!
//! What goes to one server may take so much time in a whole command, so that a server that hangs costs that once and not for
//! every suite.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use url::Url;

use crate::cli::{lineage, world};
use crate::dataset::masked;
use crate::deliver::{self, How, Parcel};
use crate::error::Error;
use crate::outcome::Run;
use crate::report::{openlineage, prometheus};

/// How much time what goes to one server may take in all.
const TIME: Duration = Duration::from_secs(20);

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
        self.send(&Parcel { to: &to, how: How::Put, media_type: prometheus::MEDIA_TYPE, token: None, body: text })
    }

    /// Hands an event to a server of `OpenLineage`.
    pub(super) fn event(&self, to: &Url, event: &serde_json::Value) -> Result<(), Error> {
        let (to, token) = (lineage::address(to), lineage::token());
        let body = event.to_string();
        let media_type = "application/json";
        self.send(&Parcel { to: &to, how: How::Post, media_type, token: token.as_deref(), body: &body })
    }

    fn send(&self, parcel: &Parcel<'_>) -> Result<(), Error> {
        let server = parcel.to.authority().to_owned();
        let place = masked(parcel.to.as_str());
        let spent = self.spent.borrow().get(&server).copied().unwrap_or_default();
        let left = TIME.saturating_sub(spent);
        let wrong = |message| Err(Error::Undelivered { place: place.clone(), message });
        if left.is_zero() {
            return wrong(format!("it was given up after {} s in all", TIME.as_secs()));
        }
        let begun = world::moment();
        let sent = deliver::send(*parcel, left);
        self.spent.borrow_mut().insert(server, spent + begun.elapsed());
        match sent {
            Ok(()) => {
                tracing::info!(to = %place, bytes = parcel.body.len(), "delivered");
                Ok(())
            }
            Err(message) => wrong(message),
        }
    }
}

/// The group of a suite below the job that an address names, or below ours.
fn group(to: &Url, suite: &str) -> Url {
    let mut url = to.clone();
    let path = to.path().trim_matches('/');
    let path = if path.contains("metrics/job") { path.to_owned() } else { format!("{path}/{JOB}") };
    url.set_path(&format!("{}/{}", path.trim_start_matches('/'), prometheus::group(suite)));
    url
}

/// The text of an event that begins a run.
pub(super) fn begun(run: &Run) -> serde_json::Value {
    openlineage::begun(run, &lineage::context())
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
