//! Mistakes and errors on standard error, with excerpts and carets.

use std::io::{IsTerminal, Write};

use annotate_snippets::{AnnotationKind, Level as Heading, Renderer, Snippet};

use crate::cli::log;
use crate::diagnostic::{Diagnostic, Level};
use crate::error::Error;

/// Prints diagnostics with their excerpts.
pub(super) fn diagnostics(diagnostics: &[Diagnostic]) {
    if log::is_for_machines() {
        return diagnostics.iter().for_each(log_diagnostic);
    }
    let renderer = if std::io::stderr().is_terminal() { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics {
        text += &render(diagnostic, &renderer);
        text.push_str("\n\n");
    }
    say(&text);
}

/// One diagnostic as an event.
fn log_diagnostic(diagnostic: &Diagnostic) {
    let (line, column) = diagnostic.place();
    let (code, at) = (diagnostic.code.text(), diagnostic.at());
    let file = at.path();
    let (help, message) = (diagnostic.help.as_deref(), diagnostic.message.as_str());
    match diagnostic.level {
        Level::Error => tracing::error!(code, file, line, column, help, "{message}"),
        Level::Note => tracing::warn!(code, file, line, column, help, "{message}"),
    }
}

/// One diagnostic as text.
pub(super) fn render(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let heading = match diagnostic.level {
        Level::Error => Heading::ERROR,
        Level::Note => Heading::WARNING,
    };
    let place = diagnostic.at();
    let mut annotation = AnnotationKind::Primary.span(place.line());
    if let Some(label) = &diagnostic.label {
        annotation = annotation.label(label.as_str());
    }
    let mut snippet = Snippet::source(place.source.text.as_str()).path(place.path()).annotation(annotation);
    let mut elsewhere = None;
    if let Some((other, said)) = &diagnostic.other {
        let context = AnnotationKind::Context.span(other.line()).label(said.as_str());
        if other.source == place.source {
            snippet = snippet.annotation(context);
        } else {
            elsewhere = Some(Snippet::source(other.source.text.as_str()).path(other.path()).annotation(context));
        }
    }
    let mut group = heading.primary_title(diagnostic.message.as_str()).id(diagnostic.code.text()).element(snippet);
    if let Some(snippet) = elsewhere {
        group = group.element(snippet);
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Heading::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// Prints an error of the program.
pub(super) fn error(error: &Error) {
    if log::is_for_machines() {
        tracing::error!("{error}");
    } else {
        say(&format!("tamiz: {error}\n"));
    }
}

/// Writes to standard error; there is nobody to tell if that fails.
pub(super) fn say(text: &str) {
    if log::is_for_machines() {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        return lines.for_each(|line| tracing::info!("{}", line.strip_prefix("tamiz: ").unwrap_or(line)));
    }
    let _ = anstream::stderr().write_all(text.as_bytes());
}
