//! Where results go: `--output FORMAT[=PATH]`.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::str::FromStr;

use crate::cli::{Color, print};
use crate::error::Error;
use crate::history::write_whole;
use crate::lang::Lang;
use crate::outcome::Report;
use crate::report::{html, json, text};

/// One asked-for output.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pub(super) format: Format,
    /// The file; none is standard output.
    path: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Json,
    Html,
    Invocation,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(spelled: &str) -> Result<Self, String> {
        let (format, path) = match spelled.split_once('=') {
            Some((format, path)) => (format, Some(path)),
            None => (spelled, None),
        };
        let format = match format {
            "text" => Format::Text,
            "json" => Format::Json,
            "html" => Format::Html,
            "invocation" => Format::Invocation,
            other => {
                return Err(format!(
                    "`{other}` is no format of this version; there are text, json, html and invocation"
                ));
            }
        };
        if path == Some("") {
            return Err("a path is missing after `=`; `-` is standard output".to_owned());
        }
        Ok(Self { format, path: path.filter(|path| *path != "-").map(str::to_owned) })
    }
}

impl Output {
    /// Whether it goes to standard output.
    pub(super) fn is_standard(&self) -> bool {
        self.path.is_none()
    }

    /// Whether several suites would overwrite each other in it.
    pub(super) fn holds_one_suite(&self) -> bool {
        matches!(self.format, Format::Json | Format::Html)
            && self.path.as_ref().is_none_or(|path| !path.contains("{suite}"))
    }

    /// Writes a text that is whole in itself.
    pub(super) fn deliver(&self, text: &str, suite: &str) -> Result<(), Error> {
        match &self.path {
            None => print(text),
            Some(path) => write_whole(&PathBuf::from(path.replace("{suite}", suite)), text.as_bytes(), false),
        }
    }

    /// The text of a run in this format, where the format is about one run.
    pub(super) fn render(&self, report: &Report, lang: Lang, people: &text::Options) -> Result<Option<String>, Error> {
        let wrong = |error: &dyn std::fmt::Display| Error::Render(error.to_string());
        Ok(match self.format {
            Format::Text => {
                let plain = text::Options { color: people.color && self.is_standard(), ..people.clone() };
                Some(text::render(report, &plain))
            }
            Format::Json => Some(json::render(report).map_err(|error| wrong(&error))?),
            Format::Html => Some(html::page(report, lang).map_err(|error| wrong(&error))?),
            Format::Invocation => None,
        })
    }
}

/// Whether text on a stream is coloured.
pub(super) fn colored(asked: Color, standard_output: bool) -> bool {
    let terminal = if standard_output { std::io::stdout().is_terminal() } else { std::io::stderr().is_terminal() };
    let plain = super::world::env("NO_COLOR").is_some_and(|flag| !flag.is_empty());
    match asked {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && !plain,
    }
}

/// Text for people, on standard output unless a machine reads that.
pub(super) fn tell(text: &str, standard_output: bool, color: bool) -> Result<(), Error> {
    let choice = if color { anstream::ColorChoice::AlwaysAnsi } else { anstream::ColorChoice::Never };
    let written = if standard_output {
        anstream::AutoStream::new(std::io::stdout(), choice).write_all(text.as_bytes())
    } else {
        anstream::AutoStream::new(std::io::stderr(), choice).write_all(text.as_bytes())
    };
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::Write { path: "the terminal".into(), source: error })
        }
        _ => Ok(()),
    }
}
