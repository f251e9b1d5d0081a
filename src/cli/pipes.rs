//! Dagster Pipes: what a run came to, told to the step of Dagster that started the program.
//!
//! Two variables of the environment say where the context is and where messages go; each is JSON, compressed with zlib, in
//! base64, as the default loader and writer of `dagster-pipes` take it. Without the first the program was not started by a
//! step of Dagster, and nothing is told.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::cli::world;
use crate::error::Error;
use crate::lang::Lang;
use crate::outcome::Report;
use crate::report::dagster;

const CONTEXT: &str = "DAGSTER_PIPES_CONTEXT";
const MESSAGES: &str = "DAGSTER_PIPES_MESSAGES";

/// The most that a variable may hold when it is unpacked.
const LARGEST: u64 = 64 << 20;

/// Tells the step of Dagster of runs, if there is one.
///
/// # Errors
/// A variable that says nothing, a context that leaves open what is reported, and a file that cannot be written.
pub(super) fn tell(reports: &[Report], lang: Lang) -> Result<(), Error> {
    let Some(context) = world::env(CONTEXT).filter(|packed| !packed.is_empty()) else { return Ok(()) };
    let wrong = |why: String| Error::Render(format!("Dagster cannot be told: {why}"));
    let context = context_of(&unpack(CONTEXT, &context).map_err(wrong)?).map_err(wrong)?;
    let packed = world::env(MESSAGES).ok_or_else(|| wrong(format!("`{MESSAGES}` is not set")))?;
    let to = unpack(MESSAGES, &packed).map_err(wrong)?;
    let reports: Vec<&Report> = reports.iter().collect();
    let text = dagster::render(&reports, &context, lang).map_err(wrong)?;
    if let Some(path) = to["path"].as_str() {
        let path = Path::new(path);
        let file = OpenOptions::new().create(true).append(true).open(path);
        return file
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|source| Error::Write { path: path.to_owned(), source });
    }
    let stream = to["stdio"].as_str().or(to["buffered_stdio"].as_str());
    let written = match stream {
        Some("stdout") => std::io::stdout().write_all(text.as_bytes()),
        Some("stderr") => std::io::stderr().write_all(text.as_bytes()),
        _ => return Err(wrong(format!("`{MESSAGES}` names neither a file nor a stream"))),
    };
    written.map_err(|source| Error::Write { path: "the stream of Dagster".into(), source })
}

fn unpack(name: &str, packed: &str) -> Result<Value, String> {
    let bytes = BASE64_STANDARD.decode(packed.trim()).map_err(|error| format!("`{name}` is no base64: {error}"))?;
    let mut text = String::new();
    let unpacked = flate2::read::ZlibDecoder::new(bytes.as_slice()).take(LARGEST).read_to_string(&mut text);
    unpacked.map_err(|error| format!("`{name}` is not compressed as it should be: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("`{name}` is no JSON: {error}"))
}

fn context_of(params: &Value) -> Result<Value, String> {
    let Some(path) = params["path"].as_str() else {
        return match &params["data"] {
            Value::Object(data) => Ok(Value::Object(data.clone())),
            _ => Err(format!("`{CONTEXT}` names neither a file nor data")),
        };
    };
    let text = world::read_file(Path::new(path)).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| format!("`{path}` is no JSON: {error}"))
}
