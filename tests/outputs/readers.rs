//! Programs that read outputs, none of them ours: `readers.py` and `readers.mjs`, with packages of `PyPI` and npm.
//!
//! They are installed once into the folder that `TAMIZ_READERS` names, or else below the target folder. A test that cannot
//! have them fails.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex};

use serde_json::{Value as Json, json};

use crate::examples::root;

/// A program that answers lines with lines; it ends with its standard input, and so with the tests.
struct Reader {
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
    _child: Child,
}

static PYTHON: LazyLock<Mutex<Reader>> = LazyLock::new(|| Reader::start("python", &["python3", "-B"], "readers.py"));
static NODE: LazyLock<Mutex<Reader>> = LazyLock::new(|| Reader::start("node", &["node"], "readers.mjs"));

impl Reader {
    fn start(name: &str, program: &[&str], script: &str) -> Mutex<Self> {
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).arg(root().join("tests/outputs").join(script)).arg(folder(name));
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("these tests need {}: {error}", program[0]));
        let (asks, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Mutex::new(Self { asks, answers, _child: child })
    }

    fn ask(&mut self, question: &Json) -> Result<Json, String> {
        writeln!(self.asks, "{question}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let mut answer: Json = serde_json::from_str(&line).unwrap_or_else(|error| {
            panic!("a reader does not answer; is the network there to install it? {error}");
        });
        match &answer["fault"] {
            Json::String(fault) => Err(fault.clone()),
            _ => Ok(answer["read"].take()),
        }
    }
}

/// The folder of the packages of a name.
pub(crate) fn folder(name: &str) -> PathBuf {
    std::env::var_os("TAMIZ_READERS")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("readers"), PathBuf::from)
        .join(name)
}

/// What a reader makes of a document.
pub(crate) fn read(reader: &str, text: &str) -> Result<Json, String> {
    let program =
        if matches!(reader, "tap" | "azure" | "github" | "teams" | "pagerduty" | "grafana") { &NODE } else { &PYTHON };
    // A test that failed while it asked spoils nothing: each answer is whole.
    let mut program = program.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    program.ask(&json!({ "reader": reader, "text": text }))
}

/// What `lxml` makes of `JUnit` XML that satisfies the schema of Jenkins.
pub(super) fn read_strictly(text: &str) -> Result<Json, String> {
    let schema = root().join("tests/outputs/schemas/junit-10.xsd");
    let mut python = PYTHON.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    python.ask(&json!({ "reader": "junit", "text": text, "schema": schema }))
}

/// A document that satisfies the schema of SARIF 2.1.0.
pub(super) fn sarif(text: &str) -> Json {
    static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        let path = root().join("tests/outputs/schemas/sarif-2.1.0.json");
        // A bracket without its partner in the pattern of a language, which regular expressions in Rust refuse.
        let schema = std::fs::read_to_string(path).unwrap().replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}\\\\]?$");
        let schema: Json = serde_json::from_str(&schema).unwrap();
        jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
    });
    let document: Json = serde_json::from_str(text).unwrap();
    let faults: Vec<String> = SCHEMA.iter_errors(&document).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    document
}
