//! Outputs of the program, read by parsers and schemas that are not ours.

mod hostile;
pub(crate) mod readers;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};
use tamiz::outcome::Report;

use readers::{read, read_strictly};

/// A folder to run the program in.
struct Place(tempfile::TempDir);

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    /// A repository with one suite in which something of everything is found.
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(place.path("repo/.git")).unwrap();
        fs::create_dir_all(place.path("repo/sub/rules")).unwrap();
        place.write("repo/sub/rules/s.yaml", SUITE);
        place.write("repo/sub/d.csv", DATA);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Checks in the folder `sub` of the repository.
    fn check(&self, words: &[&str], env: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
        command.current_dir(self.path("repo/sub")).arg("check").args(words).env_clear().envs(env.iter().copied());
        let ran = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: ran.status.code().unwrap(), out: text(ran.stdout), err: text(ran.stderr) }
    }
}

const DATA: &str = "id,n,estado\n1,5,abierta\n2,-1,\"<b>|`@x\"\n2,,::error::x\n";

/// What passes, fails, warns, is muted by its level, cannot be read, and is left out.
const SUITE: &str = "
tamiz: 1
suite: s
as_of: 2025-06-30
datasets:
  d:
    source: ../d.csv
    key: id
    columns:
      id: {type: integer, expect: [not_null, unique]}
      n: {type: integer, expect: [non_negative: {severity: critical}, not_null: {severity: warning}]}
      estado: {expect: [in_set: {values: [abierta, cerrada], severity: info}]}
  away:
    source: ../away.csv
    columns:
      a: {expect: [not_null]}
  optional:
    source: ../optional.csv
    if_missing: skip
    columns:
      b: {expect: [not_null]}
";

/// The record of the suite.
fn sample() -> Report {
    static RECORD: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let ran = Place::new().check(&["--no-reports", "--output", "json"], &[]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        ran.out
    });
    serde_json::from_str(&RECORD).unwrap()
}

const ALL: [&str; 10] =
    ["junit", "junit:gitlab", "sarif", "github", "gitlab", "azure", "tap", "markdown", "ndjson", "summary-line"];

#[test]
fn every_format_is_written_by_one_command_and_read_by_somebody_else() {
    let place = Place::new();
    let asked: Vec<String> = ALL.iter().map(|name| format!("--output={name}=out/{}", name.replace(':', "-"))).collect();
    let words: Vec<&str> = asked.iter().map(String::as_str).chain(["--no-reports"]).collect();
    let ran = place.check(&words, &[]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let text = |name: &str| place.read(&format!("repo/sub/out/{name}"));

    let junit = read_strictly(&text("junit")).unwrap();
    let of = |child: &str| {
        let cases = junit["cases"].as_array().unwrap().iter().filter(|case| case["is"] == json!([child]));
        cases.map(|case| case["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("failure"), ["d.id.unique", "d.n.non_negative"]);
    assert_eq!(of("system-out"), ["d.n.not_null", "d.estado.in_set"]);
    assert!(of("error").iter().any(|name| name == "away.a.not_null"), "{junit}");
    assert_eq!(of("skipped"), ["optional.b.not_null"]);
    assert_eq!(junit["counts"]["failures"], "2");
    read("junit", &text("junit-gitlab")).unwrap();
    assert!(read_strictly(&text("junit-gitlab")).unwrap_err().contains("'file' is not allowed"));

    let sarif = readers::sarif(&text("sarif"));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let levels: Vec<&str> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
    assert_eq!((levels[0], levels[levels.len() - 2], levels[levels.len() - 1]), ("error", "warning", "note"));
    let place_of = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place_of["artifactLocation"], json!({ "uri": "sub/rules/s.yaml", "uriBaseId": "%SRCROOT%" }));
    assert_eq!(place_of["region"]["startLine"], 11);

    let gitlab = read("gitlab", &text("gitlab")).unwrap();
    let severities: Vec<&str> =
        gitlab["issues"].as_array().unwrap().iter().map(|issue| issue["severity"].as_str().unwrap()).collect();
    assert_eq!(severities[..2], ["critical", "major"]);
    assert_eq!(severities[severities.len() - 2..], ["minor", "info"]);
    assert!(severities.contains(&"blocker"));
    assert_eq!(gitlab["issues"][0]["location"], json!({ "path": "sub/rules/s.yaml", "lines": { "begin": 11 } }));

    for reader in ["github", "azure"] {
        let commands = read(reader, &text(reader)).unwrap();
        assert_eq!(commands.as_array().unwrap().len(), results.len(), "{commands}");
    }
    let tap = read("tap", &text("tap")).unwrap();
    assert_eq!((&tap["mistakes"], &tap["version"]), (&json!([]), &json!([14])));
    let not_ok = tap["points"].as_array().unwrap().iter().filter(|point| point["ok"] == false);
    assert_eq!(not_ok.count(), results.len());
    assert_eq!(tap["points"][0]["diag"], Json::Null);
    read("markdown", &text("markdown")).unwrap();
    let lines: Vec<Json> = text("ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().filter(|line| line["line"] == "rule").count(), tap["points"].as_array().unwrap().len());
    let summary: Json = serde_json::from_str(&text("summary-line")).unwrap();
    assert_eq!((&summary["status"], &summary["failed"], &summary["warned"]), (&json!("failed"), &json!(2), &json!(2)));
}

#[test]
fn inside_github_actions_annotations_and_a_job_summary_are_written_unasked() {
    let place = Place::new();
    let (summary, outputs) = (place.path("summary.md"), place.path("outputs.txt"));
    place.write("summary.md", "before\n");
    let root = place.path("repo");
    let env = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_WORKSPACE", root.to_str().unwrap()),
        ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
        ("GITHUB_OUTPUT", outputs.to_str().unwrap()),
        ("GITHUB_SHA", "a1b2"),
        ("GITHUB_REF_NAME", "main"),
    ];
    let ran = place.check(&[], &env);
    let commands = |text: &str| text.lines().filter(|line| line.starts_with("::")).count();
    assert!(commands(&ran.out) >= 5 && commands(&ran.err) == 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("file=sub/rules/s.yaml,line=11,"), "{}", ran.out);
    let text = place.read("summary.md");
    assert!(text.starts_with("before\n## ✗ `s`"), "{text}");
    read("markdown", &text).unwrap();
    assert!(place.read("outputs.txt").starts_with("status=failed\nfailed=2\nwarned=2\n"));
    let record: Report = serde_json::from_str(&place.read("repo/sub/reports/latest/s.json")).unwrap();
    let ci = record.run.ci.unwrap();
    assert_eq!(
        (ci.provider.as_str(), ci.commit.as_deref(), ci.branch.as_deref()),
        ("github", Some("a1b2"), Some("main"))
    );

    // A machine that reads standard output is not disturbed.
    let ran = place.check(&["--output", "json"], &env);
    serde_json::from_str::<Report>(&ran.out).unwrap();
    assert!(commands(&ran.err) >= 5, "{}", ran.err);
    // Asked for, it is written once.
    let ran = place.check(&["--output", "github=out/a.txt"], &env);
    assert_eq!(commands(&ran.out) + commands(&ran.err), 0);
    assert!(commands(&place.read("repo/sub/out/a.txt")) >= 5);
    // A full summary is left alone.
    place.write("summary.md", &"x".repeat(899_990));
    place.check(&[], &env);
    assert_eq!(place.read("summary.md").len(), 899_990);
}

#[test]
fn inside_azure_pipelines_issues_are_logged_unasked() {
    let place = Place::new();
    let ran = place.check(&["-q", "--output", "summary-line"], &[("TF_BUILD", "True")]);
    let issues = ran.err.lines().filter(|line| line.starts_with("##vso[task.logissue type=error;")).count();
    assert!(issues >= 3, "{}", ran.err);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    let ran = place.check(&["-q"], &[("GITLAB_CI", "true")]);
    assert!(!ran.out.contains("##vso[") && !ran.out.contains("\n::"), "{}", ran.out);
}

#[test]
fn several_suites_share_a_document_or_have_one_each() {
    let place = Place::new();
    place.write("repo/sub/rules/t.yaml", &SUITE.replace("suite: s", "suite: t"));
    let words = ["--no-reports", "--output=junit=all.xml", "--output=tap={suite}.tap", "--output=text=all.txt"];
    let ran = place.check(&[&words[..], &["--output=sarif=all.sarif", "--output=summary-line"]].concat(), &[]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let junit = read_strictly(&place.read("repo/sub/all.xml")).unwrap();
    let cases = junit["cases"].as_array().unwrap();
    let mut names: Vec<String> = cases.iter().map(|case| format!("{}\0{}", case["class"], case["name"])).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
    for suite in ["s", "t"] {
        let tap = read("tap", &place.read(&format!("repo/sub/{suite}.tap"))).unwrap();
        assert_eq!(tap["points"].as_array().unwrap().len() * 2, all);
    }
    assert_eq!(readers::sarif(&place.read("repo/sub/all.sarif"))["runs"].as_array().unwrap().len(), 2);
    assert_eq!(place.read("repo/sub/all.txt").matches("exit code 1").count(), 2);
    let line: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(line["suites"].as_array().unwrap().len(), 2);
}

#[test]
fn a_run_without_an_answer_is_a_pass_in_no_format() {
    let place = Place::new();
    // Only the dataset that may be missing, and is.
    let (head, optional) = (&SUITE[..SUITE.find("  d:").unwrap()], &SUITE[SUITE.find("  optional:").unwrap()..]);
    place.write("repo/sub/rules/s.yaml", &format!("{head}{optional}"));
    let asked: Vec<String> = ALL.iter().map(|name| format!("--output={name}=out/{}", name.replace(':', "-"))).collect();
    let words: Vec<&str> = asked.iter().map(String::as_str).chain(["--no-reports"]).collect();
    let ran = place.check(&words, &[]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    let text = |name: &str| place.read(&format!("repo/sub/out/{name}"));
    let junit = read_strictly(&text("junit")).unwrap();
    assert_eq!((&junit["counts"]["errors"], &junit["cases"][0]["is"]), (&json!("1"), &json!(["error"])));
    let sarif = readers::sarif(&text("sarif"));
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "verdict");
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
    assert_eq!(read("tap", &text("tap")).unwrap()["bailout"].as_array().unwrap().len(), 1);
    assert_eq!(read("gitlab", &text("gitlab")).unwrap()["issues"][0]["severity"], "blocker");
    assert!(text("github").starts_with("::error ") && text("azure").contains("type=error"));
    assert!(text("markdown").contains("**error**"), "{}", text("markdown"));
    assert!(text("summary-line").starts_with("{\"status\":\"error\",\"exit_code\":3"));
}

#[test]
fn outputs_that_cannot_be_are_refused_or_told() {
    let place = Place::new();
    for (asked, said) in [("juint", "`juint` is no format; there are"), ("tap=", "a path is missing after `=`")] {
        let ran = place.check(&["--output", asked], &[]);
        assert!(ran.code == 2 && ran.err.contains(said), "{asked}: {}", ran.err);
    }
    let ran = place.check(&["--output=tap=x", "--output=junit=x"], &[]);
    assert!(ran.code == 2 && ran.err.contains("two --output would go to `x`"), "{}", ran.err);
    place.write("repo/sub/file", "");
    let ran = place.check(&["--no-reports", "--output=tap=file/x", "--output=markdown=a.md"], &[]);
    // Data that failed outrank a document that could not be written; the other document is there.
    assert!(ran.code == 1 && ran.err.contains("cannot write `file/x`"), "{}: {}", ran.code, ran.err);
    assert!(Path::new(&place.path("repo/sub/a.md")).exists());
}
