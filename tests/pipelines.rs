//! The examples of pipelines do what they say: those that need nothing but a shell always, the others with the real tools.
//!
//! What needs Airflow, Dagster, Prefect or pre-commit installs it from PyPI and takes minutes, so it is ignored unless it is
//! called by name: `cargo test --release pipelines -- --ignored`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

const GOOD: &str = "id\n1\n2\n";
const BAD: &str = "id\n1\n1\n";

/// A folder with a suite, its data and what a pipeline needs.
struct Project(tempfile::TempDir);

impl Project {
    fn new(data: &str) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        let suite = "tamiz: 1\nsuite: ventas\ndatasets:\n  ventas:\n    source: ventas.csv\n    columns:\n      id: {type: integer, expect: [not_null, unique]}\n";
        fs::create_dir(project.path("rules")).unwrap();
        fs::write(project.path("rules/ventas.yaml"), suite).unwrap();
        project.data(data);
        project
    }

    fn data(&self, data: &str) {
        fs::write(self.path("rules/ventas.csv"), data).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a command there, with the program in reach.
    fn run(&self, command: &str, arguments: &[&str], env: &[(&str, &str)]) -> Output {
        let mut ran = Command::new(command);
        ran.args(arguments).current_dir(self.0.path()).env("PATH", reach()).env_remove("GITHUB_ACTIONS");
        ran.envs(env.iter().copied()).output().unwrap()
    }
}

/// The folders of programs, that of Tamiz first.
fn reach() -> std::ffi::OsString {
    let own = Path::new(env!("CARGO_BIN_EXE_tamiz")).parent().unwrap().to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&others))).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(path: &str) -> Json {
    let text = fs::read_to_string(root().join(path)).unwrap();
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn said(ran: &Output) -> String {
    format!("{:?}\n{}{}", ran.status, String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
}

#[test]
fn make_loads_only_what_was_checked_and_checks_again_what_changed() {
    let project = Project::new(GOOD);
    let makefile = root().join("examples/pipelines/Makefile").display().to_string();
    let make = || project.run("make", &["-f", &makefile, "load", "DATA=rules/ventas.csv"], &[]);
    let first = make();
    assert!(first.status.success() && said(&first).contains("loaded"), "{}", said(&first));
    assert!(project.path("build/ventas.json").exists());
    let second = make();
    assert!(second.status.success() && !said(&second).contains("tamiz check"), "{}", said(&second));
    project.data(BAD);
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    fs::File::options().append(true).open(project.path("rules/ventas.csv")).unwrap().set_modified(later).unwrap();
    let third = make();
    assert!(!third.status.success() && !said(&third).contains("loaded"), "{}", said(&third));
    assert!(said(&third).contains("tamiz check"));
}

#[test]
fn the_action_annotates_summarizes_and_ends_as_the_program_does() {
    let action = yaml("action.yml");
    let steps = action["runs"]["steps"].as_array().unwrap();
    for script in steps.iter().filter_map(|step| step["run"].as_str()) {
        assert!(!script.contains("${{"), "an input would be run: {script}");
    }
    let check = steps.iter().find(|step| step["id"] == "check").unwrap();
    let inputs: BTreeSet<&str> = action["inputs"].as_object().unwrap().keys().map(String::as_str).collect();
    let used = fs::read_to_string(root().join("action.yml")).unwrap();
    for input in inputs {
        assert!(used.contains(&format!("inputs.{input}")), "`{input}` is not used");
    }
    for (data, code, word) in [(GOOD, 0, "passed"), (BAD, 1, "failed")] {
        let project = Project::new(data);
        fs::write(project.path("step.sh"), check["run"].as_str().unwrap()).unwrap();
        let [output, summary] = ["output", "summary"].map(|name| project.path(name).display().to_string());
        let env = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_OUTPUT", output.as_str()),
            ("GITHUB_STEP_SUMMARY", summary.as_str()),
            ("BIN", "/nonexistent"),
            ("SUITES", "rules"),
            ("FAIL_ON", "error"),
            ("ARGS", "--label a=* --samples 3"),
            ("REPORTS", "out"),
            ("SARIF", "true"),
        ];
        let ran = project.run("bash", &["--noprofile", "--norc", "-eo", "pipefail", "step.sh"], &env);
        assert_eq!(ran.status.code(), Some(code), "{}", said(&ran));
        let told = fs::read_to_string(&output).unwrap();
        assert!(told.contains(&format!("exit_code={code}\n")) && told.contains(&format!("status={word}\n")), "{told}");
        assert!(!fs::read_to_string(&summary).unwrap().is_empty());
        assert_eq!(String::from_utf8_lossy(&ran.stdout).contains("::error "), code == 1, "{}", said(&ran));
        let sarif: Json = serde_json::from_slice(&fs::read(project.path("tamiz.sarif")).unwrap()).unwrap();
        assert_eq!(sarif["version"], "2.1.0");
        assert!(project.path("out/index.html").exists());
    }
}

#[test]
fn the_job_of_gitlab_writes_the_reports_that_it_names() {
    let job = &yaml("examples/pipelines/gitlab.yml")["data"];
    for (data, code) in [(GOOD, 0), (BAD, 1)] {
        let project = Project::new(data);
        let script: Vec<&str> = job["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        let ran = project.run("sh", &["-ec", &script.join("\n")], &[]);
        assert_eq!(ran.status.code(), Some(code), "{}", said(&ran));
        let reports = job["artifacts"]["reports"].as_object().unwrap();
        assert!(reports.values().all(|path| project.path(path.as_str().unwrap()).exists()), "{reports:?}");
        let path = reports["codequality"].as_str().unwrap();
        let quality: Json = serde_json::from_slice(&fs::read(project.path(path)).unwrap()).unwrap();
        assert_eq!(quality.as_array().unwrap().len(), usize::try_from(code).unwrap());
        assert!(project.path("public/index.html").exists());
    }
}

#[test]
fn hooks_of_pre_commit_are_commands_that_work() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    for (data, wanted) in [(GOOD, [0, 0]), (BAD, [0, 1])] {
        let project = Project::new(data);
        let codes: Vec<i32> = hooks
            .as_array()
            .unwrap()
            .iter()
            .map(|hook| {
                let mut words: Vec<&str> = hook["entry"].as_str().unwrap().split(' ').collect();
                words.extend((hook["pass_filenames"] != false).then_some("rules/ventas.yaml"));
                project.run(words[0], &words[1..], &[]).status.code().unwrap()
            })
            .collect();
        assert_eq!(codes, wanted);
        assert!(!project.path("reports").exists());
    }
}

#[test]
fn examples_name_flags_that_there_are() {
    let help = Command::new(env!("CARGO_BIN_EXE_tamiz")).args(["check", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let flags = regex::Regex::new(r"--[a-z][a-z-]+").unwrap();
    let mut found = 0;
    for path in glob::glob(&root().join("examples/pipelines/*").display().to_string()).unwrap().map(Result::unwrap) {
        let text = fs::read_to_string(&path).unwrap();
        let commands = text.lines().filter(|line| line.contains("tamiz") || line.trim_start().starts_with('"'));
        for flag in commands.flat_map(|line| flags.find_iter(line)).map(|flag| flag.as_str()) {
            let of_others = ["--release", "--ignored", "--rm", "--user", "--profile", "--locked", "--bin", "--from"];
            found += 1;
            assert!(help.contains(flag) || of_others.contains(&flag), "{}: {flag}", path.display());
        }
    }
    assert!(found > 10, "{found}");
}

/// Runs an example with a tool that is installed for it.
fn with(tool: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pipelines");
    let mut script = Command::new("python3");
    script.arg("-B").arg(root().join("tests/pipelines/run.py")).arg(tool).arg(folder);
    let ran = script.arg(env!("CARGO_BIN_EXE_tamiz")).output().unwrap();
    assert!(ran.status.success(), "{}", said(&ran));
}

#[test]
#[ignore = "installs Airflow from PyPI"]
fn airflow_runs_its_examples() {
    with("airflow");
}

#[test]
#[ignore = "installs Dagster from PyPI"]
fn dagster_runs_its_example() {
    with("dagster");
}

#[test]
#[ignore = "installs Prefect from PyPI"]
fn prefect_runs_its_example() {
    with("prefect");
}

#[test]
#[ignore = "installs pre-commit from PyPI"]
fn pre_commit_runs_the_hooks() {
    with("pre-commit");
}
