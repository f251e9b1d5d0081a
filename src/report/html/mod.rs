//! The pages under `reports/`: pure functions from records and history to HTML, a page a file with its template.
//!
//! A page reads whole without a script: the script only filters, sorts and remembers choices. English and Spanish are both in
//! the page; two radio buttons and a rule of the style sheet choose. A page of the site shares sheet and script with the
//! others and holds no style of its own; one that stands alone holds both, and a policy that allows these two and no more.
//! No page asks a network for anything. `words` holds what pages say, `say` how templates say it, `chart` what they draw.

mod address;
mod changes;
mod chart;
mod diff;
mod index;
mod live;
mod lost;
mod month;
mod rule;
mod run;
mod say;
mod suite;
mod words;

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::diff::Diff;
use crate::history::{Past, RunLine};
use crate::lang::Lang;
use crate::outcome::Report;

pub use address::{diff_file, evidence_file, rule_file};
pub use index::{Overview, Standing};
pub use live::Question;
pub use month::Month;
pub use rule::shown as rules_shown;
pub use suite::Breaker;

/// The style sheet that the pages of a site share, to lie in `assets/tamiz.css`.
pub const STYLE: &str = include_str!("tamiz.css");

/// The script that the pages of a site share, to lie in `assets/tamiz.js`.
pub const SCRIPT: &str = include_str!("tamiz.js");

/// The icon of the pages of a site, to lie in `assets/tamiz.svg`.
pub const ICON: &str = include_str!("tamiz.svg");

/// The style of the pages of a server beside [`STYLE`], to lie in `server.css`.
pub const SERVER_STYLE: &str = include_str!("server.css");

/// The script of the page of checks of a server, to lie in `checks.js`.
pub const CHECKS_SCRIPT: &str = include_str!("checks.js");

/// How many runs of a suite its pages look back.
pub const RUNS: usize = 30;

/// Why a page could not be rendered; always a mistake in a template.
#[derive(Debug, thiserror::Error)]
#[error("cannot render {page}")]
pub struct Error {
    page: &'static str,
    #[source]
    source: minijinja::Error,
}

/// Whether a page stands alone or among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One file, for mail and artefacts: it holds its style and its script, and links to nothing beside it.
    Alone,
    /// A page of the site; it shares style and script, and links to the others.
    Site,
    /// A page that a server makes; its script may ask the server.
    Server,
}

/// What the page of a run says beside its record.
#[derive(Clone, Copy, Default)]
pub struct Around<'a> {
    /// The newest runs of the suite, this one last.
    pub past: Option<&'a Past>,
    /// What changed since the previous run, and the folder of that run.
    pub changes: Option<(&'a Diff, &'a str)>,
}

/// Renders a run as one file with nothing beside its record; it opens in the given language.
pub fn page(report: &Report, lang: Lang) -> Result<String, Error> {
    run(report, Around::default(), Layout::Alone, lang)
}

/// Renders the page of a run.
///
/// In the site it lies in `runs/<folder>/`.
pub fn run(report: &Report, around: Around<'_>, layout: Layout, lang: Lang) -> Result<String, Error> {
    render("run.html", layout, "../../", lang, run::View::of(report, around))
}

/// Renders the page of a run whose record is not kept any more; it lies in `runs/<folder>/`.
pub fn lost(run: &RunLine, lang: Lang) -> Result<String, Error> {
    render("lost.html", Layout::Site, "../../", lang, lost::View::of(run))
}

/// Renders the page over all suites; it lies at the root of the site.
pub fn index(overview: &Overview, lang: Lang) -> Result<String, Error> {
    render("index.html", Layout::Site, "", lang, index::View::of(overview))
}

/// Renders a page of the runs of a month; it lies at the root of the site.
pub fn month(month: &Month<'_>, lang: Lang) -> Result<String, Error> {
    render("month.html", Layout::Site, "", lang, month::View::of(month))
}

/// Renders the page of a suite that has at least one run; it lies in `suites/<suite>/`.
///
/// `record` gives the record of a run, if it is still there; `now` is when the page is made.
pub fn suite(
    past: &Past,
    record: &dyn Fn(&RunLine) -> Option<Report>,
    breaker: Option<Breaker>,
    now: DateTime<Utc>,
    lang: Lang,
) -> Result<String, Error> {
    render("suite.html", Layout::Site, "../../", lang, suite::View::of(past, record, breaker, now))
}

/// Renders the page of a rule; it lies in `suites/<suite>/rules/`. The record is that of the newest run, if it is there.
pub fn rule(past: &Past, id: &str, newest: Option<&Report>, lang: Lang) -> Result<String, Error> {
    render("rule.html", Layout::Site, "../../../", lang, rule::View::of(past, id, newest))
}

/// Renders what differs between two runs, whose folders are known in a site; there it lies in `diff/`.
pub fn diff(diff: &Diff, folders: Option<(&str, &str)>, layout: Layout, lang: Lang) -> Result<String, Error> {
    render("diff.html", layout, "../", lang, diff::View::of(diff, folders, lang))
}

/// Renders the page of a server where suites can be checked, if they can, and checks under way are seen; it lies at its root.
pub fn checks(suites: &[String], can_start: bool, lang: Lang) -> Result<String, Error> {
    render("checks.html", Layout::Server, "", lang, live::Checks { suites, can_start })
}

/// Renders what the API of a server answers; it lies at its root.
pub fn api(questions: &[Question], lang: Lang) -> Result<String, Error> {
    render("api.html", Layout::Server, "", lang, live::Api { questions })
}

/// Renders what a server says where there is no page, or no run yet; `root` leads to its root.
pub fn nothing(root: &str, runs: bool, lang: Lang) -> Result<String, Error> {
    render("nothing.html", Layout::Server, root, lang, live::Nothing { runs })
}

static ENVIRONMENT: LazyLock<Result<Environment<'static>, String>> =
    LazyLock::new(|| environment().map_err(|error| error.to_string()));

static ALONE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    )
});

/// The policy of the pages of a site. `file:` is for browsers to which two files are two origins.
const SHARED: &str = "default-src 'none'; style-src 'self' file:; script-src 'self' file:; img-src 'self' file:; base-uri 'none'; form-action 'none'";

/// The policy of the pages of a server.
const SERVED: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

fn render(page: &'static str, layout: Layout, root: &str, lang: Lang, view: impl Serialize) -> Result<String, Error> {
    let fault = |source| Error { page, source };
    let environment = ENVIRONMENT
        .as_ref()
        .map_err(|message| fault(minijinja::Error::new(minijinja::ErrorKind::SyntaxError, message.clone())))?;
    let alone = layout == Layout::Alone;
    let policy = match layout {
        Layout::Alone => ALONE.clone(),
        Layout::Site => SHARED.to_owned(),
        Layout::Server => SERVED.to_owned(),
    };
    let facts = context! {
        lang => lang.code(),
        plain => say::plain(lang),
        alone,
        live => layout == Layout::Server,
        root,
        policy => Value::from_safe_string(policy),
        icon_data => Value::from_safe_string(format!("data:image/svg+xml,{}", address::encode(ICON.trim()))),
        style => Value::from_safe_string(STYLE.to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
    };
    let view: Value = Serde(view).into();
    let template = environment.get_template(page).map_err(fault)?;
    template.render(context! { ..view, ..facts }).map_err(fault)
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    say::teach(&mut environment);
    environment.add_template("base.html", include_str!("base.html"))?;
    environment.add_template("parts.html", include_str!("parts.html"))?;
    environment.add_template("run.html", include_str!("run.html"))?;
    environment.add_template("index.html", include_str!("index.html"))?;
    environment.add_template("checks.html", include_str!("checks.html"))?;
    environment.add_template("api.html", include_str!("api.html"))?;
    environment.add_template("nothing.html", include_str!("nothing.html"))?;
    environment.add_template("lost.html", include_str!("lost.html"))?;
    environment.add_template("month.html", include_str!("month.html"))?;
    environment.add_template("suite.html", include_str!("suite.html"))?;
    environment.add_template("rule.html", include_str!("rule.html"))?;
    environment.add_template("diff.html", include_str!("diff.html"))?;
    Ok(environment)
}

/// The SHA-256 of a text in Base64, as content policies write it.
fn digest(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let hash = Sha256::digest(text.as_bytes());
    let mut said = String::new();
    for three in hash.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            said.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    said
}

#[cfg(test)]
mod tests;
