//! What became of tests, as text for people and as JSON for programs.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::lang::Lang;
use crate::test::{Difference, Status, Tested};

/// How tests are told of.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The language.
    pub lang: Lang,
    /// Whether it is coloured.
    pub color: bool,
}

/// Every test with its mark, what differs below those that do not hold, and how many there were.
#[must_use]
pub fn text(tests: &[Tested], options: Options) -> String {
    let lang = options.lang;
    let painted = |code: &str, text: &str| {
        if options.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    };
    let mut said = String::new();
    for tested in tests {
        let mark = match tested.status {
            Status::Passed => painted("32", "✓"),
            Status::Failed => painted("31", "✗"),
            Status::Error => painted("35", "!"),
        };
        let _ = write!(said, "{mark} {} · {}", tested.suite, tested.test);
        if tested.status != Status::Passed {
            let _ = write!(said, "  {}", painted("2", &format!("{}:{}", tested.location.file, tested.location.line)));
        }
        said.push('\n');
        for difference in &tested.differences {
            let _ = writeln!(said, "    {}", line(difference, lang));
        }
    }
    said += &total(tests, lang);
    said
}

/// The tests as one document.
#[must_use]
pub fn document(tests: &[Tested], exit_code: u8) -> Json {
    let [passed, failed, error] = counts(tests);
    json!({
        "tests": tests,
        "counts": { "tests": tests.len(), "passed": passed, "failed": failed, "error": error },
        "exit_code": exit_code,
    })
}

/// How many tests hold, do not hold, and could not be evaluated.
#[must_use]
pub fn counts(tests: &[Tested]) -> [usize; 3] {
    [Status::Passed, Status::Failed, Status::Error]
        .map(|status| tests.iter().filter(|tested| tested.status == status).count())
}

/// One difference: what was expected against what was found.
fn line(difference: &Difference, lang: Lang) -> String {
    let Difference { rule, what, expected, found, message } = difference;
    let of = match (rule, *what) {
        (Some(rule), "status") => rule.clone(),
        (Some(rule), what) => format!("{rule} · {what}"),
        (None, what) => what.to_owned(),
    };
    let mut line = match lang {
        Lang::En => format!("{of}: expected {expected}, found {found}"),
        Lang::Es => format!("{of}: se esperaba {expected}, se encontró {found}"),
    };
    if let Some(message) = message {
        let _ = write!(line, " ({})", message.get(lang));
    }
    line
}

fn total(tests: &[Tested], lang: Lang) -> String {
    let [passed, failed, error] = counts(tests);
    let count = |count: usize, one: (&str, &str), several: (&str, &str)| {
        format!("{count} {}", lang.plural(count as u64, one, several))
    };
    let mut parts = vec![count(passed, ("test holds", "prueba se cumple"), ("tests hold", "pruebas se cumplen"))];
    if failed > 0 {
        parts.push(count(failed, ("does not", "no se cumple"), ("do not", "no se cumplen")));
    }
    if error > 0 {
        parts.push(count(
            error,
            ("could not be evaluated", "no se pudo evaluar"),
            ("could not be evaluated", "no se pudieron evaluar"),
        ));
    }
    parts.join(", ") + "\n"
}
