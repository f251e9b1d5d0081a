//! `report.html` and `index.html`: pages that open from disk, by mail or as the artefact of a CI job.
//!
//! A page is one file. It asks no network for anything and runs no script; the switch between English and Spanish is two
//! radio buttons and a rule of the style sheet, so both languages are in the page.

mod listing;
mod say;
mod view;
mod words;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context};

use crate::lang::Lang;
use crate::outcome::Report;

pub use listing::Listed;

/// Why a page could not be rendered; always a mistake in a template.
#[derive(Debug, thiserror::Error)]
#[error("cannot render {page}")]
pub struct Error {
    page: &'static str,
    #[source]
    source: minijinja::Error,
}

/// Renders the page of one run; it opens in the given language.
pub fn page(report: &Report, lang: Lang) -> Result<String, Error> {
    render("page.html", lang, Serde(view::View::of(report)).into())
}

/// Renders the page over all runs, which may come in any order; it opens in the given language.
///
/// Its links are relative to the folder of reports: `runs/<folder>/report.html`.
pub fn index(runs: &[Listed], lang: Lang) -> Result<String, Error> {
    render("index.html", lang, Serde(listing::View::of(runs)).into())
}

fn render(page: &'static str, lang: Lang, view: Value) -> Result<String, Error> {
    let fault = |source| Error { page, source };
    let environment = environment().map_err(fault)?;
    let style = Value::from_safe_string(include_str!("style.css").to_owned());
    let template = environment.get_template(page).map_err(fault)?;
    template.render(context! { lang => lang.code(), style, ..view }).map_err(fault)
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    say::teach(&mut environment);
    environment.add_template("base.html", include_str!("base.html"))?;
    environment.add_template("parts.html", include_str!("parts.html"))?;
    environment.add_template("page.html", include_str!("page.html"))?;
    environment.add_template("index.html", include_str!("index.html"))?;
    Ok(environment)
}

#[cfg(test)]
mod tests;
