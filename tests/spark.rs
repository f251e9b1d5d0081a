//! A client of Spark Connect against real servers: Sail, and Apache Spark, which ends its streams all the time.
//!
//! `tests/engines/servers.py` installs them once into the folder `engines` of the one that `TAMIZ_SERVERS` names; where it names
//! none, these tests are left out.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tamiz::engine::sql::Link;
use tamiz::engine::sql::spark::{Address, Answered, Client, Error, Rows, Settings};
use tamiz::outcome::{Fault, Status};

use crate::connections::{checked, fault, of, of_query};
use crate::examples::root;

/// A server; it ends with its standard input, and so with the tests.
struct Server {
    address: String,
    _child: Mutex<Child>,
}

static SAIL: LazyLock<Server> = LazyLock::new(|| Server::start("sail", &[]));

/// Streams end after a second or a few bytes, and who asks needs a token.
static SPARK: LazyLock<Server> = LazyLock::new(|| {
    Server::start(
        "spark",
        &[
            "spark.connect.execute.reattachable.senderMaxStreamDuration=1s",
            "spark.connect.execute.reattachable.senderMaxStreamSize=123",
            "spark.connect.authenticate.token=s3cret",
        ],
    )
});

impl Server {
    fn start(name: &str, settings: &[&str]) -> Self {
        let folder = tools().unwrap();
        let mut command = Command::new("python3");
        command.arg("-B").arg(root().join("tests/engines/servers.py")).arg(folder).arg(name).args(settings);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap_or_else(|error| {
            panic!("these tests need python3 with pip, for servers of Spark Connect: {error}");
        });
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(address.contains(':'), "the server {name} does not start; is the network there?");
        Self { address: address.trim().to_owned(), _child: Mutex::new(child) }
    }

    /// The address of Spark Connect, with the token that Spark asks for.
    fn url(&self) -> String {
        format!("sc://{}/;token=s3cret;user_id=ana", self.address)
    }
}

/// The folder that servers, and what tests are made with, are installed in; none where nothing is to be.
pub(crate) fn tools() -> Option<PathBuf> {
    std::env::var_os("TAMIZ_SERVERS").map(|folder| PathBuf::from(folder).join("engines"))
}

/// Whether the servers are to be had; a Java is installed where they are asked for.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
pub(crate) fn is_there() -> bool {
    static JAVA: Mutex<bool> = Mutex::new(false);
    if std::env::var_os("TAMIZ_SERVERS").is_none() {
        eprintln!("skipped: TAMIZ_SERVERS is not set, which asks for Sail and Spark to be installed");
        return false;
    }
    let mut has_java = JAVA.lock().unwrap();
    if !*has_java && Command::new("java").arg("-version").output().is_err() {
        let install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless";
        let ran = Command::new("sh").args(["-c", install]).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }
    *has_java = true;
    true
}

/// The address of Sail.
pub(crate) fn sail() -> String {
    format!("sc://{}/;user_id=ana", SAIL.address)
}

/// The address of Apache Spark, whose streams end after a second or a few bytes.
pub(crate) fn apache() -> String {
    SPARK.url()
}

fn connect(url: &str, settings: &Settings) -> Result<Client, Error> {
    Client::connect(&Address::parse(url, None).unwrap(), settings)
}

fn client(server: &Server) -> Client {
    connect(&server.url(), &patient()).unwrap()
}

/// For servers that begin slowly, beside other tests.
fn patient() -> Settings {
    Settings { connect: Duration::from_mins(2), ..Settings::default() }
}

fn ask(client: &Client, sql: &str) -> Result<(Answered, Rows), Fault> {
    let mut rows = Rows::new();
    let answered = client.query(sql, &|| Ok(()), &mut |some| {
        rows.extend(some);
        Ok(())
    })?;
    Ok((answered, rows))
}

/// A statement that takes so many seconds on Spark.
fn sleep(seconds: u32) -> String {
    format!("SELECT java_method('java.lang.Thread', 'sleep', {seconds}000L) AS s, 42 AS answer")
}

#[test]
fn every_type_comes_back_as_text_from_both_servers() {
    if !is_there() {
        return;
    }
    let cells = [
        ("CAST(-1 AS TINYINT)", "tinyint", "-1"),
        ("CAST(2 AS SMALLINT)", "smallint", "2"),
        ("3", "int", "3"),
        ("CAST('9223372036854775807' AS BIGINT)", "bigint", "9223372036854775807"),
        ("CAST('0.1' AS FLOAT)", "float", "0.1"),
        ("CAST('1e21' AS DOUBLE)", "double", "1000000000000000000000"),
        ("CAST('NaN' AS DOUBLE)", "double", "NaN"),
        ("CAST('-Infinity' AS DOUBLE)", "double", "-inf"),
        ("CAST('123456789012345678.50' AS DECIMAL(20,2))", "decimal(20,2)", "123456789012345678.50"),
        ("1 < 2", "boolean", "true"),
        ("DATE '2024-01-31'", "date", "2024-01-31"),
        ("TIMESTAMP '2024-01-31 10:00:00'", "timestamp", "2024-01-31 10:00:00"),
        ("TIMESTAMP '2024-01-31 10:00:00.123456+02:00'", "timestamp", "2024-01-31 08:00:00.123456"),
        ("TIMESTAMP_NTZ '2024-01-31 10:00:00'", "timestamp_ntz", "2024-01-31 10:00:00"),
        ("'ñ \"x\"'", "string", "ñ \"x\""),
        ("X'00AF'", "binary", "00af"),
        ("array(1, 2, NULL)", "array<int>", "[1,2,null]"),
        ("map('a', 1)", "map<string,int>", "{\"a\":1}"),
        (
            "named_struct('x', 1, 'y', TIMESTAMP_NTZ '2024-01-31 10:00:00')",
            "struct<x:int,y:timestamp_ntz>",
            "{\"x\":1,\"y\":\"2024-01-31T10:00:00\"}",
        ),
    ];
    let list: Vec<String> = cells.iter().enumerate().map(|(place, cell)| format!("{} AS c{place}", cell.0)).collect();
    let sql = format!("SELECT {}, NULL AS nothing", list.join(", "));
    for server in [&*SAIL, &*SPARK] {
        let (answered, rows) = ask(&client(server), &sql).unwrap();
        let kinds: Vec<&str> = answered.columns.iter().map(|column| column.kind.as_str()).collect();
        let told: Vec<Option<&str>> = rows[0].iter().map(Option::as_deref).collect();
        let wanted = cells.iter().map(|cell| cell.1).chain(["void"]);
        assert_eq!(kinds, wanted.collect::<Vec<_>>());
        assert_eq!(told, cells.iter().map(|cell| Some(cell.2)).chain([None]).collect::<Vec<_>>());
        assert_eq!((answered.rows, rows.len(), answered.columns[2].name.as_str()), (1, 1, "c2"));
    }
}

#[test]
fn a_statement_that_outlives_its_streams_has_its_result() {
    if !is_there() {
        return;
    }
    let (answered, rows) = ask(&client(&SPARK), &sleep(4)).unwrap();
    assert_eq!((answered.rows, rows[0][1].as_deref()), (1, Some("42")));
    assert!(answered.reattached > 0, "{answered:?}");
}

#[test]
fn a_million_rows_are_complete() {
    if !is_there() {
        return;
    }
    for server in [&*SAIL, &*SPARK] {
        let (mut sum, mut batches) = (0_u64, 0);
        let client = client(server);
        let sql = "SELECT id, concat('row number ', id) AS text FROM range(1000000)";
        let answered = client.query(sql, &|| Ok(()), &mut |rows| {
            batches += 1;
            for row in rows {
                let [Some(id), Some(text)] = row.as_slice() else { panic!("{row:?}") };
                assert_eq!(text.strip_prefix("row number "), Some(id.as_str()));
                sum += id.parse::<u64>().unwrap();
            }
            Ok(())
        });
        assert_eq!((answered.unwrap().rows, sum), (1_000_000, 499_999_500_000));
        assert!(batches > 10, "{batches}");
    }
}

#[test]
fn what_is_refused_is_told_in_the_words_of_the_server() {
    if !is_there() {
        return;
    }
    for server in [&*SAIL, &*SPARK] {
        let client = client(server);
        let fault = ask(&client, "SELECT nosuch FROM range(1)").unwrap_err();
        assert_eq!(fault.code, "not_computable");
        assert!(fault.message.contains("nosuch"), "{}", fault.message);
        assert_eq!(ask(&client, "SELEC").unwrap_err().code, "not_computable");
        assert_eq!(ask(&client, "SELECT 1 / 0").unwrap_err().code, "not_computable");
        // The session goes on.
        assert_eq!(ask(&client, "SELECT 1").unwrap().1, [[Some("1".to_owned())]]);
    }
    assert!(ask(&client(&SPARK), "SELECT 2147483647 + 1").unwrap_err().message.contains("ARITHMETIC_OVERFLOW"));
}

#[test]
fn views_belong_to_a_session_and_nothing_is_an_answer_too() {
    if !is_there() {
        return;
    }
    for server in [&*SAIL, &*SPARK] {
        let (one, other) = (client(server), client(server));
        ask(&one, "CREATE TEMPORARY VIEW of_one AS SELECT id FROM range(5) WHERE id > 9").unwrap();
        let (answered, rows) = ask(&one, "SELECT * FROM of_one").unwrap();
        assert_eq!((answered.rows, rows.len(), answered.columns.len()), (0, 0, 1));
        assert_eq!(ask(&other, "SELECT * FROM of_one").unwrap_err().code, "not_computable");
    }
}

#[test]
fn spark_tells_its_version_and_sail_cannot() {
    if !is_there() {
        return;
    }
    assert_eq!(client(&SPARK).version().unwrap().as_deref(), Some("4.3.0"));
    assert_eq!(client(&SAIL).version(), Ok(None));
}

#[test]
fn a_wrong_token_is_refused_and_not_told() {
    if !is_there() {
        return;
    }
    for parameters in ["", "/;token=wr0ng"] {
        let error = connect(&format!("sc://{}{parameters}", SPARK.address), &patient()).unwrap_err();
        assert_eq!(error.fault().code, "source_unreadable");
        assert!(error.to_string().starts_with("the server refuses access"), "{error}");
        assert!(!error.to_string().contains("wr0ng"), "{error}");
    }
}

#[test]
fn a_statement_is_stopped_in_the_middle() {
    if !is_there() {
        return;
    }
    // Neither ends before the tests would be given up. What Spark is to stop before its jobs begin goes on at times, when the
    // machine is slow, and would be in the way of the other tests: there it sleeps.
    let many = "SELECT max(id % 7) FROM range(1000000000000000)";
    for (server, sql) in [(&*SAIL, many), (&*SPARK, &sleep(90_000))] {
        let client = client(server);
        let start = Instant::now();
        let stop = || Fault { code: "aborted".to_owned(), message: "stop".to_owned(), caused_by: None };
        let go_on = || if start.elapsed() > Duration::from_secs(2) { Err(stop()) } else { Ok(()) };
        assert_eq!(client.query(sql, &go_on, &mut |_| Ok(())), Err(stop()));
        assert_eq!(ask(&client, "SELECT 1").unwrap().0.rows, 1);

        let brief = connect(&server.url(), &Settings { statement: Duration::from_secs(2), ..patient() }).unwrap();
        assert_eq!(ask(&brief, sql).unwrap_err().code, "timeout");
    }
}

/// Passes bytes on to a server, so many at most from there on each of its first connections, which then break.
struct Leaky {
    port: u16,
    connections: Arc<AtomicU32>,
}

impl Leaky {
    fn before(server: &Server, most: u64, first: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, there) = (listener.local_addr().unwrap().port(), server.address.clone());
        let connections = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&connections);
        thread::spawn(move || {
            for here in listener.incoming() {
                let is_first = counted.fetch_add(1, Ordering::SeqCst) < first;
                let (here, there) = (here.unwrap(), TcpStream::connect(&there).unwrap());
                let (mut up, mut onward) = (here.try_clone().unwrap(), there.try_clone().unwrap());
                thread::spawn(move || drop(std::io::copy(&mut up, &mut onward)));
                thread::spawn(move || {
                    let mut bytes = (&there).take(if is_first { most } else { u64::MAX });
                    drop(std::io::copy(&mut bytes, &mut &here));
                    drop(here.shutdown(std::net::Shutdown::Both));
                    drop(there.shutdown(std::net::Shutdown::Both));
                });
            }
        });
        Self { port, connections }
    }

    fn url(&self) -> String {
        format!("sc://127.0.0.1:{}/;token=s3cret", self.port)
    }
}

#[test]
fn a_connection_that_breaks_costs_no_row() {
    if !is_there() {
        return;
    }
    let leaky = Leaky::before(&SPARK, 300_000, 4);
    let client = connect(&leaky.url(), &patient()).unwrap();
    let mut sum = 0;
    let answered = client.query("SELECT id FROM range(200000)", &|| Ok(()), &mut |rows| {
        sum += rows.iter().map(|row| row[0].as_deref().unwrap().parse::<u64>().unwrap()).sum::<u64>();
        Ok(())
    });
    assert_eq!((answered.unwrap().rows, sum), (200_000, 19_999_900_000));
    assert!(leaky.connections.load(Ordering::SeqCst) > 4);
}

#[test]
fn a_connection_that_always_breaks_gives_no_result() {
    if !is_there() {
        return;
    }
    // What was said before is enough to begin a session, and never for a batch.
    let leaky = Leaky::before(&SAIL, 20_000, u32::MAX);
    let client = connect(&leaky.url(), &patient()).unwrap();
    let fault = ask(&client, "SELECT id FROM range(1000000)").unwrap_err();
    assert_eq!(fault.code, "source_unreadable", "{}", fault.message);
}

#[test]
fn a_connection_is_encrypted_for_those_whose_authority_is_known() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = encrypted(&SAIL, folder.path());
    let authorities = Some(std::fs::read(folder.path().join("cert.pem")).unwrap());
    let known = Settings { authorities, ..patient() };
    let url = |host: &str, more: &str| format!("sc://{host}:{port}/;{more}");
    let client = connect(&url("localhost", "use_ssl=true;token=s3cret;x-cluster=one"), &known).unwrap();
    assert_eq!(ask(&client, "SELECT count(*) FROM range(100000)").unwrap().1, [[Some("100000".to_owned())]]);
    let connection = Link::to(url("localhost", "use_ssl=true"));
    let rule = of_query("SELECT 1 AS a");
    let told = Link { ca: Some(folder.path().join("cert.pem")), ..connection.clone() };
    assert_eq!(of(&checked(told, &rule), "n").status, Status::Passed);
    assert_eq!(fault(&checked(connection, &rule), "n").0, "source_unreadable");
    let brief = Settings { connect: Duration::from_secs(5), ..known.clone() };
    for (url, settings) in [
        (url("localhost", "use_ssl=true"), &Settings::default()),
        (url("127.0.0.1", "use_ssl=true"), &known),
        (url("localhost", "use_ssl=false"), &brief),
    ] {
        let error = connect(&url, settings).unwrap_err();
        assert_eq!(error.fault().code, "source_unreadable", "{url}: {error}");
    }
}

/// Puts TLS before a server, with a certificate for `localhost` that is its own authority.
fn encrypted(server: &Server, folder: &Path) -> u16 {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let certificates = CertificateDer::pem_file_iter(folder.join("cert.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_no_client_auth().with_single_cert(certificates, key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let (listener, there) = (TcpListener::bind("127.0.0.1:0").unwrap(), server.address.clone());
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            listener.set_nonblocking(true).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (here, _) = listener.accept().await.unwrap();
                let (acceptor, there) = (acceptor.clone(), there.clone());
                tokio::spawn(async move {
                    let Ok(mut here) = acceptor.accept(here).await else { return };
                    let mut there = tokio::net::TcpStream::connect(there).await.unwrap();
                    drop(tokio::io::copy_bidirectional(&mut here, &mut there).await);
                });
            }
        });
    });
    port
}

#[test]
fn a_server_that_says_nothing_or_something_else_is_no_server() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            drop(connection.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
        }
    });
    let error = connect(&format!("sc://127.0.0.1:{port}"), &Settings::default()).unwrap_err();
    assert_eq!(error.fault().code, "source_unreadable", "{error}");
}
