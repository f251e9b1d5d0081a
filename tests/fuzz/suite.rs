//! Any text as a suite: it is read or its mistakes are told, at places in it; what is read binds and plans.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use tamiz::answer::{Schema, SchemaColumn};
use tamiz::bind::{self, Absent, Datasets};
use tamiz::diagnostic::Diagnostic;
use tamiz::ir::{Reading, Type};
use tamiz::outcome::Fault;
use tamiz::suite::{Request, Suite, read};
use tamiz::{lang, plan};

/// The "now" of the run, 2023-11-14 22:13:20 UTC.
const NOW: i64 = 1_700_000_000_000_000;

/// What a suite may include.
const PART: &str = "columns: {id: {type: integer}}\nexpect: [{not_null: {column: id}}]\n";

/// Reads any bytes that are text.
pub(crate) fn hold(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let files = |path: &Path| match path.file_name().and_then(|name| name.to_str()) {
        Some("suite.yaml") => Ok(text.to_owned()),
        Some("part.yaml") => Ok(PART.to_owned()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    let request = Request {
        path: Path::new("suite.yaml"),
        text: text.to_owned(),
        vars: &[],
        sources: &[],
        env: &|name| (name == "HOME").then(|| "/home".to_owned()),
        as_of: None,
        now: NOW,
        read: &files,
    };
    match read(request) {
        Ok(suite) => {
            suite.remarks(NOW).iter().for_each(stands_in_its_file);
            binds(&suite);
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "a suite that is refused has a mistake");
            mistakes.iter().for_each(stands_in_its_file);
        }
    }
}

fn stands_in_its_file(remark: &Diagnostic) {
    assert!(remark.source.text.get(remark.span.clone()).is_some(), "{remark:?}");
    let _ = (remark.place(), remark.message.len());
}

/// Binds and plans all checks, on files that have what is declared, and on files that have something else.
fn binds(suite: &Suite) {
    let declared: HashMap<&str, Schema> = suite
        .datasets
        .iter()
        .map(|dataset| {
            let columns = dataset.data.columns.iter().filter(|column| column.sql.is_none());
            let columns = columns.map(|column| stored(&column.name, column.reading.clone())).collect();
            (dataset.data.name.as_str(), Schema { columns, ..Schema::default() })
        })
        .collect();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "j", "o", "l", "id", "name", "price", "day"];
    let columns = names.iter().map(|name| stored(name, super::world::column(name))).collect();
    let other = Schema { columns, ..Schema::default() };
    let missing = || Fault { code: "source_missing".to_owned(), message: String::new(), caused_by: None };
    plans(suite, &|name| declared.get(suite.root(name)).ok_or_else(missing));
    plans(suite, &|_| Ok(&other));
    for rule in &suite.rules {
        let rule = rule.at(NOW, suite.timezone);
        for lang in [lang::Lang::En, lang::Lang::Es] {
            assert!(!rule.sentence.get(lang).is_empty(), "`{}` says what it expects", rule.id);
        }
    }
}

/// Binds and plans all checks on files of some columns.
fn plans<'s>(suite: &Suite, schema: &'s dyn Fn(&str) -> Result<&'s Schema, Fault>) {
    let checks = suite.checks();
    let datasets = Datasets { schema, absent: &|_, _| Absent::Undeclared, as_of: Ok(NOW), zone: suite.timezone };
    let bound = bind::bind(&checks, &datasets);
    assert_eq!(bound.checks.len() + bound.unfit.len(), checks.len(), "each check is bound or told unfit");
    let _ = plan::fuse(&bound.checks, &[]).render();
}

fn stored(name: &str, reading: Option<Reading>) -> SchemaColumn {
    SchemaColumn {
        name: name.to_owned(),
        reading: Some(reading.unwrap_or_else(|| Reading::plain(Type::String))),
        inferred: false,
        stored: None,
        family: None,
        missing_in: None,
        computed: None,
    }
}
