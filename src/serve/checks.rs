//! Checks that were asked for: a queue that is bounded, one at a time for each suite, each in a process of its own.
//!
//! A process of its own keeps what a check takes, and how it ends, out of the server. What it logs is what is known of its
//! progress: how much it has read, what became of rules, how it ended. Nothing of the queue outlives the server; what checks
//! found is in the history like any other run.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, LOCATION, RETRY_AFTER};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, select};
use futures_util::stream::{Stream, unfold};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use crate::ir::time::format_timestamp;
use crate::serve::api::Refusal;
use crate::serve::{BODY, Served};

/// How many checks that are over are remembered.
const REMEMBERED: usize = 100;

/// How much of what a check logs is remembered.
const LINES: usize = 2_000;

/// How often what is under way is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// How long the body of a request may take.
const BODY_TIME: Duration = Duration::from_secs(10);

/// How long a stream lasts; a browser asks again by itself.
const STREAM: Duration = Duration::from_mins(10);

/// A check that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The id of the suite.
    pub suite: String,
    /// Variables of the suite.
    #[serde(default)]
    pub vars: BTreeMap<String, String>,
    /// The "now" of the run.
    #[serde(default)]
    pub as_of: Option<String>,
    /// Labels of the run.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// The state of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It waits for its turn.
    Waiting,
    /// It is under way.
    Running,
    /// It is over.
    Ended,
}

/// What is known of a check.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// What was asked for.
    pub order: Order,
    /// Its state.
    pub state: Stage,
    /// How many are before it.
    pub before: Option<usize>,
    /// When it was asked for.
    pub asked_at: String,
    /// When it began.
    pub began_at: Option<String>,
    /// When it was over.
    pub ended_at: Option<String>,
    /// The id of its run, once there is one.
    pub run: Option<String>,
    /// How its process ended; none if it was stopped before it began or died of a signal.
    pub exit_code: Option<i32>,
    /// Whether somebody stopped it.
    pub stopped: bool,
}

struct Check {
    known: Known,
    lines: Vec<String>,
    child: Option<Child>,
    /// Counts what happens, for those who wait for it.
    news: watch::Sender<u64>,
}

#[derive(Default)]
struct Book {
    checks: BTreeMap<String, Check>,
    waiting: VecDeque<String>,
    closed: bool,
}

/// Makes the process of a check.
pub type Start = dyn Fn(&Order) -> Command + Send + Sync;

/// The checks that were asked for.
pub struct Checks {
    book: Mutex<Book>,
    called: Condvar,
    start: Box<Start>,
    now: Box<dyn Fn() -> i64 + Send + Sync>,
    room: usize,
}

impl Checks {
    /// An empty queue with room for so many that wait; so many are under way at once.
    pub fn begin(
        room: usize,
        at_once: usize,
        now: impl Fn() -> i64 + Send + Sync + 'static,
        start: impl Fn(&Order) -> Command + Send + Sync + 'static,
    ) -> Arc<Self> {
        let checks = Arc::new(Self {
            book: Mutex::default(),
            called: Condvar::new(),
            start: Box::new(start),
            now: Box::new(now),
            room,
        });
        for _ in 0..at_once.max(1) {
            let own = Arc::clone(&checks);
            // Without this thread checks wait for another one, or for ever, which `/api/checks` shows.
            let _ = std::thread::Builder::new().name("check".to_owned()).spawn(move || own.work());
        }
        checks
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn moment(&self) -> String {
        format_timestamp((self.now)())
    }

    /// How many wait, and how many are under way.
    pub fn counts(&self) -> (usize, usize) {
        let book = self.book();
        let running = book.checks.values().filter(|check| check.known.state == Stage::Running).count();
        (book.waiting.len(), running)
    }

    /// Puts a check into the queue.
    ///
    /// # Errors
    /// A queue that is full, or a suite that waits already.
    pub fn ask(&self, order: Order) -> Result<Known, Refusal> {
        let mut book = self.book();
        if book.closed {
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the server is stopping"));
        }
        let twice = book.waiting.iter().find(|id| book.checks[*id].known.order.suite == order.suite);
        if let Some(id) = twice {
            let why = format!("`{}` waits to be checked already, as {id}", order.suite);
            return Err(Refusal::new(StatusCode::CONFLICT, why));
        }
        if book.waiting.len() >= self.room {
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too many checks wait already"));
        }
        let id = uuid::Uuid::now_v7().to_string();
        let known = Known {
            id: id.clone(),
            order,
            state: Stage::Waiting,
            before: None,
            asked_at: self.moment(),
            began_at: None,
            ended_at: None,
            run: None,
            exit_code: None,
            stopped: false,
        };
        let check = Check { known, lines: Vec::new(), child: None, news: watch::Sender::new(0) };
        book.checks.insert(id.clone(), check);
        book.waiting.push_back(id.clone());
        forget(&mut book);
        self.called.notify_all();
        Ok(look(&book, &id).unwrap_or_else(|| unreachable!("it was put there")))
    }

    /// Asks a check to end; one that waits never begins.
    fn end(&self, id: &str) -> Option<Known> {
        let mut book = self.book();
        let at = self.moment();
        let check = book.checks.get_mut(id)?;
        match check.known.state {
            Stage::Ended => {}
            Stage::Running => {
                check.known.stopped = true;
                check.child.as_ref().map(terminate);
            }
            Stage::Waiting => {
                (check.known.stopped, check.known.state, check.known.ended_at) = (true, Stage::Ended, Some(at));
                check.news.send_modify(|count| *count += 1);
                book.waiting.retain(|waiting| waiting != id);
            }
        }
        look(&book, id)
    }

    /// Takes no more, ends what is under way, and waits for that so long.
    pub fn close(&self, patience: Duration) {
        let ids: Vec<String> = {
            let mut book = self.book();
            book.closed = true;
            book.checks.keys().cloned().collect()
        };
        ids.iter().for_each(|id| drop(self.end(id)));
        self.called.notify_all();
        let mut left = patience;
        while self.counts().1 > 0 && !left.is_zero() {
            let nap = LOOK.min(left);
            std::thread::sleep(nap);
            left -= nap;
        }
    }

    /// Does what waits, until the queue is closed.
    fn work(&self) {
        loop {
            let (id, mut command) = {
                let mut book = self.book();
                loop {
                    if book.closed {
                        return;
                    }
                    if let Some(id) = next(&mut book) {
                        let check = book.checks.get_mut(&id).unwrap_or_else(|| unreachable!("it waits"));
                        check.known.state = Stage::Running;
                        check.known.began_at = Some(self.moment());
                        check.news.send_modify(|count| *count += 1);
                        let command = (self.start)(&check.known.order);
                        break (id, command);
                    }
                    book = self.called.wait(book).unwrap_or_else(PoisonError::into_inner);
                }
            };
            self.run(&id, &mut command);
            // One of the same suite may have waited for this.
            self.called.notify_all();
        }
    }

    fn run(&self, id: &str, command: &mut Command) {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let lines = match command.spawn() {
            Ok(mut child) => {
                let lines = child.stderr.take();
                self.change(id, |check| {
                    // It may have been stopped before there was anything to stop.
                    if check.known.stopped {
                        terminate(&child);
                    }
                    check.child = Some(child);
                });
                lines
            }
            Err(error) => {
                tracing::error!(%error, "the process of a check cannot be started");
                None
            }
        };
        for line in lines.map(BufReader::new).into_iter().flat_map(BufRead::lines).map_while(Result::ok) {
            self.change(id, |check| {
                let read: Option<Value> = serde_json::from_str(&line).ok();
                let run = read.as_ref().and_then(|read| read["run"].as_str());
                if let Some(run) = run {
                    check.known.run = Some(run.to_owned());
                }
                if check.lines.len() < LINES && read.is_some() {
                    check.lines.push(line);
                }
            });
        }
        let child = self.book().checks.get_mut(id).and_then(|check| check.child.take());
        let code = child.and_then(|mut child| child.wait().ok()).and_then(|status| status.code());
        let at = self.moment();
        self.change(id, |check| {
            (check.known.state, check.known.exit_code, check.known.ended_at) = (Stage::Ended, code, Some(at));
        });
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Check)) {
        if let Some(check) = self.book().checks.get_mut(id) {
            change(check);
            check.news.send_modify(|count| *count += 1);
        }
    }
}

/// The first that waits and whose suite is not under way.
fn next(book: &mut Book) -> Option<String> {
    let busy = |suite: &str| {
        book.checks.values().any(|check| check.known.state == Stage::Running && check.known.order.suite == suite)
    };
    let at = book.waiting.iter().position(|id| !busy(&book.checks[id].known.order.suite))?;
    book.waiting.remove(at)
}

/// Forgets the oldest that are over.
fn forget(book: &mut Book) {
    let over = |check: &Check| check.known.state == Stage::Ended;
    let ended: Vec<String> = book.checks.iter().filter(|(_, check)| over(check)).map(|(id, _)| id.clone()).collect();
    ended.iter().take(ended.len().saturating_sub(REMEMBERED)).for_each(|id| drop(book.checks.remove(id)));
}

fn look(book: &Book, id: &str) -> Option<Known> {
    let check = book.checks.get(id)?;
    let before = book.waiting.iter().position(|waiting| waiting == id);
    Some(Known { before, ..check.known.clone() })
}

/// Asks a process to end; it is not waited for yet, so its number is still its own.
#[cfg(unix)]
pub fn terminate(child: &Child) {
    if let Some(process) = rustix::process::Pid::from_raw(child.id().cast_signed()) {
        // One that has just ended needs no end.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
    }
}

/// Where there are no signals a check goes on to its end.
#[cfg(not(unix))]
pub fn terminate(_: &Child) {}

/// `POST /api/check`.
pub(super) async fn ask(State(served): State<Served>, request: Request) -> Result<Response, Refusal> {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > BODY) {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long"));
    }
    let body = tokio::time::timeout(BODY_TIME, Bytes::from_request(request, &())).await;
    let body = body.map_err(|_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"))?;
    let body = body.map_err(|refused| Refusal::new(refused.status(), refused.body_text()))?;
    let order: Order = serde_json::from_slice(&body)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("the order is not understood: {error}")))?;
    if !served.suites.contains_key(&order.suite) {
        let why = format!("no suite called `{}` is checked from here", order.suite);
        return Err(Refusal::new(StatusCode::NOT_FOUND, why));
    }
    let hidden = |text: &str| text.contains('\0');
    let names = order
        .vars
        .iter()
        .chain(&order.labels)
        .any(|(name, value)| name.is_empty() || name.contains('=') || hidden(name) || hidden(value));
    if names || order.as_of.as_deref().is_some_and(hidden) {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "a name is a text without `=`, and nothing holds a null byte",
        ));
    }
    match served.checks.ask(order) {
        Ok(known) => {
            let place = format!("/api/checks/{}", known.id);
            Ok((StatusCode::ACCEPTED, [(LOCATION, place)], Json(known)).into_response())
        }
        Err(refusal) if refusal.status == StatusCode::TOO_MANY_REQUESTS => {
            Ok(([(RETRY_AFTER, "10")], refusal).into_response())
        }
        Err(refusal) => Err(refusal),
    }
}

fn nothing() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "no check has this id, or it was forgotten")
}

/// Checks that were asked for.
#[derive(Serialize, JsonSchema)]
pub(super) struct Asked {
    /// The newest first.
    checks: Vec<Known>,
}

/// `GET /api/checks`.
pub(super) async fn list(State(served): State<Served>) -> Json<Asked> {
    let book = served.checks.book();
    let checks: Vec<Known> = book.checks.keys().rev().filter_map(|id| look(&book, id)).collect();
    Json(Asked { checks })
}

/// `GET /api/checks/{id}`.
pub(super) async fn one(State(served): State<Served>, Path(id): Path<String>) -> Result<Json<Known>, Refusal> {
    look(&served.checks.book(), &id).map(Json).ok_or_else(nothing)
}

/// `POST /api/checks/{id}/stop`.
pub(super) async fn stop(State(served): State<Served>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let known = served.checks.end(&id).ok_or_else(nothing)?;
    Ok((StatusCode::ACCEPTED, Json(known)).into_response())
}

/// `GET /api/checks/{id}/events`: `log` for each line that the check logs, and `state` for each change of its own.
pub(super) async fn events(
    State(served): State<Served>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let news = served.checks.book().checks.get(&id).map(|check| check.news.subscribe()).ok_or_else(nothing)?;
    let over = Box::pin(tokio::time::sleep(STREAM));
    let state = Follow { served, id, news, told: 0, stage: None, ready: VecDeque::new(), over };
    let stream = unfold(state, |mut state| async move {
        let event = state.next().await?;
        Some((Ok(event), state))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

/// One who follows a check.
struct Follow {
    served: Served,
    id: String,
    news: watch::Receiver<u64>,
    told: usize,
    stage: Option<Stage>,
    ready: VecDeque<Event>,
    over: Pin<Box<tokio::time::Sleep>>,
}

impl Follow {
    /// What happens next; nothing after the check is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.stage == Some(Stage::Ended) {
                return None;
            }
            self.news.borrow_and_update();
            self.gather()?;
            if self.ready.is_empty() {
                let changed = std::pin::pin!(self.news.changed());
                match select(changed, &mut self.over).await {
                    Either::Left((changed, _)) => changed.ok()?,
                    Either::Right(_) => return None,
                }
            }
        }
    }

    fn gather(&mut self) -> Option<()> {
        let book = self.served.checks.book();
        let known = look(&book, &self.id)?;
        let check = book.checks.get(&self.id)?;
        for line in check.lines.iter().skip(self.told) {
            self.ready.push_back(Event::default().event("log").data(line));
        }
        self.told = check.lines.len();
        if self.stage != Some(known.state) {
            self.stage = Some(known.state);
            let text = serde_json::to_string(&known).unwrap_or_default();
            self.ready.push_back(Event::default().event("state").data(text));
        }
        Some(())
    }
}
