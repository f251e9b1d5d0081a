//! The stream of one statement, followed over as many calls as it takes until the server says that the result is complete.
//!
//! Servers end a stream after some minutes or bytes, and connections break; the operation goes on there, and is taken up
//! again after the last response that was read. An end without `ResultComplete` is never the end of a result. It does not
//! look into batches.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tonic::Streaming;

use super::error::{Error, ErrorKind};
use super::line::Line;
use super::message::{
    ArrowBatch, DataType, Empty, ExecutePlanRequest, ExecutePlanResponse, InterruptKind, InterruptRequest, Plan,
    ReattachExecuteRequest, ReattachOptions, Relation, RelationCommon, ReleaseExecuteRequest, ReleaseUntil,
    RequestOption, Sql,
};
use super::retry::Attempts;

/// How often in a row something is tried again without getting anything.
const RETRIES: u32 = 7;

/// A stream that ends sooner than this without a word is a failure; one that lasted was ended by the habit of the server.
const BRIEF: Duration = Duration::from_millis(500);

/// How long the server may take to let go of what was read.
const PATIENCE: Duration = Duration::from_secs(10);

/// What comes of a statement.
pub(super) enum Piece {
    /// The type of the result, whose fields are the columns.
    Schema(DataType),
    /// Some rows.
    Batch(ArrowBatch),
    /// The end of the result, and how often it was taken up again on the way.
    Complete { reattached: u32 },
}

/// One statement on its way.
pub(super) struct Operation {
    pub(super) line: Arc<Line>,
    pub(super) id: String,
    pub(super) sql: String,
    pub(super) tag: String,
}

/// How far a result was read.
#[derive(Default)]
struct Reached {
    /// How many messages were heard.
    heard: u64,
    /// The last that has a name.
    last: Option<String>,
    /// What lets the server forget those before it.
    releasing: Option<JoinHandle<()>>,
}

/// How a stream ended.
enum End {
    Complete,
    /// Without a word; whether it lasted.
    Silent {
        lasted: bool,
    },
    Failed(Error),
    /// Nobody wants the rest.
    Unwanted,
}

impl Operation {
    /// Runs the statement and hands over what comes, its end or its failure last.
    pub(super) async fn run(self, into: Sender<Result<Piece, Error>>) {
        let end = self.follow(&into).await;
        if let Some(end) = end.transpose() {
            // What has ended there need not be kept; what may not have ended is stopped by who gives it up.
            if end.as_ref().map_or_else(|error| error.kind() == ErrorKind::Refused, |_| true) {
                let (line, id) = (Arc::clone(&self.line), self.id.clone());
                tokio::spawn(async move { forget(&line, &id).await });
            }
            drop(into.send(end.map(|reattached| Piece::Complete { reattached })).await);
        }
    }

    /// Follows the stream to its end; none if nobody wants it any more.
    async fn follow(&self, into: &Sender<Result<Piece, Error>>) -> Result<Option<u32>, Error> {
        let mut attempts = Attempts::new(RETRIES);
        let (mut reached, mut begun, mut reattached) = (Reached::default(), false, 0);
        loop {
            let opened = if begun { self.reattach(reached.last.clone()).await } else { self.execute().await };
            let is_new = !begun;
            begun = true;
            let failure = match opened {
                Ok(stream) => {
                    reattached += u32::from(!is_new);
                    let before = reached.heard;
                    let end = self.drain(stream, &mut reached, into).await?;
                    let is_further = reached.heard > before;
                    if is_further {
                        attempts.progressed();
                    }
                    match end {
                        End::Complete => return Ok(Some(reattached)),
                        End::Unwanted => return Ok(None),
                        End::Silent { lasted } if lasted || is_further => continue,
                        End::Silent { .. } => Error::cut(),
                        End::Failed(failure) => failure,
                    }
                }
                Err(failure) => failure,
            };
            // What failed before a first response may never have reached the server: it is asked to begin, under the same id.
            let failure = if failure.kind() == ErrorKind::Gone && reached.heard == 0 && !is_new {
                begun = false;
                Error::passing(failure.to_string())
            } else {
                failure
            };
            attempts.after(failure).await?;
        }
    }

    /// Reads a stream to its end.
    async fn drain(
        &self,
        mut stream: Streaming<ExecutePlanResponse>,
        reached: &mut Reached,
        into: &Sender<Result<Piece, Error>>,
    ) -> Result<End, Error> {
        let mut lasted = false;
        loop {
            let next = if lasted {
                stream.message().await
            } else {
                match timeout(BRIEF, stream.message()).await {
                    Ok(next) => next,
                    Err(_) => {
                        lasted = true;
                        continue;
                    }
                }
            };
            let response = match next {
                Ok(Some(response)) => response,
                Ok(None) => return Ok(End::Silent { lasted }),
                Err(status) => return Ok(End::Failed(self.line.error(&status))),
            };
            reached.heard += 1;
            self.line.hold(&response.server_side_session_id)?;
            if !response.operation_id.is_empty() && response.operation_id != self.id {
                return Err(Error::wrong("the server answers another statement than it was asked"));
            }
            let (schema, batch) = (response.schema.map(Piece::Schema), response.arrow_batch.map(Piece::Batch));
            for piece in [schema, batch].into_iter().flatten() {
                if into.send(Ok(piece)).await.is_err() {
                    return Ok(End::Unwanted);
                }
            }
            if response.result_complete.is_some() {
                return Ok(End::Complete);
            }
            if !response.response_id.is_empty() {
                // One at a time: what is let go of takes with it all that came before.
                if reached.releasing.as_ref().is_none_or(JoinHandle::is_finished) {
                    reached.releasing = Some(self.release_until(response.response_id.clone()));
                }
                reached.last = Some(response.response_id);
            }
        }
    }

    async fn execute(&self) -> Result<Streaming<ExecutePlanResponse>, Error> {
        let sql = Some(Sql { query: self.sql.clone() });
        let root = Some(Relation { common: Some(RelationCommon { plan_id: Some(0) }), sql });
        let reattachable = RequestOption { reattach_options: Some(ReattachOptions { reattachable: true }) };
        let request = ExecutePlanRequest {
            session_id: self.line.session.clone(),
            user_context: Some(self.line.user()),
            plan: Some(Plan { root }),
            client_type: Some(self.line.agent.clone()),
            request_options: vec![reattachable],
            operation_id: Some(self.id.clone()),
            tags: Some(self.tag.clone()).filter(|tag| !tag.is_empty()).into_iter().collect(),
            observed_session_id: self.line.there(),
        };
        self.line.open("ExecutePlan", request).await
    }

    async fn reattach(&self, last: Option<String>) -> Result<Streaming<ExecutePlanResponse>, Error> {
        let request = ReattachExecuteRequest {
            session_id: self.line.session.clone(),
            user_context: Some(self.line.user()),
            operation_id: self.id.clone(),
            client_type: Some(self.line.agent.clone()),
            last_response_id: last,
            observed_session_id: self.line.there(),
        };
        self.line.open("ReattachExecute", request).await
    }

    /// Lets the server forget what was read.
    fn release_until(&self, response_id: String) -> JoinHandle<()> {
        let release_until = Some(ReleaseUntil { response_id });
        let request = ReleaseExecuteRequest { release_until, ..release(&self.line, &self.id) };
        let line = Arc::clone(&self.line);
        tokio::spawn(async move { let_go(&line, request).await })
    }
}

/// Lets the server forget a statement.
async fn forget(line: &Line, id: &str) {
    let_go(line, ReleaseExecuteRequest { release_all: Some(Empty {}), ..release(line, id) }).await;
}

/// Stops a statement; the server forgets it in time, or with its session. To be let go of at once, before it has stopped, is
/// more than Spark bears.
pub(super) async fn interrupt(line: &Line, id: &str) {
    let request = InterruptRequest {
        session_id: line.session.clone(),
        user_context: Some(line.user()),
        client_type: Some(line.agent.clone()),
        interrupt_type: InterruptKind::Operation.into(),
        operation_id: Some(id.to_owned()),
        observed_session_id: line.there(),
    };
    if let Err(error) = line.ask::<_, Empty>("Interrupt", request, PATIENCE).await {
        tracing::debug!(%error, "a statement could not be stopped");
    }
}

async fn let_go(line: &Line, request: ReleaseExecuteRequest) {
    if let Err(error) = line.ask::<_, Empty>("ReleaseExecute", request, PATIENCE).await {
        tracing::debug!(%error, "a result could not be let go of");
    }
}

fn release(line: &Line, id: &str) -> ReleaseExecuteRequest {
    ReleaseExecuteRequest {
        session_id: line.session.clone(),
        user_context: Some(line.user()),
        operation_id: id.to_owned(),
        client_type: Some(line.agent.clone()),
        release_all: None,
        release_until: None,
        observed_session_id: line.there(),
    }
}
