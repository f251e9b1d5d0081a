//! `--evidence`: the rows that break rules as CSV beside the page, of the program on files in a folder.

use std::fs;
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::safety::Place;

const SUITE: &str = "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    key: [id]\n    columns:\n      id: {type: integer}\n      n: {type: integer, expect: [non_negative, {not_null: {samples: 0}}]}\n      mail: {type: string, pii: true, expect: [{length: {max: 4}}]}\n";

/// Six rows, of which the second, fourth and sixth have a negative number, and the fifth none.
const DATA: &str = "id,n,mail\n1,1,a@b\n2,-2,long@example.com\n3,3,c@d\n4,-4,e@f\n5,,g@h\n6,-6,i@j\n";

fn place() -> Place {
    Place::new(&[("s.yaml", SUITE), ("d.csv", DATA)])
}

/// The folder of the newest run, and its record.
fn newest(place: &Place) -> (PathBuf, Json) {
    let history = tamiz::history::History::new(&place.path("reports"));
    let folder = place.path("reports/runs").join(&history.runs().unwrap().last().unwrap().folder);
    let record = serde_json::from_str(&fs::read_to_string(folder.join("report.json")).unwrap()).unwrap();
    (folder, record)
}

fn rule<'a>(record: &'a Json, id: &str) -> &'a Json {
    record["results"].as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap()
}

#[test]
fn rows_that_break_a_rule_lie_beside_its_page() {
    let place = place();
    assert_eq!(place.run("check s.yaml --samples 1").code, Some(1));
    assert!(!newest(&place).0.join("evidence").exists(), "nobody asked");
    for (asked, rows) in [("all", &["2,-2", "4,-4", "6,-6"][..]), ("2", &["2,-2", "4,-4"])] {
        let ran = place.run(&format!("check s.yaml --samples 1 --evidence {asked}"));
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let (folder, record) = newest(&place);
        let rule = rule(&record, "d.n.non_negative");
        assert_eq!(rule["samples"].as_array().unwrap().len(), 1, "the record shows as many as without");
        assert_eq!(rule["evidence"], serde_json::json!({"path": "evidence/d.n.non_negative.csv", "rows": rows.len()}));
        let text = fs::read_to_string(folder.join("evidence/d.n.non_negative.csv")).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("_tamiz_source,_tamiz_line,_tamiz_row,id,n"));
        let told: Vec<&str> = lines.map(|line| line.splitn(4, ',').last().unwrap()).collect();
        assert_eq!(told, rows);
        let page = fs::read_to_string(folder.join("index.html")).unwrap();
        assert!(page.contains("href=\"evidence/d.n.non_negative.csv\""));
        assert!(!fs::read_to_string(folder.join("report.html")).unwrap().contains("evidence/"), "it stands alone");
        assert_eq!(place.run("report rebuild").code, Some(0));
        assert_eq!(fs::read_to_string(folder.join("index.html")).unwrap(), page);
    }
}

#[test]
fn what_may_not_be_shown_is_in_no_file() {
    let place = place();
    assert_eq!(place.run("check s.yaml --evidence all").code, Some(1));
    let (folder, record) = newest(&place);
    assert!(rule(&record, "d.n.not_null")["evidence"].is_null(), "`samples: 0`");
    let masked = fs::read_to_string(folder.join("evidence/d.mail.length.csv")).unwrap();
    assert!(masked.contains("d.csv,3,1,2,") && !masked.contains("example.com"), "{masked}");
    assert_eq!(fs::read_dir(folder.join("evidence")).unwrap().count(), 2);
    for (line, said) in [
        ("check s.yaml --evidence all --no-samples", "--no-samples"),
        ("check s.yaml --evidence all --no-reports", "--no-reports"),
        ("check s.yaml --evidence 0", "`all`"),
        ("check s.yaml --evidence some", "`all`"),
    ] {
        let ran = place.run(line);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{ran:?}");
    }
}

#[test]
fn of_published_data_rows_name_the_source_that_was_given() {
    let place = place();
    let ran = place.run("publish d.csv out/d.csv --suite s.yaml --evidence 9");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let text = fs::read_to_string(newest(&place).0.join("evidence/d.n.non_negative.csv")).unwrap();
    assert!(text.contains("\nd.csv,3,1,2,-2\n") && !text.contains(".tamiz-"), "{text}");
}
