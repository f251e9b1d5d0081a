//! Objects of buckets, kept by a real server that speaks S3; Google's interface is the same for what is read here.
//!
//! The server is `moto`, a package of `PyPI`, which `tests/remote/servers.py` installs once into the folder that
//! `TAMIZ_SERVERS` names, or else below the target folder. A test that cannot have it fails.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex};

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{ClientOptions, HeaderMap, HeaderValue, ObjectStoreExt, PutPayload};
use tamiz::engine::remote::Settings;

use super::web::{Answer, Server};
use super::{counted, csv, fault, files, run, said, settings};
use crate::check::{Way, check_by};
use crate::examples::root;

/// A server of S3; it ends with its standard input, and so with the tests.
struct Moto {
    address: String,
    _child: Mutex<Child>,
}

static MOTO: LazyLock<Moto> = LazyLock::new(|| {
    let folder = std::env::var_os("TAMIZ_SERVERS")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("servers"), PathBuf::from);
    let mut command = Command::new("python3");
    command.arg("-B").arg(root().join("tests/remote/servers.py")).arg(folder);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap_or_else(|error| {
        panic!("these tests need python3 with pip, for a server that speaks S3: {error}");
    });
    let mut address = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
    assert!(address.contains(':'), "the server that speaks S3 does not start; is the network there?");
    Moto { address: address.trim().to_owned(), _child: Mutex::new(child) }
});

/// A bucket of its own for a test, and the headers that objects are put there with.
pub(super) struct Bucket(&'static str, HeaderMap);

impl Bucket {
    /// Makes it, and puts objects there in their order.
    pub(super) fn with(name: &'static str, objects: &[(&str, &[u8])]) -> Self {
        ask(name, "");
        let this = Self(name, HeaderMap::new());
        objects.iter().for_each(|(key, bytes)| this.put(key, bytes));
        this
    }

    /// The same, open to everybody.
    fn public(name: &'static str, objects: &[(&str, &[u8])]) -> Self {
        ask(name, "x-amz-acl: public-read\r\n");
        let open = [("x-amz-acl".parse().unwrap(), HeaderValue::from_static("public-read"))];
        let this = Self(name, open.into_iter().collect());
        objects.iter().for_each(|(key, bytes)| this.put(key, bytes));
        this
    }

    pub(super) fn name(&self) -> &str {
        self.0
    }

    pub(super) fn put(&self, key: &str, bytes: &[u8]) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let put = PutPayload::from(bytes.to_vec());
        runtime.block_on(self.store().put(&Key::parse(key).unwrap(), put)).unwrap();
    }

    fn store(&self) -> AmazonS3 {
        let options = ClientOptions::new().with_allow_http(true).with_default_headers(self.1.clone());
        let builder =
            AmazonS3Builder::new().with_endpoint(format!("http://{}", MOTO.address)).with_client_options(options);
        builder.with_access_key_id("id").with_secret_access_key("key").with_bucket_name(self.0).build().unwrap()
    }
}

/// Asks for a change without a signature.
fn ask(target: &str, headers: &str) {
    let host = &MOTO.address;
    let head = format!("PUT /{target} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: 0\r\n");
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(" 200 "), "{answer}");
}

/// The address of the server.
pub(super) fn endpoint() -> String {
    format!("http://{}", MOTO.address)
}

fn aws() -> Settings {
    let endpoint = endpoint();
    settings(&[
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "key"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", &endpoint),
    ])
}

#[test]
fn every_kind_of_object_is_read() {
    let files = files(20_000);
    let objects: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let bucket = Bucket::with("kinds", &objects);
    for (name, _) in objects {
        let report = run(aws(), &counted(&format!("s3://{}/{name}", bucket.0), 20_000));
        assert_eq!(said(&report), ["d.n.not_null failed 2000", "d.row_count passed"], "{name}");
    }
}

#[test]
fn a_folder_is_the_data_below_it_and_its_names_are_columns() {
    let three = csv(3);
    let bucket = Bucket::with(
        "folders",
        &[
            ("sales/day=2024-01-01/b.csv", &three),
            ("sales/day=2024-01-01/_SUCCESS.csv", b"x"),
            ("sales/day=2024-01-02/a.csv", &three),
            ("sales/day=2024-01-02/readme.md", b"x"),
            ("sales/.tmp/a.csv", b"x"),
            ("sales_old/a.csv", &three),
        ],
    );
    let days = "columns: {day: {type: date, expect: [in_set: ['2024-01-01', '2024-01-02']]}}";
    for folder in ["sales/", "sales"] {
        let dataset =
            format!("  d: {{source: s3://{}/{folder}, expect: [row_count: {{equals: 6}}], {days}}}\n", bucket.0);
        let report = run(aws(), &dataset);
        assert_eq!(said(&report), ["d.day.type passed", "d.day.in_set passed", "d.row_count passed"], "{folder}");
    }
    let counts = |pattern: &str, rows: usize| {
        let dataset =
            format!("  d: {{source: 's3://{}/{pattern}', expect: [row_count: {{equals: {rows}}}]}}\n", bucket.0);
        said(&run(aws(), &dataset))
    };
    assert_eq!(counts("sales/day=*/[ab].csv", 6), ["d.row_count passed"]);
    assert_eq!(counts("**/a.csv", 6), ["d.row_count passed"]);
    assert_eq!(counts("sales/*.csv", 0), ["d.row_count error source_missing"]);
    assert_eq!(counts("nothing/", 0), ["d.row_count error source_missing"]);
    assert_eq!(counts("sales_old", 3), ["d.row_count passed"]);
}

#[test]
fn the_newest_object_is_picked() {
    let bucket = Bucket::with("newest", &[("z.csv", &csv(1))]);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    bucket.put("a.csv", &csv(2));
    let source = format!("{{path: 's3://{}/*.csv', pick: newest}}", bucket.0);
    let report = run(aws(), &format!("  d: {{source: {source}, expect: [row_count: {{equals: 2}}]}}\n"));
    assert_eq!(said(&report), ["d.row_count passed"]);
}

#[test]
fn keys_are_what_they_are_written() {
    let keys = ["a b+c/año 1.csv", "x#y%20z.csv", "what?.csv", "a&b=c;d,e.csv", "[1].csv", "it's \u{1f600}.csv"];
    let two = csv(2);
    let objects: Vec<(&str, &[u8])> = keys.iter().map(|key| (*key, two.as_slice())).collect();
    let bucket = Bucket::with("keys", &objects);
    for key in keys {
        let report = run(aws(), &counted(&format!("s3://{}/{key}", bucket.0), 2));
        assert_eq!(said(&report), ["d.n.not_null failed 1", "d.row_count passed"], "{key}");
    }
}

#[test]
fn google_is_asked_in_its_own_way() {
    let bucket = Bucket::public("google", &[("day=1/a.csv", &csv(2)), ("day=2/b.csv", &csv(2))]);
    let settings = settings(&[("STORAGE_EMULATOR_HOST", &MOTO.address)]);
    let one = run(settings.clone(), &counted(&format!("gs://{}/day=1/a.csv", bucket.0), 2));
    assert_eq!(said(&one), ["d.n.not_null failed 1", "d.row_count passed"]);
    let all = run(settings, &counted(&format!("gs://{}/", bucket.0), 4));
    assert_eq!(said(&all), ["d.n.not_null failed 2", "d.row_count passed"]);
}

#[test]
fn azure_is_asked_with_the_key_of_its_account() {
    let server = Server::file(csv(20));
    let endpoint = server.url("");
    let endpoint = endpoint.trim_end_matches('/');
    let text = format!("AccountName=acc;AccountKey=c2VjcmV0;BlobEndpoint={endpoint}");
    let told = settings(&[("AZURE_STORAGE_CONNECTION_STRING", &text)]);
    for url in ["az://c/a b.csv", "abfss://c@acc.dfs.core.windows.net/a b.csv"] {
        let report = run(told.clone(), &counted(url, 20));
        assert_eq!(said(&report), ["d.n.not_null failed 2", "d.row_count passed"], "{url}");
    }
    for asked in server.asked() {
        assert!(asked.target.ends_with("/c/a%20b.csv"), "{asked:?}");
        assert!(asked.authorization.is_some_and(|key| key.starts_with("SharedKey acc:")));
    }
}

#[test]
fn what_is_not_there_is_named_as_written() {
    let bucket = Bucket::with("missing", &[("a.csv", &csv(2))]);
    for (url, words) in [
        (format!("s3://{}/b.csv", bucket.0), "it is not there"),
        ("s3://no-such-bucket-anywhere/b/".to_owned(), "there is no such bucket (404 NoSuchBucket)"),
    ] {
        let (code, told) = fault(&run(aws(), &counted(&url, 1)));
        assert_eq!(code, "source_missing");
        assert!(told.contains(words) && told.contains(&url), "{told}");
    }
}

#[test]
fn a_refusal_is_told_by_its_code_and_shows_no_key() {
    let server = Server::new(|_, _| Answer {
        body: b"<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>AKIAXX</AWSAccessKeyId></Error>".to_vec(),
        ..Answer::status(403)
    });
    let endpoint = server.url("");
    let settings = settings(&[
        ("AWS_ACCESS_KEY_ID", "AKIAXX"),
        ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
        ("AWS_ENDPOINT_URL", endpoint.trim_end_matches('/')),
    ]);
    for url in ["s3://b/a.csv", "s3://b/a/"] {
        let (code, told) = fault(&run(settings.clone(), &counted(url, 1)));
        assert_eq!(code, "source_unreadable");
        assert!(
            told.contains("the server refuses access (403 SignatureDoesNotMatch); check AWS_ACCESS_KEY_ID"),
            "{told}"
        );
        assert!(!told.contains("AKIAXX") && !told.contains("s3cr3t"), "{told}");
    }
}

#[test]
fn without_credentials_it_is_said_which_variables_hold_them() {
    // Where there are none the machine itself is asked, here one that answers at once.
    let metadata = Server::new(|_, _| Answer::status(404));
    let endpoint = metadata.url("");
    let (code, told) = fault(&run(
        settings(&[
            ("AWS_METADATA_ENDPOINT", endpoint.trim_end_matches('/')),
            ("AWS_ENDPOINT_URL", &format!("http://{}", MOTO.address)),
        ]),
        &counted("s3://b/a.csv", 1),
    ));
    assert_eq!(code, "source_unreadable");
    assert!(told.contains("no credentials were found; check AWS_ACCESS_KEY_ID"), "{told}");
}

#[test]
fn a_public_bucket_needs_no_credentials() {
    let bucket = Bucket::public("public", &[("a.csv", &csv(2))]);
    let endpoint = format!("http://{}", MOTO.address);
    let settings = settings(&[("AWS_SKIP_SIGNATURE", "true"), ("AWS_ENDPOINT_URL", &endpoint)]);
    let report = run(settings, &counted(&format!("s3://{}/a.csv", bucket.0), 2));
    assert_eq!(said(&report), ["d.n.not_null failed 1", "d.row_count passed"]);
}

#[test]
fn the_example_gives_from_a_bucket_what_it_gives_from_disk() {
    let folder = root().join("examples/ventas/data");
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let names = ["clientes.csv", "inventario.csv", "productos.csv", "ventas.csv"];
    let files: Vec<(String, Vec<u8>)> = names.iter().map(|name| (format!("d/{name}"), read(name))).collect();
    let objects: Vec<(&str, &[u8])> = files.iter().map(|(key, bytes)| (key.as_str(), bytes.as_slice())).collect();
    let bucket = Bucket::with("ventas", &objects);
    let path = root().join("rules/ventas.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let local = check_by(Way::default(), &path, &text, &|_| true).unwrap();
    let vars = [("data".to_owned(), format!("s3://{}/d", bucket.0))];
    let remote = check_by(Way { vars: &vars, remote: aws(), ..Way::default() }, &path, &text, &|_| true).unwrap();
    assert_eq!(said(&remote), said(&local));
    assert!(said(&local).iter().any(|rule| rule.contains("failed")));
}
