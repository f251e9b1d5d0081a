//! Waiting for a server, or for the end of the run.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::runtime::Runtime;

use crate::engine::Progress;
use crate::engine::sql::connection::fault;
use crate::outcome::Fault;

/// How often it is looked whether the run is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Waits for something, or for the end of the run.
///
/// # Errors
/// What it came to, or why the run ended.
pub(super) fn wait<T>(
    runtime: &Runtime,
    progress: &Progress,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    progress.go_on()?;
    let stopped = async {
        while progress.stopped().is_none() {
            tokio::time::sleep(LOOK).await;
        }
    };
    runtime.block_on(async {
        match select(pin!(work), pin!(stopped)).await {
            Either::Left((told, _)) => told,
            Either::Right(_) => {
                Err(progress.go_on().err().unwrap_or_else(|| fault("timeout", "the run ended".to_owned())))
            }
        }
    })
}
