//! The client against a server that is written here, and fails in every way.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::TcpListener as Listener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::ipc::writer::StreamWriter;
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use http_body_util::{BodyExt, Collected, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::http::{HeaderMap, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::message::{
    ArrowBatch, ConfigRequest, ConfigResponse, DataType, Empty, ExecutePlanRequest, ExecutePlanResponse, Field,
    InterruptRequest, KeyValue, Kind, ReattachExecuteRequest, ReleaseExecuteRequest, Struct,
};
use super::{Address, Answered, Client, ErrorKind, Rows, Settings};
use crate::outcome::Fault;

/// One call that the server heard.
#[derive(Clone)]
struct Heard {
    method: String,
    headers: HeaderMap,
    message: Bytes,
}

impl Heard {
    fn read<M: Message + Default>(&self) -> M {
        M::decode(self.message.clone()).unwrap()
    }
}

/// What the server answers, and how it ends.
struct Play(Vec<Bytes>, End);

enum End {
    Well,
    Status(u16, &'static str),
    /// Without a word about how it went.
    Silent,
    /// The stream breaks.
    Broken,
    /// It never ends.
    Never,
}

/// A server that answers as it is told by the method of a call and its number among those of the same.
struct Server {
    address: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    _runtime: Runtime,
}

type Script = Arc<dyn Fn(&Heard, usize) -> Option<Play> + Send + Sync>;

impl Server {
    fn start(script: impl Fn(&Heard, usize) -> Option<Play> + Send + Sync + 'static) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("sc://{}/;token=s3cret;x-cluster=hidden;user_id=ana", listener.local_addr().unwrap());
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let (log, script): (_, Script) = (Arc::clone(&heard), Arc::new(script));
        runtime.spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let (log, script) = (Arc::clone(&log), Arc::clone(&script));
                let answer = service_fn(move |request| answered(request, Arc::clone(&log), Arc::clone(&script)));
                tokio::spawn(async move {
                    let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    drop(server.serve_connection(TokioIo::new(connection), answer).await);
                });
            }
        });
        Self { address, heard, _runtime: runtime }
    }

    fn client(&self) -> Client {
        self.client_with(&Settings::default())
    }

    fn client_with(&self, settings: &Settings) -> Client {
        Client::connect(&Address::parse(&self.address, None).unwrap(), settings).unwrap()
    }

    fn heard(&self, method: &str) -> Vec<Heard> {
        self.heard.lock().unwrap().iter().filter(|heard| heard.method == method).cloned().collect()
    }
}

type Said = Response<StreamBody<BoxStream<'static, io::Result<Frame<Bytes>>>>>;

async fn answered(request: Request<Incoming>, log: Arc<Mutex<Vec<Heard>>>, script: Script) -> Result<Said, Infallible> {
    let method = request.uri().path().rsplit('/').next().unwrap().to_owned();
    let headers = request.headers().clone();
    let body = request.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default();
    let message = body.slice(body.len().min(5)..);
    let heard = Heard { method, headers, message };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(heard.clone());
        log.iter().filter(|before| before.method == heard.method).count()
    };
    let Play(messages, end) = script(&heard, number).unwrap_or_else(|| match heard.method.as_str() {
        "Config" => well(&ConfigResponse { server_side_session_id: "there".to_owned(), ..Default::default() }),
        _ => well(&Empty {}),
    });
    let framed = |message: Bytes| {
        let mut frame = BytesMut::new();
        frame.put_u8(0);
        frame.put_u32(u32::try_from(message.len()).unwrap());
        frame.extend_from_slice(&message);
        Ok(Frame::data(frame.freeze()))
    };
    let trailers = |code: u16, message: &'static str| {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from(code));
        trailers.insert("grpc-message", HeaderValue::from_static(message));
        stream::iter([Ok(Frame::trailers(trailers))]).boxed()
    };
    let end = match end {
        End::Well => trailers(0, ""),
        End::Status(code, message) => trailers(code, message),
        End::Silent => stream::empty().boxed(),
        // Not at once, for what was sent just before is lost with the stream.
        End::Broken => stream::once(async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            Err(io::Error::other("broken"))
        })
        .boxed(),
        End::Never => stream::pending().boxed(),
    };
    let frames: Vec<_> = messages.into_iter().map(framed).collect();
    let body = StreamBody::new(stream::iter(frames).chain(end).boxed());
    Ok(Response::builder().header("content-type", "application/grpc").body(body).unwrap())
}

fn well(message: &impl Message) -> Play {
    Play(vec![message.encode_to_vec().into()], End::Well)
}

fn status(code: u16, message: &'static str) -> Play {
    Play(Vec::new(), End::Status(code, message))
}

const INTERNAL: u16 = 13;
const UNAVAILABLE: u16 = 14;
const NOT_FOUND: &str = "[INVALID_HANDLE.OPERATION_NOT_FOUND] The handle is invalid.";

/// Some numbers as a batch, with its place in the result.
fn batch(numbers: std::ops::Range<i64>) -> ExecutePlanResponse {
    let column: ArrayRef = Arc::new(numbers.clone().collect::<Int64Array>());
    let rows = RecordBatch::try_from_iter([("id", column)]).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema()).unwrap();
    writer.write(&rows).unwrap();
    let data = writer.into_inner().unwrap().into();
    let (row_count, start_offset) = (numbers.end - numbers.start, Some(numbers.start));
    let arrow_batch = Some(ArrowBatch { row_count, data, start_offset, num_chunks_in_batch: None });
    let response_id = format!("r{}", numbers.end);
    ExecutePlanResponse { arrow_batch, response_id, ..Default::default() }
}

fn schema(names: &[&str]) -> ExecutePlanResponse {
    let long = || Some(DataType { kind: Some(Kind::Long(Empty {})) });
    let fields = names.iter().map(|name| Field { name: (*name).to_owned(), data_type: long() }).collect();
    let schema = Some(DataType { kind: Some(Kind::Struct(Struct { fields })) });
    ExecutePlanResponse { schema, ..Default::default() }
}

fn complete() -> ExecutePlanResponse {
    ExecutePlanResponse { result_complete: Some(Empty {}), response_id: "end".to_owned(), ..Default::default() }
}

fn play(responses: &[ExecutePlanResponse], end: End) -> Play {
    Play(responses.iter().map(|response| response.encode_to_vec().into()).collect(), end)
}

fn ask(client: &Client) -> Result<(Answered, Rows), Fault> {
    let mut rows = Rows::new();
    let answered = client.query("SELECT id", &|| Ok(()), &mut |some| {
        rows.extend(some);
        Ok(())
    })?;
    Ok((answered, rows))
}

/// The fault of a statement whose first stream is this, and of which the server knows nothing afterwards.
fn refused(responses: Vec<ExecutePlanResponse>, end: fn() -> End) -> (String, String) {
    let server = Server::start(move |heard, _| match heard.method.as_str() {
        "ExecutePlan" => Some(play(&responses, end())),
        "ReattachExecute" => Some(status(INTERNAL, NOT_FOUND)),
        _ => None,
    });
    let fault = ask(&server.client()).unwrap_err();
    (fault.code, fault.message)
}

#[test]
fn a_result_is_taken_up_again_until_it_is_complete() {
    let server = Server::start(|heard, number| match (heard.method.as_str(), number) {
        ("ExecutePlan", 1) => Some(play(&[schema(&["id"]), batch(0..2)], End::Well)),
        ("ReattachExecute", 1) => Some(play(&[batch(2..5)], End::Silent)),
        ("ReattachExecute", 2) => Some(play(&[batch(5..6)], End::Broken)),
        ("ReattachExecute", 3) => Some(status(UNAVAILABLE, "restarts")),
        ("ReattachExecute", 4) => Some(play(&[complete()], End::Well)),
        ("ExecutePlan" | "ReattachExecute", _) => panic!("asked too often"),
        _ => None,
    });
    let client = server.client();
    let (answered, rows) = ask(&client).unwrap();
    assert_eq!((answered.rows, answered.columns[0].kind.as_str()), (6, "bigint"));
    assert_eq!(rows, (0..6).map(|number| vec![Some(number.to_string())]).collect::<Rows>());
    assert!(answered.reattached >= 3, "{answered:?}");
    let again: Vec<ReattachExecuteRequest> = server.heard("ReattachExecute").iter().map(Heard::read).collect();
    let last: Vec<_> = again.iter().filter_map(|again| again.last_response_id.as_deref()).collect();
    assert_eq!(last, ["r2", "r5", "r6", "r6"]);
    assert!(again.iter().all(|again| again.operation_id == answered.operation_id));
    drop(client);
    let released: Vec<ReleaseExecuteRequest> = server.heard("ReleaseExecute").iter().map(Heard::read).collect();
    assert!(released.iter().any(|release| release.release_until.is_some()));
    assert_eq!(server.heard("ReleaseSession").len(), 1);
}

#[test]
fn a_stream_that_ends_early_gives_no_result() {
    let nameless = || ExecutePlanResponse { response_id: String::new(), ..batch(0..3) };
    for (response, end) in [
        (batch(0..3), (|| End::Well) as fn() -> End),
        (batch(0..3), || End::Silent),
        (batch(0..3), || End::Broken),
        (nameless(), || End::Well),
    ] {
        let (code, message) = refused(vec![response], end);
        assert_eq!(code, "source_unreadable", "{message}");
        assert!(message.contains("OPERATION_NOT_FOUND"), "{message}");
    }
}

#[test]
fn a_result_that_does_not_add_up_is_none() {
    let broken = |change: fn(&mut ArrowBatch)| {
        let mut response = batch(0..3);
        change(response.arrow_batch.as_mut().unwrap());
        refused(vec![schema(&["id"]), response, complete()], || End::Well)
    };
    for (code, message) in [
        broken(|batch| batch.row_count = 4),
        broken(|batch| batch.start_offset = Some(1)),
        broken(|batch| batch.num_chunks_in_batch = Some(2)),
        broken(|batch| batch.data = batch.data.slice(..batch.data.len() / 2)),
        broken(|batch| batch.data = Bytes::from_static(b"no arrow")),
        refused(vec![batch(0..3), batch(2..3), complete()], || End::Well),
        refused(vec![schema(&["id", "n"]), batch(0..3), complete()], || End::Well),
        refused(vec![batch(0..3), schema(&["id", "n"]), complete()], || End::Well),
        refused(vec![ExecutePlanResponse { operation_id: "other".to_owned(), ..complete() }], || End::Well),
    ] {
        assert_eq!(code, "source_unreadable", "{message}");
    }
}

#[test]
fn a_statement_that_may_never_have_arrived_is_asked_again_under_the_same_id() {
    let server = Server::start(|heard, number| match (heard.method.as_str(), number) {
        ("ExecutePlan", 1) => Some(status(UNAVAILABLE, "not yet")),
        ("ReattachExecute", 1) => Some(status(INTERNAL, NOT_FOUND)),
        ("ExecutePlan", 2) => Some(play(&[batch(0..1), complete()], End::Well)),
        ("ExecutePlan" | "ReattachExecute", _) => panic!("asked too often"),
        _ => None,
    });
    assert_eq!(ask(&server.client()).unwrap().0.rows, 1);
    let asked: Vec<ExecutePlanRequest> = server.heard("ExecutePlan").iter().map(Heard::read).collect();
    assert_eq!(asked[0], asked[1]);
    assert_eq!(
        (asked[0].tags.as_slice(), asked[0].observed_session_id.as_deref()),
        (&["tamiz".to_owned()][..], Some("there"))
    );
}

#[test]
fn a_refused_statement_gives_the_words_of_the_server_without_secrets() {
    let server = Server::start(|heard, _| match heard.method.as_str() {
        "ExecutePlan" => Some(status(INTERNAL, "[UNRESOLVED_COLUMN] `id` of s3cret, hidden")),
        "AnalyzePlan" => Some(status(INTERNAL, "No module named 'pyspark'")),
        _ => None,
    });
    let client = server.client();
    let fault = ask(&client).unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.message.as_str()),
        ("not_computable", "[UNRESOLVED_COLUMN] `id` of ***, ***")
    );
    assert_eq!(client.version(), Ok(None));
    for heard in server.heard.lock().unwrap().iter() {
        assert_eq!(heard.headers["authorization"], "Bearer s3cret");
        assert_eq!(heard.headers["x-cluster"], "hidden");
        assert!(heard.headers["user-agent"].to_str().unwrap().starts_with("tamiz/"));
    }
}

#[test]
fn who_stops_has_the_statement_stopped_there() {
    let server = Server::start(|heard, _| match heard.method.as_str() {
        "ExecutePlan" => Some(play(&[batch(0..3)], End::Never)),
        _ => None,
    });
    let client = server.client();
    let seen = Mutex::new(0);
    let stop = || Fault { code: "aborted".to_owned(), message: "stop".to_owned(), caused_by: None };
    let go_on = || if *seen.lock().unwrap() > 0 { Err(stop()) } else { Ok(()) };
    let told = client.query("SELECT id", &go_on, &mut |rows| {
        *seen.lock().unwrap() += rows.len();
        Ok(())
    });
    assert_eq!(told, Err(stop()));
    assert_eq!(client.query("SELECT id", &|| Ok(()), &mut |_| Err(stop())), Err(stop()));
    let asked: Vec<ExecutePlanRequest> = server.heard("ExecutePlan").iter().map(Heard::read).collect();
    let stopped: Vec<InterruptRequest> = server.heard("Interrupt").iter().map(Heard::read).collect();
    let ids: Vec<_> = asked.into_iter().map(|asked| asked.operation_id).collect();
    assert_eq!(stopped.iter().map(|it| it.operation_id.clone()).collect::<Vec<_>>(), ids);
    assert!(stopped.iter().all(|stopped| stopped.interrupt_type == 3));
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let silent = Listener::bind("127.0.0.1:0").unwrap();
    let address = Address::parse(&format!("sc://{}", silent.local_addr().unwrap()), None).unwrap();
    let settings = Settings { connect: Duration::from_millis(300), ..Settings::default() };
    let error = Client::connect(&address, &settings).unwrap_err();
    assert_eq!((error.kind(), error.fault().code.as_str()), (ErrorKind::Slow, "timeout"));

    // Nor does it answer to be interrupted, or that the session ends.
    let server = Server::start(|heard, _| match heard.method.as_str() {
        "Config" => None,
        _ => Some(play(&[], End::Never)),
    });
    let client = server.client_with(&Settings { statement: Duration::from_millis(300), ..Settings::default() });
    assert_eq!(ask(&client).unwrap_err().code, "timeout");
    assert_eq!(server.heard("Interrupt").len(), 1);
}

#[test]
fn nobody_listens() {
    let closed = Listener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = Address::parse(&format!("sc://{closed}"), None).unwrap();
    let error = Client::connect(&address, &Settings::default()).unwrap_err();
    assert_eq!(error.fault().code, "source_unreadable");
    assert!(error.to_string().starts_with("the server refuses the connection"), "{error}");
}

#[test]
fn a_session_holds_what_was_set_or_is_none() {
    let begin = |zone: &'static str, ansi: &'static str| {
        let server = Server::start(move |heard, _| {
            (heard.method == "Config").then(|| {
                let operation = heard.read::<ConfigRequest>().operation.unwrap_or_default();
                if let Some(set) = operation.set {
                    let set: BTreeMap<_, _> =
                        set.pairs.into_iter().map(|pair| (pair.key, pair.value.unwrap())).collect();
                    assert_eq!(
                        (set["spark.sql.session.timeZone"].as_str(), set["spark.sql.ansi.enabled"].as_str()),
                        ("UTC", "true")
                    );
                    return Play(Vec::new(), End::Status(INTERNAL, "[CANNOT_MODIFY_CONFIG] no"));
                }
                let value = |key: &String| if key.ends_with("timeZone") { zone } else { ansi };
                let pair = |key: &String| KeyValue { key: key.clone(), value: Some(value(key).to_owned()) };
                let pairs = operation.get.unwrap().keys.iter().map(pair).collect();
                well(&ConfigResponse { pairs, ..Default::default() })
            })
        });
        let address = Address::parse(&server.address, None).unwrap();
        Client::connect(&address, &Settings::default()).map(drop)
    };
    assert_eq!(begin("Etc/UTC", "true"), Ok(()));
    for (zone, ansi) in [("America/Lima", "true"), ("UTC", "false")] {
        let error = begin(zone, ansi).unwrap_err();
        assert!(error.to_string().contains("CANNOT_MODIFY_CONFIG"), "{error}");
    }
}

#[test]
fn a_server_that_was_started_again_knows_nothing_of_the_session() {
    let other = || ExecutePlanResponse { server_side_session_id: "another".to_owned(), ..batch(0..1) };
    let (code, message) = refused(vec![other(), complete()], || End::Well);
    assert_eq!(code, "source_unreadable");
    assert!(message.starts_with("the server has lost the session"), "{message}");
}
