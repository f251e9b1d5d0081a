//! The history as it is used: runs listed, asked, exported, pruned, carried elsewhere and compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value as Json;
use tamiz::history::History;

use crate::safety::{Place, suite};

/// A folder with six runs of two suites: of `a` the second and the third fail, and `b` holds.
fn place() -> Place {
    let place = Place::new(&[("a.yaml", &suite("a", "a.csv")), ("b.yaml", &suite("b", "b.csv"))]);
    place.write("b.csv", "id,n\n1,5\n");
    for (run, data) in ["id,n\n1,5\n2,7\n", "id,n\n1,5\n1,-7\n2,3\n", "id,n\n1,5\n1,7\n"].iter().enumerate() {
        place.write("a.csv", data);
        let code = place.run(&format!("check a.yaml --label turn={run} --label of=a")).code;
        assert_eq!(code, Some(i32::from(run > 0)));
        assert_eq!(place.run(&format!("check b.yaml --label turn={run}")).code, Some(0));
    }
    place
}

/// What a command prints, which must end with 0.
fn out(place: &Place, line: &str) -> String {
    let ran = place.run(line);
    assert_eq!(ran.code, Some(0), "{line}\n{ran:?}");
    ran.out
}

/// A query, as the program is called with one argument.
fn ask(place: &Place, sql: &str) -> Vec<Json> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_tamiz"))
        .current_dir(place.path(""))
        .args(["history", "query", sql, "--format", "json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{sql}\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every file below a folder by its path, with what it holds; locks and what is made anew are left out.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let paths = glob::glob(&folder.join("**/*").display().to_string()).unwrap().map(Result::unwrap);
    let kept = paths.filter(|path| path.is_file());
    let named = kept.map(|path| (path.strip_prefix(folder).unwrap().display().to_string(), path));
    let kept = named.filter(|(name, _)| name.starts_with("runs/") || name.starts_with("history/"));
    kept.map(|(name, path)| (name, fs::read(path).unwrap())).collect()
}

#[test]
fn runs_are_listed_and_filtered() {
    let place = place();
    let text = out(&place, "history");
    assert_eq!(text.lines().count(), 8, "{text}");
    assert!(text.lines().nth(1).unwrap().contains("  b  "), "the newest comes first: {text}");
    assert!(text.ends_with("6 runs\n"));
    assert!(out(&place, "history --lang es").ends_with("6 ejecuciones\n"));
    assert!(out(&place, "history --limit 2").ends_with("2 runs (--limit 0 lists all)\n"));
    let count = |flags: &str| -> usize {
        let runs: Json = serde_json::from_str(&out(&place, &format!("history --format json {flags}"))).unwrap();
        runs.as_array().unwrap().len()
    };
    let told = [
        ("", 6),
        ("--suite a", 3),
        ("--suite [ab]", 6),
        ("--suite c", 0),
        ("--status failed", 2),
        ("--status failed --status passed", 6),
        ("--since 1h", 6),
        ("--until 1h", 0),
        ("--since 2020-01-01 --until 2020-02-01T00:00:00Z", 0),
        ("--label turn=1", 2),
        ("--label turn=1 --label of=a", 1),
        ("--branch main", 0),
        ("--rule d.id.unique", 6),
        ("--rule nothing", 0),
        ("--limit 4", 4),
        ("--limit 0", 6),
    ];
    for (flags, wanted) in told {
        assert_eq!(count(flags), wanted, "{flags}");
    }
    let rules = out(&place, "history --rule d.id.* --suite a --limit 1 --format csv");
    assert_eq!(rules.lines().count(), 4, "{rules}");
    assert!(rules.lines().next().unwrap().starts_with("run,suite,started_at,rule,status"), "{rules}");
    let rules = out(&place, "history --rule d.id.unique --suite a");
    assert_eq!(rules.matches("failed").count(), 2, "{rules}");
    let none = place.run("history --suite c");
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""));
    assert!(none.err.contains("no run of the history"), "{none:?}");
    assert_eq!(place.run("history --since yesterday").code, Some(2));
    assert_eq!(out(&place, "history --reports nowhere --format json"), "[]\n");
}

#[test]
fn the_columns_of_a_dataset_come_from_the_newest_record_that_has_them() {
    let place = place();
    let history = History::new(&place.path("reports"));
    let newest = history.past("a", 1).unwrap().runs.remove(0).run;
    let (run, columns) = history.columns("a", "d", 3).unwrap().unwrap();
    assert_eq!(run.id, newest.id);
    assert_eq!(columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["id", "n"]);
    fs::remove_file(place.path("a.csv")).unwrap();
    assert_eq!(place.run("check a.yaml").code, Some(3));
    assert_eq!(history.columns("a", "d", 3).unwrap().unwrap().0.id, newest.id, "a run that could not read it has none");
    assert!(history.columns("a", "d", 1).unwrap().is_none());
}

#[test]
fn sql_answers_what_plain_loops_count() {
    let place = place();
    let history = History::new(&place.path("reports"));
    let mut wanted: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
    for suite in ["a", "b"] {
        for past in history.past(suite, 100).unwrap().runs {
            for rule in past.rules {
                let cell = wanted.entry((suite.to_owned(), rule.id.clone())).or_default();
                cell.0 += i64::from(rule.status == tamiz::outcome::Status::Failed);
                cell.1 += i64::try_from(rule.violations.unwrap_or(0)).unwrap();
            }
        }
    }
    let sql = "SELECT suite, rule, SUM(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failures, SUM(violations) AS rows \
               FROM results GROUP BY suite, rule ORDER BY suite, rule";
    let found: BTreeMap<(String, String), (i64, i64)> = ask(&place, sql)
        .into_iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            let number = |name: &str| row[name].as_i64().unwrap();
            ((text("suite"), text("rule")), (number("failures"), number("rows")))
        })
        .collect();
    assert_eq!(found, wanted);
    assert_eq!(found[&("a".to_owned(), "d.id.unique".to_owned())], (2, 4));
    let joined = ask(
        &place,
        "SELECT runs.suite, results.rule, results.value FROM results JOIN runs ON results.run = runs.id \
         WHERE runs.status = 'failed' AND results.status = 'failed' ORDER BY runs.started_at, results.rule",
    );
    let rules: Vec<&str> = joined.iter().map(|row| row["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["d.id.unique", "d.n.non_negative", "d.id.unique"]);
    assert_eq!(joined[1]["value"], 1.0);
    assert_eq!(
        ask(&place, "SELECT count(*) AS n FROM runs WHERE started_at > timestamp '2020-01-01 00:00:00'")[0]["n"],
        6
    );
    for wrong in ["SELEC", "SELECT x FROM nowhere", "SELECT nothing FROM runs", "SELECT * FROM read_csv('a.csv')"] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_tamiz"))
            .current_dir(place.path(""))
            .args(["history", "query", wrong])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with("tamiz: the query does not run"), "{said}");
    }
}

#[test]
fn tables_are_exported_whole() {
    let place = place();
    assert!(out(&place, "history export out --format parquet").contains("results.parquet (30 rows)"));
    let rows = |name: &str| {
        let file = File::open(place.path(&format!("out/{name}.parquet"))).unwrap();
        ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().next().unwrap().unwrap()
    };
    let (runs, results) = (rows("runs"), rows("results"));
    assert_eq!((runs.num_rows(), results.num_rows()), (6, 30));
    let failed: i64 = runs.column_by_name("failed").unwrap().as_primitive::<Int64Type>().values().iter().sum();
    assert_eq!(failed, 3);
    out(&place, "history export out --format csv --suite a --status failed");
    let text = place.read("out/runs.csv");
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("\"{\"\"turn\"\":\"\"1\"\",\"\"of\"\":\"\"a\"\"}\""), "{text}");
}

#[test]
fn a_dry_prune_says_what_a_real_one_does() {
    let place = place();
    assert_eq!(place.run("history prune").code, Some(2));
    assert_eq!(place.run("history prune --keep-runs 1 --suite c").code, Some(2));
    let before = tree(&place.path("reports"));
    let dry = out(&place, "history prune --keep-runs 1 --keep-last-passed --dry-run");
    assert_eq!(tree(&place.path("reports")), before);
    let real = out(&place, "history prune --keep-runs 1 --keep-last-passed");
    assert_eq!(dry.replace("would go", "went"), real);
    assert!(real.contains("3 runs went") && real.ends_with("; 3 stay\n"), "{real}");
    let left: BTreeSet<String> =
        History::new(&place.path("reports")).runs().unwrap().into_iter().map(|run| run.folder).collect();
    let folders: BTreeSet<String> = fs::read_dir(place.path("reports/runs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!((left.len(), &left), (3, &folders));
    let gone = before.keys().filter(|name| name.starts_with("runs/") && !left.iter().any(|run| name.contains(run)));
    for name in gone {
        assert!(!place.path("reports").join(name).exists(), "{name}");
        let run = name.split('/').nth(1).unwrap();
        assert!(real.contains(run) && !place.read("reports/index.html").contains(run), "{name}");
    }
    // Since when a rule fails is known although the run in which that began is gone.
    let past = History::new(&place.path("reports")).past("a", 30).unwrap();
    assert_eq!(past.failing("d.id.unique").unwrap().runs, 2);
    assert_eq!(place.run("check a.yaml").code, Some(1));
    let past = History::new(&place.path("reports")).past("a", 30).unwrap();
    assert_eq!(past.failing("d.id.unique").unwrap().runs, 3);
}

#[test]
fn machines_that_push_and_pull_share_one_history() {
    let place = place();
    assert_eq!(place.run("history pull shared").code, Some(2), "it is not there");
    assert!(out(&place, "history push shared").starts_with("6 runs sent to shared, with 6 records"));
    assert!(out(&place, "history push shared").starts_with("0 runs sent"));
    // Another machine, which begins with nothing.
    out(&place, "history pull shared --reports other --records 1");
    let records = glob::glob(&place.path("other/runs/*/report.json").display().to_string()).unwrap();
    assert_eq!(records.count(), 2);
    assert_eq!(place.run("check a.yaml --reports other").code, Some(1));
    let past = History::new(&place.path("other")).past("a", 30).unwrap();
    assert_eq!(past.failing("d.id.unique").unwrap().runs, 3);
    out(&place, "history push shared --reports other");
    out(&place, "check b.yaml");
    out(&place, "history push shared");
    out(&place, "history pull shared");
    out(&place, "history pull shared --reports other");
    let (here, shared, other) = (tree(&place.path("reports")), tree(&place.path("shared")), tree(&place.path("other")));
    let books = |tree: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
        tree.clone().into_iter().filter(|(name, _)| name.ends_with(".ndjson") || name.starts_with("runs/")).collect()
    };
    assert_eq!((books(&here), books(&here)), (books(&shared), books(&other)));
    assert_eq!(History::new(&place.path("shared")).runs().unwrap().len(), 8);
    assert!(place.read("shared/index.html").contains("</html>"));
    let newest: Json = serde_json::from_str(&place.read("reports/latest/a.json")).unwrap();
    assert_eq!(
        newest["run"]["id"],
        serde_json::from_str::<Json>(&place.read("other/latest/a.json")).unwrap()["run"]["id"]
    );
    for (line, code) in
        [("history push reports", 2), ("history push ftp://x/y", 2), ("history push http://127.0.0.1:1/y", 2)]
    {
        assert_eq!(place.run(line).code, Some(code), "{line}");
    }
}

#[test]
fn two_runs_are_compared_by_name_id_and_file() {
    let place = place();
    let runs = History::new(&place.path("reports")).past("a", 3).unwrap().runs;
    let id = |run: usize| runs[run].run.id.clone();
    let text = out(&place, "diff --suite a");
    assert!(text.contains("✗ still failing (1)\n  d.id.unique  2 rows break it"), "{text}");
    assert!(text.contains("✓ fixed (1)\n  d.n.non_negative  1 → 0 rows break it (-1)"), "{text}");
    assert!(text.contains("3 → 2 rows (-1)"), "{text}");
    assert!(out(&place, "diff --suite a --lang es").contains("✓ corregida (1)"));
    let suffix = id(0)[id(0).len() - 6..].to_owned();
    let ways = [
        format!("diff {} {}", id(0), id(2)),
        format!("diff {suffix} latest"),
        format!("diff {} {}", runs[0].run.folder, runs[2].run.folder),
        format!("diff reports/runs/{} reports/latest/a.json", runs[0].run.folder),
    ];
    let told: BTreeSet<String> = ways.iter().map(|way| out(&place, &format!("{way} --format json"))).collect();
    assert_eq!(told.len(), 1);
    let diff: Json = serde_json::from_str(told.first().unwrap()).unwrap();
    assert_eq!(diff["transitions"], serde_json::json!({"newly_failing": 1, "still_passing": 4}));
    assert_eq!((&diff["before"]["status"], &diff["after"]["status"]), (&"passed".into(), &"failed".into()));
    out(&place, &format!("diff {suffix} latest -o d.txt"));
    assert!(place.read("d.txt").contains("newly failing"));
    out(&place, &format!("diff {suffix} latest --format html -o d.html"));
    let page = place.read("d.html");
    assert!(page.trim_end().ends_with("</html>") && page.contains("d.id.unique"));
    assert!(!page.contains("<link rel=\"stylesheet\""), "it stands alone");
    for (line, said) in [
        ("diff", "name the suite with --suite"),
        ("diff nothing latest --suite a", "names no run"),
        ("diff --suite c", "keeps no run before the newest"),
        ("diff --reports nowhere", "keeps no run"),
    ] {
        let ran = place.run(line);
        assert_eq!(ran.code, Some(2), "{line}");
        assert!(ran.err.contains(said), "{line}: {}", ran.err);
    }
}
