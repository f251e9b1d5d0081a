//! The manual of the expectations, from what the catalogue says of itself.
//!
//! The same pages are printed by `tamiz explain` and written to `rules/README.md`.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::diagnostic::Code;
use crate::expectation::{CATALOGUE, Definition, NullRule, Place, bounds};
use crate::suite::{Request, read};

/// One line for each expectation.
#[must_use]
pub fn list() -> String {
    let width = CATALOGUE.iter().map(|definition| definition.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for definition in CATALOGUE {
        let _ = writeln!(text, "{:width$}  {}", definition.name, first_sentence(definition));
    }
    text.push_str("\n`tamiz explain NAME` shows one of them.\n");
    text
}

/// The page of an expectation.
#[must_use]
pub fn page(definition: &Definition) -> String {
    let mut text = format!("# {}\n\n{}\n", definition.name, description(definition));
    let _ = writeln!(text, "\n## Parameters\n");
    let schema = (definition.schema)();
    let mut any = false;
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        any = true;
        let main = if definition.main == Some(name) { " (may stand alone)" } else { "" };
        let needed = schema["required"].as_array().is_some_and(|needed| needed.contains(&Json::String(name.clone())));
        let needed = if needed { "" } else { ", optional" };
        let described = property["description"].as_str().unwrap_or_default().replace('\n', " ");
        let _ = writeln!(text, "* `{name}`{main}{needed}: {described}");
        for choice in property["oneOf"].as_array().into_iter().flatten() {
            if let (Some(word), Some(described)) = (choice["const"].as_str(), choice["description"].as_str()) {
                let _ = writeln!(text, "  * `{word}`: {described}");
            }
        }
    }
    for (name, property) in bounds::properties(definition.bounds) {
        any = true;
        let main = if definition.main == Some(name) { " (may stand alone)" } else { "" };
        let _ = writeln!(text, "* `{name}`{main}, optional: {}", property["description"].as_str().unwrap_or_default());
    }
    if !any {
        let _ = writeln!(text, "None.");
    }
    let _ = writeln!(text, "\nStands {}. Dimension: {}.", place(definition.place), definition.dimension.name());
    let _ = writeln!(text, "Nulls: {}.", nulls(definition));
    let _ = writeln!(text, "\n## Example\n\n```yaml\n- {}: {}\n```", definition.name, braced(definition.example));
    if let Some(computed) = computed(definition) {
        let _ = writeln!(text, "\n## How it is computed\n\n```\n{computed}```");
    }
    text
}

/// What an expectation means, in its own words, and what it makes of nulls.
#[must_use]
pub fn brief(definition: &Definition) -> String {
    let description = description(definition).split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{description} Nulls: {}.", nulls(definition))
}

/// The whole manual, as `rules/README.md` holds it.
#[must_use]
pub fn whole() -> String {
    let mut text = String::from(
        "# The expectations\n\n<!-- Generated from the code by the tests; BLESS=1 rewrites it. -->\n\nSuites in this folder are what \
         `tamiz check` runs by default. Each expectation below also takes the common keys (`id severity allow mostly levels where \
         nulls on_empty description dimension owner runbook tags meta impact enabled when samples`).\n\n",
    );
    text.push_str("| expectation | what holds |\n|---|---|\n");
    for definition in CATALOGUE {
        let _ = writeln!(text, "| [`{0}`](#{0}) | {1} |", definition.name, first_sentence(definition));
    }
    for definition in CATALOGUE {
        text.push('\n');
        text.push_str(&page(definition).replace("\n## ", "\n### ").replacen("# ", "## ", 1));
    }
    text.push_str("\n# The codes of mistakes and findings\n\n`T01…` are mistakes: they exit 2 before data is read. `T02…` are findings of \
                   `tamiz lint`, about what is legal.\n\n| code | what it is | when it is told |\n|---|---|---|\n");
    for code in Code::ALL {
        let _ = writeln!(text, "| `{}` | {} | {} |", code.text(), code.title(), code.meaning());
    }
    text
}

/// What a code means.
#[must_use]
pub fn code(code: Code) -> String {
    let kind = if code.is_finding() {
        "A finding of `tamiz lint`: it stops nothing, unless `--deny` asks for that."
    } else {
        "A mistake: it exits 2 before data is read."
    };
    format!("# {}: {}\n\n{}\n\n{kind}\n", code.text(), code.title(), code.meaning())
}

fn description(definition: &Definition) -> String {
    (definition.schema)()["description"].as_str().unwrap_or_default().to_owned()
}

fn first_sentence(definition: &Definition) -> String {
    description(definition).lines().next().unwrap_or_default().to_owned()
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Column => "under a column, or in a dataset's list with `column`",
        Place::Columns => "under a column, or in a dataset's list with `column` or `columns`",
        Place::Table => "in a dataset's list",
    }
}

fn nulls(definition: &Definition) -> &'static str {
    match definition.nulls {
        NullRule::Own => "as told above; `nulls` has no other meaning here",
        NullRule::Ignore if definition.bounds.is_aggregate() => "left out",
        NullRule::Ignore => "a row with a null in a tested column is left out; `nulls` changes that",
        NullRule::IgnoreAll => "a row is left out when all tested columns are null; `nulls` changes that",
        NullRule::Fail => "a row with a null breaks it",
        NullRule::Pass => "a row with a null holds",
        NullRule::Value => "a null compares like a value",
    }
}

/// An example as a flow map, as it stands after `name: `.
fn braced(example: &str) -> String {
    if example.is_empty() {
        "{}".to_owned()
    } else if example.starts_with('{') {
        example.to_owned()
    } else {
        format!("{{{example}}}")
    }
}

/// The measures that the example comes to.
fn computed(definition: &Definition) -> Option<String> {
    // The example is put into a suite whose other dataset has any column a reference may ask for.
    let example = braced(definition.example);
    let column = if definition.name == "type" {
        "columns: {quantity: {type: integer}}"
    } else {
        "columns: {a: {type: integer}, b: {type: date}}"
    };
    let item =
        if definition.name == "type" { String::new() } else { format!("      - {}: {example}\n", definition.name) };
    let names: Vec<&str> =
        example.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).filter(|word| !word.is_empty()).collect();
    let mut others = String::new();
    for name in names.iter().filter(|name| **name != "data") {
        if !others.contains(&format!("\n  {name}:")) {
            let _ = write!(others, "\n  {name}: {{source: x.csv}}");
        }
    }
    let text = format!(
        "tamiz: 1\nsuite: example\ndatasets:\n  data:\n    source: data.csv\n    {column}\n    expect:\n{item}{others}\n"
    );
    let text = if item.is_empty() { text.replace("    expect:\n", "") } else { text };
    let request = Request {
        path: "example.yaml".as_ref(),
        text,
        vars: &[],
        sources: &[],
        env: &|_| None,
        as_of: None,
        now: 0,
        read: &|_| Err(std::io::ErrorKind::NotFound.into()),
    };
    let suite = read(request).ok()?;
    let rule = suite
        .rules
        .iter()
        .find(|rule| rule.dataset == "data" && rule.expectation == definition.name && rule.builtin.is_none())?;
    let number = rule.metric.number().to_string();
    Some(match rule.metric.evaluated() {
        Some(evaluated) if rule.metric.counts_violations() => {
            format!("violations: {number}\nevaluated:  {}\n", crate::ir::Measure::Rows(evaluated.rows()))
        }
        Some(evaluated) if matches!(rule.metric, crate::ir::Metric::Share { .. }) => {
            format!("observed: {number}\nover:     {}\n", crate::ir::Measure::Rows(evaluated.rows()))
        }
        _ => format!("observed: {number}\n"),
    })
}
