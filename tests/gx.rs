//! Great Expectations: suites, results and checkpoints are imported as the suites they should be, and give the verdicts they
//! gave there.
//!
//! The documents have the shapes that its documentation publishes, of 0.x and of 1.x, written anew for these tests.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tamiz::diagnostic::SourceText;
use tamiz::import::{self, Imported, Request, Tool};
use tamiz::init;
use tamiz::suite;

use crate::check::check_at;

const FOLDER: &str = "tests/import/gx";

/// 2026-06-30.
const NOW: i64 = 1_782_777_600_000_000;

/// Imports a document, with the files of some datasets.
fn imported(document: &str, sources: &[(&str, &str)]) -> Result<Imported, Vec<String>> {
    let path = Path::new(FOLDER).join(document);
    let source = Arc::new(SourceText { path: path.clone(), text: fs::read_to_string(path).unwrap() });
    let sources: Vec<(String, String)> =
        sources.iter().map(|(name, file)| ((*name).to_owned(), (*file).to_owned())).collect();
    let columns = |dataset: &str| {
        let (_, file) = sources.iter().find(|(name, _)| name == dataset)?;
        init::columns(&Path::new(FOLDER).join(file)).ok()
    };
    let request = Request {
        tool: Tool::Gx,
        source,
        name: None,
        sources: &sources,
        columns: &columns,
        read: &|path| fs::read_to_string(Path::new(FOLDER).join(path)),
    };
    import::import(&request).map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.message).collect())
}

/// What became of each rule, a line each.
fn fates(imported: &Imported) -> String {
    let lines = imported.entries.iter().map(|entry| {
        let line = entry.line.map_or_else(|| "-".to_owned(), |line| line.to_string());
        format!("{line} {} {:?}", entry.rule, entry.fate)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What the rules that do not pass came to.
fn not_passed(imported: &Imported) -> Vec<String> {
    let path = Path::new(FOLDER).join("suite.yaml");
    let report = check_at(NOW, None, &path, &imported.text, &|_| true).unwrap_or_else(|said| panic!("{said}"));
    let wrong = report.results.iter().filter(|result| format!("{:?}", result.status) != "Passed");
    wrong.map(|result| format!("{} {:?} {:?}", result.id, result.status, result.violations)).collect()
}

/// What a suite is told when it is read: every note and mistake.
fn remarks(text: &str) -> Vec<String> {
    let request = suite::Request {
        path: &Path::new(FOLDER).join("suite.yaml"),
        text: text.to_owned(),
        vars: &[],
        sources: &[],
        env: &|_| None,
        as_of: None,
        now: NOW,
        read: &|path| fs::read_to_string(path),
    };
    match suite::read(request) {
        Ok(suite) => suite.remarks(NOW).into_iter().map(|remark| remark.message).collect(),
        Err(mistakes) => mistakes.into_iter().map(|mistake| mistake.message).collect(),
    }
}

#[test]
fn a_suite_of_0_x_becomes_one_that_a_person_would_write() {
    let imported = imported("taxi.json", &[("trips", "taxi.csv")]).unwrap();
    insta::assert_snapshot!(imported.text);
    insta::assert_snapshot!(fates(&imported));
    assert_eq!(remarks(&imported.text), Vec::<String>::new());
    // Of six trips one has seven passengers, and four of five is enough.
    assert_eq!(not_passed(&imported), Vec::<String>::new());
}

#[test]
fn a_suite_of_1_x_keeps_severities_descriptions_and_parameters() {
    let imported = imported("orders.json", &[("orders", "orders.csv"), ("order_lines", "lines.csv")]).unwrap();
    insta::assert_snapshot!(imported.text);
    insta::assert_snapshot!(fates(&imported));
    assert_eq!(remarks(&imported.text), Vec::<String>::new());
    let wanted = [
        // An order of 1500 is from France, and where all of that much are from Spain.
        "orders.country.in_set_2 Failed Some(1)",
        // 79 and 20 are not 100.
        "orders.sum_equals Failed Some(1)",
    ];
    assert_eq!(not_passed(&imported), wanted);
}

#[test]
fn results_hold_the_expectations_they_are_of() {
    let imported = imported("result.json", &[]).unwrap();
    insta::assert_snapshot!(imported.text);
    assert_eq!(not_passed(&imported), ["customers.email.not_null Failed Some(1)"]);
}

#[test]
fn checkpoints_lead_to_their_suites_and_say_what_is_not_there() {
    let old = imported("checkpoint.yml", &[("orders", "orders.csv")]).unwrap();
    insta::assert_snapshot!(old.text);
    assert_eq!(not_passed(&old), Vec::<String>::new());
    assert!(fates(&old).contains("suite customers.gone Unsupported"), "{}", fates(&old));
    let new = imported("checkpoint.json", &[("orders", "orders.csv")]).unwrap();
    let rules = |imported: &Imported| imported.entries.iter().filter(|entry| entry.line.is_none()).count();
    assert_eq!((rules(&new), new.counts()), (2, [2, 0, 0]), "{}", fates(&new));
}

#[test]
fn what_is_refused_there_is_refused_here() {
    let imported = imported("refused.json", &[("d", "customers.csv")]).unwrap();
    let told = remarks(&imported.text);
    assert_eq!(told.len(), imported.entries.len(), "{}\n{}", told.join("\n"), imported.text);
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn another_document_is_refused() {
    let said = imported("expectations/orders/warning.json", &[]).map(|imported| imported.name);
    assert_eq!(said, Ok("orders.warning".to_owned()));
    let request = Request {
        tool: Tool::Gx,
        source: Arc::new(SourceText { path: "x.json".into(), text: "{\"a\": 1}".to_owned() }),
        name: None,
        sources: &[],
        columns: &|_| None,
        read: &|_| Err(std::io::ErrorKind::NotFound.into()),
    };
    let mistakes = import::import(&request).unwrap_err();
    assert!(mistakes[0].message.contains("no suite"), "{}", mistakes[0].message);
}
