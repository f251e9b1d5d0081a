//! One history for machines that come and go, kept in a bucket by a real server that speaks S3.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tamiz::history::History;

use super::clouds::{Bucket, endpoint};
use crate::safety::suite;

/// Runs the program in a folder with the credentials of the bucket.
fn tamiz(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
    command.current_dir(folder).args(line.split_whitespace()).env_clear();
    let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "key"), ("AWS_REGION", "us-east-1")];
    command.envs(keys).env("AWS_ENDPOINT_URL", endpoint()).output().unwrap()
}

fn out(folder: &Path, line: &str) -> String {
    let output = tamiz(folder, line);
    assert_eq!(output.status.code(), Some(0), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn machine() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.yaml"), suite("s", "d.csv")).unwrap();
    fs::write(folder.path().join("d.csv"), "id,n\n1,5\n").unwrap();
    folder
}

#[test]
fn machines_that_come_and_go_keep_one_history_in_a_bucket() {
    let bucket = Bucket::with("histories", &[("other/x.csv", b"x")]);
    let url = format!("s3://{}/team/tamiz", bucket.name());
    for turn in 0..3 {
        let machine = machine();
        out(machine.path(), &format!("history pull {url} --records 0"));
        out(machine.path(), "check s.yaml");
        let said = out(machine.path(), &format!("history push {url}"));
        assert!(said.starts_with("1 run sent"), "{turn}: {said}");
        assert_eq!(History::new(&machine.path().join("reports")).runs().unwrap().len(), turn + 1);
    }
    let machine = machine();
    assert!(out(machine.path(), &format!("history pull {url}/")).starts_with("3 runs fetched"));
    assert!(out(machine.path(), &format!("history pull {url}")).starts_with("0 runs fetched"));
    let history = History::new(&machine.path().join("reports"));
    let runs = history.runs().unwrap();
    assert!(runs.iter().all(|run| history.record_of(run).unwrap().is_some()));
    assert!(out(machine.path(), "diff").contains("Both found the same."));
}

#[test]
fn machines_that_push_at_the_same_time_lose_no_run() {
    let bucket = Bucket::with("rush", &[("x", b"x")]);
    let url = format!("s3://{}", bucket.name());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let url = &url;
            scope.spawn(move || {
                let machine = machine();
                out(machine.path(), "check s.yaml");
                out(machine.path(), &format!("history push {url}"));
            });
        }
    });
    let machine = machine();
    assert!(out(machine.path(), &format!("history pull {url}")).starts_with("4 runs fetched"));
}

#[test]
fn a_bucket_that_is_not_there_is_told_apart_from_an_empty_one() {
    let bucket = Bucket::with("bare", &[]);
    let machine = machine();
    assert!(out(machine.path(), &format!("history pull s3://{}", bucket.name())).starts_with("0 runs fetched"));
    let missing = tamiz(machine.path(), "history pull s3://nowhere-at-all");
    assert_eq!(missing.status.code(), Some(3));
    assert!(String::from_utf8(missing.stderr).unwrap().contains("there is no such bucket"));
    out(machine.path(), "check s.yaml");
    assert_eq!(tamiz(machine.path(), "history push s3://nowhere-at-all").status.code(), Some(3));
}

#[test]
fn an_object_that_comes_to_a_bucket_is_checked() {
    let bucket = Bucket::with("landing", &[("in/a.csv", b"id,n\n1,5\n")]);
    let folder = machine();
    let suite = suite("s", &format!("s3://{}/in/*.csv", bucket.name()));
    fs::write(folder.path().join("s.yaml"), suite).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
    command.current_dir(folder.path()).args(["watch", "s.yaml", "--on-change", "--settle", "1s", "--poll", "1s"]);
    command.args(["--", "-q"]).env_clear().stderr(Stdio::piped());
    let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "key"), ("AWS_REGION", "us-east-1")];
    let mut child = command.envs(keys).env("AWS_ENDPOINT_URL", endpoint()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut until = |said: &str| while !lines.next().unwrap().unwrap().contains(said) {};
    until("watching");
    bucket.put("in/b.csv", b"id,n\n1,5\n");
    until("the check ended with 1");
    bucket.put("in/b.csv", b"id,n\n2,5\n");
    until("the check ended with 0");
    child.kill().unwrap();
    child.wait().unwrap();
}
