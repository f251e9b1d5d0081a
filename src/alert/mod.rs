//! What a run is worth telling, to whom, and telling it.
//!
//! The core is pure: the facts of runs, what was told before and the time go into [`plan()`], and what is to be sent comes out.
//! `problem` says what is wrong and what has one cause, `route` where that goes, `reason` whether it is told now, `escalate`
//! what rouses others, `notice` what a message says and `words` how, `state` what was told, `breaker` when a channel is left
//! alone. One file a channel in [`channel`] makes the message of it. At the rim, [`mod@deliver`] sends messages over HTTP or by mail,
//! writes down what arrived, and `redact` keeps secrets out of what it says. Nothing is judged here.

pub mod breaker;
pub mod channel;
pub mod deliver;
pub mod escalate;
pub mod notice;
pub mod plan;
pub mod problem;
pub mod reason;
pub mod redact;
pub mod route;
pub mod state;
pub mod words;

pub use deliver::{Delivered, deliver};
pub use escalate::Failure;
pub use notice::Notice;
pub use plan::{Decision, Facts, RunFacts, plan};
pub use reason::Reason;
pub use state::State;

#[cfg(test)]
mod tests;
